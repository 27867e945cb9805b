"""What a known code that came through wrong says of its scanner: the country whose keyboard it types on; pure."""

from __future__ import annotations

from collections.abc import Sequence

from agent.core.keyboards import LAYOUTS


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
    strokes, reads = LAYOUTS[scanner].strokes(), LAYOUTS[configured]
    if any(char not in strokes for char in text):
        return ""
    return "".join(" " if char == " " else reads.level(how).get(key, "") for char in text for key, how in (strokes[char],))
