"""What the contract suite sells, orders and earns on: small, and the same for every POS."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.core.catalogue import Catalogue, CatalogueItem, ModifierGroup, ModifierOption
from agent.core.money import Money
from agent.core.order import Customer, Method, Modifier, Order, OrderLine, PaidOrder
from agent.core.order_status import OrderStatus
from agent.core.sale import SaleSeen

EGG = ModifierOption(code="EGG", name="Egg", price=Money(50, "SGD"))
PLAIN = ModifierOption(code="PLAIN", name="Nothing", price=Money(0, "SGD"))
EXTRA = ModifierGroup(code="EXTRA", name="Extra", min_selection=0, max_selection=2, options=(EGG, PLAIN))
RICE = CatalogueItem(code="CR1", name="Chicken rice", price=Money(450, "SGD"), category="Mains", groups=(EXTRA,))
KOPI = CatalogueItem(code="KO1", name="Kopi", price=Money(1250, "SGD"), category="Drinks")
MENU = (RICE, KOPI)

ORDER_ID = "5b0c7c57-9d5e-4a53-8d7c-2a4e5cf2a001"
LONG_ID = "order-" + "x" * 150
"""Longer than any vendor's reference."""


def shelf(count: int) -> list[CatalogueItem]:
    """So many items, each with its own code and price."""
    places = range(count)
    return [CatalogueItem(code=f"I-{n:05}", name=f"Item {n}", price=Money(100 + n, "SGD"), category="Mains") for n in places]


def shape(items: Sequence[CatalogueItem]) -> list[tuple[Any, ...]]:
    """What a customer sees of a menu, in a fixed order, whatever codes a vendor gives."""
    return sorted((item.name, item.price.minor, item.available, tuple(map(_group, item.groups))) for item in items)


def prices(items: Sequence[CatalogueItem]) -> dict[str, int]:
    """Name -> price in cents."""
    return {item.name: item.price.minor for item in items}


def _group(group: ModifierGroup) -> tuple[Any, ...]:
    options = tuple((option.name, option.price.minor) for option in group.options)
    return group.name, group.min_selection, group.max_selection, options


def an_order(order_id: str = ORDER_ID, menu: Catalogue | None = None) -> Order:
    """Two chicken rice with an egg each, one kopi; paid; under the codes of the POS's menu where it has one."""
    sold = {item.name: item for item in (menu.items if menu else MENU)}
    rice, kopi = sold[RICE.name], sold[KOPI.name]
    egg = next((option for group in rice.groups for option in group.options if option.name == EGG.name), None)
    modifiers = (Modifier(plu=egg.code, name=egg.name, group=rice.groups[0].name, price=egg.price),) if egg else ()
    lines = (
        OrderLine(plu=rice.code, name=rice.name, quantity=2, notes="no chilli", price=rice.price, modifiers=modifiers),
        OrderLine(plu=kopi.code, name=kopi.name, quantity=1, price=kopi.price),
    )
    total = (rice.price + (egg.price if egg else Money(0, rice.price.currency))) * 2 + kopi.price
    now = datetime.now(UTC)
    paid = PaidOrder(
        id=order_id,
        ref_no="KK-20431",
        outlet_id="outlet-1",
        method=Method.PICKUP,
        placed_at=now,
        promised_at=now + timedelta(minutes=20),
        lines=lines,
        total=total,
        customer=Customer(name="Mei", phone="+6591234567", email="mei@example.com"),
        notes="ring twice",
    )
    return Order(
        paid=paid, status=OrderStatus.PAID, received_at=now, deliveries=1, printed=0, pos_order_id=None, unacknowledged=True
    )


def a_sale(receipt: str = "R-1", minor: int = 1250, *, ago_s: float = 60.0) -> SaleSeen:
    """A sale at the till, a minute ago; whole seconds, since not every vendor writes more."""
    return SaleSeen(receipt=receipt, amount=Money(minor, "SGD"), occurred_at=ago(ago_s))


def ago(seconds: float) -> datetime:
    """So many seconds ago, to the whole second."""
    return datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=seconds)
