"""Amounts as POS systems write them, read exactly; pure."""

from __future__ import annotations

import re
from decimal import Decimal

from agent.core.errors import InvalidInput
from agent.core.money import Money, minor_digits

_NOT_NUMBER = re.compile(r"[^0-9.,\-]")
_SYMBOLS = re.compile(r"^[\s\u00a0]*(-?)[\s\u00a0]*(?:[A-Za-z]{0,3}[$€£¥฿₫₩]|[A-Za-z]{1,3})?[\s\u00a0]*")


def read_amount(value: object, currency: str, *, is_minor: bool = False) -> Money:
    """`12.50`, `"$1,250.00"`, `"12,50"`, 12 or, with `is_minor`, 1250; raises InvalidInput `invalid_amount`."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise InvalidInput("invalid_amount", "The amount is missing or not a number.", field="amount")
    if is_minor:
        major = _whole(value).scaleb(-minor_digits(currency))
        return Money.parse(major, currency)
    return Money.parse(_plain(value) if isinstance(value, str) else value, currency)


def _whole(value: str | int | Decimal) -> Decimal:
    text = str(value).strip()
    if not re.fullmatch(r"-?\d{1,16}(\.0+)?", text, re.ASCII):
        raise InvalidInput("invalid_amount", "The amount has to be a whole number of cents.", field="amount")
    return Decimal(text)


def _plain(text: str) -> str:
    """Digits with a decimal point: currency signs and thousands separators left out, a decimal comma understood."""
    number = _SYMBOLS.sub(r"\1", text, count=1).strip().replace("\u00a0", "").replace(" ", "").replace("'", "")
    comma, point = number.rfind(","), number.rfind(".")
    # The later of two signs is the decimal one; a lone comma is, unless exactly three digits follow it.
    if comma > point and (point >= 0 or len(number) - comma != 4):
        number = number.replace(".", "").replace(",", ".")
    if not number or _NOT_NUMBER.search(number):
        raise InvalidInput("invalid_amount", "This amount is not a number.", field="amount")
    return number
