"""Money as integer minor units of one currency, and points as whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import NewType

from agent.core.errors import InvalidInput

Points = NewType("Points", int)
NO_POINTS = Points(0)

MINOR_DIGITS = {"BHD": 3, "IDR": 2, "JPY": 0, "KRW": 0, "KWD": 3, "VND": 0}
"""ISO 4217 exponents that are not 2, and those of the region where people often guess wrong."""

LARGEST_MINOR = 10**15
"""Anything above is a scanning or typing accident, never a sale."""


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency."""

    minor: int
    """Amount in the currency's smallest unit."""
    currency: str
    """ISO 4217 code, upper case."""

    @classmethod
    def parse(cls, text: str | int | Decimal, currency: str) -> Money:
        """Read major units (`"12.50"`); refuses floats, fractions of a minor unit, and what is not a number."""
        if isinstance(text, float):
            raise InvalidInput("invalid_amount", "An amount must be written as text, such as 12.50.", field="amount")
        try:
            major = Decimal(text.strip().replace(",", "") if isinstance(text, str) else text)
            minor = major.scaleb(minor_digits(currency))
        except InvalidOperation:
            raise InvalidInput("invalid_amount", "This amount is not a number.", field="amount") from None
        if not minor.is_finite() or abs(minor) > LARGEST_MINOR:
            raise InvalidInput("invalid_amount", "This amount is out of range.", field="amount")
        if minor != minor.to_integral_value():
            raise InvalidInput("invalid_amount", f"This amount has more decimals than {currency} has.", field="amount")
        return cls(int(minor), currency)

    @classmethod
    def rounded(cls, major: Decimal, currency: str) -> Money:
        """The nearest amount to a peer's decimal, for totals that a peer computed with more digits."""
        return cls(int(major.scaleb(minor_digits(currency)).to_integral_value(ROUND_HALF_EVEN)), currency)

    def major(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-minor_digits(self.currency))

    def __str__(self) -> str:
        """Major units without the currency, such as `12.50`."""
        return f"{self.major():.{minor_digits(self.currency)}f}"

    def __add__(self, other: Money) -> Money:
        """Sum of two amounts in the same currency."""
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        """Difference of two amounts in the same currency."""
        return Money(self.minor - self._same(other).minor, self.currency)

    def __mul__(self, count: int) -> Money:
        """`count` times the amount."""
        return Money(self.minor * count, self.currency)

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"cannot mix {self.currency} with {other.currency}")
        return other


def minor_digits(currency: str) -> int:
    """How many decimals the currency has."""
    return MINOR_DIGITS.get(currency, 2)


def points_for(amount: Money, points_per_unit: Decimal) -> Points:
    """Points that a sale earns: whole points per major unit, floor, never negative."""
    return Points(max(0, int((amount.major() * points_per_unit).to_integral_value(ROUND_FLOOR))))
