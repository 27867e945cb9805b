"""Our order as K-Series takes it, and what it says of orders and sales; pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from agent.core.clock import to_wire
from agent.core.errors import Refused
from agent.core.order import Method, Modifier, Order, OrderLine
from agent.core.order_status import OrderStatus
from agent.core.pos import PosStatus
from agent.core.sale import SaleSeen
from agent.core.ticket import clean
from drivers.pos.lightspeed_k import settings as k
from drivers.pos.wire_values import Table, moment, needed, table, tables, total, word

TO_GO, LOCAL = "/o/op/1/order/toGo", "/o/op/1/order/local"
SOONEST = timedelta(minutes=1)
"""A promise that is nearer than this is as soon as possible."""
STEPS = {
    "SUCCESS": OrderStatus.ACCEPTED,
    "READY_FOR_PICKUP": OrderStatus.READY,
    "IN_DELIVERY": OrderStatus.READY,
    "CLOSED": OrderStatus.COMPLETED,
    "FAILURE": OrderStatus.REJECTED,
    "ABANDONED": OrderStatus.CANCELLED,
    "CANCELLED": OrderStatus.CANCELLED,
}
"""Callback status -> ours; CHECK_WAS_UPDATED is no step."""
TAKEN_BACK = frozenset({"VOID", "CANCEL"})


def reference(order_id: str) -> str:
    """Our id as K-Series takes it: the same for the same id."""
    if re.fullmatch(rf"[A-Za-z0-9_-]{{1,{k.LONGEST_REFERENCE}}}", order_id, re.ASCII):
        return order_id
    return hashlib.sha256(order_id.encode("utf-8", "surrogatepass")).hexdigest()[: k.LONGEST_REFERENCE]


def path_of(order: Order) -> str:
    """Where the order is put."""
    return LOCAL if order.paid.method is Method.DINE_IN else TO_GO


def body(order: Order, settings: k.LightspeedKSettings, now: datetime) -> dict[str, Any]:
    """The order as JSON; raises Refused `item_unknown` for a line without a SKU.

    No e-mail goes along: one that K-Series knows under another reference makes the whole order fail later.
    """
    paid = order.paid
    found: dict[str, Any] = {
        "businessLocationId": settings.business_location,
        "thirdPartyReference": reference(paid.id),
        "endpointId": settings.endpoint_id,
        "customerInfo": _customer(order),
        "orderNote": _note(order),
        "maxTimeToAttemptOrderDeliverToPos": settings.attempt_s * 1000,
        "items": [_item(line) for line in paid.lines],
    }
    if paid.total is not None:
        found["payment"] = {"paymentMethod": settings.payment_method, "paymentAmount": paid.total.major()}
    if profile := settings.account_profiles.get(paid.method.value):
        found["accountProfileCode"] = profile
    return found | (_at_table(order) if path_of(order) == LOCAL else _to_go(order, now))


def _customer(order: Order) -> dict[str, str]:
    customer = order.paid.customer
    found = {"firstName": (clean(customer.name) or order.paid.ref_no or "Guest")[: k.LONGEST_NAME]}
    if customer.phone.startswith("+"):
        found["contactNumberAsE164"] = customer.phone
    return found


def _at_table(order: Order) -> dict[str, Any]:
    table_no = order.paid.table
    return {"tableNumber": int(table_no)} if table_no.isdecimal() and len(table_no) < 7 else {}


def _to_go(order: Order, now: datetime) -> dict[str, Any]:
    paid, found = order.paid, dict[str, Any]()
    if paid.ref_no:
        found["collectionCode"] = paid.ref_no[-k.LONGEST_COLLECTION_CODE :]
    if paid.promised_at is not None and paid.promised_at > now + SOONEST:
        found["orderCollectionTimeAsIso8601"] = to_wire(paid.promised_at)
    if paid.method is Method.DELIVERY and paid.customer.address:
        found["deliveryAddress"] = {"addressLine1": clean(paid.customer.address)}
    return found


def _item(line: OrderLine) -> dict[str, Any]:
    found: dict[str, Any] = {"quantity": line.quantity, "sku": _sku(line.plu, line.name)}
    choices = [one for one in line.modifiers if one.plu]
    if instructions := [one.plu for one in choices if one.plu.startswith(k.INSTRUCTION)]:
        found["modifiers"] = [{"modifierId": code.removeprefix(k.INSTRUCTION)} for code in instructions]
    if sub_items := [one for one in choices if not one.plu.startswith(k.INSTRUCTION)]:
        found["subItems"] = [{"quantity": one.quantity, "sku": _sku(one.plu, one.name)} for one in sub_items]
    return found


def _sku(plu: str, name: str) -> str:
    if not 0 < len(plu) <= k.LONGEST_SKU:
        raise Refused("item_unknown", f"{name} has no SKU that Lightspeed can know; push the menu again.")
    return plu


def _note(order: Order) -> str:
    """What has no field of its own: the reference that staff say, notes, and choices without a code."""
    paid = order.paid
    table_name = f"Table {paid.table}" if paid.table and not _at_table(order) else ""
    lines = [f"Cata {paid.ref_no}", table_name, clean(paid.notes), *(said for line in paid.lines for said in _said(line))]
    return "\n".join(line for line in lines if line)[: k.LONGEST_NOTE]


def _said(line: OrderLine) -> Iterator[str]:
    unknown = [_words(one) for one in line.modifiers if not one.plu]
    if told := ", ".join([clean(line.notes), *unknown] if line.notes else unknown):
        yield f"{line.quantity} x {clean(line.name)}: {told}"


def _words(modifier: Modifier) -> str:
    return f"{modifier.quantity} x {clean(modifier.name)}" if modifier.quantity > 1 else clean(modifier.name)


def read_callback(document: Table, zone: ZoneInfo) -> PosStatus | None:
    """The step that a callback tells of; its words may name a customer, so none of them is kept."""
    step = STEPS.get(word(document.get("status")))
    if step is None:
        return None
    account = table(document.get("account"))
    reason = "OTHER: the till could not take the order" if step is OrderStatus.REJECTED else ""
    return PosStatus(
        status=step, at=moment(account.get("closeDate"), zone) if step is OrderStatus.COMPLETED else None, reason=reason
    )


def read_receipt(sale: Table, zone: ZoneInfo) -> PosStatus:
    """Where an order stands that is a sale by now."""
    if sale.get("cancelled") is True or word(sale.get("type")) in TAKEN_BACK:
        return PosStatus(status=OrderStatus.CANCELLED)
    closed = moment(sale.get("timeofCloseAndPaid") or sale.get("timeClosed"), zone)
    return PosStatus(status=OrderStatus.COMPLETED if closed else OrderStatus.ACCEPTED, at=closed)


def read_sale(sale: Table, currency: str, zone: ZoneInfo) -> SaleSeen | None:
    """A sale of the counter, or one taken back; None for what came online, and for what only moves money about."""
    kind = word(sale.get("type"))
    is_void = sale.get("cancelled") is True or kind in TAKEN_BACK
    references = sale.get("externalReferences")
    is_online = isinstance(references, list) and any(k.ONLINE in word(one) for one in references)
    if is_online or (kind != "SALE" and not is_void):
        return None
    before = word(table(sale.get("source")).get("initialAccountId")) if kind in TAKEN_BACK else ""
    receipt = before or needed(sale.get(k.RECEIPT), k.RECEIPT)
    paid = [total(one.get("netAmountWithTax"), currency) for one in tables(sale.get("payments"))]
    amount = sum(paid, start=total(Decimal(0), currency))
    if is_void:
        return SaleSeen(receipt=receipt, amount=amount, void=True)
    return SaleSeen(receipt=receipt, amount=amount, occurred_at=moment(sale.get("timeClosed"), zone))
