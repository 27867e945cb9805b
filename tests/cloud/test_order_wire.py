"""Cata's order JSON: every alias is read, and a paid order is shown with its problems instead of refused."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cloud.order_wire import LARGEST_ORDER, read_order
from agent.core.errors import InvalidInput
from agent.core.money import Money
from agent.core.order import Method, PaidOrder

ORDER: dict[str, Any] = {
    "orderId": "5b0c7c57-9d5e-4a53-8d7c-2a4e5cf2a001",
    "orderRefNo": "KK-20431",
    "outletId": "c6a0f1de-1d0e-4e63-8b2b-7f6f5a7a0b10",
    "status": "PAID",
    "deliveryMethod": "PICKUP",
    "createdAt": "2026-11-22T03:05:11Z",
    "expectedPickupAt": "2026-11-22T11:25:00+08:00",
    "currency": "SGD",
    "notes": "ring bell",
    "customer": {"customerUuid": "u-1", "firstName": "Mei", "lastName": "Tan", "phone": "+6591230000", "email": "mei@x.test"},
    "items": [
        {
            "lineId": "1",
            "plu": "LATTE-L",
            "name": "Latte (L)",
            "quantity": 2,
            "unitPrice": 6.50,
            "totalPrice": 14.60,
            "notes": "less ice",
            "modifiers": [{"plu": "OAT", "name": "Oat milk", "groupName": "Milk", "quantity": 1, "unitPrice": 0.80}],
        }
    ],
    "subTotal": 14.60,
    "tax": 1.21,
    "taxInclusive": True,
    "totalPay": 14.60,
}


def read(order: object) -> PaidOrder:
    return read_order(json.dumps(order).encode(), currency="SGD")


def changed(**changes: Any) -> dict[str, Any]:
    order = {**copy.deepcopy(ORDER), **changes}
    return {key: value for key, value in order.items() if value is not ...}


def item(**changes: Any) -> dict[str, Any]:
    made = {**ORDER["items"][0], **changes}
    return {key: value for key, value in made.items() if value is not ...}


def test_the_proposed_order_is_read_whole() -> None:
    paid = read(ORDER)
    assert (paid.id, paid.ref_no, paid.outlet_id) == (ORDER["orderId"], "KK-20431", ORDER["outletId"])
    assert (paid.method, paid.notes, paid.problems) == (Method.PICKUP, "ring bell", ())
    assert paid.placed_at == datetime(2026, 11, 22, 3, 5, 11, tzinfo=UTC)
    assert paid.promised_at == datetime(2026, 11, 22, 3, 25, tzinfo=UTC)
    assert paid.total == Money(1460, "SGD")
    line = paid.lines[0]
    assert (line.plu, line.name, line.quantity, line.notes, line.price) == (
        "LATTE-L",
        "Latte (L)",
        2,
        "less ice",
        Money(650, "SGD"),
    )
    choice = line.modifiers[0]
    assert (choice.plu, choice.name, choice.group, choice.price) == ("OAT", "Oat milk", "Milk", Money(80, "SGD"))
    customer = paid.customer
    assert (customer.uuid, customer.name, customer.phone, customer.email) == ("u-1", "Mei Tan", "+6591230000", "mei@x.test")


ALIASES = [
    ({"orderId": ..., "id": 77}, "id", "77"),
    ({"orderId": ..., "orderUuid": "o"}, "id", "o"),
    ({"orderId": ..., "uuid": "o"}, "id", "o"),
    ({"orderRefNo": ..., "orderNo": "A1"}, "ref_no", "A1"),
    ({"orderRefNo": ..., "orderNumber": 12}, "ref_no", "12"),
    ({"orderRefNo": ..., "queueNo": "Q7"}, "ref_no", "Q7"),
    ({"orderRefNo": ...}, "ref_no", "5b0c7c57"),
    ({"outletId": ..., "storeId": "s"}, "outlet_id", "s"),
    ({"outletId": ..., "store": {"id": "s"}}, "outlet_id", "s"),
    ({"outletId": ..., "outlet": {"id": "s"}}, "outlet_id", "s"),
    ({"outletId": ...}, "outlet_id", None),
    ({"deliveryMethod": ..., "orderType": "EAT_IN"}, "method", Method.DINE_IN),
    ({"deliveryMethod": "Take-Away"}, "method", Method.TAKEAWAY),
    ({"deliveryMethod": "delivery"}, "method", Method.DELIVERY),
    ({"table": {"name": "T4"}}, "table", "T4"),
    ({"notes": ..., "remark": "hi"}, "notes", "hi"),
    ({"expectedPickupAt": None}, "promised_at", None),
    ({"createdAt": ..., "orderedAt": 1795316711}, "placed_at", datetime(2026, 11, 22, 3, 5, 11, tzinfo=UTC)),
    ({"totalPay": ..., "totalAmount": "14.60"}, "total", Money(1460, "SGD")),
    ({"items": ..., "orderItems": ORDER["items"]}, "id", ORDER["orderId"]),
    ({"items": ..., "products": ORDER["items"]}, "id", ORDER["orderId"]),
]


@pytest.mark.parametrize(("changes", "attribute", "value"), ALIASES)
def test_aliases(changes: dict[str, Any], attribute: str, value: object) -> None:
    paid = read(changed(**changes))
    assert getattr(paid, attribute) == value
    assert paid.problems == ()


def test_aliases_of_an_item() -> None:
    other = {"sku": "S", "productName": "N", "qty": "3", "price": "1.00", "remark": "r", "options": [{"itemCode": "O", "qty": 2}]}
    line = read(changed(items=[other], totalPay=3)).lines[0]
    assert (line.plu, line.name, line.quantity, line.price, line.notes) == ("S", "N", 3, Money(100, "SGD"), "r")
    assert (line.modifiers[0].plu, line.modifiers[0].name, line.modifiers[0].quantity) == ("O", "O", 2)


def test_a_bundle_becomes_its_products_in_order() -> None:
    inner = {"plu": "TEA", "name": "Tea", "price": 0, "modifiers": [{"plu": "HOT", "name": "Hot"}]}
    sections = [{"id": 1, "name": "Drink", "items": [inner]}, {"name": "Side", "items": [{"name": "Toast"}]}, "odd"]
    line = read(changed(items=[item(modifiers=..., bundleSections=sections)], totalPay=13)).lines[0]
    assert [(choice.name, choice.group) for choice in line.modifiers] == [("Tea", "Drink"), ("Hot", "Tea"), ("Toast", "Side")]


@pytest.mark.parametrize(
    "wrapped", [{"outletId": "w", "event": "order.paid", "order": changed(outletId=...)}, {"data": {"order": ORDER}}]
)
def test_a_wrapper_is_taken_off(wrapped: dict[str, Any]) -> None:
    paid = read(wrapped)
    assert paid.id == ORDER["orderId"]
    assert paid.outlet_id == wrapped.get("outletId", ORDER["outletId"])


PROBLEMS = [
    ({"totalPay": 9.99}, "9.99 was paid"),
    ({"totalPay": ...}, "what was paid"),
    ({"totalPay": "free"}, "price cannot be read (total)"),
    ({"orderId": ...}, "reference but no id"),
    ({"deliveryMethod": "DRONE"}, "shown as a pickup"),
    ({"expectedPickupAt": "soon"}, "expectedPickupAt"),
    ({"items": [item(plu=...)]}, "no item code"),
    ({"items": [item(), {}]}, "is not shown"),
    ({"items": [item(), 5]}, "is not shown"),
    ({"items": [item(modifiers=[{}])]}, "choice of an item"),
    ({"items": [item(quantity="many")]}, "is not clear"),
    ({"items": [item(quantity=0)]}, "is not clear"),
    ({"items": [item(quantity=10**9)]}, "is not clear"),
    ({"items": [item(quantity=1.5)]}, "shown as 2"),
    ({"items": [item(unitPrice="x")]}, "price cannot be read (Latte (L))"),
    ({"items": [item(unitPrice=10**20)]}, "price cannot be read"),
    ({"items": [item()] * 501, "totalPay": 14.6}, "501 lines"),
]


@pytest.mark.parametrize(("changes", "words"), PROBLEMS)
def test_a_problem_is_said_and_the_order_stands(changes: dict[str, Any], words: str) -> None:
    paid = read(changed(**changes))
    assert any(words in problem for problem in paid.problems), paid.problems
    assert paid.lines


@pytest.mark.parametrize(
    "changes",
    [
        {"taxInclusive": False, "totalPay": 15.81},
        {"taxInclusive": ..., "totalPay": 15.81},
        {"taxInclusive": ..., "totalPay": 14.60},
        {"discountTotal": 2, "totalPay": 12.60},
        {"discountTotal": -2, "totalPay": 12.60},
        {"discounts": [{"amount": 1}, {"amount": -1}, {}], "totalPay": 12.60},
        {"serviceCharge": 1, "deliveryFee": 2, "totalPay": 17.60},
        {"pointsRedeemed": 500, "totalPay": 9.60},
        {"tax": {"amount": 1.21}, "taxInclusive": False, "totalPay": 15.81},
        {"items": [item(unitPrice=...)], "totalPay": 1},
        {"totalPay": 14.61},
    ],
)
def test_totals_that_can_be_explained_are_no_problem(changes: dict[str, Any]) -> None:
    assert read(changed(**changes)).problems == ()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not_json"),
        (b"[]", "not_json"),
        (b'"order"', "not_json"),
        (b"[" * 100, "too_deep"),
        (b" " * (LARGEST_ORDER + 1), "too_large"),
        (json.dumps(changed(orderId=..., orderRefNo=...)).encode(), "no_order_id"),
        (json.dumps(changed(items=[])).encode(), "no_items"),
        (json.dumps(changed(items=...)).encode(), "no_items"),
        (json.dumps(changed(items=[{}, None])).encode(), "no_items"),
        (json.dumps(changed(items="x")).encode(), "no_items"),
    ],
)
def test_what_nobody_could_make_is_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_order(raw, currency="SGD")
    assert caught.value.reason == reason


def test_money_without_minor_units() -> None:
    paid = read(changed(currency="IDR", items=[item(unitPrice=18000, modifiers=[], quantity=1)], totalPay=18000))
    assert paid.total == Money(1_800_000, "IDR")
    assert paid.problems == ()


@pytest.mark.parametrize("named", [..., "", "dollars", 5])
def test_the_outlet_s_currency_fills_in(named: object) -> None:
    paid = read(changed(currency=named))
    assert paid.total is not None
    assert paid.total.currency == "SGD"


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("1 High St", "1 High St"),
        ({"street": "1 High St", "unit": "#02", "city": "SG"}, "1 High St, #02, SG"),
        ({"formatted": "x"}, "x"),
        (None, ""),
        ([], ""),
    ],
)
def test_an_address_is_one_line(address: object, line: str) -> None:
    assert read(changed(deliveryAddress=address)).customer.address == line


def test_a_customer_with_one_name_field() -> None:
    customer = read(changed(customer={"name": "Mei Tan", "phoneNumber": 91230000, "uuid": "u"})).customer
    assert (customer.name, customer.phone, customer.uuid) == ("Mei Tan", "91230000", "u")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ORDER, *ORDER["items"][0], "x"]), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(key=st.sampled_from(sorted(ORDER)), value=JSON)
def test_one_field_gone_wrong_never_breaks_the_reader(key: str, value: object) -> None:
    try:
        paid = read(changed(**{key: value}))
    except InvalidInput as error:
        assert error.reason in {"no_items", "no_order_id"}  # noqa: PT017
    else:
        assert all(problem.endswith(".") for problem in paid.problems)


@given(key=st.sampled_from(sorted(ORDER["items"][0])), value=JSON)
def test_one_field_of_an_item_gone_wrong_never_breaks_the_reader(key: str, value: object) -> None:
    paid = read(changed(items=[item(), item(**{key: value})]))
    assert paid.lines[0].quantity == 2


@given(st.binary(max_size=200))
def test_any_bytes_are_an_order_or_invalid(raw: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_order(raw, currency="SGD")
