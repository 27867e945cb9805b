"""Payment card numbers: nothing that looks like one is ever kept, shown or sent on."""

from __future__ import annotations

import re

_DIGIT_RUN = re.compile(r"(?<!\d)[3-6](?:[ -]?\d){12,18}(?!\d)")
"""13 to 19 digits that begin as cards do, bare or grouped by single blanks or hyphens."""


def looks_like_card_number(text: str) -> bool:
    """Whether a text holds something that passes for a card number: length, first digit and check digit."""
    return any(_luhn(match.group()) for match in _DIGIT_RUN.finditer(text))


def _luhn(grouped: str) -> bool:
    digits = [int(char) for char in reversed(grouped) if char.isdigit()]
    doubled = (sum(divmod(digit * 2, 10)) for digit in digits[1::2])
    return (sum(digits[0::2]) + sum(doubled)) % 10 == 0
