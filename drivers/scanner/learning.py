"""What a known code that came through wrong says of its scanner: the country whose keyboard it types on; pure."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.scanner.layouts import LAYOUTS, Layout

Stroke = tuple[int, str]
"""A key, and how it is held: `plain`, `shifted` or `alt_gr`."""


def learnt_layout(heard: str, configured: str, expected: Sequence[str]) -> str:
    """The layout of a scanner whose code, read as `configured`, gave what was heard; empty when none did, or all is well."""
    if heard in expected:
        return ""
    for country in LAYOUTS:
        if country != configured and any(as_heard(text, country, configured) == heard for text in expected):
            return country
    return ""


def as_heard(text: str, scanner: str, configured: str) -> str:
    """What a scanner of one country makes of a text when its keys are read as another's; empty when it cannot type it."""
    strokes = _strokes(LAYOUTS[scanner])
    if any(char not in strokes for char in text):
        return ""
    reads = LAYOUTS[configured]
    tables = {"plain": reads.plain, "shifted": reads.shifted, "alt_gr": reads.alt_gr}
    return "".join(" " if char == " " else tables[how].get(key, "") for char in text for key, how in (strokes[char],))


def _strokes(layout: Layout) -> dict[str, Stroke]:
    found: dict[str, Stroke] = {" ": (0, "plain")}
    for how, table in (("alt_gr", layout.alt_gr), ("shifted", layout.shifted), ("plain", layout.plain)):
        found |= {char: (key, how) for key, char in table.items()}
    return found
