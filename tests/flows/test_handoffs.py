"""Every ticket reaches every device once, one device never waits for another, and doubt is printed on paper."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agent.core.backoff import Backoff
from agent.core.errors import CataBridgeError, NeedsPerson, NotSaved, Refused, Unreachable
from agent.core.events import OrderChanged
from agent.core.order import HandoffState, HandoffTarget
from agent.core.order_status import OrderStatus
from agent.flows.orders import delivery
from agent.flows.orders.handoffs import Handoffs, targets
from tests.support.shop import ORDER, BookPos, PaperPrinter, Rack, Shop, eventually, open_shop, running

KITCHEN = (HandoffTarget.PRINTER, "kitchen")
BAR = (HandoffTarget.PRINTER, "bar")
POS = (HandoffTarget.POS, "till-pos")
REF = "KK-20431"


class Floor:
    """A printer, another one, a POS, and the worker that serves them."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.kitchen, self.bar, self.pos = PaperPrinter(), PaperPrinter(), BookPos()
        self.rack = Rack({"kitchen": self.kitchen, "bar": self.bar, "till-pos": self.pos})
        self.handoffs = Handoffs(
            shop.orders,
            self.rack,
            shop.bus,
            clock=shop.clock,
            ids=shop.ids,
            zone=ZoneInfo("Asia/Singapore"),
            backoff=Backoff(base_s=2.0, cap_s=60.0),
        )

    def later(self, seconds: float) -> None:
        """Let time pass and have the worker look at it."""
        self.shop.clock.move(seconds)
        self.handoffs.nudge()

    async def states(self, order_id: str = ORDER) -> dict[str, HandoffState]:
        return {one.device: one.state for one in await self.shop.orders.handoffs(order_id)}

    async def until(self, **wanted: HandoffState) -> None:
        """Wait until the named devices are in these states."""
        async with asyncio.timeout(5):
            while True:
                states = await self.states()
                if {name: states[name.replace("_", "-")] for name in wanted} == wanted:
                    return
                await asyncio.sleep(0.002)


@asynccontextmanager
async def at_work(shop: Shop) -> AsyncIterator[Floor]:
    floor = Floor(shop)
    async with running(floor.handoffs.run):
        yield floor


