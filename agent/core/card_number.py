"""Payment card numbers: nothing that looks like one is ever kept, shown or sent on."""

from __future__ import annotations

import re
import unicodedata

_BETWEEN = r"[ .\-\u2010]?"
_DIGIT_RUN = re.compile(rf"(?<!\d)(?:[3-6](?:{_BETWEEN}\d){{12,18}}|2{_BETWEEN}[2-7](?:{_BETWEEN}\d){{14}})(?!\d)")
"""13 to 19 digits that begin as cards do (with 2 only where there are 16), bare or grouped by single marks."""
_UUID = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])", re.IGNORECASE)


def looks_like_card_number(text: str) -> bool:
    """Whether a text holds something that passes for a card number: length, first digits and check digit."""
    plain = _UUID.sub("x", unicodedata.normalize("NFKC", text))
    return any(_luhn(match.group()) for match in _DIGIT_RUN.finditer(plain))


def _luhn(grouped: str) -> bool:
    digits = [int(char) for char in reversed(grouped) if char.isdigit()]
    doubled = (sum(divmod(digit * 2, 10)) for digit in digits[1::2])
    return (sum(digits[0::2]) + sum(doubled)) % 10 == 0
