"""Listening to a scanner of which little is known yet: whole scans to a lesson, and the settings that its profile comes to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from agent.core.scanner_learning import Lesson, Sent
from agent.core.scanner_profile import Ending, Line, ScannerProfile
from agent.core.scanner_wrapping import Trouble
from drivers.scanner.framing import LARGEST_FRAME, Suffix
from drivers.scanner.reading import ByteLine, ScannerSettings

QUIET_S = 0.2
"""So long a silence ends a scan, whatever its suffix; a code that is sent twice comes sooner."""
SPEEDS = (9600, 115200, 38400, 19200, 57600, 4800, 2400)
"""What scanners are found set to, the likeliest first."""
RARE = (("E", 9600), ("O", 9600))
"""Eight bits with parity, tried last: seven with parity are told from eight without by what was read."""


def lines(configured: int) -> Iterator[Line]:
    """How a port is to be tried, each once: one scan that cannot be understood costs one of them."""
    yield Line(baud=configured)
    yield from (Line(baud=baud) for baud in SPEEDS if baud != configured)
    yield from (Line(baud=baud, parity=parity) for parity, baud in RARE)


async def hear(line: ByteLine, lesson: Lesson, how: Line | None = None) -> bool:
    """Scans to the lesson until it has a profile; False as soon as one cannot be understood, while none was."""
    with listened(lesson):
        while lesson.profile is None:
            lesson.hear(await _whole(line, how))
            if how is not None and lesson.trouble is Trouble.GARBAGE and not lesson.count:
                return False
    return True


@contextmanager
def listened(lesson: Lesson) -> Iterator[None]:
    """Its line is open until the end of the block."""
    lesson.is_open = True
    try:
        yield
    finally:
        lesson.is_open = False


async def _whole(line: ByteLine, how: Line | None) -> Sent:
    data = b""
    while True:
        more = await line.read()
        if data and not more:
            return Sent(data, asyncio.get_running_loop().time(), how)
        data = (data + more)[:LARGEST_FRAME]


def framing_options(profile: ScannerProfile) -> dict[str, object]:
    """The settings of a scanner's framing that a profile comes to; `line` takes every ending of CR and LF."""
    is_line = profile.ending in {Ending.CR, Ending.LF, Ending.CRLF}
    return {
        "suffix": (Suffix.LINE if is_line else Suffix(profile.ending)).value,
        "prefix": escaped(profile.prefix),
        "tail": escaped(profile.tail),
        "code_id_length": profile.code_id_length,
    }


def changed(settings: ScannerSettings, wanted: Mapping[str, object]) -> dict[str, object]:
    """Of the wanted options those that the settings do not have yet."""
    now = settings.model_dump(mode="json")
    return {name: value for name, value in wanted.items() if now[name] != value}


def escaped(text: str) -> str:
    """Text as it is written into the settings."""
    return text.encode("unicode_escape").decode("ascii")
