"""Values out of vendors' JSON: text, number and minor units are one price, times are aware, a bad row harms only itself."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from agent.core.catalogue import CatalogueItem
from agent.core.errors import InvalidInput
from agent.core.money import Money
from drivers.pos.wire_values import gathered, moment, needed, price, table, tables, total, whole, word

SINGAPORE = ZoneInfo("Asia/Singapore")
AT = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize("value", [Decimal("12.50"), "12.50", "$12.50", Decimal("12.5000")])
def test_a_price_is_the_same_however_it_is_written(value: object) -> None:
    assert price(value, "SGD") == price(1250, "SGD", is_minor=True) == Money(1250, "SGD")


@pytest.mark.parametrize("value", [None, True, Decimal("-1"), Decimal("1.005"), "free", [], 1.5])
def test_what_is_no_price_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        price(value, "SGD")
    assert refused.value.reason == "invalid_amount"


def test_a_total_may_have_more_digits_than_the_currency() -> None:
    assert [total(value, "SGD").minor for value in (Decimal("8.1250"), "8.1350", "$8.10", 8)] == [812, 814, 810, 800]
    assert total("812", "SGD", is_minor=True) == Money(812, "SGD")


@pytest.mark.parametrize("value", [None, True, "NaN", Decimal("Infinity"), Decimal(10) ** 20, "x", {}])
def test_what_is_no_total_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        total(value, "SGD")


@pytest.mark.parametrize(
    "value",
    ["2026-11-22T04:30:00Z", "2026-11-22T04:30:00.000+0000", "2026-11-22 12:30:00", 1795321800, "1795321800", 1795321800000],
)
def test_a_time_is_aware_however_it_is_written(value: object) -> None:
    assert moment(value, SINGAPORE) == AT


@pytest.mark.parametrize("value", [None, "", "soon", True, [], "2026-13-40", -(10**16), 10**17])
def test_what_is_no_time_is_none(value: object) -> None:
    assert moment(value, SINGAPORE) is None


def test_text_is_one_line_and_nothing_else_is_text() -> None:
    values: list[object] = [" a\n b ", 7, Decimal("1.5"), True, None, []]
    assert [word(value) for value in values] == ["a b", "7", "1.5", "", "", ""]
    assert [whole(value) for value in ("12", 12, "-3", "x", "1" * 30, "--1", None)] == [12, 12, -3, None, None, None, None]
    assert (table([1]), table({"a": 1}), tables([{"a": 1}, 2]), tables("x")) == ({}, {"a": 1}, [{"a": 1}], [])
    with pytest.raises(InvalidInput):
        needed("  ", "name")


def test_a_bad_row_harms_only_itself() -> None:
    def item(code: str) -> CatalogueItem:
        return CatalogueItem(code=needed(code, "code"), name="X", price=Money(1, "SGD"))

    found = gathered((f"row {place}", partial(item, code)) for place, code in enumerate(["A", "", "A", "B"], 1))
    assert [one.code for one in found.items] == ["A", "B"]
    assert [(one.where, one.reason) for one in found.problems] == [("row 2", "missing_field"), ("row 3", "code_twice")]
