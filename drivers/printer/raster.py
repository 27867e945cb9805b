"""A line of text as a picture, for letters that the printer has no code page for."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from PIL import Image, ImageDraw, ImageFont

from drivers.printer.fonts import font_for, has_letter, script_of

DOTS_PER_COLUMN = 12
LINE_DOTS = 34
"""Height of a picture of a normal line: 24 dots of letter and room for marks above and below."""


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


@dataclass(frozen=True, slots=True)
class _Run:
    text: str
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont


def draw(text: str, *, columns: int, scale: int = 1, bold: bool = False, font_file: str = "") -> Picture:
    """One line as a picture of at most `columns` normal columns; a longer one is squeezed."""
    runs, missing = _runs(text, 24 * scale, font_file)
    most = columns * DOTS_PER_COLUMN
    length = int(sum(run.font.getlength(run.text) for run in runs)) + 2
    image = Image.new("1", (max(length, 8), LINE_DOTS * scale), 1)
    pen = ImageDraw.Draw(image)
    start = 0.0
    for run in runs:
        anchor = "ls" if isinstance(run.font, ImageFont.FreeTypeFont) else None
        for shift in (0, 1) if bold else (0,):
            pen.text((start + shift, 25 * scale if anchor else 0), run.text, font=run.font, fill=0, anchor=anchor)
        start += run.font.getlength(run.text)
    if length > most:
        image = image.resize((most, image.height))
    return _packed(image, missing)


def _runs(text: str, size: int, font_file: str) -> tuple[list[_Run], frozenset[str]]:
    runs: list[_Run] = []
    missing: set[str] = set()
    for script, chars in groupby(text, script_of):
        font = font_for(script, size, font_file) or font_for("ANY", size)
        part = "".join(chars)
        if font is None:
            missing |= {char for char in part if not char.isascii()}
            runs.append(_Run("".join(char if char.isascii() else "?" for char in part), ImageFont.load_default()))
            continue
        lacking = {char for char in part if not has_letter(font, char)}
        missing |= lacking
        runs.append(_Run("".join("?" if char in lacking else char for char in part), font))
    return runs, frozenset(missing)


def _packed(image: Image.Image, missing: frozenset[str]) -> Picture:
    padded = Image.new("1", ((image.width + 7) // 8 * 8, image.height), 1)
    padded.paste(image)
    black = bytes(byte ^ 0xFF for byte in padded.tobytes())
    return Picture(padded.width // 8, padded.height, black, missing)
