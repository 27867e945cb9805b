"""What the POS says of an order counts like what staff say: forward, legally, and every step reaches the cloud."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from agent.core.order import HandoffTarget
from agent.core.order_status import OrderStatus
from agent.core.pos import OrderMove, PosStatus
from agent.flows.pos.moves import NO_WORD, PosMoves
from tests.flows.test_tickets import counter
from tests.support.shop import ORDER, Shop, open_shop

S = OrderStatus
TO_POS = [(HandoffTarget.POS, "pos")]


def moves(shop: Shop) -> PosMoves:
    return PosMoves(shop.orders, counter(shop), clock=shop.clock)


async def told(shop: Shop) -> list[tuple[object, object]]:
    return [(entry.payload["status"], entry.payload.get("reason")) for entry in await shop.entries()]


async def test_skipped_steps_are_told_and_an_old_word_changes_nothing(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.receive(devices=TO_POS)
        for status in (S.PAID, S.READY, S.ACCEPTED, S.READY, S.COMPLETED, S.CANCELLED):
            await moves(shop).apply("pos", OrderMove(order_id=ORDER, status=PosStatus(status=status)))
        assert [status for status, _ in await told(shop)] == ["ACCEPTED", "IN_PROGRESS", "READY", "COMPLETED"]


@pytest.mark.parametrize(
    ("before", "said", "told_as"), [(S.PAID, S.REJECTED, "REJECTED"), (S.IN_PROGRESS, S.REJECTED, "CANCELLED")]
)
async def test_an_order_that_is_being_made_can_only_be_cancelled(
    tmp_path: Path, before: OrderStatus, said: OrderStatus, told_as: str
) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.receive(devices=TO_POS)
        await counter(shop).move(ORDER, before)
        await moves(shop).apply("pos", OrderMove(order_id=ORDER, status=PosStatus(status=said, reason="no more rice")))
        assert (await told(shop))[-1] == (told_as, "OTHER: no more rice")


async def test_an_end_without_a_word_has_one_of_ours(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.receive(devices=TO_POS)
        await moves(shop).apply("pos", OrderMove(order_id=ORDER, status=PosStatus(status=S.CANCELLED)))
        assert (await told(shop))[-1] == ("CANCELLED", NO_WORD)


async def test_an_order_is_known_by_the_pos_s_id_too_and_nobody_else_s_order_moves(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.receive(devices=TO_POS)
        await shop.orders.set_pos_order_id(ORDER, "A-7")
        ready = PosStatus(status=S.READY)
        for device, ids in (("other", {"order_id": ORDER}), ("pos", {"pos_order_id": "A-8"}), ("pos", {})):
            assert await moves(shop).apply(device, OrderMove(status=ready, **ids)) is None
        moved = await moves(shop).apply("pos", OrderMove(status=ready, order_id="theirs", pos_order_id="A-7"))
        assert moved is not None
        assert moved.status is S.READY


@pytest.mark.parametrize(("minutes", "believed"), [(-1, False), (1, True), (11, False)])
async def test_the_pos_s_time_is_told_where_it_can_be_true(tmp_path: Path, minutes: int, believed: bool) -> None:
    async with open_shop(tmp_path) as shop:
        order = await shop.receive(devices=TO_POS)
        shop.clock.move(600)
        said = order.received_at + timedelta(minutes=minutes)
        moved = await moves(shop).walk("pos", order, PosStatus(status=S.ACCEPTED, at=said))
        assert moved.status_at == (said if believed else shop.clock.now())


async def test_staff_who_were_faster_win(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        as_read = await shop.receive(devices=TO_POS)
        await counter(shop).move(ORDER, S.COMPLETED)
        assert (await moves(shop).walk("pos", as_read, PosStatus(status=S.READY))).status is S.PAID
        assert (await told(shop))[-1][0] == "COMPLETED"
