"""Square's catalogue as a menu: every variation that this location sells is an item; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from agent.core.catalogue import Catalogue, CatalogueItem, ModifierGroup, ModifierOption
from agent.core.errors import InvalidInput
from agent.core.money import Money
from drivers.pos.square.settings import SELLABLE
from drivers.pos.wire_values import Gathering, Table, moment, needed, price, table, tables, whole, word

ONLY_ONE = frozenset({"", "regular", "default"})
"""Names of the variation of an item that has but one."""
BY_LIST = -1
"""In an item's bounds: as the modifier list says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where and when the menu is read."""

    location: str
    currency: str
    zone: ZoneInfo
    now: datetime


class Menu:
    """A menu that grows by one item of the catalogue after the other; what items point to is known beforehand."""

    def __init__(self, place: Place, aside: Iterable[Table]) -> None:
        """`aside` are the modifier lists, categories and images."""
        self.place = place
        self.by_id = {word(one.get("id")): one for one in aside if not one.get("is_deleted")}
        self.groups: dict[tuple[str, int, int], ModifierGroup] = {}
        """By list and bounds: thousands of items share a few."""
        self._gathering = Gathering()

    def add(self, item: Table) -> None:
        """Its variations that this location sells; one that cannot be read is a problem and loses nothing beside it."""
        if not item.get("is_deleted"):
            for where, read in _rows(item, self):
                self._gathering.add(where, read)

    def catalogue(self) -> Catalogue:
        """All that was added."""
        return self._gathering.catalogue()


def _rows(item: Table, menu: Menu) -> Iterator[tuple[str, Callable[[], CatalogueItem]]]:
    data, place = table(item.get("item_data")), menu.place
    is_for_sale = not data.get("is_archived") and word(data.get("product_type")) in SELLABLE
    if not is_for_sale or not _is_here(item, place):
        return
    variations = [one for one in tables(data.get("variations")) if not one.get("is_deleted") and _is_here(one, place)]
    for variation in variations:
        if table(variation.get("item_variation_data")).get("sellable") is not False:
            read = partial(_item, item, variation, menu, is_single=len(variations) == 1)
            yield f"variation {word(variation.get('id'))}", read


def _item(item: Table, variation: Table, menu: Menu, *, is_single: bool) -> CatalogueItem:
    data, details = table(item.get("item_data")), table(variation.get("item_variation_data"))
    by_id, place = menu.by_id, menu.place
    here = _override(details, place)
    if word(here.get("pricing_type") or details.get("pricing_type")) == "VARIABLE_PRICING":
        raise InvalidInput("no_price", "This item has no fixed price in Square.", field="price_money")
    return CatalogueItem(
        code=needed(variation.get("id"), "id"),
        name=_name(needed(data.get("name"), "name"), word(details.get("name")), is_single=is_single),
        price=_money(here.get("price_money") or details.get("price_money"), place),
        category=_category(data, by_id),
        description=word(data.get("description_plaintext") or data.get("description")),
        image_url=_image(data, details, by_id),
        available=not _is_sold_out(here, place),
        groups=tuple(group for info in tables(data.get("modifier_list_info")) if (group := _group(info, menu))),
    )


def _name(item: str, variation: str, *, is_single: bool) -> str:
    return item if is_single and variation.lower() in ONLY_ONE else f"{item} ({variation})" if variation else item


def _group(info: Table, menu: Menu) -> ModifierGroup | None:
    """A list of choices as this item has it; None when it is switched off or not sold here."""
    number = word(info.get("modifier_list_id"))
    found = menu.by_id.get(number)
    if found is None or info.get("enabled") is False or not _is_here(found, menu.place):
        return None
    data = table(found.get("modifier_list_data"))
    least = _bound(info, data, "min_selected_modifiers", 0)
    most = _bound(info, data, "max_selected_modifiers", 1 if word(data.get("selection_type")) == "SINGLE" else 0)
    key = number, least, most
    return menu.groups.get(key) or menu.groups.setdefault(key, _choices(number, data, least, most, menu.place))


def _choices(number: str, data: Table, least: int, most: int, place: Place) -> ModifierGroup:
    choices = [one for one in tables(data.get("modifiers")) if not one.get("is_deleted") and _is_here(one, place)]
    return ModifierGroup(
        code=needed(number, "id"),
        name=needed(data.get("name"), "name"),
        min_selection=min(least, len(choices)),
        max_selection=most or len(choices),
        options=tuple(_option(one, place) for one in choices),
    )


def _bound(info: Table, data: Table, name: str, usual: int) -> int:
    """The item's own bound, else the list's; below nothing stands for the default, nothing for no bound."""
    for source in (info, data):
        value = whole(source.get(name))
        if value is not None and value > BY_LIST:
            return value
    return usual


def _option(choice: Table, place: Place) -> ModifierOption:
    data = table(choice.get("modifier_data"))
    here = _override(data, place)
    money = here.get("price_money") or data.get("price_money")
    return ModifierOption(
        code=needed(choice.get("id"), "id"),
        name=needed(data.get("name"), "name"),
        price=_money(money, place) if money else Money(0, place.currency),
        available=not _is_sold_out(here, place),
    )


def _money(value: object, place: Place) -> Money:
    amount = table(value)
    if word(amount.get("currency")) != place.currency:
        raise InvalidInput("other_currency", f"This price is not in {place.currency}.", field="price_money")
    return price(amount.get("amount"), place.currency, is_minor=True)


def _override(data: Table, place: Place) -> Table:
    """What holds at this location."""
    overrides = tables(data.get("location_overrides"))
    return next((one for one in overrides if word(one.get("location_id")) == place.location), {})


def _is_sold_out(here: Table, place: Place) -> bool:
    if here.get("sold_out") is not True:
        return False
    until = moment(here.get("sold_out_valid_until"), place.zone)
    return until is None or until > place.now


def _is_here(one: Table, place: Place) -> bool:
    if one.get("present_at_all_locations", True):
        return place.location not in _ids(one, "absent_at_location_ids")
    return place.location in _ids(one, "present_at_location_ids")


def _ids(one: Table, name: str) -> list[object]:
    found = one.get(name)
    return found if isinstance(found, list) else []


def _category(data: Table, by_id: Mapping[str, Table]) -> str:
    first = next(iter(tables(data.get("categories"))), {})
    chosen = word(first.get("id")) or word(data.get("category_id"))
    return word(table(by_id.get(chosen, {}).get("category_data")).get("name"))


def _image(data: Table, details: Table, by_id: Mapping[str, Table]) -> str:
    numbers = [word(number) for source in (details, data) for number in _ids(source, "image_ids")]
    return next((word(table(by_id[one].get("image_data")).get("url")) for one in numbers if one in by_id), "")
