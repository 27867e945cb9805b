"""Products, sales and our orders as X-Series writes them; pure."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from agent.core.catalogue import Catalogue, CatalogueItem
from agent.core.errors import InvalidInput
from agent.core.money import Money
from agent.core.order import Order, OrderLine
from agent.core.order_status import OrderStatus
from agent.core.pos import PosStatus
from agent.core.sale import SaleSeen
from agent.core.ticket import clean
from drivers.pos.lightspeed_x.settings import SALE_DATE, SOURCE, TAX_DIGITS, TOTALS, LightspeedXSettings
from drivers.pos.wire_values import Table, gathered, moment, needed, table, total, word

OUR_SALES = uuid.UUID("5e1d8f0e-6f5c-4f0e-9a55-0b8f3f1f4a77")
"""Namespace of the ids that we make for sales: the same order is the same sale."""
CLOSED = frozenset(
    {"CLOSED", "ONACCOUNT_CLOSED", "LAYBY_CLOSED", "DISPATCHED_CLOSED", "PICKED_UP_CLOSED", "SERVICE_CLOSED"}
)  # fmt: skip
STEPS = {
    "SAVED": OrderStatus.PAID,
    "AWAITING_DISPATCH": OrderStatus.IN_PROGRESS,
    "AWAITING_PICKUP": OrderStatus.READY,
    "VOIDED": OrderStatus.CANCELLED,
} | dict.fromkeys(CLOSED, OrderStatus.COMPLETED)
STATES = {"SAVED": "parked", "AWAITING_PICKUP": "pending", "CLOSED": "closed"}
"""Classic status -> state of the dated API."""


@dataclass(frozen=True, slots=True)
class Product:
    """What an order line needs to know of a product."""

    id: str
    with_tax: Decimal
    without_tax: Decimal


def sale_id(order_id: str, part: str = "") -> str:
    """The id of an order's sale, or of a part of it: the same every time."""
    return str(uuid.uuid5(OUR_SALES, f"{order_id}\n{part}"))


def read_products(rows: Iterable[Table], currency: str, gone: Collection[str]) -> Catalogue:
    """Every active product; variants are products of their own. `gone`: ids of what is out of stock."""
    sold = (row for row in rows if row.get("active") is not False and not word(row.get("deleted_at")))
    return gathered((word(row.get("sku")) or word(row.get("id")), partial(_item, row, currency, gone)) for row in sold)


def read_product(row: Table) -> Product:
    """A product for an order; raises InvalidInput."""
    amounts = [_decimal(row.get(name)) for name in ("price_including_tax", "price_excluding_tax")]
    return Product(needed(row.get("id"), "id"), *amounts)


def read_status(sale: Table, zone: ZoneInfo) -> PosStatus | None:
    """Where our sale stands; None for a status that says nothing of an order."""
    step = STEPS.get(word(sale.get("status")))
    return PosStatus(status=step, at=moment(sale.get("updated_at"), zone)) if step else None


def read_sale(sale: Table, currency: str, zone: ZoneInfo, outlet_id: str) -> SaleSeen | None:
    """A finished or voided sale of the counter; None for ours, for other outlets, and for money given back."""
    status = word(sale.get("status"))
    if word(sale.get("source")) == SOURCE or status not in CLOSED | {"VOIDED"}:
        return None
    if outlet_id and word(sale.get("outlet_id")) not in (outlet_id, ""):
        return None
    receipt = needed(sale.get("invoice_number"), "invoice_number")
    amount = total(_total(sale), currency)
    if status == "VOIDED":
        return SaleSeen(receipt=receipt, amount=amount, void=True)
    return SaleSeen(receipt=receipt, amount=amount, occurred_at=moment(sale.get("sale_date"), zone)) if amount.minor > 0 else None