async def test_an_order_is_printed_and_booked_once_and_the_screens_hear_of_it(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop, at_work(shop) as floor:
        await shop.receive(devices=[KITCHEN, BAR, POS])
        floor.handoffs.nudge()
        await floor.until(kitchen=HandoffState.DONE, bar=HandoffState.DONE, till_pos=HandoffState.DONE)
        assert floor.kitchen.banners() == floor.bar.banners() == [REF]
        order = await shop.orders.get(ORDER)
        assert order is not None
        assert (order.printed, order.pos_order_id, order.problems) == (2, "A-1", ())
        assert floor.pos.asked == []
        await eventually(lambda: not floor.handoffs._working)
        assert any(isinstance(event, OrderChanged) and event.order.pos_order_id for event in await shop.published())


async def test_a_hanging_printer_holds_up_nobody_else(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop, at_work(shop) as floor:
        floor.kitchen.gate = asyncio.Event()
        for order_id in ("one", "two"):
            await shop.receive(order_id, devices=[KITCHEN, BAR, POS])
            floor.handoffs.nudge()
        await eventually(lambda: len(floor.bar.tickets) == 2 and len(floor.pos.booked) == 2)
        assert floor.kitchen.tickets == []
        floor.kitchen.gate.set()
        await eventually(lambda: [ticket.order_id for ticket in floor.kitchen.tickets] == ["one", "two"])


async def test_a_printer_that_is_away_gets_its_tickets_when_it_is_back(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop, at_work(shop) as floor:
        away = [Unreachable("printer_off", "The printer does not answer.", maybe_applied=False) for _ in range(3)]
        floor.kitchen.raises.extend(away)
        await shop.receive(devices=[KITCHEN])
        floor.handoffs.nudge()
        for wait_s in (1.0, 2.0, 4.0):
            left = len(floor.kitchen.raises)
            await eventually(lambda left=left: len(floor.kitchen.raises) < left and not floor.handoffs._working)  # type: ignore[misc]
            assert await floor.states() == {"kitchen": HandoffState.DUE}
            floor.later(wait_s)
        await floor.until(kitchen=HandoffState.DONE)
        assert floor.kitchen.banners() == [REF]
        order = await shop.orders.get(ORDER)
        assert order is not None
        assert order.problems == ("kitchen: The printer does not answer.",)


async def test_a_printer_without_paper_says_so_on_the_order_and_goes_on_by_itself(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop, at_work(shop) as floor:
        floor.kitchen.raises.extend(NeedsPerson("no_paper", "The printer has no paper.") for _ in range(2))
        await shop.receive(devices=[KITCHEN])
        floor.handoffs.nudge()
        for left in (1, 0):
            await eventually(lambda left=left: len(floor.kitchen.raises) == left and not floor.handoffs._working)  # type: ignore[misc]
            floor.later(10)
        await floor.until(kitchen=HandoffState.DONE)
        order = await shop.orders.get(ORDER)
        assert order is not None
        assert order.problems == ("kitchen: The printer has no paper.",)


async def test_paper_that_may_have_come_out_is_followed_by_a_banner(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop, at_work(shop) as floor:
        floor.kitchen.raises.append(Unreachable("cut_off", "The printer went away.", maybe_applied=True))
        floor.kitchen.raises.append(Unreachable("printer_off", "The printer does not answer.", maybe_applied=False))
        await shop.receive(devices=[KITCHEN])
        floor.handoffs.nudge()
        for left in (1, 0):
            await eventually(lambda left=left: len(floor.kitchen.raises) == left and not floor.handoffs._working)  # type: ignore[misc]
            assert await floor.states() == {"kitchen": HandoffState.UNCERTAIN}
            floor.later(60)
        await floor.until(kitchen=HandoffState.DONE)
        assert floor.kitchen.banners() == ["POSSIBLE DUPLICATE"]


async def test_a_pos_whose_answer_was_lost_is_asked_and_not_told_twice(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop, at_work(shop) as floor:
        floor.pos.loses_answers = 1
        await shop.receive(devices=[POS])
        floor.handoffs.nudge()
        await floor.until(till_pos=HandoffState.UNCERTAIN)
        await eventually(lambda: not floor.handoffs._working)
        floor.later(60)
        await floor.until(till_pos=HandoffState.DONE)
        assert floor.pos.booked == {ORDER: "A-1"}
        assert floor.pos.asked == [ORDER]
        order = await shop.orders.get(ORDER)
        assert order is not None
        assert order.pos_order_id == "A-1"


async def test_half_done_at_a_crash_asks_the_pos_and_reprints_with_a_banner(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.receive(devices=[KITCHEN, POS])
        for handoff in await shop.orders.due_handoffs():
            await shop.orders.start_handoff(handoff.id)
    async with open_shop(tmp_path) as shop, at_work(shop) as floor:
        await floor.until(kitchen=HandoffState.DONE, till_pos=HandoffState.DONE)
        assert floor.kitchen.banners() == ["POSSIBLE DUPLICATE"]
        assert floor.pos.asked == [ORDER]
        assert floor.pos.booked == {ORDER: "A-1"}


async def test_what_was_due_at_a_crash_is_done_without_a_banner(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.receive(devices=[KITCHEN])
    async with open_shop(tmp_path) as shop, at_work(shop) as floor:
        await floor.until(kitchen=HandoffState.DONE)
        assert floor.kitchen.banners() == [REF]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (Refused("item_unknown", "The POS does not know an item."), "The POS does not know an item."),
        (ZeroDivisionError(), "The driver of this device has failed."),
    ],
)
async def test_a_pos_that_says_no_leaves_a_sentence_on_the_order_and_takes_the_next(
    tmp_path: Path, error: BaseException, sentence: str
) -> None:
    async with open_shop(tmp_path) as shop, at_work(shop) as floor:
        floor.pos.raises.append(error)
        await shop.receive(devices=[POS])
        await shop.receive("next", devices=[POS])
        floor.handoffs.nudge()
        await floor.until(till_pos=HandoffState.FAILED)
        await eventually(lambda: "next" in floor.pos.booked)
        order = await shop.orders.get(ORDER)
        assert order is not None
        assert order.problems == (f"till-pos: {sentence}",)


async def test_a_pos_that_takes_no_orders_is_no_problem_of_the_order(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop, at_work(shop) as floor:
        floor.pos.raises.append(Refused("no_orders", "No order address is set for this POS."))
        await shop.receive(devices=[POS])
        floor.handoffs.nudge()
        await floor.until(till_pos=HandoffState.FAILED)
        order = await shop.orders.get(ORDER)
        assert order is not None
        assert order.problems == ()


async def test_a_device_that_never_answers_is_given_a_deadline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "DEVICE_DEADLINE_S", 0.01)
    async with open_shop(tmp_path) as shop, at_work(shop) as floor:
        floor.kitchen.gate = asyncio.Event()
        await shop.receive(devices=[KITCHEN])
        floor.handoffs.nudge()
        await floor.until(kitchen=HandoffState.UNCERTAIN)


async def test_a_device_taken_out_of_the_settings_is_said_so(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop, at_work(shop) as floor:
        await shop.receive(devices=[(HandoffTarget.PRINTER, "sold")])
        floor.handoffs.nudge()
        await floor.until(sold=HandoffState.FAILED)
        order = await shop.orders.get(ORDER)
        assert order is not None
        assert order.problems == ("sold: This device is no longer set up.",)


async def test_an_order_called_off_in_time_is_neither_printed_nor_booked(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.receive(devices=[KITCHEN, POS])
        await shop.orders.move(ORDER, OrderStatus.CANCELLED, drafts=[], at=shop.clock.now())
        await shop.orders.add_print(ORDER, "bar")
        await shop.orders.add_print(ORDER, "bar")
        async with at_work(shop) as floor:
            await floor.until(kitchen=HandoffState.FAILED, till_pos=HandoffState.FAILED, bar=HandoffState.DONE)
            assert (floor.kitchen.tickets, floor.pos.booked) == ([], {})
            assert floor.bar.banners() == ["COPY 2"]
            order = await shop.orders.get(ORDER)
            assert order is not None
            assert order.problems == ()


async def test_a_full_disk_delays_the_note_and_forgets_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.receive(devices=[KITCHEN])
        finish, full = shop.orders.finish_handoff, [True]

        async def finish_handoff(handoff_id: int) -> object:
            if full.pop() if full else False:
                raise NotSaved("disk_full", "The disk is full.")
            return await finish(handoff_id)

        monkeypatch.setattr(shop.orders, "finish_handoff", finish_handoff)
        async with at_work(shop) as floor:
            await eventually(lambda: not full)
            await asyncio.sleep(0)
            await _moving(shop, floor, kitchen=HandoffState.DONE)
            assert floor.kitchen.banners() == [REF]


async def test_a_fault_inside_stops_one_device_for_a_while_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.receive(devices=[KITCHEN])
        start, faults = shop.orders.start_handoff, [CataBridgeError("odd", "Odd.")]

        async def start_handoff(handoff_id: int) -> object:
            if faults:
                raise faults.pop()
            return await start(handoff_id)

        monkeypatch.setattr(shop.orders, "start_handoff", start_handoff)
        async with at_work(shop) as floor:
            await eventually(lambda: not faults)
            await _moving(shop, floor, kitchen=HandoffState.DONE)


async def test_a_ticket_that_moved_on_meanwhile_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.receive(devices=[KITCHEN])
        stale = await shop.orders.due_handoffs()
        (handoff,) = stale
        await shop.orders.start_handoff(handoff.id)
        await shop.orders.finish_handoff(handoff.id)
        looks = 0

        async def due_handoffs() -> object:
            nonlocal looks
            looks += 1
            return stale if looks == 1 else []

        monkeypatch.setattr(shop.orders, "due_handoffs", due_handoffs)
        async with at_work(shop) as floor:
            await eventually(lambda: looks > 1)
            assert floor.kitchen.tickets == []


async def _moving(shop: Shop, floor: Floor, **wanted: HandoffState) -> None:
    """Let time pass until the devices are in these states."""
    async with asyncio.timeout(5):
        while await floor.states() != wanted:
            floor.later(5)
            await asyncio.sleep(0.002)


def test_settings_may_name_the_devices_that_get_orders() -> None:
    rack = Rack({"kitchen": PaperPrinter(), "bar": PaperPrinter(), "till-pos": BookPos()})
    assert targets(rack, None, None) == [KITCHEN, BAR, POS]
    assert targets(rack, ["bar"], []) == [BAR]
