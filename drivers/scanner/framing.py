"""From raw bytes of a scanner to whole codes; pure, and the same however the bytes are cut into reads."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

from agent.core.scan import Code
from agent.core.symbology import split_aim

LARGEST_FRAME = 4096
"""Bytes of one code; more is a stuck line."""
TELLS_PARITY = 6
"""So many bytes of equal parity are no chance; a shorter frame is left to whoever knows what codes look like."""
STX, ETX, NUL, GS = 0x02, 0x03, 0x00, "\x1d"


class Suffix(StrEnum):
    """What ends a code."""

    LINE = "line"
    """CR, LF or both: fits nearly every scanner."""
    CR = "cr"
    LF = "lf"
    CRLF = "crlf"
    TAB = "tab"
    ETX = "etx"
    NONE = "none"
    """Only silence."""


ENDS = {
    Suffix.LINE: (b"\r", b"\n"),
    Suffix.CR: (b"\r",),
    Suffix.LF: (b"\n",),
    Suffix.CRLF: (b"\r\n",),
    Suffix.TAB: (b"\t",),
    Suffix.ETX: (b"\x03",),
    Suffix.NONE: (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """How one scanner wraps a code: `[prefix] [code id] [AIM id] data [tail] [suffix]`, STX and ETX understood always."""

    suffix: Suffix = Suffix.LINE
    prefix: bytes = b""
    """What every code starts with; a read without it is refused."""
    code_id_length: int = 0
    """Characters of the maker's own code id after the prefix, left out."""
    tail: bytes = b""
    """What the scanner adds to a code before the suffix, left out where it is there."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Bytes that are no code."""

    reason: str
    """Stable machine word."""
    message: str
    """One plain sentence."""


TOO_LONG = Refusal("scan_too_long", "The scanner sent something far longer than a code.")
HAS_NUL = Refusal("scan_garbled", "The scanner sent bytes that are no code; its cable or speed setting may be wrong.")
HAS_CONTROL = Refusal("scan_control_bytes", "The scan held control characters, so it was not used.")
NO_PREFIX = Refusal("scan_no_prefix", "The scan did not start with the agreed prefix, so it was not used.")
WRONG_PARITY = Refusal(
    "scan_wrong_parity", "The scanner and its port disagree about parity; set parity and bytesize of this scanner to match it."
)
UNFINISHED = Refusal("scan_unfinished", "The scanner stopped in the middle of a code. Scan it again.")


@dataclass(slots=True)
class FrameParser:
    """Takes bytes as they come and gives back whole frames; holds at most one unfinished frame."""

    framing: Framing
    _buffer: bytearray = field(default_factory=bytearray)
    _in_stx: bool = False
    _skipping: bool = False
    """A frame that was refused as too long or unfinished: the rest of it is dropped."""
    _last: int = -1

    def feed(self, data: bytes) -> list[bytes | Refusal]:
        """The frames that these bytes complete, in order."""
        return [frame for byte in data if (frame := self._take(byte)) is not None]

    def silence(self, *, long: bool = False) -> list[bytes | Refusal]:
        """The line was quiet: without a suffix this ends a frame, otherwise a `long` one drops what is unfinished.

        What still comes of a dropped frame is its tail, and no code; after another `long` silence it is one again.
        """
        if self.framing.suffix is Suffix.NONE:
            frame = self._end()
            return [] if frame is None else [frame]
        if not long:
            return []
        was_unfinished = bool(self._buffer)
        self.reset()
        self._skipping = was_unfinished
        return [UNFINISHED] if was_unfinished else []

    def reset(self) -> None:
        """Forget what is unfinished."""
        self._buffer.clear()
        self._in_stx, self._skipping, self._last = False, False, -1

    def _take(self, byte: int) -> bytes | Refusal | None:
        if byte == STX:
            self.reset()
            self._in_stx = True
            return None
        if byte == ETX and not (self._buffer or self._in_stx or self._skipping):
            return None
        before, self._last = self._last, byte
        if self._ends(before, byte):
            return self._end()
        if self._skipping:
            return None
        self._buffer.append(byte)
        if len(self._buffer) <= LARGEST_FRAME:
            return None
        self._buffer.clear()
        self._skipping = True
        return TOO_LONG

    def _ends(self, before: int, byte: int) -> bool:
        if self._in_stx and byte == ETX:
            return True
        return any(byte == end[-1] and (len(end) == 1 or before == end[0]) for end in ENDS[self.framing.suffix])

    def _end(self) -> bytes | None:
        frame = bytes(self._buffer)
        self.reset()
        if self.framing.suffix is Suffix.CRLF:
            frame = frame.removesuffix(b"\r")
        return frame.strip(b"\r\n") or None


def decode(frame: bytes, framing: Framing) -> Code | Refusal:
    """The code in a frame: prefix and code id left out, AIM id understood, UTF-8 if it is that and latin-1 otherwise."""
    if NUL in frame:
        return HAS_NUL
    if has_parity_bits(frame):
        return WRONG_PARITY
    if not frame.startswith(framing.prefix):
        return NO_PREFIX
    symbology, text = split_aim(_text(frame[len(framing.prefix) + framing.code_id_length :].removesuffix(framing.tail)))
    if any(unicodedata.category(char) == "Cc" and char != GS for char in text):
        return HAS_CONTROL
    return Code(text.strip(" "), symbology) if text.strip(" ") else UNFINISHED


def has_parity_bits(frame: bytes) -> bool:
    """Whether this is seven-bit text whose eighth bits are parity: every byte, and some are high, has the same one."""
    parities = {byte.bit_count() % 2 for byte in frame}
    return len(frame) >= TELLS_PARITY and not frame.isascii() and len(parities) == 1


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
