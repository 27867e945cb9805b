"""What a stream of ESC/POS bytes puts on paper: lines of text, cuts and the rest; takes bytes as they come."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from enum import Enum

from drivers.pos.receipt_tap import commands as cmd

LONGEST_LINE = 1000
"""Bytes; paper is 48 characters wide, anything longer is no line of a receipt."""

CODE_PAGES = {
    0: "cp437", 2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865", 13: "cp857", 14: "cp737", 15: "iso8859_7", 16: "cp1252",
    17: "cp866", 18: "cp852", 19: "cp858", 20: "cp874", 21: "cp874", 26: "cp874", 32: "cp720", 33: "cp775", 34: "cp855",
    36: "cp862", 37: "cp864", 39: "iso8859_2", 40: "iso8859_15", 45: "cp1250", 46: "cp1251", 47: "cp1253", 48: "cp1254",
    49: "cp1255", 50: "cp1256", 51: "cp1257", 52: "cp1258", 255: "cp874",
}  # fmt: skip
"""[gap] `ESC t n` is the printer maker's own table; this is Epson's. The setting `encoding` overrules it."""

_TEXT = re.compile(rb"[^\x00-\x1f\x7f]+")


class Mark(Enum):
    """What happens on paper besides text."""

    CUT = "cut"
    KICK = "kick"
    PICTURE = "picture"
    FOREIGN = "foreign"
    """The stream is another printer language."""


Event = str | Mark
"""A line of text, or a mark."""


@dataclass
class Paper:
    """Reads one stream; never raises, whatever comes; holds no more than a line."""

    encoding: str = ""
    """Codec of all text; empty: as the stream's own commands say."""
    double_byte: str = "gb18030"
    """Codec while the stream has switched Chinese characters on."""
    _pending: bytes = b""
    _skip: int = 0
    """Bytes of a command still to come, or UNTIL_NUL."""
    _parts: cmd.Parts = (0, 0, lambda _: 0)
    """Of a command that stores something in the printer."""
    _line: list[tuple[str, bytearray]] = field(default_factory=list)
    _length: int = 0
    _page: str = "cp437"
    _is_kanji: bool = False
    _after_cr: bool = False

    def feed(self, data: bytes) -> Iterator[Event]:
        """What these bytes, after all before them, put on paper."""
        data, self._pending = self._pending + data, b""
        at = 0
        while at < len(data):
            if self._skip:
                at = self._skipped(data, at)
            elif self._parts[0]:
                head = data[at : at + self._parts[1]]
                if len(head) < self._parts[1]:
                    self._pending = head
                    return
                at += self._next_part(head)
            elif data[at] in cmd.STARTS:
                after = yield from self._command(data, at)
                if after is None:
                    self._pending = data[at:]
                    return
                at = after
            elif text := _TEXT.match(data, at):
                self._add(text.group())
                at = text.end()
            else:
                yield from self._control(data[at])
                at += 1

    @property
    def has_text(self) -> bool:
        """Whether a line is begun."""
        return bool(self._line)

    def finish(self) -> Iterator[str]:
        """The line that no end came for; the stream may go on after it."""
        if self._line:
            yield self._taken()

    def _skipped(self, data: bytes, at: int) -> int:
        if self._skip == cmd.UNTIL_NUL:
            end = data.find(b"\x00", at)
            self._skip = cmd.UNTIL_NUL if end < 0 else 0
            return len(data) if end < 0 else end + 1
        taken = min(self._skip, len(data) - at)
        self._skip -= taken
        return at + taken

    def _next_part(self, head: bytes) -> int:
        count, size, more = self._parts
        self._parts = count - 1, size, more
        self._skip = more(head)
        return size

    def _command(self, data: bytes, at: int) -> Generator[Event, None, int | None]:
        """Works one command off; gives the place after it, or None while it is not whole."""
        name = data[at : at + 2]
        if len(name) < 2:
            return None
        if data[at : at + 3] == cmd.STAR_RASTER:
            yield Mark.FOREIGN
            return at + 3
        measure = cmd.length(name)
        if measure is None:
            # A lone DLE is noise; any other unknown command has, most often, no data.
            return at + (1 if name[0] == cmd.DLE else 2)
        count, more = measure
        args = data[at + 2 : at + 2 + count]
        if len(args) < count:
            return None
        self._skip = more(args)
        yield from self._effect(name, args)
        return at + 2 + count

    def _effect(self, name: bytes, args: bytes) -> Iterator[Event]:
        if name in cmd.FOREIGN:
            yield Mark.FOREIGN
        elif name in cmd.CUTS:
            yield from self.finish()
            yield Mark.CUT
        elif name in cmd.KICKS and (name != b"\x10\x14" or args[:1] == b"\x01"):
            yield Mark.KICK
        elif name in cmd.PICTURES or name + args[:1] in cmd.PICTURES:
            yield Mark.PICTURE
        elif name in cmd.FEEDS:
            yield from self.finish()
        elif name in cmd.POSITIONS and self._line:
            self._add(b" ")
        elif name in cmd.REPEATED:
            self._parts = cmd.REPEATED[name][1](args)
        elif name == cmd.CODE_PAGE:
            self._page = CODE_PAGES.get(args[0], self._page)
        elif name in (cmd.KANJI_ON, cmd.KANJI_OFF):
            self._is_kanji = name == cmd.KANJI_ON
        elif name == cmd.INIT:
            self._page, self._is_kanji = "cp437", False

    def _control(self, byte: int) -> Iterator[Event]:
        if byte in (0x0A, 0x0C, 0x0D):
            if self._line or (byte == 0x0A and not self._after_cr):
                yield self._taken()
        elif byte == 0x09:
            self._add(b" ")
        self._after_cr = byte == 0x0D

    def _add(self, text: bytes) -> None:
        self._after_cr = False
        text = text[: LONGEST_LINE - self._length]
        self._length += len(text)
        codec = self.encoding or (self.double_byte if self._is_kanji else self._page)
        if self._line and self._line[-1][0] == codec:
            self._line[-1][1].extend(text)
        else:
            self._line.append((codec, bytearray(text)))

    def _taken(self) -> str:
        pieces, self._line, self._length = self._line, [], 0
        return "".join(text.decode(codec, "replace") for codec, text in pieces)
