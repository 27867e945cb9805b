"""What would break the next order, before it is placed: the menu that customers see held against what the POS has now; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from agent.core.catalogue import Catalogue, CatalogueItem, ModifierGroup


@dataclass(frozen=True, slots=True)
class Sold:
    """An item as customers see it."""

    name: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit."""

    code: str
    name: str
    reason: str
    """Stable machine word."""
    sentence: str
    """One plain sentence."""


def preflight(sold: Mapping[str, Sold], catalogue: Catalogue, *, sold_out: Collection[str]) -> list[Finding]:
    """Everything that an order could stumble over; `sold_out` are codes that customers cannot order now."""
    here = {item.code: item for item in catalogue.items}
    found = [
        Finding(code, here[code].name, "code_twice", f"The POS has the code {code} twice: an order cannot tell which is meant.")
        for code, count in Counter(item.code for item in catalogue.items).items()
        if count > 1
    ]
    for code, offered in sold.items():
        if code in sold_out:
            continue
        item = here.get(code)
        if item is None:
            sentence = f"{offered.name} can be ordered, but the POS has no item {code}: such an order cannot be put in."
            found.append(Finding(code, offered.name, "item_missing", sentence))
        else:
            found += _of_item(item, offered)
    return found


def _of_item(item: CatalogueItem, offered: Sold) -> Iterator[Finding]:
    if not item.available:
        yield Finding(item.code, offered.name, "item_sold_out", f"{offered.name} can be ordered, but is sold out in the POS.")
    price = item.price.major()
    if price != offered.price:
        sentence = f"{offered.name} costs customers {offered.price}, but {price} in the POS: totals will not agree."
        yield Finding(item.code, offered.name, "price_differs", sentence)
    for group in item.groups:
        if problem := _of_group(group):
            yield Finding(item.code, offered.name, "choice_impossible", f"{offered.name}, {group.name}: {problem}")


def _of_group(group: ModifierGroup) -> str:
    there = sum(option.available for option in group.options)
    if group.min_selection > group.max_selection:
        return f"at least {group.min_selection} and at most {group.max_selection} have to be chosen, which cannot be."
    if there < group.min_selection:
        return f"{group.min_selection} have to be chosen, but only {there} can be."
    return ""
