"""Revel's JSON and ours: menus, carts, orders and sales; pure. Money is decimal major units."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from agent.core.catalogue import Catalogue, CatalogueItem, ModifierGroup, ModifierOption
from agent.core.clock import to_wire
from agent.core.errors import Refused
from agent.core.money import Money
from agent.core.order import Method, Modifier, Order, OrderLine
from agent.core.order_status import OrderStatus
from agent.core.pos import PosStatus
from agent.core.sale import SaleSeen
from agent.core.ticket import clean
from drivers.pos.revel.settings import IDS, LEAST, MODIFIER_GROUPS, MODIFIERS, MOST, TOTAL, RevelSettings
from drivers.pos.wire_values import Table, gathered, moment, needed, price, table, tables, total, whole, word

OURS = "Cata "
"""How the note of an order begins that we put in; the cloud's order id follows."""
MARK_CHARS = 10


def mark(order_id: str) -> str:
    """What stands in the call name of an order of ours, short enough for a kitchen screen and as good as unique."""
    return "#" + hashlib.sha256(order_id.encode()).hexdigest()[:MARK_CHARS]


def read_products(rows: Iterable[Table], currency: str) -> Catalogue:
    """The menu from the list of products; those that are not active do not count."""
    active = (row for row in rows if row.get("active") is not False)
    return gathered((f"product {word(row.get('id'))}", partial(_product, row, currency, "")) for row in active)


def read_online_menu(answer: Any, currency: str) -> Catalogue:
    """The menu from the online menu: categories hold products, products hold modifier groups."""
    categories = tables(table(table(answer).get("data")).get("categories"))
    return gathered(
        (f"product {word(row.get('id'))}", partial(_product, row, currency, word(category.get("name"))))
        for category in categories
        for row in tables(category.get("products"))
    )


def _product(row: Table, currency: str, category: str) -> CatalogueItem:
    return CatalogueItem(
        code=needed(row.get("id"), "id"),
        name=needed(row.get("name"), "name"),
        price=price(row.get("price"), currency),
        category=category or _category(row.get("category")),
        description=word(row.get("description")),
        available=row.get("display_online") is not False,
        groups=tuple(_group(group, currency) for group in tables(row.get(MODIFIER_GROUPS))),
    )


def _category(value: object) -> str:
    """A category by name; a relation (`/products/ProductCategory/1/`) or a number says nothing to people."""
    text = word(value)
    return "" if "/" in text or text.isdecimal() else text


def _group(row: Table, currency: str) -> ModifierGroup:
    options = tuple(
        ModifierOption(
            code=needed(option.get("id"), "modifier id"),
            name=needed(option.get("name"), "modifier name"),
            price=price(option.get("price") or 0, currency),
        )
        for option in tables(row.get(MODIFIERS))
    )
    most = whole(row.get(MOST)) or len(options)
    return ModifierGroup(
        code=needed(row.get("id"), "group id"),
        name=needed(row.get("name"), "group name"),
        min_selection=whole(row.get(LEAST)) or 0,
        max_selection=most,
        options=options,
    )


def cart(order: Order, settings: RevelSettings) -> dict[str, Any]:
    """The body of cart/submit; raises Refused `item_unknown` for a line that Revel has no number for."""
    paid = order.paid
    amount = paid.total.major() if paid.total else 0
    return {
        "skin": "weborder",
        "establishmentId": settings.establishment,
        "customMenuInfo": {"mode": 0, "name": ""},
        "items": [_item(line) for line in paid.lines],
        "orderInfo": {
            "dining_option": _dining_option(paid.method, settings),
            "asap": paid.promised_at is None,
            "call_name": f"{clean(paid.ref_no)} {mark(paid.id)}",
            "pickup_time": to_wire(paid.promised_at) if paid.promised_at else None,
            "customer": _customer(order),
            "notes": "\n".join(part for part in (OURS + paid.id, _table(paid.table), clean(paid.notes)) if part),
        },
        "paymentInfo": {"type": settings.payment_type, "amount": amount, "tip": 0},
    }


def _dining_option(method: Method, settings: RevelSettings) -> int:
    return settings.dining_options.get(method.value, settings.dining_option)


def _table(name: str) -> str:
    return f"Table {clean(name)}" if name else ""


def _customer(order: Order) -> dict[str, str]:
    customer = order.paid.customer
    first, _, last = clean(customer.name).partition(" ")
    return {"first_name": first, "last_name": last, "phone": customer.phone, "email": customer.email}


def _item(line: OrderLine) -> dict[str, Any]:
    return {
        "product": _number(line.plu, line.name),
        "quantity": line.quantity,
        "price": _amount(line.price),
        "special_request": clean(line.notes),
        "product_name_override": clean(line.name),
        "product_sub_id": None,
        "has_upsell": False,
        "modifieritems": [_modifier(modifier) for modifier in line.modifiers],
        "products_sets": None,
    }


def _modifier(modifier: Modifier) -> dict[str, Any]:
    number = _number(modifier.plu, modifier.name)
    return {
        "modifier": number,
        "product_id": None,
        "modifier_price": _amount(modifier.price),
        "qty": modifier.quantity,
        "qty_type": 0,
        "mod_type": 0,
    }


def _amount(amount: Money | None) -> Any:
    return amount.major() if amount else 0


def _number(plu: str, name: str) -> int:
    number = whole(plu)
    if number is None:
        raise Refused("item_unknown", f"Revel has no number for {clean(name)}; fetch the menu from Revel and order again.")
    return number


def submitted_id(answer: Any) -> str:
    """Revel's id of the order in the answer to a cart, or empty."""
    for place in IDS:
        value = answer
        for name in place.split("."):
            value = table(value).get(name)
        if found := word(value):
            return found
    return ""


def is_ours(row: Table) -> bool:
    """Whether an order came from the cloud through us: it earns there and not here."""
    call_name = word(row.get("call_name"))
    return row.get("web_order") is True and "#" in call_name and len(call_name.rpartition("#")[2]) == MARK_CHARS


def carries(row: Table, order_id: str) -> bool:
    """Whether this is the order that we put in under that id."""
    return word(row.get("call_name")).endswith(mark(order_id))


def read_status(row: Table, zone: ZoneInfo) -> PosStatus:
    """Revel tells one step only: an order that is closed was handed out."""
    status = OrderStatus.COMPLETED if row.get("closed") is True else OrderStatus.PAID
    return PosStatus(status=status, at=moment(row.get("updated_date") or row.get("created_date"), zone))


def read_sale(row: Table, currency: str, zone: ZoneInfo) -> SaleSeen | None:
    """A closed order as a sale; None for one that is open, ours or without a total; raises InvalidInput for a bad total."""
    if row.get("closed") is not True or is_ours(row) or row.get(TOTAL) is None:
        return None
    return SaleSeen(
        receipt=word(row.get("local_id")) or needed(row.get("id"), "id"),
        amount=total(row.get(TOTAL), currency),
        occurred_at=moment(row.get("updated_date") or row.get("created_date"), zone),
    )


def order_of_event(document: Any) -> Mapping[str, Any]:
    """The order inside an `order.finalized` webhook."""
    return table(table(document).get("orderInfo"))
