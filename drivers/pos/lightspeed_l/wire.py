"""Products, receipts and our orders as L-Series writes them; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from agent.core.catalogue import Catalogue, CatalogueItem
from agent.core.clock import to_wire
from agent.core.errors import Refused
from agent.core.order import Method, Order, OrderLine
from agent.core.sale import SaleSeen
from agent.core.ticket import clean
from drivers.pos.lightspeed_l.settings import OPEN_YEARS, PAID, TAKEN_BACK, LightspeedLSettings
from drivers.pos.wire_values import Table, gathered, moment, needed, price, total, word

TYPES = {Method.DELIVERY: "delivery", Method.DINE_IN: "restaurant"}
OUR_ID = "Cata order "
"""Begins the last line of a note: nothing else in an order can carry our id."""
CENT = Decimal("0.0001")


def read_products(groups: Iterable[tuple[Table, Iterable[Table]]], currency: str, price_field: str) -> Catalogue:
    """Products of the groups that are shown."""
    return gathered(_rows(groups, currency, price_field))


def _rows(
    groups: Iterable[tuple[Table, Iterable[Table]]], currency: str, price_field: str
) -> Iterator[tuple[str, Callable[[], CatalogueItem]]]:
    for group, products in groups:
        for row in products:
            if row.get("visible") is not False:
                yield word(row.get("id")), partial(_item, row, word(group.get("name")), currency, price_field)


def _item(row: Table, category: str, currency: str, price_field: str) -> CatalogueItem:
    return CatalogueItem(
        code=needed(row.get("id"), "id"),
        name=needed(row.get("name"), "name"),
        price=price(row.get(price_field), currency),
        category=category,
        description=word(row.get("info")),
        image_url=word(row.get("imageLocation")),
    )


def read_sale(row: Table, currency: str, zone: ZoneInfo, customer_id: int) -> SaleSeen | None:
    """A receipt that was paid or taken back; None for one that is open, and for what we put in."""
    status = word(row.get("status"))
    if status not in PAID | TAKEN_BACK or (customer_id and word(row.get("customerId")) == str(customer_id)):
        return None
    receipt, amount = needed(row.get("id"), "id"), total(row.get("total"), currency)
    if status in TAKEN_BACK:
        return SaleSeen(receipt=receipt, amount=amount, void=True)
    closed = moment(row.get("closingDate"), zone)
    made = closed if closed is not None and closed.year >= OPEN_YEARS else moment(row.get("creationDate"), zone)
    return SaleSeen(receipt=receipt, amount=amount, occurred_at=made) if amount.minor > 0 else None


def changed_at(row: Table, zone: ZoneInfo) -> datetime | None:
    """When a receipt was last touched."""
    return moment(row.get("modificationDate"), zone) or moment(row.get("creationDate"), zone)


def body(order: Order, settings: LightspeedLSettings, now: datetime) -> dict[str, Any]:
    """The order as JSON; raises Refused `item_unknown` for a line without a product's number."""
    paid = order.paid
    payment = {"paymentTypeId": settings.payment_type_id, "paymentTypeTypeId": settings.payment_type_type_id}
    return {
        "companyId": settings.company_id,
        "customerId": settings.customer_id,
        "description": f"Cata {paid.ref_no}",
        "note": _note(order),
        "deliveryDate": to_wire((paid.promised_at or now).astimezone(UTC)),
        "numberOfCustomers": 1,
        "type": TYPES.get(paid.method, "takeaway"),
        "status": "ACCEPTED",
        "orderItems": [_line(line, settings) for line in paid.lines],
        "orderPayments": [payment | {"amount": paid.total.major()}] if settings.payment_type_id and paid.total else [],
    }


def _line(line: OrderLine, settings: LightspeedLSettings) -> dict[str, Any]:
    if not line.plu:
        raise Refused("item_unknown", f"{line.name} has no number that Lightspeed can know; push the menu again.")
    unit = line.price.major() if line.price else Decimal(0)
    choices = [one.price * one.quantity for one in line.modifiers if one.price]
    unit += sum((money.major() for money in choices), start=Decimal(0))
    without = (unit / (1 + Decimal(str(settings.vat_percent)) / 100)).quantize(CENT)
    return {
        "productId": int(line.plu) if line.plu.isdecimal() else line.plu,
        "amount": line.quantity,
        "unitPrice": unit,
        "unitPriceWithoutVat": without,
        "totalPrice": unit * line.quantity,
        "totalPriceWithoutVat": without * line.quantity,
    }


def _note(order: Order) -> str:
    paid = order.paid
    asked = [
        f"{line.quantity} x {clean(line.name)}: {', '.join(words)}"
        for line in paid.lines
        if (words := [clean(text) for text in (line.notes, *(one.name for one in line.modifiers)) if text])
    ]
    table = f"Table {clean(paid.table)}" if paid.table else ""
    return "\n".join(part for part in (clean(paid.customer.name), table, clean(paid.notes), *asked, f"{OUR_ID}{paid.id}") if part)
