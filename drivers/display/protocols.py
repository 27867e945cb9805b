"""Two lines as the bytes of a customer display, in the languages that nearly all of them speak; pure."""

from __future__ import annotations

from enum import StrEnum


class Protocol(StrEnum):
    """What a display understands."""

    ESCPOS = "escpos"
    """Epson DM-D and what imitates it."""
    CD5220 = "cd5220"
    """The common one of pole displays."""


PAGES = {"cp437": 0, "cp850": 2, "cp858": 19, "cp1252": 16}
"""Code page -> its number in `ESC t`."""
INIT = b"\x1b@"


def opening(protocol: Protocol, codepage: str) -> bytes:
    """What makes a display ready: reset, code page, overwriting, no cursor."""
    page = b"\x1bt" + bytes([PAGES[codepage]])
    return INIT + page + (b"\x1f\x01\x1fC\x00" if protocol is Protocol.ESCPOS else b"\x1b\x11\x1b_\x00")


def two_lines(protocol: Protocol, line1: str, line2: str, *, columns: int, codepage: str) -> bytes:
    """Both lines, cut and filled to the width; letters that the code page lacks become question marks."""
    first, second = (fitted(line, columns).encode(codepage, "replace") for line in (line1, line2))
    if protocol is Protocol.ESCPOS:
        return b"\x0b" + first + second
    return b"\x1bQA" + first + b"\r" + b"\x1bQB" + second + b"\r"


def fitted(line: str, columns: int) -> str:
    """A line without control characters, centred, exactly as wide as the display."""
    shown = "".join(char if char.isprintable() else " " for char in line)
    return shown[:columns].center(columns)
