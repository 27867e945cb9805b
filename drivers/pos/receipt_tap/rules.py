"""Which words of a receipt are its number, its total and its time: the rules of one shop."""

from __future__ import annotations

import codecs
import re
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from drivers.spec import DriverSettings

Pattern = str

TOTALS = (
    r"\bgrand\s+total\b",
    r"\b(?:amount|total)\s+(?:due|payable)\b|\bnett?\s+total\b",
    r"^\W*total\b(?!\s*(?:items?|qty|quantity|sav|disc|tax|gst|points?))",
)
"""Best first: the first that fits any line counts."""
_NUMBERED = r"\s*(?:no|num|number|id)?\s*[.:#]*\s*(?!\d{1,4}[/.-]\d{1,2}[/.-]\d)(?P<found>[A-Za-z]{0,6}[-/]?\d[\w/-]{0,30})"
NUMBERS = (
    r"\b(?:receipt|rcpt|bill|invoice|inv)\b" + _NUMBERED,
    r"\b(?:check|chk|trans(?:action)?|order)\b" + _NUMBERED,
)
EXCLUDED = (
    r"\bre-?print(?:ed)?\b|\bduplicate\b|^\W*(?:merchant\s+)?copy\b",
    r"^\W*(?:void(?:ed)?|refund(?:ed)?|cancelled)\b(?!\s+polic)",
    r"^\W*kitchen\W*$|^\W*kitchen\s+(?:order|ticket|copy|chit|docket)\b|^\W*kot\b|\border\s+ticket\b",
    r"\bpro-?\s?forma\b|\bguest\s+check\b|\btraining\s+(?:mode|receipt)\b",
    r"\b[xz][\s-]*(?:read(?:ing)?|report)\b|\b(?:shift|day|daily|end\s+of\s+day)\s+(?:report|summary)\b",
)
"""Whole headings only: "customer copy", "no refunds" and a shop called Kitchen are on good receipts."""
ADJUSTMENT = (
    r"\b(?:tax|gst|vat|sst|service|svc|serv\.?\s*ch\w*|discount|disc|promo\w*|voucher|rounding|tips?|gratuity|deposit|delivery)\b"
)
SUBTOTAL = r"\bsub-?\s?total\b"
TENDER = (
    r"\b(?:cash|visa|master(?:card)?|amex|nets|paynow|paylah|grab\s?pay|alipay|wechat|duitnow|tng|ovo|gopay|qris)\b"
    r"|\b(?:card|tendered|paid|change)\b"
)
TABLE = r"\btable\s*(?:no\.?)?\s*[:#]?\s*(?P<found>\w{1,10})"


class ReceiptRules(DriverSettings):
    """How this shop's receipts read; a pattern is a regular expression, tried on each line without regard to case."""

    total: Annotated[
        tuple[Pattern, ...], Field(min_length=1, description="Patterns of the words before the total, the best first.")
    ] = TOTALS
    number: Annotated[
        tuple[Pattern, ...], Field(min_length=1, description="Patterns of the receipt's number, their group `found`, best first.")
    ] = NUMBERS
    excluded: Annotated[
        tuple[Pattern, ...], Field(description="A slip with a line that fits one of these is no sale: reprint, void, kitchen.")
    ] = EXCLUDED
    adjustment: Annotated[Pattern, Field(description="Lines that are added to the goods: tax, service charge, discount.")] = (
        ADJUSTMENT
    )
    subtotal: Annotated[Pattern, Field(description="Lines that repeat a sum and are not counted.")] = SUBTOTAL
    tender: Annotated[Pattern, Field(description="Lines that say how it was paid; they end the list of goods.")] = TENDER
    needs_tender: Annotated[bool, Field(description="A slip that does not say how it was paid is a bill and no sale yet.")] = (
        False
    )
    table: Annotated[Pattern, Field(description="Pattern of the table, named when a cashier has to be asked.")] = TABLE
    member: Annotated[Pattern, Field(description="Pattern of a member's code that the POS prints. Empty: it prints none.")] = ""
    date_order: Annotated[Literal["dmy", "mdy", "ymd"], Field(description="How the POS writes dates: dmy, mdy or ymd.")] = "dmy"
    decimal: Annotated[Literal[".", ","], Field(description="The sign before the cents.")] = "."
    thousands: Annotated[Literal[",", ".", "'", " ", ""], Field(description="The sign between thousands.")] = ","
    check_sum: Annotated[
        bool, Field(description="A slip whose goods, with cents, do not add up to its total is given to the cashier.")
    ] = True

    @field_validator("total", "excluded")
    @classmethod
    def _all_compile(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_compiles(pattern) for pattern in patterns)

    @field_validator("number")
    @classmethod
    def _all_find(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_finds(pattern) for pattern in patterns)

    @field_validator("table", "member")
    @classmethod
    def _one_finds(cls, pattern: str) -> str:
        return _finds(pattern) if pattern else ""

    @field_validator("adjustment", "subtotal", "tender")
    @classmethod
    def _one_compiles(cls, pattern: str) -> str:
        return _compiles(pattern)

    @model_validator(mode="after")
    def _separators_differ(self) -> ReceiptRules:
        if self.decimal == self.thousands:
            raise ValueError("decimal and thousands have to be different signs.")
        return self


def known_encoding(encoding: str) -> str:
    """The codec's own name, or empty; raises ValueError for one that does not exist."""
    try:
        return codecs.lookup(encoding).name if encoding else ""
    except LookupError:
        raise ValueError("there is no such encoding.") from None


def _finds(pattern: str) -> str:
    if "(?P<found>" not in pattern:
        raise ValueError("the pattern has to name what it finds: (?P<found>...).")
    return _compiles(pattern)


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"{pattern} is no regular expression: {error}.") from None
    return pattern
