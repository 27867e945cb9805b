"""An order is in the POS once: sent twice, after a restart, and whichever answer gets lost on the way."""

from __future__ import annotations

import pytest

from agent.core.errors import Unreachable
from agent.core.order import Order
from tests.contract.bench import Case, PosBench
from tests.contract.goods import LONG_ID, ORDER_ID, an_order

CHANGES = 4
"""No driver needs more calls for one order."""


async def ordered(bench: PosBench, order_id: str = ORDER_ID) -> Order:
    """An order of what the POS sells."""
    bench.applies(Case.ORDERS)
    if bench.set_menu is None:
        return an_order(order_id)
    bench.stock()
    return an_order(order_id, await bench.made().fetch_catalogue())


def kept(bench: PosBench) -> list[str]:
    """Our ids as the POS has them."""
    assert bench.orders is not None
    return list(bench.orders())


async def test_the_same_order_twice_is_one_order_even_after_a_restart(bench: PosBench) -> None:
    order, device = await ordered(bench), bench.made()
    first = await device.submit_order(order)
    again = await device.submit_order(order)
    after = await bench.made().submit_order(order)
    assert first == again == after
    assert first
    assert kept(bench) == [ORDER_ID]


async def test_a_reference_longer_than_the_vendor_takes_is_still_one_order(bench: PosBench) -> None:
    order, other = await ordered(bench, LONG_ID), await ordered(bench, LONG_ID + "y")
    assert await bench.made().submit_order(order) == await bench.made().submit_order(order)
    await bench.made().submit_order(other)
    assert len(kept(bench)) == 2


async def test_an_order_is_found_by_our_id_and_an_unknown_one_is_not(bench: PosBench) -> None:
    bench.applies(Case.FIND)
    order, device = await ordered(bench), bench.made()
    assert await device.find_order(ORDER_ID) is None
    pos_id = await device.submit_order(order)
    assert await bench.made().find_order(ORDER_ID) == pos_id
    assert await device.find_order("0b0c7c57-9d5e-4a53-8d7c-2a4e5cf2a009") is None


@pytest.mark.parametrize("lost", range(CHANGES))
async def test_whichever_answer_is_lost_the_order_is_there_once(bench: PosBench, lost: int) -> None:
    """As the hand-off does it: what may have arrived is looked for first, and submitted again when it is not found."""
    bench.applies(Case.LOST_ANSWERS)
    order = await ordered(bench)
    bench.vendor.lost_change = lost
    unsure = None
    try:
        first = await bench.made().submit_order(order)
    except Unreachable as error:
        unsure = error
        found = None if Case.FIND in bench.not_applicable else await bench.made().find_order(ORDER_ID)
        first = found or await bench.made().submit_order(order)
    assert unsure is None or unsure.maybe_applied
    assert first
    bench.vendor.lost_change = None
    assert kept(bench) == [ORDER_ID]
    assert await bench.made().submit_order(order) == first
