"""A line of text as a picture, for letters that the printer has no code page for."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from PIL import Image, ImageDraw, ImageFont

from drivers.printer.fonts import font_for, has_letter, script_of
from drivers.printer.layout import split_indent

DOTS_PER_COLUMN = 12
LINE, BASELINE = 34 / 24, 26 / 24
"""Height of a picture and of its letters' feet, by the size of the letters: room for marks above and below."""

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True)
class Picture:
    """A line as dots, most significant bit left, rows padded to whole bytes."""

    width_bytes: int
    height: int
    dots: bytes
    missing: frozenset[str]
    """Letters that no font of this computer has; drawn as question marks."""

    def command(self) -> bytes:
        """The picture as the `GS v 0` command that every ESC/POS printer knows."""
        return b"\x1dv0\x00" + self.width_bytes.to_bytes(2, "little") + self.height.to_bytes(2, "little") + self.dots


def blank(height: int) -> Picture:
    """So many dots of empty paper: exact on every printer, where their units of feeding differ."""
    return Picture(1, height, bytes(height), frozenset())


@dataclass(frozen=True, slots=True)
class _Run:
    text: str
    font: Font
    is_faked: bool
    """Bold letters that the font does not have: drawn twice, a dot apart."""


@dataclass(frozen=True, slots=True)
class Ink:
    """How the letters of a picture look."""

    size: int = 24
    """Height of the letters in dots."""
    is_bold: bool = False
    font_file: str = ""

    def width(self, text: str) -> float:
        """How many dots a text takes; its indentation is as wide as that of printed text."""
        indent, body = split_indent(text)
        runs, _ = self._runs(body)
        return DOTS_PER_COLUMN * len(indent) + sum(run.font.getlength(run.text) for run in runs)

    def draw(self, text: str, most: int, *, is_inverse: bool = False, fills: bool = False) -> Picture:
        """One line of at most `most` dots; a longer one is squeezed. White on black it has a margin, or `fills` the paper."""
        indent, body = split_indent(text)
        runs, missing = self._runs(body)
        margin = DOTS_PER_COLUMN * is_inverse
        length = int(sum(run.font.getlength(run.text) for run in runs)) + 2 + 2 * margin
        image = Image.new("1", (max(length, 8), round(self.size * LINE)), 1)
        self._write(image, runs, margin)
        if is_inverse:
            image = image.point(lambda dot: not dot)
        return _packed(_placed(image, len(indent) * DOTS_PER_COLUMN, most, fills=fills), missing)

    def _write(self, image: Image.Image, runs: list[_Run], start: float) -> None:
        pen = ImageDraw.Draw(image)
        for run in runs:
            anchor = "ls" if isinstance(run.font, ImageFont.FreeTypeFont) else None
            for shift in (0, 1) if run.is_faked else (0,):
                foot = round(self.size * BASELINE) if anchor else 0
                pen.text((start + shift, foot), run.text, font=run.font, fill=0, anchor=anchor)
            start += run.font.getlength(run.text)

    def _runs(self, text: str) -> tuple[list[_Run], frozenset[str]]:
        runs: list[_Run] = []
        missing: set[str] = set()
        for script, chars in groupby(text, script_of):
            font = self._font(script)
            part = "".join(chars)
            if font is None:
                missing |= {char for char in part if not char.isascii()}
                part = "".join(char if char.isascii() else "?" for char in part)
                runs.append(_Run(part, ImageFont.load_default(), self.is_bold))
                continue
            lacking = {char for char in part if not has_letter(font, char)}
            missing |= lacking
            part = "".join("?" if char in lacking else char for char in part)
            runs.append(_Run(part, font, self.is_bold and "bold" not in str(font.getname()[1]).lower()))
        return runs, frozenset(missing)

    def _font(self, script: str) -> ImageFont.FreeTypeFont | None:
        found = font_for(script, self.size, self.font_file, is_bold=self.is_bold)
        return found or font_for("ANY", self.size, is_bold=self.is_bold)


def _placed(image: Image.Image, indent: int, most: int, *, fills: bool) -> Image.Image:
    """The line where it belongs on paper of `most` dots."""
    room = most - indent
    if image.width > room:
        image = image.resize((room, image.height))
    black = fills and most > image.width
    paper = Image.new("1", (most if fills else indent + image.width, image.height), int(not black))
    paper.paste(image, ((most - image.width) // 2 if fills else indent, 0))
    return paper


def _packed(image: Image.Image, missing: frozenset[str]) -> Picture:
    padded = Image.new("1", ((image.width + 7) // 8 * 8, image.height), 1)
    padded.paste(image)
    black = bytes(byte ^ 0xFF for byte in padded.tobytes())
    return Picture(padded.width // 8, padded.height, black, missing)
