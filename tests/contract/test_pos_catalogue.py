"""The menu comes whole: to the last page, with its choices and exact prices, each item under a code of its own."""

from __future__ import annotations

from dataclasses import replace

from tests.contract.bench import Case, PosBench
from tests.contract.goods import KOPI, MENU, RICE, prices, shape, shelf


async def test_an_empty_menu_is_empty(bench: PosBench) -> None:
    bench.sells(())
    catalogue = await bench.made().fetch_catalogue()
    assert (catalogue.items, catalogue.problems) == ((), ())


async def test_names_and_prices_are_the_pos_s_own(bench: PosBench) -> None:
    bench.sells(MENU)
    catalogue = await bench.made().fetch_catalogue()
    assert prices(catalogue.items) == prices(MENU)
    assert catalogue.problems == ()
    codes = [item.code for item in catalogue.items]
    assert all(codes)
    assert len(set(codes)) == len(MENU)


async def test_choices_come_with_their_items(bench: PosBench) -> None:
    bench.applies(Case.MODIFIERS)
    bench.sells(MENU)
    items = (await bench.made().fetch_catalogue()).items
    assert shape(items) == shape(MENU)
    assert all(option.code for item in items for group in item.groups for option in group.options)


async def test_pages_are_read_to_the_end(bench: PosBench) -> None:
    bench.applies(Case.PAGING)
    for count in (bench.page_size, 2 * bench.page_size + 1):
        bench.sells(shelf(count))
        assert prices((await bench.made().fetch_catalogue()).items) == prices(shelf(count))


async def test_what_is_sold_out_in_the_pos_is_not_available(bench: PosBench) -> None:
    bench.applies(Case.SOLD_OUT)
    bench.sells((RICE, replace(KOPI, available=False)))
    catalogue = await bench.made().fetch_catalogue()
    assert {item.name: item.available for item in catalogue.items} == {RICE.name: True, KOPI.name: False}


async def test_amounts_are_the_same_as_text_and_as_numbers(bench: PosBench) -> None:
    bench.applies(Case.AMOUNTS)
    bench.sells(MENU)
    as_numbers = await bench.made().fetch_catalogue()
    bench.vendor.amounts_as_text = True
    assert await bench.made().fetch_catalogue() == as_numbers
