"""K-Series menus: trees of groups, items, deals and choices, as a catalogue; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from agent.core.catalogue import Catalogue, CatalogueItem, ModifierGroup, ModifierOption
from agent.core.errors import InvalidInput
from agent.core.money import Money
from drivers.pos.lightspeed_k.settings import DEAL_PRICE, INSTRUCTION, MODIFIER_PRICE
from drivers.pos.wire_values import Table, gathered, needed, price, table, tables, whole, word

FIXED_PRICE = frozenset({"", "PRICE_CANNOT_BE_CUSTOMIZED"})


def read_menu(menu: Table, currency: str) -> Catalogue:
    """Everything in the tree that has a SKU and a price of its own."""
    return gathered(_rows(tables(menu.get("menuEntryGroups")), "", currency))


def skus(catalogue: Catalogue) -> list[str]:
    """Every code that stock is kept for, once."""
    codes = {item.code: None for item in catalogue.items}
    for item in catalogue.items:
        codes |= {option.code: None for group in item.groups for option in group.options}
    return [code for code in codes if not code.startswith(INSTRUCTION)]


def with_stock(catalogue: Catalogue, left: Mapping[str, int]) -> Catalogue:
    """The catalogue without what is sold out; a code without a count is unrestricted."""
    gone = {code for code, count in left.items() if count <= 0}

    def options(group: ModifierGroup) -> ModifierGroup:
        return replace(group, options=tuple(replace(one, available=one.code not in gone) for one in group.options))

    items = (
        replace(item, available=item.code not in gone, groups=tuple(options(group) for group in item.groups))
        for item in catalogue.items
    )
    return replace(catalogue, items=tuple(items))


def _rows(entries: Iterable[Table], category: str, currency: str) -> Iterator[tuple[str, Callable[[], CatalogueItem]]]:
    for entry in entries:
        kind = word(entry.get("@type"))
        if kind in ("menuItem", "menuDeal"):
            where = word(entry.get("sku")) or word(entry.get("productName")) or "an item"
            yield where, partial(_item, entry, category, currency)
        else:
            yield from _rows(tables(entry.get("menuEntry")), word(entry.get("name")) or category, currency)


def _item(entry: Table, category: str, currency: str) -> CatalogueItem:
    code, name = needed(entry.get("sku"), "sku"), needed(entry.get("productName"), "productName")
    if word(entry.get("pricingStrategy")) not in FIXED_PRICE:
        raise InvalidInput("open_price", f"{name} has no fixed price, so it cannot be ordered online.", field="price")
    rich = table(entry.get("itemRichData"))
    texts = tables(rich.get("texts"))
    return CatalogueItem(
        code=code,
        name=name,
        price=price(entry.get("productPrice"), currency),
        category=category,
        description=word(texts[0].get("description")) if texts else "",
        image_url=word(rich.get("rawImageUrl")) or word(rich.get("squareImageUrl")),
        groups=(
            *(_group(group, "productModifiers", MODIFIER_PRICE, currency) for group in tables(entry.get("menuModifierGroups"))),
            *(_group(group, "items", DEAL_PRICE, currency) for group in tables(entry.get("menuDealGroups"))),
            *(_instructions(group, currency) for group in tables(entry.get("productionInstructionList"))),
        ),
    )


def _group(group: Table, choices: str, price_field: str, currency: str) -> ModifierGroup:
    options = tuple(_option(one, price_field, currency) for one in tables(group.get(choices)))
    name = needed(group.get("description") or group.get("sku"), "description")
    return ModifierGroup(
        code=word(group.get("sku")) or name,
        name=name,
        min_selection=max(whole(group.get("minimumSelection")) or 0, int(group.get("mustSelectAnItem") is True)),
        max_selection=_most(group, len(options)),
        options=options,
    )


def _most(group: Table, count: int) -> int:
    if group.get("multiSelectionPermitted") is False:
        return 1
    return whole(group.get("maximumSelection")) or max(count, 1)


def _option(choice: Table, price_field: str, currency: str) -> ModifierOption:
    cost: Any = choice.get(price_field)
    return ModifierOption(
        code=needed(choice.get("sku"), "sku"),
        name=needed(choice.get("productName"), "productName"),
        price=Money(0, currency) if cost is None else price(cost, currency),
    )


def _instructions(group: Table, currency: str) -> ModifierGroup:
    """How it is to be cooked; the vendor's own spelling of the names."""
    options = tuple(
        ModifierOption(
            code=INSTRUCTION + needed(one.get("ikentooModifierId"), "ikentooModifierId"),
            name=needed(one.get("instruction"), "instruction"),
            price=Money(0, currency),
        )
        for one in tables(group.get("productionInstructionList"))
    )
    name = needed(group.get("productionInstructionGroupName"), "productionInstructionGroupName")
    return ModifierGroup(
        code=INSTRUCTION + (word(group.get("productionIntructionGroupId")) or name),
        name=name,
        max_selection=_most(group, len(options)),
        options=options,
    )
