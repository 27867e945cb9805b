"""The catalogue as Cata's menu calls want it, and back again for comparing.

Prices are decimal texts in what is stored and hashed (a float would not be exact, and JSON has no other decimals);
`for_cloud` turns them into exact numbers right before they are sent. All inner names are those of contract 8.1 and 9.1,
most of them [gap]: they stand here and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from agent.core.catalogue import Catalogue, CatalogueItem, ModifierGroup
from agent.core.ref_code import payload_hash
from agent.db.outbox_rows import LargePayload

MENU_ID = "cata-bridge"
"""[gap] 9.1: our one V1 menu of an outlet always has the same id, so that it replaces itself."""
MENU_NAME = "Menu"
MENU_TYPE = 0
"""[gap] 9.1: 0 is assumed to serve pick-up and delivery alike."""
PRODUCT_TYPE = 1
"""[gap] 8.1: a plain product."""
NO_CATEGORY = "Other"
PRICES = frozenset({"basePrice", "price"})
"""Keys whose texts are numbers on the wire."""


@dataclass(frozen=True, slots=True)
class SentItem:
    """One item of a menu that was sent, as far as changes of it are told to people."""

    name: str
    price: str
    rest: str
    """Hash of everything else."""


def payload(catalogue: Catalogue, style: str) -> dict[str, object]:
    """What a `menu_push` entry carries: `{"style", "menu"}`; JSON values without floats, the same for the same catalogue."""
    menu = {"menus": [_tree(catalogue)]} if style == "v1" else {"products": _products(catalogue)}
    return {"style": style, "menu": menu}


def for_cloud(payload: Mapping[str, Any]) -> tuple[str, dict[str, object]]:
    """Style and menu of a stored push, prices as exact numbers; a large menu comes product by product and can be read once."""
    style = payload["style"]
    name = "menus" if style == "v1" else "products"
    if isinstance(payload, LargePayload):
        return style, {name: payload.listed("menu", name, hook=_priced)}
    return style, {name: json.loads(json.dumps(payload["menu"][name]), object_hook=_priced)}


def sent_items(payload: Mapping[str, Any]) -> dict[str, SentItem]:
    """A menu that was sent, by item code."""
    menu = payload["menu"]
    if payload["style"] == "v1":
        (tree,) = menu["menus"]
        return {code: _sent(product, "price", tree) for code, product in tree["products"].items()}
    return {product["itemCode"]: _sent(product, "basePrice", {}) for product in menu["products"]}


def rows_of_sent(items: Mapping[str, SentItem]) -> dict[str, list[str]]:
    """JSON values from which `sent_from` makes the items again; a tenth of the menu itself."""
    return {code: [item.name, item.price, item.rest] for code, item in items.items()}


def sent_from(rows: Mapping[str, list[str]]) -> dict[str, SentItem]:
    """The items of `rows_of_sent`."""
    return {code: SentItem(*row) for code, row in rows.items()}


def _sent(product: Mapping[str, Any], price: str, tree: Mapping[str, Any]) -> SentItem:
    rest = {key: value for key, value in product.items() if key not in {"name", price}}
    rest["groups"] = [tree["modifierGroups"][group] for group in product.get("subProducts", [])]
    rest["options"] = [tree["modifiers"][option] for group in rest["groups"] for option in group["subProducts"]]
    return SentItem(product["name"], product[price], payload_hash(rest, levels=0))


def _products(catalogue: Catalogue) -> list[dict[str, object]]:
    """One product an item; items that share their groups of choices share what is sent of them too."""
    made: dict[tuple[int, ...], list[dict[str, object]]] = {}

    def groups(item: CatalogueItem) -> list[dict[str, object]]:
        # Tidied items that share all of their groups hold the same objects, and the catalogue outlives this.
        key = tuple(map(id, item.groups))
        return made.get(key) or made.setdefault(key, [_group(group, place) for place, group in enumerate(item.groups, 1)])

    return [_product(item, groups(item)) for item in catalogue.items]


def _product(item: CatalogueItem, groups: list[dict[str, object]]) -> dict[str, object]:
    product: dict[str, object] = {
        "itemCode": item.code,
        "name": item.name,
        "basePrice": str(item.price),
        "visible": item.available,
    }
    optional = {"description": item.description, "externalImageUrl": item.image_url, "posCategory": item.category}
    product.update({key: value for key, value in optional.items() if value})
    if groups:
        product["modifierGroups"] = groups
    return product


def _group(group: ModifierGroup, place: int) -> dict[str, object]:
    options = [
        {"code": option.code, "name": option.name, "price": str(option.price), "visible": option.available, "sortNum": number}
        for number, option in enumerate(group.options, 1)
    ]
    return {
        "code": group.code,
        "name": group.name,
        "minSelection": group.min_selection,
        "maxSelection": group.max_selection,
        "multiMax": 1,
        "sortNum": place,
        "options": options,
    }


def _tree(catalogue: Catalogue) -> dict[str, object]:
    """The whole V1 menu; a group's options are kept per item, since the same group may cost differently elsewhere."""
    categories: dict[str, list[str]] = {}
    products: dict[str, object] = {}
    groups: dict[str, object] = {}
    modifiers: dict[str, object] = {}
    for item in catalogue.items:
        categories.setdefault(item.category or NO_CATEGORY, []).append(item.code)
        names = []
        for group in item.groups:
            name = f"{item.code}/{group.code}"
            names.append(name)
            groups[name] = _tree_group(group, name)
            modifiers.update(
                {
                    f"{name}/{option.code}": {
                        "plu": option.code,
                        "name": option.name,
                        "price": str(option.price),
                        "visible": option.available,
                    }
                    for option in group.options
                }
            )
        products[item.code] = _tree_product(item, names)
    return {
        "menuId": MENU_ID,
        "menu": MENU_NAME,
        "menuType": MENU_TYPE,
        "availabilities": [],
        "categories": [{"categoryId": name, "name": name, "products": codes} for name, codes in sorted(categories.items())],
        "products": products,
        "modifierGroups": groups,
        "modifiers": modifiers,
        "snoozedProducts": {},
    }


def _tree_product(item: CatalogueItem, groups: list[str]) -> dict[str, object]:
    return {
        "plu": item.code,
        "name": item.name,
        "price": str(item.price),
        "description": item.description,
        "imageUrl": item.image_url,
        "productType": PRODUCT_TYPE,
        "visible": item.available,
        "subProducts": groups,
    }


def _tree_group(group: ModifierGroup, name: str) -> dict[str, object]:
    return {
        "plu": group.code,
        "name": group.name,
        "min": group.min_selection,
        "max": group.max_selection,
        "subProducts": [f"{name}/{option.code}" for option in group.options],
    }


def _priced(one: dict[str, Any]) -> dict[str, Any]:
    for name in PRICES & one.keys():
        if isinstance(one[name], str):  # a product of a V1 tree may be called so, too
            one[name] = Decimal(one[name])
    return one
