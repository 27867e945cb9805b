"""Cata's order JSON -> PaidOrder: every alias of contract 4.6, and what does not add up said in words instead of refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from agent.cloud.order_lines import Reader, read_lines
from agent.cloud.order_totals import total_problem
from agent.cloud.tolerant import find, moment, read_json, text
from agent.core.errors import InvalidInput
from agent.core.order import Customer, Method, PaidOrder
from agent.core.sentence import Sentence

LARGEST_ORDER = 1024 * 1024
LONGEST_ID = 128
WRAPPERS = ("order", "data", "payload")
"""[gap] 4.3: the body is the order itself, but one wrapped in one of these is read too."""
IDS = ("orderId", "id", "orderUuid", "uuid")
REF_NOS = ("orderRefNo", "orderNo", "orderNumber", "refNo", "queueNo", "pickupNumber")
OUTLETS = ("outletId", "storeId", "store.id", "outlet.id")
ITEMS = ("items", "orderItems", "products")
METHODS = {
    "PICKUP": Method.PICKUP,
    "SELFPICKUP": Method.PICKUP,
    "COLLECTION": Method.PICKUP,
    "DELIVERY": Method.DELIVERY,
    "DINEIN": Method.DINE_IN,
    "EATIN": Method.DINE_IN,
    "TAKEAWAY": Method.TAKEAWAY,
    "TAKEOUT": Method.TAKEAWAY,
}
ADDRESS = ("line1", "address1", "street1", "street", "line2", "address2", "street2", "unit", "city", "postalCode", "postcode")


def read_order(raw: bytes, *, currency: str) -> PaidOrder:
    """A paid order from the bytes of a delivery; `currency` is the outlet's, for orders that name none.

    Raises InvalidInput only when nobody could work with it: `not_json`, `too_deep`, `too_large`, `no_order_id`, `no_items`.
    """
    if len(raw) > LARGEST_ORDER:
        raise InvalidInput("too_large", "The order is far too large.")
    tree, outlet = _unwrapped(read_json(raw))
    reader = Reader(_currency(tree, currency))
    order_id = _order_id(tree, reader)
    lines = read_lines(find(tree, *ITEMS), reader)
    if not lines:
        raise InvalidInput("no_items", "The order names nothing to make.", field="items")
    total = reader.money(find(tree, "totalPay", "total", "totalAmount"), "total")
    if problem := total_problem(tree, lines, total):
        reader.problems.append(problem)
    return PaidOrder(
        id=order_id,
        ref_no=text(find(tree, *REF_NOS), LONGEST_ID) or order_id[:8],
        outlet_id=text(find(tree, *OUTLETS), LONGEST_ID) or outlet or None,
        method=_method(tree, reader),
        placed_at=_time(tree, reader, "createdAt", "orderedAt", "paidAt"),
        promised_at=_time(tree, reader, "expectedPickupAt", "pickupTime", "scheduledAt"),
        lines=lines,
        total=total,
        customer=_customer(tree),
        notes=text(find(tree, "notes", "remark", "orderNotes")),
        table=text(find(tree, "tableNo", "tableNumber", "table.name"), LONGEST_ID),
        problems=tuple(dict.fromkeys(reader.problems)),
    )


def _unwrapped(tree: object) -> tuple[Mapping[str, Any], str]:
    """The order itself, and the outlet that a wrapper around it named."""
    outlet = ""
    while isinstance(tree, Mapping):
        inner = next((tree[name] for name in WRAPPERS if isinstance(tree.get(name), Mapping)), None)
        if inner is None or find(tree, *ITEMS) is not None:
            return tree, outlet
        outlet = text(find(tree, *OUTLETS), LONGEST_ID) or outlet
        tree = inner
    raise InvalidInput("not_json", "The message is no order.")


def _currency(tree: Mapping[str, Any], fallback: str) -> str:
    named = text(find(tree, "currency", "currencyCode")).upper()
    return named if re.fullmatch("[A-Z]{3}", named) else fallback


def _order_id(tree: Mapping[str, Any], reader: Reader) -> str:
    if order_id := text(find(tree, *IDS), LONGEST_ID):
        return order_id
    if ref_no := text(find(tree, *REF_NOS[:4]), LONGEST_ID):
        words = "The order has a reference but no id, so its progress may not reach the customer."
        reader.problems.append(Sentence(words, "order_without_id"))
        return ref_no
    raise InvalidInput("no_order_id", "The order has neither an id nor a reference.", field="orderId")


def _method(tree: Mapping[str, Any], reader: Reader) -> Method:
    named = text(find(tree, "deliveryMethod", "fulfilmentType", "fulfillmentType", "orderType"))
    method = METHODS.get(re.sub("[^A-Z]", "", named.upper()))
    if method is None:
        words = "How the order leaves the shop is not clear; it is shown as a pickup."
        reader.problems.append(Sentence(words, "method_unclear"))
    return method or Method.PICKUP


def _time(tree: Mapping[str, Any], reader: Reader, *places: str) -> datetime | None:
    value = find(tree, *places)
    read = moment(value)
    if value is not None and read is None:
        reader.problems.append(Sentence(f"A time of the order cannot be read ({places[0]}).", "time_unreadable", field=places[0]))
    return read


def _customer(tree: Mapping[str, Any]) -> Customer:
    given = " ".join(part for part in (text(find(tree, f"customer.{key}"), 200) for key in ("firstName", "lastName")) if part)
    return Customer(
        uuid=text(find(tree, "customer.customerUuid", "customer.uuid", "customerUuid", "customerId"), LONGEST_ID),
        name=given or text(find(tree, "customer.name", "customerName"), 200),
        phone=text(find(tree, "customer.phone", "customer.phoneNumber"), LONGEST_ID),
        email=text(find(tree, "customer.email"), 320),
        address=_address(find(tree, "deliveryAddress", "address")),
    )


def _address(value: object) -> str:
    """One line; from an object its known parts, in the order of an envelope."""
    if not isinstance(value, Mapping):
        return text(value, 500)
    if whole_line := text(find(value, "formatted", "fullAddress", "address"), 500):
        return whole_line
    return ", ".join(part for part in (text(value.get(key), 200) for key in ADDRESS) if part)
