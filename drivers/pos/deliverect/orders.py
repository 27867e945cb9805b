"""Orders at Deliverect and here: ours as a channel puts them in, theirs as a POS is given them, and what was sold; pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from agent.core.clock import to_wire
from agent.core.errors import InvalidInput, Refused
from agent.core.money import Money, minor_digits
from agent.core.order import Customer, Method, Modifier, Order, OrderLine, PaidOrder
from agent.core.order_status import OrderStatus
from agent.core.pos import OrderMove, PosStatus
from agent.core.sale import SaleSeen
from agent.core.ticket import clean
from drivers.pos.deliverect.settings import COURIER, PAID_ONLINE, DeliverectSettings
from drivers.pos.deliverect.statuses import BAD_ENDS, CANCEL_REQUESTED, ENDS
from drivers.pos.wire_values import Table, moment, needed, table, tables, whole, word

BROUGHT = "dlv-"
"""How our ids of orders begin that Deliverect brought; its own id follows."""
DISPLAY_CHARS = (4, 12)
ORDER_TYPES = {Method.PICKUP: 1, Method.TAKEAWAY: 1, Method.DELIVERY: 2, Method.DINE_IN: 3}
METHODS = {1: Method.PICKUP, 2: Method.DELIVERY, 3: Method.DINE_IN, 4: Method.PICKUP, 5: Method.PICKUP}


def put_in(order: Order, now: datetime, currency: str) -> dict[str, Any]:
    """An order of ours as a channel puts it in; raises Refused `item_unknown` for a line without a PLU."""
    paid = order.paid
    pickup = to_wire(paid.promised_at or now)
    document: dict[str, Any] = {
        "channelOrderId": paid.id,
        "channelOrderDisplayId": _display_id(paid.ref_no),
        "orderType": ORDER_TYPES[paid.method],
        "courier": COURIER,
        "deliveryIsAsap": paid.promised_at is None,
        "pickupTime": pickup,
        "placedTime": to_wire(paid.placed_at or now),
        "decimalDigits": minor_digits(currency),
        "payment": {"amount": paid.total.minor if paid.total else 0, "type": PAID_ONLINE, "due": 0},
        "orderIsAlreadyPaid": True,
        "note": clean(paid.notes),
        "table": clean(paid.table),
        "customer": {
            "name": clean(paid.customer.name),
            "phoneNumber": paid.customer.phone,
            "email": paid.customer.email,
        },
        "items": [_line(line) for line in paid.lines],
    }
    if paid.method is Method.DELIVERY:
        document |= {"deliveryTime": pickup, "deliveryAddress": {"street": clean(paid.customer.address)}}
    return document


def _display_id(ref_no: str) -> str:
    """Four to twelve characters; the end of a longer one says more."""
    least, most = DISPLAY_CHARS
    return clean(ref_no)[-most:].rjust(least, "0")


def _line(line: OrderLine) -> dict[str, Any]:
    return _plu(line.plu, line.name) | {
        "price": line.price.minor if line.price else 0,
        "quantity": line.quantity,
        "remark": clean(line.notes),
        "subItems": [_choice(modifier) for modifier in line.modifiers],
    }


def _choice(modifier: Modifier) -> dict[str, Any]:
    cents = modifier.price.minor if modifier.price else 0
    return _plu(modifier.plu, modifier.name) | {"price": cents, "quantity": modifier.quantity, "remark": "", "subItems": []}


def _plu(plu: str, name: str) -> dict[str, Any]:
    if not plu:
        raise Refused("item_unknown", f"{clean(name)} has no code, so Deliverect cannot be told of it.")
    return {"plu": plu, "name": clean(name)}


def is_ours(row: Table, settings: DeliverectSettings) -> bool:
    """Whether an order came from our own channel: it is on the board already, and earns in the cloud."""
    return bool(settings.channel_link) and word(row.get("channelLink")) == settings.channel_link


def is_called_off(row: Table) -> bool:
    """Whether this is no order but the wish to call one off."""
    return whole(row.get("status")) == CANCEL_REQUESTED


def is_over(row: Table) -> bool:
    """Whether there is nothing left to make of an order that is told again."""
    return (whole(row.get("status")) or 0) in ENDS


def brought(row: Table, currency: str, zone: ZoneInfo) -> PaidOrder:
    """An order of another channel; raises InvalidInput for one that nobody could make."""
    digits = _digits(row)
    lines = tuple(_brought_line(item, currency, digits) for item in tables(row.get("items")))
    if not lines:
        raise InvalidInput("no_items", "The order names nothing to make.", field="items")
    customer, display_id = table(row.get("customer")), word(row.get("channelOrderDisplayId"))
    promised = row.get("pickupTime") if row.get("deliveryIsAsap") is not True else None
    return PaidOrder(
        id=BROUGHT + needed(row.get("_id"), "_id"),
        ref_no=display_id or word(row.get("channelOrderId")),
        outlet_id=None,
        method=METHODS.get(whole(row.get("orderType")) or 1, Method.PICKUP),
        placed_at=moment(row.get("_created"), zone),
        promised_at=moment(promised, zone),
        lines=lines,
        total=_money(table(row.get("payment")).get("amount"), currency, digits),
        customer=Customer(
            name=clean(word(customer.get("name"))),
            phone=word(customer.get("phoneNumber")),
            email=word(customer.get("email")),
            address=_address(table(row.get("deliveryAddress"))),
        ),
        notes=clean(word(row.get("note"))),
        table=word(row.get("table")),
        problems=() if row.get("orderIsAlreadyPaid") is not False else ("This order is not paid yet.",),
    )


def _brought_line(item: Table, currency: str, digits: int) -> OrderLine:
    plu = word(item.get("plu"))
    return OrderLine(
        plu=plu,
        name=clean(word(item.get("name"))) or needed(plu, "plu"),
        quantity=max(1, whole(item.get("quantity")) or 1),
        notes=clean(word(item.get("remark") or item.get("itemRemark"))),
        modifiers=tuple(_choices(item, currency, digits)),
        price=_money(item.get("price"), currency, digits),
    )


def _choices(item: Table, currency: str, digits: int) -> Iterator[Modifier]:
    """Sub-items, and theirs, flat and in order."""
    for inner in tables(item.get("subItems")):
        plu = word(inner.get("plu"))
        name = clean(word(inner.get("name"))) or plu
        if name:
            quantity = max(1, whole(inner.get("quantity")) or 1)
            yield Modifier(plu=plu, name=name, quantity=quantity, price=_money(inner.get("price"), currency, digits))
        yield from _choices(inner, currency, digits)


def _address(row: Table) -> str:
    names = ("street", "streetNumber", "extraAddressInfo", "postalCode", "city")
    return ", ".join(part for part in (clean(word(row.get(name))) for name in names) if part)


def _digits(row: Table) -> int:
    digits = whole(row.get("decimalDigits"))
    return 2 if digits is None or not 0 <= digits <= 4 else digits


def _money(value: object, currency: str, digits: int) -> Money | None:
    scaled = whole(value)
    return None if scaled is None else Money.rounded(Decimal(scaled).scaleb(-digits), currency)


def called_off(row: Table) -> OrderMove:
    """The wish to call an order off, as a step of it."""
    reason = word(row.get("reason")) or "OTHER: called off by the ordering channel"
    return OrderMove(order_id=BROUGHT + word(row.get("_id")), status=PosStatus(status=OrderStatus.CANCELLED, reason=reason))


def read_sale(row: Table, currency: str, zone: ZoneInfo) -> SaleSeen:
    """An order of another channel as a sale, taken back when it is called off; raises InvalidInput without an amount."""
    amount = _money(table(row.get("payment")).get("amount"), currency, _digits(row))
    if amount is None:
        raise InvalidInput("invalid_amount", "The order has no amount.", field="payment")
    return SaleSeen(
        receipt=word(row.get("channelOrderDisplayId")) or needed(row.get("channelOrderId"), "channelOrderId"),
        amount=amount,
        occurred_at=moment(row.get("_created"), zone),
        void=is_called_off(row) or whole(row.get("status")) in BAD_ENDS,
    )
