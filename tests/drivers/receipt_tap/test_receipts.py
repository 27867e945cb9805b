"""What a slip stands for: a sale, no sale, or a question for the cashier."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.core.errors import InvalidInput
from agent.core.money import Money
from drivers.pos.receipt_tap.receipts import ReceiptReader, Slip
from drivers.pos.receipt_tap.rules import ReceiptRules

ZONE = ZoneInfo("Asia/Singapore")
GOOD = """
    MUM'S KITCHEN
    Tax Invoice
    Receipt No.: R-0017   Table 4
    22/11/2026 1:05 PM
    2 x Chicken rice      9.00
    Teh tarik             1.80
    Member discount      -0.80
    Subtotal             10.00
    Service charge 10%    1.00
    GST 9%                0.99
    TOTAL              S$11.99
    VISA                 11.99
    Customer copy
    No refunds
"""


def reader(currency: str = "SGD", **rules: Any) -> ReceiptReader:
    return ReceiptReader(ReceiptRules(**rules), currency, ZONE)


def slip(text: str, **more: Any) -> Slip:
    return Slip(tuple(line for line in text.splitlines() if line.strip()), **more)


def test_a_receipt_becomes_a_sale() -> None:
    sale = reader().read(slip(GOOD))
    assert sale is not None
    assert (sale.receipt, sale.amount) == ("R-0017", Money(1199, "SGD"))
    assert sale.occurred_at == datetime(2026, 11, 22, 13, 5, tzinfo=ZONE)
    assert sale.member is None


@pytest.mark.parametrize(
    "line",
    [
        "*** REPRINT ***",
        "DUPLICATE",
        "Merchant copy",
        "VOID",
        "Refund",
        "KITCHEN",
        "KOT 12",
        "Z Report",
        "Proforma",
        "Day summary",
    ],
)
def test_slips_with_such_a_heading_are_no_sales(line: str) -> None:
    assert reader().read(slip(f"{line}\n{GOOD}")) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (GOOD.replace("9.00", "8.00"), "do not add up"),
        (GOOD.replace("Receipt No.: R-0017", ""), "has no number"),
        (GOOD.replace("S$11.99", "USD 11.99"), "is in USD"),
        (GOOD.replace("No refunds", "TOTAL 12.99"), "more than one total"),
    ],
)
def test_doubts_go_to_the_cashier(text: str, why: str) -> None:
    with pytest.raises(InvalidInput) as unclear:
        reader().read(slip(text))
    assert unclear.value.reason == "receipt_unclear"
    assert why in unclear.value.message
    assert unclear.value.message.endswith("add its points by hand.")


def test_a_slip_that_was_not_seen_whole_names_receipt_and_table() -> None:
    with pytest.raises(InvalidInput) as unclear:
        reader().read(slip(GOOD, has_gap=True))
    assert unclear.value.message == "Receipt R-0017 of table 4 was not seen whole; add its points by hand."


@pytest.mark.parametrize(
    "text",
    [
        "Chicken rice\nx2",
        "Order 17\n2 x Chicken rice",
        "TOTAL -5.00\nReceipt 1",
        "TOTAL 0.00\nReceipt 1",
        "TOTAL (5.00)\nReceipt 1",
    ],
)
def test_what_has_no_total_or_gives_money_back_is_no_sale(text: str) -> None:
    assert reader().read(slip(text)) is None


def test_pictures_and_other_languages_are_said_so() -> None:
    for made, reason in ((slip("", pictures=2), "receipt_picture"), (slip("x", is_foreign=True), "receipt_foreign")):
        with pytest.raises(InvalidInput) as refused:
            reader().read(made)
        assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("line", "rules", "minor"),
    [
        ("TOTAL 1,234.50", {}, 123450),
        ("TOTAL: RM12.50", {}, 1250),
        ("Total 1.234,50 EUR", {"decimal": ",", "thousands": "."}, 123450),
        ("TOTAL 1 234,50", {"decimal": ",", "thousands": " "}, 123450),
        ("TOTAL 25000", {"thousands": ""}, 2500000),
        ("Grand Total $ 7.00 *", {}, 700),
        ("Total items 5\nTOTAL 5.00", {}, 500),
        ("Amount due 5.00\nTotal 4.00", {}, 500),
        ("TOTAL\n12.50", {}, 1250),
    ],
)
def test_totals_as_shops_write_them(line: str, rules: dict[str, Any], minor: int) -> None:
    currency = "EUR" if "EUR" in line else "SGD"
    sale = reader(currency, **rules).read(slip(f"Bill #7\n{line}"))
    assert sale is not None
    assert sale.amount.minor == minor


def test_a_line_of_one_short_word_is_goods_and_a_currency_alone_is_not() -> None:
    assert reader().read(slip("Bill 7\nRM 9.00\nTea 5.00\nTOTAL 5.00")) is not None
    with pytest.raises(InvalidInput):
        reader().read(slip("Bill 7\nTea 4.00\nTOTAL 5.00"))


def test_amounts_that_are_none_are_no_totals() -> None:
    assert reader("JPY").read(slip("Bill 7\nTOTAL 5.05")) is None
    assert reader().read(slip("Bill 7\nTOTAL see below\nThank you")) is None


@pytest.mark.parametrize(
    ("line", "order", "when"),
    [
        ("2026-11-22 13:05:09", "dmy", (22, 13, 5)),
        ("22 Nov 2026 9:05am", "dmy", (22, 9, 5)),
        ("11/22/26 12:30 AM", "mdy", (22, 0, 30)),
        ("Date: 22.11.2026\nTime: 13:05", "dmy", (22, 13, 5)),
    ],
)
def test_times_as_shops_write_them(line: str, order: str, when: tuple[int, int, int]) -> None:
    sale = reader(date_order=order).read(slip(f"Bill 7\n{line}\nTOTAL 1.00"))
    assert sale is not None
    assert sale.occurred_at is not None
    assert (sale.occurred_at.month, sale.occurred_at.day, sale.occurred_at.hour, sale.occurred_at.minute) == (11, *when)


@pytest.mark.parametrize("line", ["99/99/2026 13:05", "13:05", "22/11/2026", "22/11/2026 25:00"])
def test_a_time_that_is_none_means_now(line: str) -> None:
    sale = reader().read(slip(f"Bill 7\n{line}\nTOTAL 1.00"))
    assert sale is not None
    assert sale.occurred_at is None


def test_a_bill_is_a_sale_once_it_says_how_it_was_paid() -> None:
    careful = reader(needs_tender=True)
    assert careful.read(slip("Bill 7\nTOTAL 5.00")) is None
    assert careful.read(slip("Bill 7\nTOTAL 5.00\nNETS 5.00")) is not None


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=60), st.sampled_from(GOOD.splitlines())), max_size=30))
def test_whatever_is_printed_is_a_sale_none_or_a_question(lines: list[str]) -> None:
    try:
        sale = reader().read(Slip(tuple(lines)))
    except InvalidInput:
        return
    assert sale is None or (sale.receipt and sale.amount.minor > 0)


def test_the_shops_own_words_are_rules() -> None:
    own = reader(total=("^Jumlah",), number=(r"^Resit (?P<found>\d+)",), member=r"^Ahli (?P<found>\S+)")
    sale = own.read(slip("Resit 12\nAhli CKT-1\nJumlah 5.00"))
    assert sale is not None
    assert sale.member is not None
    assert (sale.receipt, sale.member.identifier) == ("12", "CKT-1")


@pytest.mark.parametrize(
    "rules",
    [
        {"total": ("(",)},
        {"total": ()},
        {"number": (r"\d+",)},
        {"member": r"\d"},
        {"decimal": ",", "thousands": ","},
        {"tender": "["},
    ],
)
def test_rules_that_cannot_work_are_refused(rules: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ReceiptRules(**rules)
