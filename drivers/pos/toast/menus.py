"""Toast's menus: nested groups of items, with modifiers kept apart and referred to by number; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from agent.core.catalogue import Catalogue, CatalogueItem, ModifierGroup, ModifierOption
from agent.core.errors import InvalidInput
from drivers.pos.wire_values import Table, gathered, needed, price, table, tables, whole, word

DEEPEST = 4
"""Options may open groups of their own; what is nested deeper is not offered."""
WITHOUT_PRICE = frozenset({"OPEN_PRICE", "SIZE_PRICE", "TIME_SPECIFIC_PRICE"})
"""Strategies under which an item has no one price."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where Toast wants to be told an item and its modifiers stand."""

    item_group: str
    """GUID of the menu group that holds the item."""
    option_groups: Mapping[str, str]
    """GUID of a modifier -> GUID of the modifier group it is chosen from."""


@dataclass(frozen=True, slots=True)
class Menus:
    """What is kept of the menus: far less than was read."""

    catalogue: Catalogue
    """Everything that has one price, as if all of it were in stock."""
    places: Mapping[str, Places]
    """By GUID of the item."""


def read_menus(document: Any, currency: str) -> Menus:
    """The answer of the menus API; an item that stands in several groups counts once."""
    references = _References(document, currency)
    rows: dict[str, tuple[Table, Table]] = {}
    for menu in tables(table(document).get("menus")):
        for group, row in _inside(tables(menu.get("menuGroups"))):
            rows.setdefault(word(row.get("guid")), (group, row))
    catalogue = gathered(
        (f"item {guid}", partial(_item, row, word(group.get("name")), references)) for guid, (group, row) in rows.items()
    )
    places = {guid: Places(word(group.get("guid")), references.option_groups(row)) for guid, (group, row) in rows.items()}
    return Menus(catalogue, places)


def in_stock(catalogue: Catalogue, gone: frozenset[str]) -> Catalogue:
    """The same menu with what cannot be had now marked so."""
    return replace(catalogue, items=tuple(_marked(item, gone) for item in catalogue.items)) if gone else catalogue


def out_of_stock(answer: Any) -> frozenset[str]:
    """GUIDs of what cannot be had now."""
    return frozenset(word(row.get("guid")) for row in tables(answer) if row.get("status") == "OUT_OF_STOCK")


@dataclass(frozen=True)
class _References:
    """Groups and options by number, each read once for all items that refer to it."""

    document: Any
    currency: str
    _option_groups: dict[tuple[str, ...], Mapping[str, str]] = field(default_factory=dict)
    _groups: dict[str, ModifierGroup] = field(default_factory=dict)

    def groups(self, row: Table) -> tuple[ModifierGroup, ...]:
        """The groups of an item, and after each those that its options open; raises InvalidInput."""
        return tuple(self._group(number, group) for number, group in self._of(row))

    def option_groups(self, row: Table) -> Mapping[str, str]:
        """Which group each modifier of an item is chosen from; the first one that offers it."""
        found = list(self._of(row))
        key = tuple(number for number, _ in found)
        if key not in self._option_groups:
            pairs = [(word(one.get("guid")), word(group.get("guid"))) for _, group in found for _, one in self._options(group)]
            self._option_groups[key] = dict(reversed(pairs))
        return self._option_groups[key]

    def _group(self, number: str, row: Table) -> ModifierGroup:
        if number not in self._groups:
            self._groups[number] = _group(row, tuple(_option(one, self.currency) for _, one in self._options(row)))
        return self._groups[number]

    def _of(self, row: Table, depth: int = 1) -> Iterator[tuple[str, Table]]:
        for number, group in self._referred(row, "modifierGroupReferences"):
            yield number, group
            if depth < DEEPEST:
                for _, option in self._options(group):
                    yield from self._of(option, depth + 1)

    def _options(self, group: Table) -> list[tuple[str, Table]]:
        return self._referred(group, "modifierOptionReferences")

    def _referred(self, row: Table, name: str) -> list[tuple[str, Table]]:
        """The rows that a list of numbers stands for; a number that stands for nothing is left out."""
        numbers, kept = row.get(name), table(table(self.document).get(name))
        found = [(word(number), table(kept.get(word(number)))) for number in numbers] if isinstance(numbers, list) else []
        return [pair for pair in found if pair[1]]


def _item(row: Table, category: str, references: _References) -> CatalogueItem:
    strategy = word(row.get("pricingStrategy"))
    if strategy in WITHOUT_PRICE:
        raise InvalidInput("no_one_price", f"This item has no one price ({strategy.lower()}); it is left out.", field="price")
    return CatalogueItem(
        code=needed(row.get("guid"), "guid"),
        name=needed(row.get("name"), "name"),
        price=price(row.get("price"), references.currency),
        category=category,
        description=word(row.get("description")),
        groups=references.groups(row),
    )


def _group(row: Table, options: tuple[ModifierOption, ...]) -> ModifierGroup:
    most = whole(row.get("maxSelections"))
    return ModifierGroup(
        code=needed(row.get("guid"), "group guid"),
        name=needed(row.get("name"), "group name"),
        min_selection=whole(row.get("minSelections")) or 0,
        max_selection=len(options) if most is None else most,
        options=options,
    )


def _option(row: Table, currency: str) -> ModifierOption:
    cost = row.get("price")
    return ModifierOption(
        code=needed(row.get("guid"), "modifier guid"),
        name=needed(row.get("name"), "modifier name"),
        price=price(0 if cost is None else cost, currency),
    )


def _inside(groups: list[Table]) -> Iterator[tuple[Table, Table]]:
    for group in groups:
        for item in tables(group.get("menuItems")):
            yield group, item
        yield from _inside(tables(group.get("menuGroups")))


def _marked(item: CatalogueItem, gone: frozenset[str]) -> CatalogueItem:
    groups = tuple(
        replace(group, options=tuple(replace(one, available=one.code not in gone) for one in group.options))
        for group in item.groups
    )
    return replace(item, available=item.code not in gone, groups=groups)
