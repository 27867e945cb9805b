"""Atlas Kitchen's JSON and ours: menus, stocks, orders and webhooks; pure. Money is integer cents, times are Unix seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from agent.core.catalogue import Catalogue, CatalogueItem, ModifierGroup, ModifierOption
from agent.core.errors import Refused
from agent.core.money import Money
from agent.core.order import Method, Modifier, Order, OrderLine
from agent.core.order_status import OrderStatus
from agent.core.pos import PosStatus
from agent.core.sale import SaleSeen
from agent.core.ticket import clean
from drivers.pos.atlas_kitchen.settings import SLOT_S, STATES, WITHOUT_LIMIT, AtlasSettings
from drivers.pos.wire_values import Table, gathered, moment, needed, price, table, tables, total, whole, word

SOURCE = "Cata"
"""Where the orders that we put in say they come from; they earn in the cloud and not here."""
FULFILMENT = {
    Method.PICKUP: "pickup",
    Method.TAKEAWAY: "pickup",
    Method.DELIVERY: "delivery",
    Method.DINE_IN: "dine_in",
}


def published(answer: Any, chosen: int) -> list[int]:
    """Numbers of the menus to read: the chosen one, else every published one."""
    if chosen:
        return [chosen]
    rows = (row for row in tables(table(answer).get("items")) if row.get("state") == "published")
    return [number for row in rows if (number := whole(row.get("id"))) is not None]


def sold_out(answer: Any) -> frozenset[str]:
    """Ids of the items of which none are left today."""
    rows = tables(table(answer).get("items"))
    left = {word(row.get("item_id")): whole(row.get("quantity")) for row in rows}
    return frozenset(code for code, count in left.items() if count is not None and count <= 0 and count != WITHOUT_LIMIT)


def read_menus(menus: Iterable[Any], currency: str, gone: frozenset[str]) -> Catalogue:
    """Everything on the menus that is not archived; an item on two of them counts once."""
    seen: set[str] = set()
    rows: list[tuple[str, Table]] = []
    for menu in menus:
        for section, row in _products(tables(table(menu).get("sections"))):
            code = word(row.get("id"))
            if code not in seen and not row.get("archived_at"):
                rows.append((section, row))
            if code:
                seen.add(code)
    return gathered((f"product {word(row.get('id'))}", partial(_product, row, section, currency, gone)) for section, row in rows)


def _products(sections: Iterable[Table]) -> Iterator[tuple[str, Table]]:
    for section in sections:
        for row in tables(section.get("products")):
            yield word(section.get("name")), row
        yield from _products(tables(section.get("sub_sections")))


def _product(row: Table, section: str, currency: str, gone: frozenset[str]) -> CatalogueItem:
    code = needed(row.get("id"), "id")
    links = (link for link in tables(row.get("item_modifier_groups")) if link.get("archived") is not True)
    return CatalogueItem(
        code=code,
        name=needed(row.get("name"), "name"),
        price=price(row.get("price_cents"), currency, is_minor=True),
        category=section,
        description=word(row.get("description")),
        image_url=word(row.get("horizontal_image_url")),
        available=code not in gone,
        groups=tuple(_group(link, currency, gone) for link in links),
    )


def _group(link: Table, currency: str, gone: frozenset[str]) -> ModifierGroup:
    group = table(link.get("modifier_group"))
    options = tuple(_option(row, currency, gone) for row in tables(group.get("modifiers")))
    return ModifierGroup(
        code=needed(group.get("id"), "group id"),
        name=needed(group.get("name"), "group name"),
        min_selection=_bound(link, group, "selection_required_min") or 0,
        max_selection=_bound(link, group, "selection_required_max") or len(options),
        options=options,
    )


def _bound(link: Table, group: Table, name: str) -> int | None:
    override = whole(link.get(f"{name}_override"))
    return override if override is not None else whole(group.get(name))


def _option(row: Table, currency: str, gone: frozenset[str]) -> ModifierOption:
    item = table(row.get("item"))
    cents = row.get("price_cents_override")
    code = needed(item.get("id"), "modifier id")
    return ModifierOption(
        code=code,
        name=needed(item.get("name"), "modifier name"),
        price=price(item.get("price_cents") or 0 if cents is None else cents, currency, is_minor=True),
        available=code not in gone,
    )


def new_order(order: Order, settings: AtlasSettings, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """The body of Create Order, without fields that say nothing; raises Refused `item_unknown` for a line without a number."""
    paid, customer = order.paid, order.paid.customer
    cents = paid.total.minor if paid.total else 0
    document: dict[str, Any] = {
        "fulfilment_type": FULFILMENT[paid.method],
        **_slot(paid.promised_at, now, zone),
        "external_order_id": paid.id,
        "external_order_short_code": clean(paid.ref_no),
        "source_label": SOURCE,
        "contact_name": clean(customer.name),
        "contact_email": customer.email,
        "contact_number": customer.phone,
        "address_line1": clean(customer.address),
        "notes": " ".join(part for part in (f"Table {clean(paid.table)}" if paid.table else "", clean(paid.notes)) if part),
        "order_items": [_line(line) for line in paid.lines],
        "total": cents,
        "total_including_tax": cents,
        "is_paid": True,
        "order_payments": [{"amount": cents, "capture_id": paid.id, "capture_type": settings.capture_type}],
    }
    return {name: value for name, value in document.items() if value != ""}


def _slot(promised: datetime | None, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """The day of serving and seconds from its midnight; a slot that ends after midnight still belongs to its first day."""
    local = (promised or now).astimezone(zone)
    start = int(timedelta(hours=local.hour, minutes=local.minute, seconds=local.second).total_seconds())
    return {
        "serving_date": local.date().isoformat(),
        "timeslot_start": start,
        "timeslot_end": start + SLOT_S,
        "timeslot_type": "asap" if promised is None else "available_timeslots",
    }


def _line(line: OrderLine) -> dict[str, Any]:
    return {
        "item_id": _number(line.plu, line.name),
        "quantity": line.quantity,
        "price_cents": _cents(line.price),
        "notes": clean(line.notes),
        "sub_items": [_choice(modifier) for modifier in line.modifiers],
    }


def _choice(modifier: Modifier) -> dict[str, Any]:
    number = _number(modifier.plu, modifier.name)
    return {"item_id": number, "quantity": modifier.quantity, "price_cents": _cents(modifier.price), "notes": ""}


def _cents(amount: Money | None) -> int:
    return amount.minor if amount else 0


def _number(plu: str, name: str) -> int:
    number = whole(plu)
    if number is None:
        raise Refused("item_unknown", f"Atlas has no number for {clean(name)}; fetch the menu from Atlas and order again.")
    return number


def is_this(row: Table, order_id: str) -> bool:
    """Whether an order that was looked up is the one that we put in under that id."""
    return order_id in (word(row.get("external_order_id")), word(row.get("identifier")))


def read_status(row: Table, zone: ZoneInfo) -> PosStatus | None:
    """Where an order stands; a state that nobody documents counts by the one end that is filled, or not at all."""
    status = STATES.get(word(row.get("state")).lower())
    ends = {OrderStatus.COMPLETED: row.get("completed_at"), OrderStatus.CANCELLED: row.get("cancelled_at")}
    if status is None:
        filled = [end for end, when in ends.items() if when]
        status = filled[0] if len(filled) == 1 else None
    if status is None:
        return None
    return PosStatus(status=status, at=moment(ends.get(status) or row.get("updated_at"), zone))


def read_sale(row: Table, currency: str, zone: ZoneInfo) -> SaleSeen | None:
    """A paid order as a sale; None for one that came through us or is not paid; raises InvalidInput for a bad total."""
    if word(row.get("source_label")) == SOURCE or row.get("is_paid") is not True:
        return None
    amount = next((row[name] for name in ("total_including_tax", "total") if row.get(name) is not None), None)
    return SaleSeen(
        receipt=word(row.get("identifier")) or needed(row.get("id"), "id"),
        amount=total(amount, currency, is_minor=True),
        occurred_at=moment(row.get("created_at"), zone),
        void=word(row.get("state")).lower() == "cancelled",
    )


def event_of(document: Any) -> tuple[str, Mapping[str, Any]]:
    """Name and payload of a webhook."""
    event = table(document)
    return word(event.get("event_type")), table(event.get("payload"))