def classic(order: Order, settings: LightspeedXSettings, products: Mapping[str, Product], tax_id: str, now: datetime) -> Table:
    """The order as a register sale."""
    register, at = settings.register_id, _when(order, now)
    lines = [
        {
            "id": sale_id(order.id, f"line {place}"),
            "product_id": product.id,
            "register_id": register,
            "sequence": place,
            "quantity": line.quantity,
            "price": price,
            "price_set": 1,
            "discount": 0,
            "tax": tax,
            "tax_id": tax_id,
            "status": "CONFIRMED",
        }
        for place, (line, product, price, tax) in enumerate(_priced(order, products))
    ]
    payments = [
        {
            "id": sale_id(order.id, "payment"),
            "register_id": register,
            "retailer_payment_type_id": settings.payment_type_id,
            "payment_date": at,
            "amount": amount,
        }
        for amount in _paid(order, settings)
    ]
    return {
        "id": sale_id(order.id),
        "register_id": register,
        "user_id": settings.user_id,
        "sale_date": at,
        "status": settings.order_status,
        "note": note(order),
        "source": SOURCE,
        "source_id": order.id,
        "register_sale_products": lines,
        "register_sale_payments": payments,
    }


def dated(order: Order, settings: LightspeedXSettings, products: Mapping[str, Product], tax_id: str, now: datetime) -> Table:
    """The order for the dated sales API."""
    lines = [
        {
            "product": {"id": product.id},
            "quantity": line.quantity,
            "pricing": {"price": price},
            "tax": {"id": tax_id, "amount": tax},
        }
        for line, product, price, tax in _priced(order, products)
    ]
    payments = [
        {"amount": amount, "type": {"config_id": settings.payment_type_id}, "source": {"register_id": settings.register_id}}
        for amount in _paid(order, settings)
    ]
    return {
        "id": sale_id(order.id),
        "state": STATES[settings.order_status],
        "source": {"author_id": settings.user_id, "register_id": settings.register_id, "name": SOURCE, "id": order.id},
        "date": _when(order, now),
        "note": note(order),
        "line_items": lines,
        "payments": payments,
    }


def note(order: Order) -> str:
    """What has no field of its own: whom it is for, what was asked for, and choices, which X-Series does not have."""
    paid = order.paid
    asked = [
        f"{line.quantity} x {clean(line.name)}: {', '.join(words)}"
        for line in paid.lines
        if (words := [clean(text) for text in (line.notes, *(one.name for one in line.modifiers)) if text])
    ]
    return "\n".join(part for part in (f"Cata {paid.ref_no}", clean(paid.customer.name), clean(paid.notes), *asked) if part)


def _item(row: Table, currency: str, gone: Collection[str]) -> CatalogueItem:
    amount = total(row.get("price_including_tax"), currency)
    if amount.minor < 0:
        raise InvalidInput("invalid_amount", "A price cannot be less than nothing.", field="price")
    return CatalogueItem(
        code=needed(row.get("sku"), "sku"),
        name=needed(row.get("variant_name") or row.get("name"), "name"),
        price=amount,
        category=word(table(row.get("type")).get("name")),
        description=word(row.get("description")),
        image_url=word(row.get("image_url")),
        available=word(row.get("id")) not in gone,
    )


def _priced(order: Order, products: Mapping[str, Product]) -> Iterator[tuple[OrderLine, Product, Decimal, Decimal]]:
    """Lines with product, price without tax and tax per unit; what the customer paid counts, not today's price."""
    for line in order.paid.lines:
        product = products[line.plu]
        paid = _unit_price(line) if line.price is not None else product.with_tax
        share = product.without_tax / product.with_tax if product.with_tax else Decimal(1)
        price = (paid * share).quantize(Decimal(TAX_DIGITS))
        yield line, product, price, paid - price


def _unit_price(line: OrderLine) -> Decimal:
    assert line.price is not None
    choices = sum((one.price * one.quantity for one in line.modifiers if one.price), start=Money(0, line.price.currency))
    return (line.price + choices).major()


def _paid(order: Order, settings: LightspeedXSettings) -> list[Decimal]:
    return [order.paid.total.major()] if settings.payment_type_id and order.paid.total else []


def _when(order: Order, now: datetime) -> str:
    return (order.paid.placed_at or now).astimezone(UTC).strftime(SALE_DATE)


def _total(sale: Table) -> Any:
    for path in TOTALS:
        found: Any = sale
        for name in path.split("."):
            found = table(found).get(name)
        if found is not None:
            return found
    return _decimal(sale.get("total_price")) + _decimal(sale.get("total_tax"))


def _decimal(value: object) -> Decimal:
    text = word(value)
    try:
        number = Decimal(text)
    except ArithmeticError:
        number = Decimal("NaN")
    if not number.is_finite():
        raise InvalidInput("invalid_amount", "The amount is missing or not a number.", field="amount")
    return number
