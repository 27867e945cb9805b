"""How long every ESC/POS command is, so that what is no text can be stepped over; pure."""

from __future__ import annotations

from collections.abc import Callable

UNTIL_NUL = -1
"""The command's data ends with a NUL."""

ESC, GS, FS, DLE = 0x1B, 0x1D, 0x1C, 0x10
STARTS = frozenset({ESC, GS, FS, DLE})

CUTS = frozenset({b"\x1dV", b"\x1bi", b"\x1bm"})
KICKS = frozenset({b"\x1bp", b"\x10\x14"})
PICTURES = frozenset({b"\x1b*", b"\x1dv", b"\x1d*", b"\x1d/", b"\x1cp", b"\x1d(L", b"\x1d8L", b"\x1dQ"})
FOREIGN = frozenset({b"\x1b\x1d", b"\x1b\x1e"})
"""Commands of other printer languages (Star) that ESC/POS does not have."""
STAR_RASTER = b"\x1b*r"
CODE_PAGE, KANJI_ON, KANJI_OFF, INIT = b"\x1bt", b"\x1c&", b"\x1c.", b"\x1b@"
FEEDS = frozenset({b"\x1bd", b"\x1bJ", b"\x1be", b"\x1bK", b"\x1b\x0c"})
POSITIONS = frozenset({b"\x1b$", b"\x1b\\", b"\x1d$", b"\x1d\\"})
"""Moves along or about the line: what comes after stands apart from what came before."""

_FIXED: dict[int, dict[int, bytes]] = {
    ESC: {
        0: b"@2<imLSv\x0c\x07\x1d\x1e",
        1: b" !%-3=?EGJKMRTUVadertu{",
        2: b"$\\Bc",
        3: b"p",
        8: b"W",
    },
    GS: {0: b":c", 1: b"!aBbHfhwrIET/", 2: b"LWP$\\", 3: b"^z"},
    FS: {0: b"&.", 1: b"!-CW", 2: b"Sp?", 74: b"2"},
    DLE: {1: b"\x05"},
}
"""First byte -> number of bytes that follow -> second bytes of the commands with so many."""

FIXED = {
    bytes([first, second]): count
    for first, rows in _FIXED.items()
    for count, seconds in rows.items()
    for second in seconds
}  # fmt: skip


def _pair(args: bytes, place: int) -> int:
    return args[place] | args[place + 1] << 8


def _columns(args: bytes) -> int:
    """`ESC * m nL nH`: three bytes a column in the 24-dot modes."""
    return _pair(args, 1) * (3 if args[0] in (32, 33) else 1)


def _barcode(args: bytes) -> int:
    """`GS k m n`: the old form ends with NUL (its first byte was read), the new one says its length."""
    if args[0] > 6:
        return args[1]
    return UNTIL_NUL if args[1] else 0


MEASURED: dict[bytes, tuple[int, Callable[[bytes], int]]] = {
    b"\x1dV": (1, lambda args: 1 if args[0] in (65, 66, 97, 98, 103, 104) else 0),
    b"\x1b*": (3, _columns),
    b"\x1d*": (2, lambda args: args[0] * args[1] * 8),
    b"\x1dv": (6, lambda args: _pair(args, 2) * _pair(args, 4)),
    b"\x1dQ": (6, lambda args: _pair(args, 2) * _pair(args, 4)),
    b"\x1dk": (2, _barcode),
    b"\x1b(": (3, lambda args: _pair(args, 1)),
    b"\x1d(": (3, lambda args: _pair(args, 1)),
    b"\x1c(": (3, lambda args: _pair(args, 1)),
    b"\x1d8": (5, lambda args: int.from_bytes(args[1:5], "little")),
    b"\x1dg": (2, lambda _: 2),
    b"\x1dC": (1, lambda args: {0x30: 2, 0x31: 6, 0x32: 2}.get(args[0], 0)),
    b"\x1cg": (6, lambda args: 2 + (_pair(args, 4) if args[0] == 0x31 else 0)),
    b"\x1bD": (0, lambda _: UNTIL_NUL),
    b"\x10\x04": (1, lambda args: 1 if args[0] in (7, 8, 18) else 0),
    b"\x10\x14": (1, lambda args: 7 if args[0] == 8 else 2),
}
"""Command -> bytes to read before its length is known, and how many more then follow."""


Parts = tuple[int, int, Callable[[bytes], int]]
"""How many parts follow, the bytes of each one's head, and from a head how many more its part has."""

REPEATED: dict[bytes, tuple[int, Callable[[bytes], Parts]]] = {
    b"\x1cq": (1, lambda args: (args[0], 4, lambda head: _pair(head, 0) * _pair(head, 2) * 8)),
    b"\x1b&": (3, lambda args: (max(args[2] - args[1] + 1, 0), 1, lambda head: head[0] * args[0])),
}
"""Commands that store pictures or characters in the printer, one part each."""


def length(command: bytes) -> tuple[int, Callable[[bytes], int]] | None:
    """Bytes after the first two that must be there, and what follows them; None for a command nobody knows."""
    if command in FIXED:
        return FIXED[command], lambda _: 0
    if command in REPEATED:
        return REPEATED[command][0], lambda _: 0
    return MEASURED.get(command)
