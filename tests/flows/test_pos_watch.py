"""A POS that can be asked is asked: its orders walk on, its sales come once, and its trouble is said and stops nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.core.backoff import Backoff
from agent.core.device import DeviceState
from agent.core.errors import NeedsPerson, NotSaved, Refused, Unreachable
from agent.core.money import Money
from agent.core.order import HandoffTarget
from agent.core.order_status import OrderStatus
from agent.core.pos import PosStatus
from agent.core.sale import SaleSeen
from agent.flows.pos.moves import PosMoves
from agent.flows.pos.watch import OVERLAP, WATCHED_FOR, PosWatch
from tests.flows.test_tickets import counter
from tests.support.asked_pos import POS, AskedPos, Shelf
from tests.support.clock import START
from tests.support.shop import ORDER, BookPos, Shop, eventually, open_shop, running

LOOK_BACK = timedelta(minutes=60)
OTHER = "0b0c7c57-9d5e-4a53-8d7c-2a4e5cf2a002"


@dataclass
class Post:
    """A watch over one POS."""

    shop: Shop
    pos: AskedPos
    shelf: Shelf
    watch: PosWatch

    def again(self) -> Post:
        """The same after a restart."""
        return posted(self.shop, self.pos)


def posted(shop: Shop, pos: AskedPos) -> Post:
    shelf = Shelf(pos, shop.clock)
    moves = PosMoves(shop.orders, counter(shop), clock=shop.clock)
    watch = PosWatch(
        shelf,
        shop.orders,
        shop.facts,
        moves,
        clock=shop.clock,
        ids=shop.ids,
        backoff=Backoff(1.0, 60.0),
        look_back=LOOK_BACK,
    )
    return Post(shop, pos, shelf, watch)


@asynccontextmanager
async def post(folder: Path) -> AsyncIterator[Post]:
    async with open_shop(folder) as shop:
        yield posted(shop, AskedPos())


@asynccontextmanager
async def at_work(at: Post) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(at.shelf.run))
        await stack.enter_async_context(running(at.watch.run))
        yield


async def in_pos(shop: Shop, order_id: str = ORDER, *, arrived: bool = True) -> None:
    await shop.receive(order_id, devices=[(HandoffTarget.POS, POS)])
    (handoff,) = [one for one in await shop.orders.due_handoffs() if one.order_id == order_id]
    await shop.orders.start_handoff(handoff.id)
    if arrived:
        await shop.orders.set_pos_order_id(order_id, f"A-{order_id}")
        await shop.orders.finish_handoff(handoff.id)


def sale(receipt: str = "R-1", ago_s: float = 60, **more: object) -> SaleSeen:
    when = START - timedelta(seconds=ago_s)
    return SaleSeen(receipt=receipt, amount=Money(1250, "SGD"), occurred_at=when, **more)  # type: ignore[arg-type]


async def test_an_order_in_the_pos_walks_to_where_the_pos_has_it(tmp_path: Path) -> None:
    async with post(tmp_path) as at:
        await in_pos(at.shop)
        at.pos.statuses[ORDER] = PosStatus(status=OrderStatus.READY)
        async with at_work(at):
            await eventually(lambda: len(at.shop.nudges) == 3)
        assert at.pos.asked == [f"{ORDER} A-{ORDER}"]
        assert [entry.payload["status"] for entry in await at.shop.entries()] == ["ACCEPTED", "IN_PROGRESS", "READY"]


async def test_only_open_orders_that_arrived_lately_are_asked_for(tmp_path: Path) -> None:
    async with post(tmp_path) as at:
        await in_pos(at.shop)
        await in_pos(at.shop, OTHER, arrived=False)
        await at.watch.ask_orders(POS, at.pos)
        assert len(at.pos.asked) == 1
        at.shop.clock.move(WATCHED_FOR.total_seconds() + 1)
        await at.watch.ask_orders(POS, at.pos)
        assert len(at.pos.asked) == 1


async def test_an_order_the_pos_says_nothing_of_holds_up_no_other(tmp_path: Path) -> None:
    async with post(tmp_path) as at:
        for order_id in (ORDER, OTHER):
            await in_pos(at.shop, order_id)
        at.pos.statuses = {ORDER: Refused("pos_refused", "No."), OTHER: PosStatus(status=OrderStatus.ACCEPTED)}
        await at.watch.ask_orders(POS, at.pos)
        assert {order.id: order.status for order in await at.shop.orders.open()} == {
            ORDER: OrderStatus.PAID,
            OTHER: OrderStatus.ACCEPTED,
        }


async def test_sales_come_once_and_the_window_follows_them(tmp_path: Path) -> None:
    async with post(tmp_path) as at:
        at.pos.sales = [sale("R-1", ago_s=600), sale("R-2", ago_s=60)]
        for _ in range(2):
            await at.watch.ask_sales(POS, at.pos)
        at.pos.sales[0] = replace(at.pos.sales[0], void=True)
        await at.watch.ask_sales(POS, at.pos)
        assert [(one.receipt, one.void) for one in at.shelf.sold] == [("R-1", False), ("R-2", False), ("R-1", True)]
        latest = START - timedelta(seconds=60)
        assert at.pos.windows == [START - LOOK_BACK - OVERLAP, latest - OVERLAP, latest - OVERLAP]


async def test_after_a_restart_the_window_is_where_it_was(tmp_path: Path) -> None:
    async with post(tmp_path) as at:
        await at.watch.ask_sales(POS, at.pos)
        at.shop.clock.move(86_400)
        await at.again().watch.ask_sales(POS, at.pos)
        assert at.pos.windows == [START - LOOK_BACK - OVERLAP] * 2


async def test_a_pos_whose_clock_is_ahead_hides_no_sale(tmp_path: Path) -> None:
    async with post(tmp_path) as at:
        at.pos.sales = [sale("R-1", ago_s=-86_400), replace(sale("R-2"), occurred_at=None)]
        for _ in range(2):
            await at.watch.ask_sales(POS, at.pos)
        assert at.pos.windows[-1] == START - OVERLAP


async def test_a_sale_that_is_refused_for_good_is_left_behind_and_one_that_cannot_be_saved_is_not(tmp_path: Path) -> None:
    async with post(tmp_path) as at:
        at.pos.sales = [sale("R-1"), sale("R-2")]
        at.shelf.sale_errors = [Refused("sale_unknown", "Never seen.")]
        await at.watch.ask_sales(POS, at.pos)
        await at.watch.ask_sales(POS, at.pos)
        assert [one.receipt for one in at.shelf.sold] == ["R-2"]
        assert at.shelf.refusals.totals() == {"sale": {"sale_unknown": 1}}
        at.pos.sales.append(sale("R-3", ago_s=1))
        at.shelf.sale_errors = [NotSaved("disk_full", "The disk is full.")]
        with pytest.raises(NotSaved):
            await at.watch.ask_sales(POS, at.pos)
        await at.watch.ask_sales(POS, at.pos)
        assert [one.receipt for one in at.shelf.sold] == ["R-2", "R-3"]


TROUBLES = [
    (Unreachable("offline", "No connection.", maybe_applied=False), DeviceState.MISSING, "No connection."),
    (NeedsPerson("pos_credentials", "Not let in."), DeviceState.ATTENTION, "Not let in."),
    (RuntimeError("a slip"), DeviceState.ATTENTION, "The driver of this device has failed. It is asked again."),
]


@pytest.mark.parametrize(("error", "state", "sentence"), TROUBLES)
async def test_trouble_is_said_in_the_device_s_state_until_it_is_over(
    tmp_path: Path, error: Exception, state: DeviceState, sentence: str
) -> None:
    async with post(tmp_path) as at:
        at.pos.raises = [error]
        async with at_work(at):
            await eventually(lambda: at.shelf.said == (state, sentence))
            at.shop.clock.move(at.pos.poll_s)
            await eventually(lambda: at.shelf.said == (DeviceState.READY, "Ready."))


async def test_a_pause_that_the_pos_asks_for_is_kept(tmp_path: Path) -> None:
    async with post(tmp_path) as at:
        busy = Unreachable("pos_busy", "A pause.", maybe_applied=False, retry_after_s=100, line_down=False)
        at.pos.raises = [busy]
        async with at_work(at):
            await eventually(lambda: at.shelf.said == (DeviceState.ATTENTION, "A pause."))
            at.shop.clock.move(99)
            await asyncio.sleep(0.01)
            assert at.pos.windows == []
            at.shop.clock.move(2)
            await eventually(lambda: len(at.pos.windows) == 1)


async def test_a_pos_that_hangs_is_left_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.flows.pos.watch.ROUND_DEADLINE_S", 0.01)
    async with post(tmp_path) as at:
        at.pos.gate = asyncio.Event()
        async with at_work(at):
            await eventually(lambda: at.shelf.said == (DeviceState.MISSING, f"{POS} does not answer."))


async def test_a_pos_that_is_not_set_up_to_be_asked_is_not_asked_again(tmp_path: Path) -> None:
    async with post(tmp_path) as at:
        await in_pos(at.shop)
        at.pos.statuses[ORDER] = Refused("no_status", "Not set.")
        at.pos.sales_refusal = Refused("no_sales", "Not set.")
        async with asyncio.timeout(5):
            await at.watch.run()
        assert at.shelf.said[0] is DeviceState.STARTING


async def test_a_pos_that_cannot_be_asked_is_left_alone(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        shelf = Shelf(BookPos(), shop.clock)
        moves = PosMoves(shop.orders, counter(shop), clock=shop.clock)
        backoff = Backoff(1.0, 60.0)
        await PosWatch(
            shelf, shop.orders, shop.facts, moves, clock=shop.clock, ids=shop.ids, backoff=backoff, look_back=LOOK_BACK
        ).run()
