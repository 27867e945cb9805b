"""AIM symbology identifiers: the three characters with which a scanner may say what kind of code it read; pure."""

from __future__ import annotations

import re

AIM = re.compile(r"\](?P<letter>[A-Za-z])(?P<modifier>[0-9A-Za-z])")

LETTERS = {
    "A": "code39",
    "C": "code128",
    "E": "ean13",
    "F": "codabar",
    "G": "code93",
    "I": "itf",
    "L": "pdf417",
    "M": "msi",
    "Q": "qr",
    "S": "2of5",
    "U": "maxicode",
    "X": "other",
    "d": "datamatrix",
    "e": "gs1-databar",
    "h": "hanxin",
    "z": "aztec",
}
"""Code letter -> our name; a letter that is not here is `other`."""

EXACT = {
    "C1": "gs1-128",
    "C4": "isbt128",
    "E3": "ean13-addon",
    "E4": "ean8",
    "Q3": "gs1-qr",
    "d2": "gs1-datamatrix",
}
"""Letter and modifier where the modifier changes what the code is."""


def split_aim(text: str) -> tuple[str, str]:
    """The symbology's lower-case name (empty when the scanner did not say) and the text without the identifier."""
    found = AIM.match(text)
    if found is None:
        return "", text
    letter, modifier = found.group("letter", "modifier")
    return EXACT.get(letter + modifier) or LETTERS.get(letter, "other"), text[found.end() :]
