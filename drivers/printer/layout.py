"""Text into lines that fit the paper; pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

PLAIN = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "•": "*", "×": "x", "\u00a0": " ", "′": "'"}
)
"""Typographic signs that few code pages have, and what is as good on paper."""


def plain(text: str) -> str:
    """Text with composed letters and plain signs, so that most of it fits a code page."""
    return unicodedata.normalize("NFC", text).translate(PLAIN)


def columns(text: str) -> int:
    """How many columns of the paper a text takes: wide letters two, combining marks none."""
    return sum(_columns(char) for char in text)


def split_indent(text: str) -> tuple[str, str]:
    """The blanks a text begins with, and the rest."""
    body = text.lstrip(" ")
    return text[: len(text) - len(body)], body


def wrap(text: str, width: float, *, hang: int = 0, measure: Callable[[str], float] = columns) -> list[str]:
    """Lines of at most `width` by `measure`, broken at spaces where there are any; the indentation is kept on every line.

    Lines after the first are indented by `hang` blanks more.
    """
    indent, body = split_indent(text)
    indent = _narrowed(indent, width, measure)
    following = _narrowed(indent + " " * hang, width, measure)
    lines: list[str] = []
    line, room = indent, width - measure(following)
    for word in body.split(" "):
        glue = " "
        for piece in _pieces(word, room, measure):
            joined = f"{line}{glue}{piece}" if line.strip() else line + piece
            if line.strip() and measure(joined) > width:
                lines.append(line)
                joined = following + piece
            line, glue = joined, ""
    return [*lines, line]


def _narrowed(indent: str, width: float, measure: Callable[[str], float]) -> str:
    """No more than half of the paper is left blank."""
    while indent and measure(indent) > width / 2:
        indent = indent[1:]
    return indent


def _pieces(word: str, room: float, measure: Callable[[str], float]) -> list[str]:
    """What stays together: the word, or each letter of those scripts that break anywhere; cut where even that is too wide."""
    pieces: list[str] = []
    for unit in _units(word):
        if measure(unit) <= room:
            pieces.append(unit)
            continue
        pieces.append("")
        for cluster in _clusters(unit):
            if pieces[-1] and measure(pieces[-1] + cluster) > room:
                pieces.append("")
            pieces[-1] += cluster
    return pieces


def _units(word: str) -> list[str]:
    """Words of narrow letters whole; wide letters one by one, with the brackets and stops that belong to them."""
    units = [""]
    for cluster in _clusters(word):
        last = units[-1]
        opens = last and unicodedata.category(last[-1]) in {"Ps", "Pi"}
        closes = unicodedata.category(cluster[0]) in {"Pe", "Pf", "Po"}
        if last and not opens and not closes and (_is_wide(last[-1]) or _is_wide(cluster[0])):
            units.append("")
        units[-1] += cluster
    return units


def _clusters(word: str) -> list[str]:
    """Letters with their marks."""
    clusters: list[str] = []
    for char in word:
        if clusters and unicodedata.category(char) in {"Mn", "Mc", "Me", "Cf"}:
            clusters[-1] += char
        else:
            clusters.append(char)
    return clusters


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"


def _columns(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if _is_wide(char) else 1
