"""The loop between a line of bytes and the agent, one for every scanner that sends bytes."""

from __future__ import annotations

import codecs
from typing import Annotated, NoReturn, Protocol

from pydantic import Field, field_validator

from agent.core.roles import DeviceSink
from drivers.scanner.framing import FrameParser, Framing, Refusal, Suffix, decode
from drivers.spec import DriverSettings

LONG_SILENCE = 10
"""So many silences in a row end the patience with an unfinished code."""


class ByteLine(Protocol):
    """An open line."""

    async def read(self) -> bytes:
        """The next bytes, or none after a silence of `idle_ms`; raises Unreachable when the line is gone."""
        ...


class ScannerSettings(DriverSettings):
    """What every scanner that sends bytes can be told."""

    suffix: Annotated[Suffix, Field(description="What ends a code: line (CR, LF or both), cr, lf, crlf, tab, etx or none.")] = (
        Suffix.LINE
    )
    prefix: Annotated[
        str, Field(description="What every code starts with; left out of the code. Escapes such as \\x1b work.")
    ] = ""
    tail: Annotated[
        str, Field(description="What is added to every code before the suffix; left out of the code. Escapes work as in prefix.")
    ] = ""
    code_id_length: Annotated[int, Field(ge=0, le=4, description="Characters of the maker's own code id to leave out.")] = 0
    idle_ms: Annotated[
        int,
        Field(ge=20, le=2000, description="With suffix none this much silence ends a code; ten times as much drops a half one."),
    ] = 100
    repeat_window_s: Annotated[
        float, Field(ge=0, le=60, description="The same code within it is one scan; counted by the agent.")
    ] = 1.5

    @field_validator("prefix", "tail")
    @classmethod
    def _encodable(cls, prefix: str) -> str:
        try:
            prefix_bytes(prefix)
        except (ValueError, UnicodeError):
            raise ValueError("it has to be plain characters or escapes such as \\x1b.") from None
        return prefix

    def framing(self) -> Framing:
        """How this scanner wraps a code."""
        return Framing(
            suffix=self.suffix, prefix=prefix_bytes(self.prefix), code_id_length=self.code_id_length, tail=prefix_bytes(self.tail)
        )


def prefix_bytes(prefix: str) -> bytes:
    """A prefix or tail as typed into the settings, as bytes; a leading STX is understood anyway."""
    typed: str = codecs.decode(prefix.encode("latin-1"), "unicode_escape")
    return typed.encode("latin-1").lstrip(b"\x02")


async def read_codes(line: ByteLine, framing: Framing, sink: DeviceSink) -> NoReturn:
    """Hand every code of the line to the sink, and refuse what is none, until cancelled or the line is gone."""
    parser = FrameParser(framing)
    silences = 0
    while True:
        data = await line.read()
        silences = 0 if data else silences + 1
        frames = parser.feed(data) if data else parser.silence(long=silences % LONG_SILENCE == 0)
        for frame in frames:
            await hand_over(frame, framing, sink)


async def hand_over(frame: bytes | Refusal, framing: Framing, sink: DeviceSink) -> None:
    """One frame to the sink: as a scan, or as a refusal."""
    found = frame if isinstance(frame, Refusal) else decode(frame, framing)
    if isinstance(found, Refusal):
        sink.refuse_scan(found.reason, found.message)
    else:
        await sink.scan(found)
