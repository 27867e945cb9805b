"""The menu as the till API tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agent.core.money import Money
from gui.link.fields import Json, flag, moment, money, rows, text, texts


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuItemSeen:
    """A thing on the menu."""

    code: str
    name: str
    category: str = ""
    price: Money | None = None
    available: bool = True
    sold_out_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuSeen:
    """The menu and how old it is."""

    items: tuple[MenuItemSeen, ...] = ()
    as_of: datetime | None = None
    problems: tuple[str, ...] = ()


def read_menu(source: Json) -> MenuSeen:
    """The menu."""
    return MenuSeen(
        items=tuple(_read_item(item) for item in rows(source, "items")),
        as_of=moment(source, "as_of"),
        problems=texts(source, "problems"),
    )


def _read_item(source: Json) -> MenuItemSeen:
    return MenuItemSeen(
        code=text(source, "code"),
        name=text(source, "name"),
        category=text(source, "category"),
        price=money(source, "price"),
        available=flag(source, "available", True),
        sold_out_until=moment(source, "snoozed_until") or moment(source, "sold_out_until"),
    )
