"""From the lines of one slip to the sale it stands for; pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from agent.core.errors import InvalidInput
from agent.core.member import MemberRef
from agent.core.money import Money
from agent.core.sale import SaleSeen
from drivers.pos.receipt_tap.rules import ReceiptRules
from drivers.pos.receipt_tap.times import written_time

LONGEST = 200
"""Characters of a line that patterns look at: a bad pattern must not take the program with it."""
MOST_ADJUSTMENTS = 8
BEFORE_AMOUNT = r"(?<![\w.,])(?P<open>[(-]?)\s*(?:[A-Za-z]{0,3}[$€£¥฿₫₩]|[A-Za-z]{1,3}\.?)?\s*(?P<sign>-?)"
AFTER_AMOUNT = r"(?P<after>-?)\)?(?:\s*[A-Z]{1,3}|\s*\*)?\s*$"
"""A sign on either side or brackets; a currency before; a currency, a tax letter or a star after."""
WORDS = re.compile(r"(?!\W*(?:RM|Rp|S|A|HK|NT|US|[A-Z]{3})?\W*$).*[^\W\d_]")
"""What stands before an amount is more than its currency."""
ISO_CODES = re.compile(r"\b(AUD|BND|CNY|EUR|GBP|HKD|IDR|INR|JPY|KHR|KRW|LAK|MMK|MOP|MYR|NZD|PHP|SGD|THB|TWD|USD|VND)\b")


@dataclass(frozen=True, slots=True)
class Slip:
    """What came out of the printer between two cuts."""

    lines: tuple[str, ...]
    """Without the empty ones."""
    pictures: int = 0
    is_foreign: bool = False
    """Another printer language than ESC/POS."""
    has_gap: bool = False
    """Not all of it was seen."""


@dataclass(frozen=True)
class ReceiptReader:
    """Reads slips by the rules of one shop."""

    rules: ReceiptRules
    currency: str
    zone: ZoneInfo
    _amount: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        group, point = re.escape(self.rules.thousands), re.escape(self.rules.decimal)
        whole = rf"\d{{1,3}}(?:{group}\d{{3}})+|\d{{1,9}}" if group else r"\d{1,12}"
        number = rf"(?P<amount>(?:{whole})(?:{point}\d{{1,3}})?)"
        object.__setattr__(self, "_amount", re.compile(BEFORE_AMOUNT + number + AFTER_AMOUNT))

    def read(self, slip: Slip) -> SaleSeen | None:
        """The sale of a slip, None for a slip that is none; raises InvalidInput when a person has to look."""
        lines = [line[:LONGEST].strip() for line in slip.lines]
        if self._is_excluded(lines):
            return None
        self._check_readable(slip)
        place, total = self._total(lines)
        receipt = self._first(self.rules.number, lines)
        if total is None or (self.rules.needs_tender and not self._is_paid(lines)):
            return None
        name = self._name(lines, receipt)
        if slip.has_gap:
            raise _unclear(f"{name} was not seen whole")
        if not receipt:
            raise _unclear(f"{name} over {total} has no number")
        if total.minor <= 0:
            return None
        self._check_currency(lines[place], name)
        if self.rules.check_sum and not self._adds_up(lines[:place], total):
            raise _unclear(f"the lines of {name} do not add up to {total}")
        member = self._first((self.rules.member,), lines)
        return SaleSeen(
            receipt=receipt,
            amount=total,
            occurred_at=self._when(lines),
            member=MemberRef(identifier=member) if member else None,
        )

    def _is_excluded(self, lines: Sequence[str]) -> bool:
        return any(_fits(pattern, line) for pattern in self.rules.excluded for line in lines)

    def _check_readable(self, slip: Slip) -> None:
        if slip.is_foreign:
            sentence = "The POS prints in another language than ESC/POS, which cannot be read; set its printer to ESC/POS."
            raise InvalidInput("receipt_foreign", sentence)
        if slip.pictures and not slip.lines:
            sentence = "The POS prints its receipts as pictures, which cannot be read; set it to print text."
            raise InvalidInput("receipt_picture", sentence)

    def _total(self, lines: Sequence[str]) -> tuple[int, Money | None]:
        """Where the total is and how much; the amount may stand alone on the line below its word."""
        for pattern in self.rules.total:
            places = [place for place, line in enumerate(lines) if _fits(pattern, line) and not _fits(self.rules.subtotal, line)]
            found = [(place, amount) for place in places if (amount := self._beside(lines, place)) is not None]
            if len({amount for _, amount in found}) > 1:
                raise _unclear("a receipt has more than one total")
            if found:
                return found[-1]
        return 0, None

    def _beside(self, lines: Sequence[str], place: int) -> Money | None:
        amount = self.amount(lines[place])
        if amount is None and place + 1 < len(lines) and self._amount.match(lines[place + 1]):
            amount = self.amount(lines[place + 1])
        return amount

    def amount(self, line: str) -> Money | None:
        """The amount at the end of a line, or None."""
        found = self._amount.search(line)
        if found is None:
            return None
        text = found["amount"]
        if self.rules.thousands:
            text = text.replace(self.rules.thousands, "")
        text = text.replace(self.rules.decimal, ".")
        is_negative = found["open"] or found["sign"] or found["after"]
        try:
            return Money.parse(f"-{text}" if is_negative else text, self.currency)
        except InvalidInput:
            return None

    def _check_currency(self, line: str, name: str) -> None:
        codes = set(ISO_CODES.findall(line.upper()))
        if codes and self.currency not in codes:
            raise _unclear(f"{name} is in {sorted(codes)[0]} and not in {self.currency}")

    def _adds_up(self, above: Sequence[str], total: Money) -> bool:
        """Whether goods and some of the adjustments make the total: tax may be inside the prices, a discount without its sign."""
        rows = list(self._rows(above))
        extras = [amount.minor for line, amount in rows if _fits(self.rules.adjustment, line)][:MOST_ADJUSTMENTS]
        goods = [amount.minor for line, amount in rows if not _fits(self.rules.adjustment, line)]
        missing = total.minor - sum(goods)
        return not goods or any(
            sum(chosen) == missing for chosen in itertools.product(*((0, extra, -abs(extra)) for extra in extras))
        )

    def _rows(self, lines: Iterable[str]) -> Iterator[tuple[str, Money]]:
        """Lines with words and an amount with cents: numbers, dates and phones have none."""
        for line in lines:
            found = self._amount.search(line)
            is_row = found and self.rules.decimal in found["amount"] and WORDS.match(line[: found.start("amount")])
            if is_row and not _fits(self.rules.tender, line) and not _fits(self.rules.subtotal, line):
                amount = self.amount(line)
                if amount is not None:
                    yield line, amount

    def _is_paid(self, lines: Sequence[str]) -> bool:
        return any(_fits(self.rules.tender, line) for line in lines)

    def _when(self, lines: Sequence[str]) -> datetime | None:
        """The first moment on one line, else on two lines that follow each other."""
        texts = [*lines, *(f"{line} {after}" for line, after in itertools.pairwise(lines))]
        return next((at for text in texts if (at := written_time(text, self.rules.date_order, self.zone)) is not None), None)

    def _name(self, lines: Sequence[str], receipt: str) -> str:
        table = self._first((self.rules.table,), lines)
        return f"{f'receipt {receipt}' if receipt else 'a receipt'}{f' of table {table}' if table else ''}"

    def _first(self, patterns: Iterable[str], lines: Sequence[str]) -> str:
        """What the first pattern that fits any line finds there."""
        tries = (re.search(pattern, line, re.IGNORECASE) for pattern in patterns if pattern for line in lines)
        return next((match["found"].strip() for match in tries if match), "")


def _fits(pattern: str, line: str) -> bool:
    return bool(pattern) and re.search(pattern, line, re.IGNORECASE) is not None


def _unclear(what: str) -> InvalidInput:
    sentence = f"{what[0].upper()}{what[1:]}; add its points by hand."
    return InvalidInput("receipt_unclear", sentence)
