"""What staff say of an order is durable together with what the cloud is told of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from agent.core.errors import Conflict, InvalidInput, NotSaved, Refused
from agent.core.order import HandoffTarget
from agent.core.order_status import OrderStatus
from agent.core.ref_code import ref_code_for_status
from agent.flows.orders.deadlines import LATE, DeadlineRules, Deadlines
from agent.flows.orders.tickets import Tickets, checked_reason
from tests.support.shop import ORDER, Shop, open_shop

S = OrderStatus


def counter(shop: Shop, printers: tuple[str, ...] = ("kitchen", "bar"), woken: list[str] | None = None) -> Tickets:
    return Tickets(
        shop.orders,
        shop.audit,
        shop.recorder,
        shop.bus,
        printers=lambda: list(printers),
        print_soon=lambda: (woken if woken is not None else []).append("print"),
        clock=shop.clock,
        ids=shop.ids,
    )


async def test_every_step_on_the_way_is_told_in_order_under_keys_that_never_change(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.receive()
        await shop.orders.set_pos_order_id(ORDER, "A-7")
        moved = await counter(shop).move(ORDER, S.READY)
        assert (moved.status, moved.unacknowledged) == (S.READY, False)
        entries = await shop.entries()
        assert [entry.payload["status"] for entry in entries] == ["ACCEPTED", "IN_PROGRESS", "READY"]
        assert [entry.ref_code for entry in entries] == [
            ref_code_for_status(ORDER, step) for step in (S.ACCEPTED, S.IN_PROGRESS, S.READY)
        ]
        assert {entry.lane for entry in entries} == {f"order:{ORDER}"}
        assert {entry.payload["posOrderId"] for entry in entries} == {"A-7"}
        assert entries[0].payload["timestamp"] == "2026-11-22T04:00:00Z"
        assert len(shop.nudges) == 3


async def test_pressing_twice_tells_the_cloud_once(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.receive()
        tickets = counter(shop)
        await tickets.move(ORDER, S.ACCEPTED)
        again = await tickets.move(ORDER, S.ACCEPTED)
        assert again.status is S.ACCEPTED
        assert len(await shop.entries()) == 1


async def test_a_step_back_is_illegal_and_leaves_everything_as_it_was(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.receive()
        tickets = counter(shop)
        await tickets.move(ORDER, S.READY)
        with pytest.raises(Conflict) as refused:
            await tickets.move(ORDER, S.ACCEPTED)
        assert (refused.value.reason, refused.value.status) == ("illegal_status", 409)
        assert (await tickets.get(ORDER)).status is S.READY
        assert len(await shop.entries()) == 3


async def test_a_refusal_needs_a_reason_and_the_reason_travels(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.receive()
        tickets = counter(shop)
        with pytest.raises(InvalidInput, match="reason_missing"):
            await tickets.move(ORDER, S.REJECTED, "  ")
        await tickets.move(ORDER, S.REJECTED, "item_unavailable: no laksa", "mei")
        (entry,) = await shop.entries()
        assert entry.payload["reason"] == "ITEM_UNAVAILABLE: no laksa"
        (line,) = await shop.audit.latest()
        assert (line.who, line.what, line.subject) == ("mei", "order rejected", ORDER)
        assert await tickets.open() == []
        assert [order.id for order in await tickets.all()] == [ORDER]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("TOO_BUSY", "TOO_BUSY"),
        ("too_busy", "TOO_BUSY"),
        ("OTHER power cut", "OTHER: power cut"),
        ("Sold\nout", "OTHER: Sold out"),
    ],
)
def test_reasons_are_coded_and_free_text_is_other(said: str, told: str) -> None:
    assert checked_reason(said) == told


def test_a_long_reason_is_cut() -> None:
    assert len(checked_reason("x" * 900)) == 200


async def test_minutes_to_prepare_become_the_promised_time(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.receive()
        moved = await counter(shop).move(ORDER, S.ACCEPTED, prep_minutes=20)
        assert moved.paid.promised_at == shop.clock.now() + timedelta(minutes=20)


async def test_an_order_nobody_knows_is_said_so(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        with pytest.raises(Refused) as refused:
            await counter(shop).move("no-such-order", S.ACCEPTED)
        assert (refused.value.reason, refused.value.status) == ("order_unknown", 404)


async def test_what_cannot_be_saved_moves_nothing(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.receive()
        await shop.database.close()
        with pytest.raises(NotSaved):
            await counter(shop).move(ORDER, S.ACCEPTED)
    async with open_shop(tmp_path) as shop:
        assert (await counter(shop).get(ORDER)).status is S.PAID
        assert await shop.entries() == []


async def test_a_copy_goes_to_every_printer_under_the_next_number(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.receive(devices=[(HandoffTarget.PRINTER, "kitchen"), (HandoffTarget.PRINTER, "bar")])
        woken: list[str] = []
        tickets = counter(shop, woken=woken)
        assert await tickets.print_copy(ORDER) == 2
        assert await tickets.print_copy(ORDER) == 3
        assert woken == ["print", "print"]
        with pytest.raises(Refused, match="no_printer"):
            await counter(shop, printers=()).print_copy(ORDER)


async def test_an_order_nobody_answers_is_marked_once_at_its_deadline(tmp_path: Path) -> None:
    """I7."""
    async with open_shop(tmp_path) as shop:
        await shop.receive()
        rules = DeadlineRules(accept_within=timedelta(minutes=5))
        deadlines = Deadlines(shop.orders, counter(shop), shop.bus, clock=shop.clock, rules=rules)
        shop.clock.move(299)
        await deadlines.sweep()
        assert (await counter(shop).get(ORDER)).problems == ()
        shop.clock.move(1)
        await deadlines.sweep()
        await deadlines.sweep()
        assert (await counter(shop).get(ORDER)).problems == (LATE,)
        assert await shop.entries() == []


async def test_the_outlet_may_choose_to_reject_what_nobody_answers(tmp_path: Path) -> None:
    """I7."""
    async with open_shop(tmp_path) as shop:
        for order_id in ("answered", "ignored"):
            await shop.receive(order_id)
        tickets = counter(shop)
        await tickets.move("answered", S.ACCEPTED)
        rules = DeadlineRules(accept_within=timedelta(minutes=5), auto_reject=True)
        shop.clock.move(300)
        await Deadlines(shop.orders, tickets, shop.bus, clock=shop.clock, rules=rules).sweep()
        assert [(await tickets.get(name)).status for name in ("answered", "ignored")] == [S.ACCEPTED, S.REJECTED]
        assert (await shop.entries())[-1].payload["reason"] == f"TOO_BUSY: {LATE}"


async def test_an_order_is_accepted_by_itself_when_nobody_says_no_in_time(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        for order_id in ("refused", "ignored"):
            await shop.receive(order_id)
        tickets = counter(shop)
        await tickets.move("refused", S.REJECTED, "sold_out")
        rules = DeadlineRules(accept_within=timedelta(seconds=30), auto_accept=True)
        shop.clock.move(30)
        await Deadlines(shop.orders, tickets, shop.bus, clock=shop.clock, rules=rules).sweep()
        assert [(await tickets.get(name)).status for name in ("refused", "ignored")] == [S.REJECTED, S.ACCEPTED]
        assert (await tickets.get("ignored")).problems == ()


async def test_staff_who_answer_in_the_last_moment_win(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.receive()
        staff = counter(shop)

        class Late(Tickets):
            async def move(self, order_id: str, *args: object, **more: object) -> object:  # type: ignore[override]
                await staff.move(order_id, S.READY)
                return await super().move(order_id, *args, **more)  # type: ignore[arg-type]

        late = Late(
            shop.orders,
            shop.audit,
            shop.recorder,
            shop.bus,
            printers=list,
            print_soon=list,  # type: ignore[arg-type]
            clock=shop.clock,
            ids=shop.ids,
        )
        shop.clock.move(300)
        rules = DeadlineRules(accept_within=timedelta(minutes=5), auto_reject=True)
        await Deadlines(shop.orders, late, shop.bus, clock=shop.clock, rules=rules).sweep()
        assert (await staff.get(ORDER)).status is S.READY
