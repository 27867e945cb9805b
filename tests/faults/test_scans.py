"""Thousands of frames through one serial line, cut at random and with garbage between them: each code once, nothing else."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.core.scan import Code
from drivers.registry import build
from drivers.scanner.framing import FrameParser
from tests.faults import figures
from tests.support.device_sink import Recorded, context, running
from tests.support.peers.scanner_peers import PtyScanner

SCANS = figures.size(push=10_000, release=200_000)
ROUND = 2_000
READS = (1, 2, 3, 7, 40, 200, 1000)
QUIET_S = 15.0
"""Nothing more comes after so long a silence, however busy this computer is."""
ENDS = (b"\r", b"\n", b"\r\n")


def frame(code: str, dice: random.Random) -> bytes:
    """A good frame, in one of the ways scanners are set."""
    if dice.random() < 0.2:
        return b"\x02" + code.encode() + b"\x03"
    return dice.choice([b"", b"]C0", b"]Q1"]) + code.encode() + dice.choice(ENDS)


def with_parity(text: bytes, *, odd: bool) -> bytes:
    """What a port set to eight bits without parity reads of a scanner that sends seven bits with one."""
    return bytes(byte | 0x80 * (byte.bit_count() % 2 != odd) for byte in text)


def garbage(dice: random.Random) -> bytes:
    """Bytes that are no code, up to their end."""
    kind = dice.randrange(4)
    if kind == 0:
        return bytes(dice.choices(b"A1\x00\x1b\x07", k=dice.randrange(1, 40))) + b"\x00\r"
    if kind == 1:
        return b"Z" * 5_000 + b"\r"
    if kind == 2:
        return with_parity(f"CKT{dice.randrange(10**8):08d}".encode(), odd=bool(dice.randrange(2))) + b"\r"
    return b"\x01\x04" + bytes(dice.choices(range(0x80, 0xA0), k=20)) + b"\n"


@dataclass
class Traffic:
    """What is sent, and what has to come of it."""

    codes: list[str] = field(default_factory=list)
    data: bytearray = field(default_factory=bytearray)
    bad: int = 0


def traffic(count: int, first: int, dice: random.Random) -> Traffic:
    made = Traffic()
    for number in range(first, first + count):
        if dice.random() < 0.02:
            made.data += garbage(dice)
            made.bad += 1
        code = f"CKT{number:08d}{'X' * dice.randrange(30)}"
        made.codes.append(code)
        made.data += frame(code, dice)
    return made


async def flooded(folder: Path, scans: int, *, quiet_s: float = QUIET_S) -> tuple[Counter[str], int]:
    """Figures of one flood, and how many frames were garbage."""
    dice, peer = random.Random(20261126), PtyScanner()
    device = build("front", "serial-scanner", {"port": peer.path, "idle_ms": 2000}, context(folder))
    found: Counter[str] = Counter()
    bad = 0
    try:
        async with running(device) as (sink, _):
            for first in range(0, scans, ROUND):
                sent = traffic(min(ROUND, scans - first), first, dice)
                bad += sent.bad
                await _send(peer, bytes(sent.data), dice)
                await _settled(sink, len(sent.codes) + sent.bad, quiet_s)
                seen = Counter(sink.texts)
                found["lost"] += sum(seen[code] == 0 for code in sent.codes)
                found["doubled"] += sum(seen[code] > 1 for code in sent.codes)
                found["false"] += sum(count for code, count in seen.items() if code not in set(sent.codes))
                found["refused"] += len(sink.refusals)
                sink.codes.clear()
                sink.refusals.clear()
    finally:
        peer.unplug()
    return found, bad


async def _send(peer: PtyScanner, data: bytes, dice: random.Random) -> None:
    while data:
        size = dice.choice(READS)
        await peer.write(data[:size])
        data = data[size:]


async def _settled(sink: Recorded, expected: int, quiet_s: float) -> None:
    """Until everything was heard of, or nothing more comes: what is missing is for whoever counts."""
    heard, quiet_since = -1, time.monotonic()
    while heard < expected and time.monotonic() - quiet_since < quiet_s:
        if (now := len(sink.codes) + len(sink.refusals)) != heard:
            heard, quiet_since = now, time.monotonic()
        await asyncio.sleep(0.005)


@pytest.mark.timeout(3600)
async def test_every_framed_scan_comes_out_once_and_garbage_never(tmp_path: Path) -> None:
    found, bad = await flooded(tmp_path, SCANS)
    figures.record("scans", "frames through a serial line", SCANS)
    figures.record("scans", "garbage, 5 kB and wrong parity between them", bad)
    for name in ("lost", "doubled", "false"):
        figures.record("scans", name, found[name])
    assert (found["lost"], found["doubled"], found["false"]) == (0, 0, 0)
    assert found["refused"] == bad
    assert bad > SCANS // 100


async def test_a_reader_that_forgets_half_a_frame_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = FrameParser.feed

    def forgetful(self: FrameParser, data: bytes) -> object:
        self.reset()
        return honest(self, data)

    monkeypatch.setattr(FrameParser, "feed", forgetful)
    found, _ = await flooded(tmp_path, 200, quiet_s=0.5)
    assert found["lost"] > 0
    figures.planted("scans", "a reader that forgets half a frame", found=True)


async def test_a_decoder_that_takes_any_bytes_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.scanner.reading.decode", lambda frame, framing: Code(frame.decode("latin-1").split("]C0")[-1]))
    found, _ = await flooded(tmp_path, 600, quiet_s=0.5)
    assert found["false"] > 0
    figures.planted("scans", "a decoder that takes any bytes", found=True)
