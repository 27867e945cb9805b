"""The menu as screens show it, and as the cache keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from agent.core.catalogue import Catalogue
from agent.core.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuItem:
    """One thing on the menu."""

    code: str
    name: str
    price: Money
    category: str
    available: bool
    """False when sold out or switched off in the POS."""
    snoozed_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuView:
    """The menu as last read from the POS."""

    items: tuple[MenuItem, ...]
    as_of: datetime | None
    next_at: datetime | None
    """When the POS is asked again; None when there is no POS to ask."""
    trouble: str
    """Why the last look failed, in one sentence; empty when it did not."""


def items_of(catalogue: Catalogue) -> tuple[MenuItem, ...]:
    """What a catalogue offers."""
    return tuple(
        MenuItem(code=item.code, name=item.name, price=item.price, category=item.category, available=item.available)
        for item in catalogue.items
    )


def marked(items: tuple[MenuItem, ...], sold_out: Mapping[str, datetime]) -> tuple[MenuItem, ...]:
    """The items with their sold-out marks."""
    return tuple(
        replace(item, available=False, snoozed_until=sold_out[item.code]) if item.code in sold_out else item for item in items
    )


def rows_of(items: tuple[MenuItem, ...]) -> list[list[object]]:
    """JSON values from which `items_from` makes the items again."""
    return [[item.code, item.name, item.price.minor, item.price.currency, item.category, item.available] for item in items]


def items_from(rows: object) -> tuple[MenuItem, ...]:
    """The items of `rows_of`."""
    return tuple(
        MenuItem(code=code, name=name, price=Money(minor, currency), category=category, available=available)
        for code, name, minor, currency, category, available in cast("list[list[Any]]", rows)
    )
