"""Sales of the POS: they earn once, for one member, and a sale taken back takes its points with it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from agent.core.entry import EntryKind, EntryState, Outcome
from agent.core.errors import Conflict, InvalidInput, NotSaved, Refused
from agent.core.member import MemberRef
from agent.core.money import Money, Points
from agent.core.sale import SaleSeen, SaleState
from agent.flows.loyalty.intents import EarnRequest
from tests.support.desk import Desk, open_desk
from tests.support.ledger_cloud import MEI, MEI_CODE, RAJ_CODE, lost_answer

WHO = MemberRef(uuid=MEI)


def sale(receipt: str = "R-1", minor: int = 1_250, **more: object) -> SaleSeen:
    return SaleSeen(receipt=receipt, amount=Money(minor, "SGD"), **more)  # type: ignore[arg-type]


async def drained(desk: Desk) -> None:
    await desk.until_ended(*await desk.shop.entries())
    await desk.rest()


async def test_a_sale_with_a_member_earns_at_once_and_once(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        for _ in range(2):
            assert (await desk.sales.record(sale(member=WHO))).state is SaleState.CLAIMED
        await drained(desk)
        assert desk.cloud.points[MEI] == 287
        assert await desk.sales.claimable() == []


async def test_a_card_in_place_of_a_receipt_is_never_kept(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        with pytest.raises(InvalidInput, match="card_number"):
            await desk.sales.record(sale("4539 1488 0343 6467", member=WHO))
        assert (await desk.sales.claimable(), await desk.shop.entries()) == ([], [])


async def test_a_sale_without_a_member_can_be_claimed_by_one_alone(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await desk.sales.record(sale())
        assert [one.receipt for one in await desk.sales.claimable()] == ["R-1"]
        first = await desk.sales.claim("R-1", WHO)
        again = await desk.sales.claim("R-1", MemberRef(identifier=MEI_CODE))
        assert (again.is_new, again.entry.id) == (False, first.entry.id)
        with pytest.raises(Conflict):
            await desk.sales.claim("R-1", MemberRef(identifier=RAJ_CODE))
        await drained(desk)
        assert desk.cloud.points == {MEI: 287, "u-raj": 40}


async def test_a_claim_under_a_code_is_the_earn_that_was_saved_under_it_without_a_line(tmp_path: Path) -> None:
    async with open_desk(tmp_path, start=False) as desk:
        desk.line.failed("no_route")
        member = MemberRef(identifier=MEI_CODE)
        request = EarnRequest(member=member, points=Points(12), receipt="R-1")
        earned = (await desk.loyalty.earn(request)).entry
        desk.line.succeeded(latency_s=0.01)
        await desk.loyalty.lookup(MEI_CODE)
        await desk.sales.record(sale())
        claimed = await desk.sales.claim("R-1", WHO)
        assert (claimed.is_new, claimed.entry.id) == (False, earned.id)


async def test_what_cannot_be_claimed_says_why(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        with pytest.raises(Refused, match="sale_unknown"):
            await desk.sales.claim("R-0", WHO)
        await desk.sales.record(sale("R-1"))
        await desk.sales.record(sale("R-1", void=True))
        with pytest.raises(Conflict, match="sale_voided"):
            await desk.sales.claim("R-1", WHO)
        await desk.sales.record(sale("R-2"))
        desk.clock.move(timedelta(minutes=61).total_seconds())
        with pytest.raises(Conflict, match="claim_too_late"):
            await desk.sales.claim("R-2", WHO)
        await desk.sales.expire()
        await desk.sales.expire()
        with pytest.raises(Conflict, match="claim_too_late"):
            await desk.sales.claim("R-2", WHO)


async def test_a_sale_whose_time_comes_from_the_pos_keeps_its_own_day(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        made = await desk.sales.record(sale(occurred_at=desk.clock.now() - timedelta(days=1)))
        assert made.business_day == "2026-11-21"
        gone = await desk.sales.record(sale(void=True, occurred_at=made.occurred_at))
        assert gone.state is SaleState.VOIDED


async def test_taking_back_what_was_never_sold_is_refused(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        with pytest.raises(Refused, match="sale_unknown"):
            await desk.sales.record(sale(void=True))


async def test_a_sale_taken_back_gives_back_confirmed_points_once(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await desk.sales.record(sale(member=WHO))
        await drained(desk)
        for _ in range(2):
            await desk.sales.record(sale(void=True))
        await drained(desk)
        assert desk.cloud.points[MEI] == 275
        assert sorted(entry.kind for entry in await desk.shop.entries()) == [EntryKind.BURN, EntryKind.EARN]


async def test_a_sale_taken_back_before_anything_left_costs_no_call(tmp_path: Path) -> None:
    async with open_desk(tmp_path, start=False) as desk:
        await desk.sales.record(sale(member=WHO))
        await desk.sales.record(sale(void=True))
        (entry,) = await desk.shop.entries()
        assert entry.state is EntryState.DISCARDED


async def test_points_still_on_the_way_go_back_once_they_are_confirmed(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("earn", lost_answer())
        await desk.sales.record(sale(member=WHO))
        (entry,) = await desk.shop.entries()
        await desk.until_all((entry,), lambda one: one.not_before is not None, step_s=0)
        await desk.sales.record(sale(void=True))
        await drained(desk)
        await drained(desk)
        assert desk.cloud.points[MEI] == 275


async def test_a_restart_gives_back_what_was_confirmed_meanwhile(tmp_path: Path) -> None:
    async with open_desk(tmp_path, start=False) as desk:
        await desk.sales.record(sale(member=WHO))
        (entry,) = await desk.shop.entries()
        assert await desk.shop.outbox.claim_one(entry.id)
        await desk.sales.record(sale(void=True))
        await desk.shop.outbox.settle(entry.id, Outcome.CONFIRMED)
        await desk.sales.sweep()
        await desk.sales.sweep()
        assert [one.reverses for one in await desk.shop.entries()] == [None, entry.id]


async def test_a_taking_back_that_cannot_be_saved_now_is_made_up_for_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_desk(tmp_path) as desk:
        await desk.sales.record(sale(member=WHO))
        await drained(desk)

        async def full(*given: object) -> None:
            raise NotSaved("disk_full", "Full.")

        with monkeypatch.context() as patch:
            patch.setattr(desk.loyalty, "reverse", full)
            assert (await desk.sales.record(sale(void=True))).state is SaleState.VOIDED
        await desk.sales.sweep()
        await drained(desk)
        assert desk.cloud.points[MEI] == 275


async def test_the_same_receipt_with_another_amount_is_refused(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await desk.sales.record(sale())
        with pytest.raises(Conflict, match="receipt_already_used"):
            await desk.sales.record(sale(minor=1_300))
