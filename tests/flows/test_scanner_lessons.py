"""A scanner is taken for a lesson, learnt from what really comes over its wire, given back, and then read right."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from agent.core.clock import SystemClock
from agent.core.device import DeviceState, Role
from agent.core.errors import Refused
from agent.core.keyboards import LAYOUTS
from agent.core.scan import TEST_CODES, Code
from agent.core.scanner_profile import Ending, Interface, Line
from agent.flows.bus import Bus
from agent.flows.devices import lessons as scanner_lessons
from agent.flows.devices.lessons import LessonState, ScannerLesson, ScannerLessons
from agent.flows.devices.supervisor import Devices, Plugged
from drivers.registry import build
from drivers.scanner.listening import lines
from drivers.transport import input_line
from tests.support.device_sink import context, until
from tests.support.peers.keyboard_scanner import ALT_GR, ENTER, SHIFT, TAB, KeyboardPeer
from tests.support.peers.scanner_peers import PtyScanner, TcpScannerPeer
from tests.support.peers.uart import as_read

NINE_SIX = Line(baud=9600)


class Desk:
    """One scanner in its supervisor, with its lessons and what it scanned."""

    def __init__(self, driver: str, folder: Path, options: dict[str, object]) -> None:
        self.driver, self.folder, self.options = driver, folder, options
        self.scanned: list[str] = []
        self.refused: list[str] = []
        device = build("front", driver, options, context(folder))
        one = Plugged(name="front", driver=driver, role=Role.SCANNER, device=device, repeat_window_s=0)
        self.devices = Devices(
            [one],
            Bus(),
            clock=SystemClock(),
            on_scan=self._scanned,
            on_refused_scan=lambda _name, reason, _message: self.refused.append(reason),
            on_sale=lambda _: asyncio.sleep(0),
        )
        self.lessons = ScannerLessons(self.devices)

    async def _scanned(self, code: Code, _device: str) -> None:
        self.scanned.append(code.text)

    @property
    def state(self) -> tuple[DeviceState, str]:
        status = self.devices.statuses()[0]
        return status.state, status.sentence

    async def listening(self) -> ScannerLesson:
        """A lesson that has the scanner to itself, and its line open."""
        await self.ready()
        lesson = self.lessons.begin("front")
        await until(lambda: lesson.state is LessonState.LISTENING, "the scanner to be listened to")
        assert self.state == (DeviceState.STARTING, scanner_lessons.SENTENCE)
        return lesson

    async def ready(self) -> None:
        await until(lambda: self.state[0] is DeviceState.READY, "the scanner to be ready")


@asynccontextmanager
async def desk(driver: str, folder: Path, **options: object) -> AsyncIterator[Desk]:
    made = Desk(driver, folder, options)
    tasks = [asyncio.ensure_future(made.devices.run()), asyncio.ensure_future(made.lessons.run())]
    try:
        yield made
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def scanned_by(one: Desk, lesson: ScannerLesson, peer: PtyScanner, codes: list[bytes], set_to: Line) -> int:
    """Somebody scans these again and again until the lesson is over; gives how many ways were tried."""
    ways, tried = lines(9600), 1
    port = next(ways)
    while True:
        heard = lesson.heard
        await peer.scan(codes[lesson.count % len(codes)], set_to, port)
        await until(lambda: lesson.heard > heard, "the scan to be heard")  # noqa: B023
        await until(lambda: lesson.state is LessonState.LISTENING or lesson.end, "the next speed")
        if lesson.end is not None:
            return tried
        if lesson.trouble == "garbage":
            port, tried = next(ways), tried + 1


def wrapped(before: str, after: str) -> list[bytes]:
    return [f"{before}{code}{after}".encode() for code in TEST_CODES]


@pytest.mark.parametrize(
    ("set_to", "before", "after", "expected"),
    [
        (NINE_SIX, "", "\r\n", {}),
        (Line(baud=115200), "", "\r", {"baud": 115200}),
        (
            Line(baud=4800, parity="E", bytesize=7),
            "#",
            "\t",
            {"baud": 4800, "parity": "E", "bytesize": 7, "suffix": "tab", "prefix": "#"},
        ),
        (Line(baud=9600, parity="O"), "", "*\r", {"parity": "O", "tail": "*"}),
        (Line(baud=38400, parity="O", bytesize=7), "", "", {"baud": 38400, "parity": "O", "bytesize": 7, "suffix": "none"}),
    ],
)
async def test_a_serial_scanner_tells_its_speed_and_what_it_adds(
    tmp_path: Path, set_to: Line, before: str, after: str, expected: dict[str, object]
) -> None:
    peer = PtyScanner()
    try:
        async with desk("serial-scanner", tmp_path, port=peer.path) as one:
            lesson = await one.listening()
            tried = await scanned_by(one, lesson, peer, wrapped(before, after), set_to)
            assert (lesson.state, lesson.options, lesson.sentence) == (LessonState.LEARNT, expected, "")
            assert lesson.profile is not None
            assert (lesson.profile.line, lesson.profile.interface) == (set_to, Interface.SERIAL)
            assert tried == 1 + list(lines(9600)).index(
                replace(set_to, parity="N" if set_to.bytesize == 7 else set_to.parity, bytesize=8)
            )
            await one.ready()
            assert (one.scanned, one.refused) == ([], [])
        async with desk("serial-scanner", tmp_path, port=peer.path, **lesson.options) as again:
            await again.ready()
            await peer.scan(f"{before}KK-Mei-001{after}".encode(), set_to, set_to)
            await until(lambda: again.scanned)
            assert again.scanned == ["KK-Mei-001"]
    finally:
        peer.unplug()


async def test_a_serial_scanner_that_nobody_understands_is_given_back_after_every_speed(tmp_path: Path) -> None:
    peer = PtyScanner()
    try:
        async with desk("serial-scanner", tmp_path, port=peer.path) as one:
            lesson = await one.listening()
            tried = await scanned_by(one, lesson, peer, [b"CATA-TEST-1\r"], Line(baud=300))
            assert tried == len(list(lines(9600)))
            assert (lesson.state, lesson.reason, lesson.options) == (LessonState.FAILED, "scanner_not_understood", {})
            await one.ready()
            await peer.write(b"AFTER\r")
            await until(lambda: one.scanned == ["AFTER"])
    finally:
        peer.unplug()


@pytest.fixture
def keyboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeyboardPeer:
    monkeypatch.setattr(input_line, "SYSFS", tmp_path / "sys")
    monkeypatch.setattr(input_line, "DEVICES", tmp_path / "dev")
    return KeyboardPeer(tmp_path)


def chords(text: str, layout: str, *, swapped: bool = False) -> list[tuple[int, ...]]:
    """The keys that a scanner set to a country presses."""
    of = LAYOUTS[layout].strokes()
    found = []
    for char in text:
        key, how = of.get(char.swapcase() if swapped else char, ({"\r": ENTER, "\t": TAB}.get(char, 57), "plain"))
        found.append({"plain": (key,), "shifted": (SHIFT, key), "alt_gr": (ALT_GR, key)}[how])
    return found


@pytest.mark.parametrize(
    ("layout", "swapped", "end", "expected"),
    [
        ("us", False, "\r", {}),
        ("de", False, "\r", {"layout": "de"}),
        ("fr", True, "\t", {"layout": "fr", "swap_case": True, "suffix": "tab"}),
    ],
)
async def test_a_scanner_that_types_tells_its_keyboard(
    tmp_path: Path, keyboard: KeyboardPeer, layout: str, swapped: bool, end: str, expected: dict[str, object]
) -> None:
    async with desk("hid-scanner", tmp_path, path=keyboard.path, grab=False) as one:
        lesson = await one.listening()
        for number, code in enumerate(TEST_CODES, 1):
            keyboard.now_s += 5
            await keyboard.press(*chords(code + end, layout, swapped=swapped), gap_s=0.012)
            await until(lambda: lesson.count == number, "the scan to count")  # noqa: B023
        await until(lambda: lesson.state is LessonState.LEARNT)
        assert (lesson.options, lesson.numbers, lesson.trouble) == (expected, [1, 2, 3], "")
        assert lesson.profile is not None
        assert (lesson.profile.median_ms, lesson.profile.interface) == (12, Interface.HID)
        await one.ready()
    options = {"path": keyboard.path, "grab": False} | expected
    async with desk("hid-scanner", tmp_path, **options) as again:
        await again.ready()
        await keyboard.press(*chords("Zy/Mei:Q" + end, layout, swapped=swapped))
        await until(lambda: again.scanned)
        assert again.scanned == ["Zy/Mei:Q"]
    keyboard.unplug()


async def test_a_scanner_that_presses_caps_lock_itself_and_loses_keys(tmp_path: Path, keyboard: KeyboardPeer) -> None:
    async with desk("hid-scanner", tmp_path, path=keyboard.path, grab=False) as one:
        lesson = await one.listening()
        await keyboard.type(b"CATA", b"TEST-1\r")
        await until(lambda: lesson.trouble in {"unequal", "garbage"})
        for number in (1, 2, 3):
            keyboard.now_s += 5
            await keyboard.press((58,), *chords(TEST_CODES[1].swapcase(), "us"), (58,), (ENTER,))
            await until(lambda: lesson.count == number, "the scan to count")  # noqa: B023
        assert lesson.profile is not None
        assert (lesson.profile.swaps_case, lesson.numbers) == (False, [2])
    keyboard.unplug()


@pytest.mark.parametrize("mode", ["connect", "listen"])
async def test_a_scanner_on_the_network_tells_what_it_adds(tmp_path: Path, mode: str, free_port: int) -> None:
    peer = TcpScannerPeer()
    await peer.start()
    options: dict[str, object] = {"mode": mode, "port": free_port}
    if mode == "connect":
        options = {"host": "127.0.0.1", "port": peer.port}
    writer: asyncio.StreamWriter | None = None
    try:
        async with desk("tcp-scanner", tmp_path, **options) as one:
            lesson = await one.listening()
            if mode == "connect":
                await until(lambda: peer.connected == 1)
            else:
                writer = await reached(free_port)
            for number, code in enumerate(wrapped("]Q1", "*\n"), 1):
                if writer is None:
                    await peer.write(code)
                else:
                    writer.write(code)
                await until(lambda: lesson.count == number, "the scan to count")  # noqa: B023
            await until(lambda: lesson.state is LessonState.LEARNT)
            assert lesson.options == {"tail": "*"}
            assert lesson.profile is not None
            assert (lesson.profile.ending, lesson.profile.symbologies, lesson.profile.line) == (Ending.LF, ("qr",), None)
            await one.ready()
    finally:
        if writer is not None:
            writer.close()
        await peer.stop()


async def reached(port: int) -> asyncio.StreamWriter:
    """A scanner that connects as soon as somebody listens."""
    for _ in range(1000):
        try:
            return (await asyncio.open_connection("127.0.0.1", port))[1]
        except OSError:
            await asyncio.sleep(0.01)
    raise AssertionError("nobody listens")


@pytest.fixture
def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_a_lesson_that_is_stopped_or_that_nobody_scans_for_gives_the_scanner_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = PtyScanner()
    try:
        async with desk("serial-scanner", tmp_path, port=peer.path) as one:
            stopped = await one.listening()
            one.lessons.end("front")
            await one.ready()
            assert stopped.state is LessonState.ENDED
            monkeypatch.setattr(scanner_lessons, "LESSON_S", 0.3)
            forgotten = await one.listening()
            await until(lambda: forgotten.state is LessonState.ENDED)
            await one.ready()
            first, second = one.lessons.begin("front"), one.lessons.begin("front")
            assert (first.state, one.lessons.view("front")) == (LessonState.ENDED, second)
            await until(lambda: second.state is LessonState.ENDED)
            await one.ready()
            await peer.write(b"STILL-HERE\r")
            await until(lambda: one.scanned == ["STILL-HERE"])
    finally:
        peer.unplug()


async def test_what_cannot_be_learnt_is_said(tmp_path: Path) -> None:
    async with desk("simulated-scanner", tmp_path) as one:
        with pytest.raises(Refused, match="no device"):
            one.lessons.begin("back")
        with pytest.raises(Refused, match="not being learnt"):
            one.lessons.view("front")
        lesson = one.lessons.begin("front")
        await until(lambda: lesson.state is LessonState.FAILED)
        assert lesson.reason == "not_learnable"
        await one.ready()


async def test_a_port_that_is_gone_fails_the_lesson_in_words(tmp_path: Path) -> None:
    peer = PtyScanner()
    async with desk("serial-scanner", tmp_path, port=peer.path) as one:
        lesson = await one.listening()
        peer.unplug()
        await until(lambda: lesson.state is LessonState.FAILED)
        assert lesson.reason in {"device_gone", "device_missing"}
        assert lesson.sentence.endswith(".")


def test_the_wire_itself_reads_what_was_sent_only_when_both_ends_are_set_alike() -> None:
    for sent in (NINE_SIX, Line(baud=115200, parity="E", bytesize=7), Line(baud=2400, parity="O")):
        assert as_read(b"CATA-TEST-1\r", sent, sent) == b"CATA-TEST-1\r"
        other = Line(baud=19200)
        assert as_read(b"CATA-TEST-1\r", sent, other) != b"CATA-TEST-1\r"
