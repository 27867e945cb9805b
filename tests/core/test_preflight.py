"""Everything that would break the next order is found before it is placed, and nothing else."""

from __future__ import annotations

from decimal import Decimal

import pytest

from agent.core.catalogue import Catalogue, CatalogueItem, ModifierGroup, ModifierOption
from agent.core.money import Money
from agent.core.preflight import Sold, preflight

PRICE = Money.parse("5.50", "SGD")


def item(code: str = "KOPI", **more: object) -> CatalogueItem:
    return CatalogueItem(code=code, name=code.title(), price=PRICE, **more)  # type: ignore[arg-type]


def group(least: int, most: int, *available: bool) -> ModifierGroup:
    options = tuple(
        ModifierOption(code=str(at), name=str(at), price=PRICE, available=is_there) for at, is_there in enumerate(available)
    )
    return ModifierGroup(code="G", name="Size", min_selection=least, max_selection=most, options=options)


def reasons(*items: CatalogueItem, price: str = "5.5", sold_out: tuple[str, ...] = ()) -> list[str]:
    found = preflight({"KOPI": Sold("Kopi", Decimal(price))}, Catalogue(items=items), sold_out=sold_out)
    assert all(one.sentence.endswith(".") for one in found)
    return [one.reason for one in found]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([item()], []),
        ([], ["item_missing"]),
        ([item("TEH")], ["item_missing"]),
        ([item(available=False)], ["item_sold_out"]),
        ([item(), item()], ["code_twice"]),
        ([item(groups=(group(1, 1, True, False),))], []),
        ([item(groups=(group(1, 1, False),))], ["choice_impossible"]),
        ([item(groups=(group(2, 1, True, True),))], ["choice_impossible"]),
    ],
)
def test_what_an_order_would_stumble_over_is_named(items: list[CatalogueItem], expected: list[str]) -> None:
    assert reasons(*items) == expected


def test_another_price_is_named_and_the_same_written_otherwise_is_not() -> None:
    assert reasons(item(), price="5.60") == ["price_differs"]
    assert reasons(item(), price="5.500") == []


def test_what_cannot_be_ordered_breaks_no_order() -> None:
    assert reasons(sold_out=("KOPI",)) == []
