"""A printer that cannot print is stood in for: at once, marked, once, and only while it is out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from agent.core.errors import NeedsPerson, Refused, Unreachable
from agent.core.order import HandoffState
from tests.flows.test_handoffs import KITCHEN, REF, Floor
from tests.support.shop import ORDER, Shop, eventually, open_shop, running

INSTEAD = "INSTEAD OF KITCHEN"


def no_paper() -> NeedsPerson:
    return NeedsPerson("paper_out", "The printer is out of paper; put in a new roll.")


def away(*, maybe_applied: bool = False) -> Unreachable:
    return Unreachable("printer_missing", "No printer answers.", maybe_applied=maybe_applied)


@asynccontextmanager
async def with_backup(shop: Shop) -> AsyncIterator[Floor]:
    floor = Floor(shop)
    floor.rack.backup_of["kitchen"] = "bar"
    async with running(floor.handoffs.run):
        yield floor


async def problems(shop: Shop, order_id: str = ORDER) -> tuple[str, ...]:
    order = await shop.orders.get(order_id)
    assert order is not None
    return order.problems


async def test_out_of_paper_the_backup_prints_at_once_and_says_for_whom(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop, with_backup(shop) as floor:
        floor.kitchen.raises.append(no_paper())
        await shop.receive(devices=[KITCHEN])
        floor.handoffs.nudge()
        await floor.until(kitchen=HandoffState.DONE)
        assert (floor.kitchen.banners(), floor.bar.banners()) == ([], [INSTEAD])
        assert await problems(shop) == ("kitchen: The printer is out of paper; put in a new roll. bar printed instead.",)


async def test_while_it_is_out_it_is_not_asked_for_every_ticket_and_then_it_is_used_again(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop, with_backup(shop) as floor:
        floor.kitchen.raises.append(no_paper())
        for order_id in ("one", "two"):
            await shop.receive(order_id, devices=[KITCHEN])
        floor.handoffs.nudge()
        await eventually(lambda: floor.bar.banners() == [INSTEAD, INSTEAD])
        floor.later(10)
        await shop.receive("three", devices=[KITCHEN])
        floor.handoffs.nudge()
        await eventually(lambda: floor.kitchen.banners() == [REF])
        assert len(floor.bar.tickets) == 2


async def test_one_that_only_blinked_prints_by_itself(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop, with_backup(shop) as floor:
        floor.kitchen.raises.append(away())
        await shop.receive(devices=[KITCHEN])
        floor.handoffs.nudge()
        await eventually(lambda: not floor.kitchen.raises and not floor.handoffs._working)
        floor.later(2)
        await floor.until(kitchen=HandoffState.DONE)
        assert (floor.kitchen.banners(), floor.bar.banners()) == ([REF], [])


async def test_one_that_stays_away_is_stood_in_for_and_doubt_is_printed(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop, with_backup(shop) as floor:
        floor.kitchen.raises += [away(maybe_applied=True), away()]
        await shop.receive(devices=[KITCHEN])
        floor.handoffs.nudge()
        await eventually(lambda: len(floor.kitchen.raises) == 1 and not floor.handoffs._working)
        floor.later(2)
        await floor.until(kitchen=HandoffState.DONE)
        assert [line.text for line in floor.bar.tickets[0].lines][:2] == ["POSSIBLE DUPLICATE", INSTEAD]


async def test_when_the_backup_cannot_print_either_the_ticket_waits(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop, with_backup(shop) as floor:
        floor.kitchen.raises.append(no_paper())
        floor.bar.raises.append(Refused("odd", "Odd."))
        await shop.receive(devices=[KITCHEN])
        floor.handoffs.nudge()
        await eventually(lambda: not floor.bar.raises and not floor.handoffs._working)
        assert await floor.states() == {"kitchen": HandoffState.DUE}
        floor.later(10)
        await floor.until(kitchen=HandoffState.DONE)
        assert floor.kitchen.banners() == [REF]


async def test_a_backup_that_may_have_printed_leaves_the_ticket_in_doubt(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop, with_backup(shop) as floor:
        floor.kitchen.raises.append(no_paper())
        floor.bar.raises.append(away(maybe_applied=True))
        await shop.receive(devices=[KITCHEN])
        floor.handoffs.nudge()
        await floor.until(kitchen=HandoffState.UNCERTAIN)
        floor.later(10)
        await floor.until(kitchen=HandoffState.DONE)
        assert floor.kitchen.banners() == ["POSSIBLE DUPLICATE"]


async def test_killed_while_the_backup_prints_the_ticket_is_in_doubt_and_not_lost(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        async with with_backup(shop) as floor:
            floor.kitchen.raises.append(no_paper())
            floor.bar.gate = asyncio.Event()
            await shop.receive(devices=[KITCHEN])
            floor.handoffs.nudge()
            await floor.until(kitchen=HandoffState.STARTED)
            await eventually(lambda: not floor.kitchen.raises)
        async with with_backup(shop) as floor:
            await floor.until(kitchen=HandoffState.DONE)
            assert floor.kitchen.banners() == ["POSSIBLE DUPLICATE"]


async def test_without_a_backup_nothing_changes(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop, with_backup(shop) as floor:
        floor.rack.backup_of.clear()
        floor.kitchen.raises.append(no_paper())
        await shop.receive(devices=[KITCHEN])
        floor.handoffs.nudge()
        await eventually(lambda: not floor.kitchen.raises and not floor.handoffs._working)
        assert await floor.states() == {"kitchen": HandoffState.DUE}
