"""The lines of an order: items, their modifiers and what a bundle is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING
from typing import Any

from agent.cloud.tolerant import decimal, find, text
from agent.core.money import LARGEST_MINOR, Money
from agent.core.order import Modifier, OrderLine
from agent.core.sentence import Sentence

MOST_LINES = 500
MOST_MODIFIERS = 200
LARGEST_QUANTITY = 10_000
LONGEST_NAME = 200
PLUS = ("plu", "itemCode", "sku", "code")
NAMES = ("name", "productName", "itemName")
PRICES = ("unitPrice", "price", "basePrice")
MODIFIERS = ("modifiers", "subItems", "options", "modifierOptions")
BUNDLES = ("bundleSections", "combos")


@dataclass(slots=True)
class Reader:
    """What is known while one order is read."""

    currency: str
    problems: list[str] = field(default_factory=list)

    def money(self, value: object, what: str) -> Money | None:
        """An amount in major units; one that is there and cannot be read becomes a problem."""
        if value is None:
            return None
        number = decimal(value)
        amount = Money.rounded(number, self.currency) if number is not None else None
        if amount is None or abs(amount.minor) > LARGEST_MINOR:
            self.problems.append(Sentence(f"A price cannot be read ({what}).", "price_unreadable", what=what))
            return None
        return amount

    def quantity(self, value: object, name: str) -> int:
        """A count of at least one; anything else becomes a problem and is made safe for the kitchen."""
        number = decimal(1 if value is None else value)
        if number is None or not 0 < number <= LARGEST_QUANTITY:
            words = f"How many of {name} is not clear; check with the customer."
            self.problems.append(Sentence(words, "quantity_unclear", item=name))
            return 1
        rounded = int(number.to_integral_value(ROUND_CEILING))
        if rounded != number:
            words = f"The quantity of {name} is {number:f}; it is shown as {rounded}."
            self.problems.append(Sentence(words, "quantity_rounded", item=name, asked=f"{number:f}", shown=rounded))
        return rounded


def read_lines(items: object, reader: Reader) -> tuple[OrderLine, ...]:
    """Every item that has a code or a name; the others become problems."""
    given = items if isinstance(items, list) else []
    if len(given) > MOST_LINES:
        words = f"The order has {len(given)} lines; only the first {MOST_LINES} are shown."
        reader.problems.append(Sentence(words, "lines_cut", lines=len(given), shown=MOST_LINES))
    lines = [_line(item, reader) for item in given[:MOST_LINES]]
    return tuple(line for line in lines if line is not None)


def _line(item: object, reader: Reader) -> OrderLine | None:
    plu, name = _code_and_name(item)
    if not name:
        reader.problems.append(Sentence("One item has neither a name nor a code and is not shown.", "item_unnamed"))
        return None
    if not plu:
        reader.problems.append(Sentence(f"{name} has no item code, so the POS cannot be told of it.", "item_uncoded", item=name))
    return OrderLine(
        plu=plu,
        name=name,
        quantity=reader.quantity(find(item, "quantity", "qty"), name),
        notes=text(find(item, "notes", "remark", "specialRequest")),
        modifiers=tuple(_choices(item, reader, ""))[:MOST_MODIFIERS],
        price=reader.money(find(item, *PRICES), name),
    )


def _choices(item: object, reader: Reader, group: str) -> Iterator[Modifier]:
    """Modifiers, then the products of a bundle with modifiers of their own, all flat and in order."""
    for choice in _tables(find(item, *MODIFIERS)):
        yield from _choice(choice, reader, text(find(choice, "groupName", "group.name", "group"), LONGEST_NAME) or group)
    for section in _tables(find(item, *BUNDLES)):
        for product in _tables(find(section, "items", "products")):
            yield from _choice(product, reader, text(find(section, *NAMES), LONGEST_NAME) or group)


def _choice(choice: Mapping[str, Any], reader: Reader, group: str) -> Iterator[Modifier]:
    plu, name = _code_and_name(choice)
    if not name:
        words = "One choice of an item has neither a name nor a code and is not shown."
        reader.problems.append(Sentence(words, "choice_unnamed"))
        return
    quantity = reader.quantity(find(choice, "quantity", "qty"), name)
    yield Modifier(plu=plu, name=name, quantity=quantity, group=group, price=reader.money(find(choice, *PRICES), name))
    yield from _choices(choice, reader, name)


def _code_and_name(item: object) -> tuple[str, str]:
    plu = text(find(item, *PLUS), LONGEST_NAME)
    return plu, text(find(item, *NAMES), LONGEST_NAME) or plu


def _tables(value: object) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []
