"""Amounts and JSON pointers of POS systems, read exactly."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.errors import InvalidInput
from agent.core.member import MemberRef
from agent.core.money import Money
from drivers.pos import records
from drivers.pos.amounts import read_amount
from drivers.pos.fields import Reading, read_catalogue, read_sales
from drivers.pos.pointers import fill, look_up
from drivers.pos.records import Record, read_records


@pytest.mark.parametrize(
    ("value", "minor"),
    [
        ("12.50", 1250), ("12,50", 1250), ("1,250", 125000), ("1,250.00", 125000), ("1.250,00", 125000), ("S$ 12.5", 1250),
        ("SGD 12.50", 1250), ("-5.00", -500), ("- 5", -500), (12, 1200), (Decimal("0.1"), 10), ("1 250.00", 125000), ("0", 0),
    ],
)  # fmt: skip
def test_amounts_in_major_units(value: object, minor: int) -> None:
    assert read_amount(value, "SGD") == Money(minor, "SGD")


@pytest.mark.parametrize("value", [1250, "1250", Decimal("1250"), "1250.0"])
def test_amounts_in_cents(value: object) -> None:
    assert read_amount(value, "SGD", is_minor=True) == Money(1250, "SGD")


@pytest.mark.parametrize("value", [None, True, 1.5, "", "free", "1.2.3.4x", "1e5", "0.001", [], {}, "12..5", "NaN", "∞"])
def test_what_is_no_amount_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        read_amount(value, "SGD")
    with pytest.raises(InvalidInput):
        read_amount(value, "SGD", is_minor=True)


@given(st.text(max_size=20), st.booleans())
def test_any_text_is_an_amount_or_refused(text: str, is_minor: bool) -> None:
    with contextlib.suppress(InvalidInput):
        assert read_amount(text, "SGD", is_minor=is_minor).currency == "SGD"


@given(st.sampled_from(["csv", "json", "xml", "exe"]), st.binary(max_size=80))
def test_any_file_is_read_or_refused(ending: str, data: bytes) -> None:
    with contextlib.suppress(InvalidInput):
        assert all(record.where for record in read_records(f"x.{ending}", data))


def test_pointers_and_templates() -> None:
    document = {"a/b": [{"~": 1}], "lines": [{"plu": "X"}, {"plu": "Y"}]}
    assert look_up(document, "/a~1b/0/~0") == 1
    assert look_up(document, "") is document
    assert look_up(document, "/lines/9/plu") is None
    assert look_up(document, "/lines/x") is None
    assert fill({"rows": {"$each": "/lines", "$as": ["$/plu", 1]}, "cost": "$$5"}, document) == {
        "rows": [["X", 1], ["Y", 1]],
        "cost": "$5",
    }
    assert fill({"$each": "/none"}, document) == []


def test_rows_that_do_not_fit_are_said_to() -> None:
    reading = Reading(currency="SGD", zone=ZoneInfo("Asia/Singapore"), columns={})
    rows: list[dict[str, Any]] = [
        {"code": "A", "name": "x" * 501, "price": "1"},
        {"code": "B", "name": "X", "price": "1", "available": "perhaps"},
        {"code": "C", "name": "X", "price": "1", "groups": [1]},
        {"code": "D", "name": "X", "price": "1", "groups": [{"name": "G", "min": "many"}]},
    ]
    catalogue = read_catalogue([Record(str(place), row) for place, row in enumerate(rows)], reading)
    assert [problem.reason for problem in catalogue.problems] == [
        "field_too_long",
        "invalid_flag",
        "invalid_group",
        "invalid_group",
    ]


def test_a_member_is_found_by_uuid_or_inside_its_object() -> None:
    reading = Reading(currency="SGD", zone=ZoneInfo("Asia/Singapore"), columns={})
    rows: list[dict[str, Any]] = [
        {"receipt": "1", "total": "1", "customeruuid": "u-1"},
        {"receipt": "2", "totalminor": 100, "member": {"phone": "+6591234567"}},
    ]
    sales, problems = read_sales([Record(str(place), row) for place, row in enumerate(rows)], reading)
    assert not problems
    assert [sale.member for _, sale in sales] == [MemberRef(uuid="u-1"), MemberRef(identifier="+6591234567")]


def test_files_beyond_all_measure_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "LARGEST_FILE", 10)
    with pytest.raises(InvalidInput):
        read_records("a.csv", b"code,name,price\n")
    monkeypatch.setattr(records, "LARGEST_FILE", 1000)
    monkeypatch.setattr(records, "MOST_ROWS", 1)
    with pytest.raises(InvalidInput):
        read_records("a.csv", b"code\n1\n2\n")
