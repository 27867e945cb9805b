"""Our orders as Square takes them and shows them to staff: with a fulfilment, and paid; pure."""

from __future__ import annotations

import hashlib
import re
from typing import Any
from zoneinfo import ZoneInfo

from agent.core.clock import to_wire
from agent.core.money import Money
from agent.core.order import Modifier, Order, OrderLine, PaidOrder
from agent.core.order_status import OrderStatus
from agent.core.pos import PosStatus
from agent.core.ticket import clean
from drivers.pos.square.settings import LONGEST_KEY, LONGEST_NOTE, LONGEST_REFERENCE, SquareSettings
from drivers.pos.wire_values import Table, moment, table, tables, whole, word

STATES = {
    "PROPOSED": OrderStatus.PAID,
    "RESERVED": OrderStatus.ACCEPTED,
    "PREPARED": OrderStatus.READY,
    "COMPLETED": OrderStatus.COMPLETED,
    "CANCELED": OrderStatus.CANCELLED,
    "FAILED": OrderStatus.CANCELLED,
}
"""Of a fulfilment; of an order the last three alone."""
TIMES = {"RESERVED": "accepted_at", "PREPARED": "ready_at", "COMPLETED": "picked_up_at", "CANCELED": "canceled_at"}
PHONE = re.compile(r"\+[1-9]\d{7,14}")
"""What Square takes for a phone number; it refuses the whole order for another."""
LONGEST_NAME, LONGEST_TICKET = 255, 30


def reference(order_id: str) -> str:
    """Our id as Square keeps it, or a fingerprint of one that is too long; the same for the same order for ever."""
    if len(order_id) <= LONGEST_REFERENCE:
        return order_id
    return hashlib.sha256(order_id.encode("utf-8", "surrogatepass")).hexdigest()[:LONGEST_REFERENCE]


def key(order_id: str, what: str) -> str:
    """The idempotency key of one thing that is done for an order; `what` is one letter."""
    return f"{reference(order_id)}-{what}"[:LONGEST_KEY]


def new_order(order: Order, settings: SquareSettings, currency: str) -> dict[str, Any]:
    """The body of a new order; only what is known of the order itself, so that a repeat is the same."""
    paid = order.paid
    document: dict[str, Any] = {
        "location_id": settings.location,
        "reference_id": reference(order.id),
        "source": {"name": settings.source},
        "ticket_name": clean(paid.ref_no)[:LONGEST_TICKET],
        "line_items": [_line(line, currency) for line in paid.lines],
        "fulfillments": [{"type": "PICKUP", "state": "PROPOSED", "pickup_details": _pickup(order)}],
    }
    return {"idempotency_key": key(order.id, "o"), "order": document | _difference(paid)}


def new_payment(order_id: str, square_id: str, due: Table, settings: SquareSettings) -> dict[str, Any]:
    """The body of the payment that was made in the app: without it staff never see the order."""
    return {
        "idempotency_key": key(order_id, "p"),
        "source_id": "EXTERNAL",
        "external_details": {"type": settings.payment_type, "source": settings.source},
        "amount_money": {"amount": whole(due.get("amount")), "currency": word(due.get("currency"))},
        "order_id": square_id,
        "location_id": settings.location,
        "autocomplete": True,
    }


def is_paid(order: Table) -> bool:
    """Whether it was paid, so that staff see it; one that costs nothing is paid by saying so."""
    due, total = (whole(table(order.get(name)).get("amount")) for name in ("net_amount_due_money", "total_money"))
    return bool(tables(order.get("tenders"))) or (due == 0 and bool(total))


def read_status(order: Table, zone: ZoneInfo) -> PosStatus | None:
    """Where a Square order stands: its fulfilment says it, and an order that ended says so itself; None for another word."""
    fulfilment = next(iter(tables(order.get("fulfillments"))), {})
    state, whole_order = word(fulfilment.get("state")), word(order.get("state"))
    if whole_order == "CANCELED" or state not in STATES:
        state = {"OPEN": "PROPOSED"}.get(whole_order, whole_order)
    if state not in STATES:
        return None
    details = table(fulfilment.get("pickup_details"))
    at = moment(details.get(TIMES.get(state, "")), zone)
    return PosStatus(status=STATES[state], at=at, reason=word(details.get("cancel_reason")))


def _line(line: OrderLine, currency: str) -> dict[str, Any]:
    document = {"quantity": str(line.quantity), **_what(line.plu, line.name)}
    if line.notes:
        document["note"] = clean(line.notes)[:LONGEST_NOTE]
    if line.price is not None or not line.plu:
        document["base_price_money"] = _money(line.price or Money(0, currency))
    if line.modifiers:
        document["modifiers"] = [_modifier(one, currency) for one in line.modifiers]
    return document


def _modifier(modifier: Modifier, currency: str) -> dict[str, Any]:
    document = {"quantity": str(modifier.quantity), **_what(modifier.plu, modifier.name)}
    if modifier.price is not None or not modifier.plu:
        document["base_price_money"] = _money(modifier.price or Money(0, currency))
    return document


def _what(code: str, name: str) -> dict[str, Any]:
    """A thing of the catalogue, else one by its name alone."""
    return {"catalog_object_id": code} if code else {"name": clean(name)[:LONGEST_NAME]}


def _money(amount: Money) -> dict[str, Any]:
    return {"amount": amount.minor, "currency": amount.currency}


def _pickup(order: Order) -> dict[str, Any]:
    """Every order is handed out at the counter as far as Square is concerned: its deliveries need a partnership."""
    paid = order.paid
    recipient = {"display_name": clean(paid.customer.name)[:LONGEST_NAME] or clean(paid.ref_no)}
    if PHONE.fullmatch(paid.customer.phone):
        recipient["phone_number"] = paid.customer.phone
    said = (paid.method.value, paid.ref_no, paid.table and f"table {paid.table}", paid.notes, paid.customer.address)
    note = ". ".join(clean(text) for text in said if text)
    when = {"schedule_type": "ASAP"}
    if paid.promised_at is not None:
        when = {"schedule_type": "SCHEDULED", "pickup_at": to_wire(paid.promised_at)}
    return {"recipient": recipient, "note": note[:LONGEST_NOTE], **when}


def _difference(paid: PaidOrder) -> dict[str, Any]:
    """Fees or a discount, so that Square's total is what was paid; nothing where prices are missing."""
    if paid.total is None or any(line.price is None for line in paid.lines):
        return {}
    rest = paid.total - sum((_worth(line, paid.total.currency) for line in paid.lines), Money(0, paid.total.currency))
    if rest.minor > 0:
        fee = {"uid": "fees", "name": "Fees", "amount_money": _money(rest), "calculation_phase": "TOTAL_PHASE"}
        return {"service_charges": [fee]}
    if rest.minor < 0:
        amount = _money(rest * -1)
        return {
            "discounts": [
                {"uid": "discount", "name": "Discount", "type": "FIXED_AMOUNT", "amount_money": amount, "scope": "ORDER"}
            ]
        }
    return {}


def _worth(line: OrderLine, currency: str) -> Money:
    each = line.price or Money(0, currency)
    for modifier in line.modifiers:
        each += (modifier.price or Money(0, currency)) * modifier.quantity
    return each * line.quantity


def order_of(event: Table) -> str:
    """The id of the order that a webhook's event is about, wherever its kind has it; empty when it is about none."""
    data = table(event.get("data"))
    inner = [table(one) for one in table(data.get("object")).values()]
    named = next((number for one in inner if (number := word(one.get("order_id")))), "")
    return named or (word(data.get("id")) if word(data.get("type")).startswith("order") else "")
