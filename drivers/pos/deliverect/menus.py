"""Deliverect's menus: one that is published to our channel, and ours as products for a POS; pure. Prices are minor units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from agent.core.catalogue import Catalogue, CatalogueItem, ModifierGroup, ModifierOption
from drivers.pos.deliverect.settings import WITHOUT_BOUND, DeliverectSettings
from drivers.pos.wire_values import Table, gathered, needed, price, table, tables, whole, word

PRODUCT, MODIFIER, GROUP = 1, 2, 3
NO_CATEGORY = "Other"


def menus_of(document: Any) -> list[Table]:
    """The menus of a call: a list, or an object that holds one."""
    return tables(document if isinstance(document, list) else table(document).get("menus"))


def read_menus(menus: list[Table], currency: str, gone: frozenset[str]) -> Catalogue:
    """Every product in a category, under its PLU; one that stands in several counts once."""
    rows: dict[str, tuple[str, Table, Table]] = {}
    for menu in menus:
        snoozed = table(menu.get("snoozedProducts"))
        gone = gone | {word(plu) for plu in snoozed}
        for category, row in _products(menu):
            rows.setdefault(word(row.get("plu")), (category, row, menu))
    return gathered(
        (f"product {plu}", partial(_item, row, category, menu, currency, gone)) for plu, (category, row, menu) in rows.items()
    )


def _products(menu: Table) -> Iterator[tuple[str, Table]]:
    products = table(menu.get("products"))
    for category in tables(menu.get("categories")):
        numbers = category.get("products")
        for number in numbers if isinstance(numbers, list) else []:
            if row := table(products.get(word(number))):
                yield word(category.get("name")), row


def _item(row: Table, category: str, menu: Table, currency: str, gone: frozenset[str]) -> CatalogueItem:
    plu = needed(row.get("plu"), "plu")
    return CatalogueItem(
        code=plu,
        name=needed(row.get("name"), "name"),
        price=price(row.get("price"), currency, is_minor=True),
        category=category,
        description=word(row.get("description")),
        image_url=word(row.get("imageUrl")),
        available=plu not in gone and row.get("visible") is not False,
        groups=tuple(_group(group, menu, currency, gone) for group in _inside(row, menu, "modifierGroups")),
    )


def _group(row: Table, menu: Table, currency: str, gone: frozenset[str]) -> ModifierGroup:
    options = tuple(_option(option, currency, gone) for option in _inside(row, menu, "modifiers"))
    most = whole(row.get("max")) or WITHOUT_BOUND
    return ModifierGroup(
        code=needed(row.get("plu"), "group plu"),
        name=needed(row.get("name"), "group name"),
        min_selection=whole(row.get("min")) or 0,
        max_selection=len(options) if most == WITHOUT_BOUND else most,
        options=options,
    )


def _option(row: Table, currency: str, gone: frozenset[str]) -> ModifierOption:
    plu = needed(row.get("plu"), "modifier plu")
    return ModifierOption(
        code=plu,
        name=needed(row.get("name"), "modifier name"),
        price=price(row.get("price") or 0, currency, is_minor=True),
        available=plu not in gone,
    )


def _inside(row: Table, menu: Table, name: str) -> list[Table]:
    """What the `subProducts` of a row stand for in one of the menu's tables."""
    numbers, kept = row.get("subProducts"), table(menu.get(name))
    found = [table(kept.get(word(number))) for number in numbers] if isinstance(numbers, list) else []
    return [one for one in found if one]


def products(catalogue: Catalogue, settings: DeliverectSettings) -> dict[str, Any]:
    """Our menu as a POS pushes it: products, groups and modifiers each under a PLU of their own."""
    rows: dict[str, dict[str, Any]] = {}
    names = sorted({item.category or NO_CATEGORY for item in catalogue.items})
    for item in catalogue.items:
        groups = [_pushed_group(group, item.code, rows, settings) for group in item.groups]
        rows[item.code] = _row(item.code, item.name, item.price.minor, PRODUCT, settings) | {
            "description": item.description,
            "imageUrl": item.image_url,
            "visible": item.available,
            "posCategoryIds": [item.category or NO_CATEGORY],
            "subProducts": groups,
        }
    return {
        "accountId": settings.account,
        "locationId": settings.location,
        "products": list(rows.values()),
        "categories": [{"name": name, "posCategoryId": name} for name in names],
        "priceLevels": [],
    }


def _pushed_group(group: ModifierGroup, item: str, rows: dict[str, dict[str, Any]], settings: DeliverectSettings) -> str:
    """Adds the group and its modifiers; another group under the same code gets a PLU with its item's."""
    for option in group.options:
        rows.setdefault(option.code, _row(option.code, option.name, option.price.minor, MODIFIER, settings))
    body = {
        "min": group.min_selection,
        "max": group.max_selection,
        "multiMax": 1,
        "subProducts": [option.code for option in group.options],
    }
    for plu in (group.code, f"{item}/{group.code}"):
        row = _row(plu, group.name, 0, GROUP, settings) | body
        if rows.setdefault(plu, row) == row:
            return plu
    return f"{item}/{group.code}"


def _row(plu: str, name: str, cents: int, kind: int, settings: DeliverectSettings) -> dict[str, Any]:
    taxes = dict.fromkeys(("deliveryTax", "takeawayTax", "eatInTax"), settings.tax_rate)
    return {"plu": plu, "name": name, "price": cents, "productType": kind} | taxes


def snoozed_of(document: Any) -> frozenset[str] | None:
    """[gap] PLUs that are sold out after a snooze call, wherever it carries all of them; None when it does not."""
    for operation in tables(table(document).get("operations")):
        for holder in (operation, table(operation.get("data"))):
            if isinstance(rows := holder.get("allSnoozedItems"), list):
                return frozenset(word(row.get("plu")) if isinstance(row, Mapping) else word(row) for row in rows)
    return None
