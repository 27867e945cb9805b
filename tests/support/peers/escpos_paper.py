"""What comes out of a strict ESC/POS printer: bytes in, lines and pictures on paper, and the paper as an image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from PIL import Image, ImageDraw, ImageFont

from drivers.printer.fonts import installed

CELL = (12, 24)
"""Dots of a letter of font A."""
LINE_DOTS = 30
"""Line spacing after ESC @; a line of taller letters is fed as far as these are high, and no further."""
MARGIN = 16
DOT_FONTS, MONO_FACE = ("notosanscjk-regular.ttc", "notosanscjk-bold.ttc"), 7
"""Stand for the printer's own letters, normal and bold: half as wide as high."""


@dataclass(frozen=True)
class Style:
    """How the next letters are printed."""

    wide: int = 1
    high: int = 1
    is_bold: bool = False
    is_inverse: bool = False


@dataclass(frozen=True)
class Letters:
    """Text in one style."""

    text: str
    style: Style


@dataclass(frozen=True)
class Dots:
    """A picture as it was sent."""

    width_bytes: int
    rows: bytes


@dataclass
class Paper:
    """What came out so far."""

    strips: list[list[Letters] | Dots] = field(default_factory=list)
    cuts: int = 0
    kicks: int = 0
    pages: list[int] = field(default_factory=list)
    unknown: list[bytes] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """The printed text, line by line."""
        return ["".join(part.text for part in strip) for strip in self.strips if isinstance(strip, list)]

    @property
    def pictures(self) -> list[bytes]:
        """The dots of every picture that shows something."""
        return [strip.rows for strip in self.strips if isinstance(strip, Dots) and any(strip.rows)]


@dataclass
class Mechanism:
    """Works commands off; `answer` is called with a real-time request, `in_order` when it comes to `GS r`."""

    answer: Callable[[int], None]
    in_order: Callable[[], None]
    codec: str = "cp437"
    prints: Callable[[], bool] = lambda: True
    """Asked before every line; without paper nothing comes out."""
    paper: Paper = field(default_factory=Paper)
    _style: Style = Style()
    _line: list[Letters] = field(default_factory=list)
    _pending: bytes = b""

    def feed(self, data: bytes) -> None:
        """Takes whole commands; the unfinished one waits for the rest."""
        data = self._pending + data
        while data:
            used = self._command(data) if data[0] in b"\x1b\x1d\x10" else self._text(data)
            if used == 0:
                break
            data = data[used:]
        self._pending = data

    def _text(self, data: bytes) -> int:
        if data[0] == 0x0A:
            self._out(self._line)
            self._line = []
            return 1
        end = next((place for place, byte in enumerate(data) if byte in b"\x1b\x1d\x10\n"), len(data))
        self._line.append(Letters(data[:end].decode(self.codec), self._style))
        return end

    def _out(self, strip: list[Letters] | Dots) -> None:
        if self.prints():
            self.paper.strips.append(strip)

    def _command(self, data: bytes) -> int:
        code, after = data[:2], data[2:]
        if code == b"\x1b@":
            self._style = Style()
            return 2
        if not after:
            return 0
        if code in STYLING:
            self._style = STYLING[code](self._style, after[0])
            return 3
        if code == b"\x10\x04":
            self.answer(after[0])
            return 3
        if code == b"\x1dr":
            self.in_order()
            return 3
        if code == b"\x1bt":
            self.paper.pages.append(after[0])
            return 3
        if code == b"\x1dV":
            self.paper.cuts += 1
            return 3 if after[0] in (0, 1, 48, 49) else 4
        if code == b"\x1bp":
            self.paper.kicks += 1
            return 5
        if data[:3] == b"\x1dv0":
            return self._picture(data)
        if code not in WITHOUT_EFFECT:
            self.paper.unknown.append(code)
        return 3

    def _picture(self, data: bytes) -> int:
        if len(data) < 8:
            return 0
        width = int.from_bytes(data[4:6], "little")
        size = 8 + width * int.from_bytes(data[6:8], "little")
        if len(data) < size:
            return 0
        self._out(Dots(width, data[8:size]))
        return size


def _mode(style: Style, byte: int) -> Style:
    """ESC ! sets everything at once, bold included."""
    return replace(style, is_bold=bool(byte & 8), high=1 + bool(byte & 16), wide=1 + bool(byte & 32))


STYLING: dict[bytes, Callable[[Style, int], Style]] = {
    b"\x1b!": _mode,
    b"\x1bE": lambda style, byte: replace(style, is_bold=bool(byte & 1)),
    b"\x1dB": lambda style, byte: replace(style, is_inverse=bool(byte & 1)),
    b"\x1d!": lambda style, byte: replace(style, wide=1 + (byte >> 4 & 7), high=1 + (byte & 7)),
}
WITHOUT_EFFECT = {b"\x1bd", b"\x1ba", b"\x1b-", b"\x1bM", b"\x1bG"}


def picture_of(paper: Paper, columns: int) -> Image.Image:
    """The paper, one pixel a dot; letters as a printer has them, pictures exactly as they were sent."""
    fonts = [ImageFont.truetype(str(installed()[name]), CELL[1], index=MONO_FACE) for name in DOT_FONTS]
    strips = [_dots(strip) if isinstance(strip, Dots) else _letters(strip, fonts) for strip in paper.strips]
    height = sum(strip.height for strip in strips) + 2 * MARGIN
    image = Image.new("1", (columns * CELL[0] + 2 * MARGIN, height), 1)
    top = MARGIN
    for strip in strips:
        image.paste(strip, (MARGIN, top))
        top += strip.height
    return image


def _dots(strip: Dots) -> Image.Image:
    size = (strip.width_bytes * 8, len(strip.rows) // strip.width_bytes)
    return Image.frombytes("1", size, bytes(byte ^ 0xFF for byte in strip.rows))


def _letters(strip: list[Letters], fonts: list[ImageFont.FreeTypeFont]) -> Image.Image:
    high = max((part.style.high for part in strip if part.text), default=1)
    width = sum(len(part.text) * part.style.wide for part in strip) * CELL[0]
    image = Image.new("1", (max(width, 1), max(LINE_DOTS, CELL[1] * high)), 1)
    left = 0
    for part in strip:
        style = part.style
        for char in part.text:
            cell = Image.new("1", CELL, 1)
            ImageDraw.Draw(cell).text((0, 19), char, font=fonts[style.is_bold], fill=0, anchor="ls")
            if style.is_inverse:
                cell = cell.point(lambda dot: not dot)
            cell = cell.resize((CELL[0] * style.wide, CELL[1] * style.high), Image.Resampling.NEAREST)
            image.paste(cell, (left, CELL[1] * (high - style.high)))
            left += cell.width
    return image
