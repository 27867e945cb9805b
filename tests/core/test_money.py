"""Money is exact: what is read is what is written, and nothing is guessed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.errors import InvalidInput
from agent.core.money import LARGEST_MINOR, Money, minor_digits, points_for

CURRENCIES = st.sampled_from(["SGD", "JPY", "KWD", "IDR"])


@given(st.integers(-LARGEST_MINOR, LARGEST_MINOR), CURRENCIES)
def test_what_is_written_reads_back(minor: int, currency: str) -> None:
    amount = Money(minor, currency)
    assert Money.parse(str(amount), currency) == amount
    assert Money.parse(amount.major(), currency) == amount
    assert Money.rounded(amount.major(), currency) == amount


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.50", "SGD", 1250),
        (" 1,234.5 ", "SGD", 123450),
        (7, "SGD", 700),
        ("980", "JPY", 980),
        ("1.234", "KWD", 1234),
        ("-3", "SGD", -300),
    ],
)
def test_amounts_are_read_in_major_units(text: str | int, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize("text", ["", "abc", "12.505", "NaN", "Infinity", "1e30", 12.5, "1.5.0", "sNaN"])
def test_what_is_no_amount_is_refused(text: Any) -> None:
    with pytest.raises(InvalidInput, match="invalid_amount"):
        Money.parse(text, "SGD")


def test_yen_have_no_decimals() -> None:
    with pytest.raises(InvalidInput, match="more decimals"):
        Money.parse("1.5", "JPY")
    assert (str(Money(980, "JPY")), str(Money(1250, "SGD")), str(Money(5, "KWD"))) == ("980", "12.50", "0.005")
    assert minor_digits("XXX") == 2


def test_sums_stay_in_one_currency() -> None:
    assert Money(100, "SGD") + Money(25, "SGD") - Money(5, "SGD") == Money(120, "SGD")
    assert Money(120, "SGD") * 3 == Money(360, "SGD")
    for operation in (Money.__add__, Money.__sub__):
        with pytest.raises(ValueError, match="cannot mix"):
            operation(Money(1, "SGD"), Money(1, "MYR"))


def test_a_peers_digits_are_rounded_half_even() -> None:
    assert [Money.rounded(Decimal(text), "SGD").minor for text in ("1.005", "1.015", "1.0151")] == [100, 102, 102]


@pytest.mark.parametrize(
    ("minor", "rate", "points"), [(1299, "1", 12), (1299, "0.5", 6), (1299, "10", 129), (-500, "1", 0), (0, "1", 0)]
)
def test_points_are_floored_and_never_negative(minor: int, rate: str, points: int) -> None:
    assert points_for(Money(minor, "SGD"), Decimal(rate)) == points
