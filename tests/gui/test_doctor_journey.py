"""The doctor from end to end, by keyboard alone: a real screen, a real agent, real wires; afterwards codes are read right."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from agent.core.clock import SystemClock
from agent.core.ids import RandomIds
from agent.core.keyboards import LAYOUTS
from agent.core.scan import TEST_CODES
from agent.core.scanner_profile import Ending, Line
from agent.paths import Home
from drivers.scanner.listening import lines
from gui.app import Screen
from gui.strings import shown_name
from gui.taste import load_taste
from gui.wire.scans import ScanSeen
from tests.gui.test_truth import CONFIG, UP_MS, AgentProcess
from tests.gui.test_wedge_learnt import HELD, KEYS
from tests.support.peers.keyboard_scanner import ALT_GR, ENTER, SHIFT, KeyboardPeer
from tests.support.peers.scanner_peers import PtyScanner

pytestmark = pytest.mark.xdist_group("truth")
SET_TO = Line(baud=115200, parity="E", bytesize=7)
DEVICES = """
[[devices]]
name = "front"
driver = "serial-scanner"
port = "{port}"
[[devices]]
name = "side"
driver = "hid-scanner"
path = "{path}"
grab = false
"""


@pytest.fixture
def port() -> Iterator[PtyScanner]:
    made = PtyScanner()
    yield made
    made.unplug()


@pytest.fixture
def keyboard(tmp_path: Path) -> Iterator[KeyboardPeer]:
    made = KeyboardPeer(tmp_path)
    yield made
    made.unplug()


@pytest.fixture
def till(tmp_path: Path, qtbot: QtBot, port: PtyScanner, keyboard: KeyboardPeer) -> Iterator[Home]:
    home = Home(tmp_path / "home").prepare()
    home.config.write_text(CONFIG + DEVICES.format(port=port.path, path=keyboard.path))
    agent = AgentProcess(home)
    agent.start(qtbot)
    yield home
    agent.kill()


class Person:
    """In front of the screen, with no mouse."""

    def __init__(self, screen: Screen, qtbot: QtBot) -> None:
        self.screen, self._qtbot = screen, qtbot
        self.codes: list[str] = []
        screen.session.scanned.connect(self._heard)

    def _heard(self, scan: ScanSeen) -> None:
        self.codes.append(scan.code)

    def press(self, label: str) -> None:
        """Tab until a button of that name has the focus, then Space."""
        window = self.screen.window
        for _ in range(80):
            focus = QApplication.focusWidget()
            if focus is not None and focus.accessibleName() == label:
                QTest.keyClick(window.windowHandle(), Qt.Key.Key_Space)
                return
            self.screen.wedge._quiet()
            focus_next(window.windowHandle())
        raise AssertionError(f"{label} cannot be reached")

    def until(self, condition: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(condition, timeout=UP_MS)

    def type_scan(self, text: str, layout: str) -> None:
        """What a scanner of this country types into the window of a US computer."""
        of = LAYOUTS[layout].strokes()
        for char in text:
            key, how = of.get(char, (0, "plain"))
            heard = LAYOUTS["us"].level(how).get(key, char)
            event = QKeyEvent(QEvent.Type.KeyPress, KEYS.get(char, 0), HELD[how], key + 8 if key else 0, 0, 0, heard)
            QCoreApplication.sendEvent(self.screen.window.windowHandle(), event)


def focus_next(window: object) -> None:
    QTest.keyClick(window, Qt.Key.Key_Tab)  # type: ignore[call-overload]
    QTest.qWait(50)


@pytest.fixture
def person(till: Home, qtbot: QtBot, qapp: QApplication) -> Iterator[Person]:
    screen = Screen(qapp, till.root, starts_agent=False, clock=SystemClock(), ids=RandomIds())
    made = Person(screen, qtbot)
    screen.start()
    qtbot.waitUntil(lambda: len(screen.session.state.devices) == 2, timeout=UP_MS)
    screen.window.activateWindow()
    screen.window.open_page("doctor")
    qtbot.waitUntil(lambda: screen.window.setting_up.draft.loaded, timeout=UP_MS)
    yield made
    screen.stop()
    for one in (screen.window, screen.tray, screen.link, screen.session, screen.client, screen.wedge, screen.typing):
        one.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    qapp.setQuitOnLastWindowClosed(False)


def learn(person: Person, name: str) -> None:
    label = f"Learn {shown_name(name)} from three scans"
    doctor = person.screen.window.doctor
    person.until(lambda: any(each.accessibleName() == label for each in doctor.findChildren(type(doctor.forget))))
    doctor.setFocus()
    person.press(label)
    person.until(lambda: doctor._learning.now.state == "listening" and doctor._learning.now.name == name)


def options_of(home: Home, name: str) -> dict[str, object]:
    settings = tomllib.loads(home.config.read_text())
    return next({**each} for each in settings["devices"] if each["name"] == name)


def use_it(person: Person, home: Home, name: str, expected: dict[str, object]) -> None:
    person.until(lambda: person.screen.window.doctor._learning.now.state == "learnt")
    person.press("Use this from now on")
    person.until(lambda: expected.items() <= options_of(home, name).items())
    flow = person.screen.window.setting_up
    person.until(lambda: not flow.draft.busy and all(each.state == "ready" for each in person.screen.session.state.devices))
    assert flow.draft.problem == ""


def test_three_scanners_are_learnt_and_read_right_from_then_on(
    person: Person, till: Home, port: PtyScanner, keyboard: KeyboardPeer
) -> None:
    learn_by_typing(person, till)
    person.screen.window.open_page("doctor")
    learn_at_another_speed(person, till, port)
    learn_a_german_one(person, till, keyboard)


def learn_at_another_speed(person: Person, till: Home, port: PtyScanner) -> None:
    learn(person, "front")
    learning, (configured, right, *_) = person.screen.window.doctor._learning, lines(9600)
    codes = [f"#{code}\r".encode() for code in TEST_CODES]
    asyncio.run(port.scan(codes[0], SET_TO, configured))
    person.until(lambda: (learning.now.trouble, learning.now.state) == ("garbage", "listening") and port.speed == right.baud)
    for count, code in enumerate(codes, 1):
        asyncio.run(port.scan(code, SET_TO, right))
        person.until(lambda: learning.now.count >= count)  # noqa: B023
    use_it(person, till, "front", {"baud": 115200, "parity": "E", "bytesize": 7, "prefix": "#"})
    asyncio.run(port.scan(b"#KK-Mei-001\r", SET_TO, SET_TO))
    person.until(lambda: "KK-Mei-001" in person.codes)


def learn_a_german_one(person: Person, till: Home, keyboard: KeyboardPeer) -> None:
    learn(person, "side")
    learning, of = person.screen.window.doctor._learning, LAYOUTS["de"].strokes()
    held = {"plain": (), "shifted": (SHIFT,), "alt_gr": (ALT_GR,)}

    def scan(code: str) -> None:
        keyboard.now_s += 5
        asyncio.run(keyboard.press(*[(*held[how], key) for key, how in (of[char] for char in code)], (ENTER,)))

    for number, code in enumerate(TEST_CODES, 1):
        scan(code)
        person.until(lambda: number in learning.now.numbers)  # noqa: B023
    use_it(person, till, "side", {"layout": "de"})
    scan("Zy-Mei-001")
    person.until(lambda: "Zy-Mei-001" in person.codes)


def learn_by_typing(person: Person, till: Home) -> None:
    learning = person.screen.window.doctor._learning
    for number, code in enumerate(TEST_CODES, 1):
        QTest.qWait(600)
        person.type_scan(f"*{code}\t", "de")
        person.until(lambda: number in learning.now.numbers)  # noqa: B023
    assert person.codes == []
    person.press("Use this from now on")
    person.until(lambda: load_taste(till.root).scanner is not None)
    kept = load_taste(till.root).scanner
    assert kept is not None
    assert (kept.layout, kept.ending, kept.code_id_length + len(kept.prefix)) == ("de", Ending.TAB, 1)
    QTest.keyClick(person.screen.window.windowHandle(), Qt.Key.Key_Escape)
    person.type_scan("*Zy-Mei:1\t", "de")
    person.until(lambda: "Zy-Mei:1" in person.codes)
