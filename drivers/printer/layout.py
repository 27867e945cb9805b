"""Text into lines that fit the paper; pure."""

from __future__ import annotations

import unicodedata

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


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns, broken at spaces where there are any; the indentation is kept on every line."""
    body = text.lstrip(" ")
    indent = " " * min(len(text) - len(body), width // 2)
    lines: list[str] = []
    line = indent
    for word in body.split(" "):
        for piece in _pieces(word, width - len(indent)):
            joined = f"{line} {piece}" if line.strip() else line + piece
            if columns(joined) > width:
                lines.append(line)
                joined = indent + piece
            line = joined
    return [*lines, line]


def _pieces(word: str, width: int) -> list[str]:
    """A word, cut where it is wider than the paper."""
    pieces = [""]
    for char in word:
        if columns(pieces[-1]) + _columns(char) > width:
            pieces.append("")
        pieces[-1] += char
    return pieces


def _columns(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
