"""The business day ends at 04:00: what is told again just then is the same sale, and a receipt number that starts anew is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.core.errors import Conflict
from agent.core.member import MemberRef
from agent.core.money import Money
from agent.core.sale import SaleSeen
from agent.db.outbox import Recorded
from agent.flows.loyalty.intents import BurnRequest, EarnRequest
from tests.flows.test_loyalty import burn, earn
from tests.support.clock import START, FakeClock
from tests.support.desk import Desk, open_desk
from tests.support.ledger_cloud import MEI, MEI_CODE, RAJ_CODE

BEFORE_THE_END = START + timedelta(hours=15, minutes=55)
"""03:55 in Singapore."""

Request = EarnRequest | BurnRequest


async def told(desk: Desk, request: Request) -> Recorded:
    return await (desk.loyalty.earn(request) if isinstance(request, EarnRequest) else desk.loyalty.burn(request))


@pytest.mark.parametrize(("make", "points"), [(earn, 10), (burn, 50)])
async def test_what_is_told_again_while_the_day_ends_happens_once(
    tmp_path: Path, make: Callable[..., Request], points: int
) -> None:
    async with open_desk(tmp_path, clock=FakeClock(BEFORE_THE_END)) as desk:
        first = await told(desk, make())
        desk.clock.move(600)
        for again in (make(), make(member=MemberRef(identifier=MEI_CODE))):
            repeated = await told(desk, again)
            assert (repeated.is_new, repeated.entry.id) == (False, first.entry.id)
        await desk.until_ended(first.entry)
        assert desk.cloud.effects == {first.entry.ref_code: 1}


@pytest.mark.parametrize(
    ("wait", "again"),
    [
        (timedelta(hours=3), earn()),
        (timedelta(minutes=10), earn(points=11)),
        (timedelta(minutes=10), earn(member=MemberRef(identifier=RAJ_CODE))),
        (timedelta(minutes=10), earn(receipt="R-2")),
        (timedelta(minutes=10), earn(occurred_at=BEFORE_THE_END + timedelta(minutes=9))),
    ],
)
async def test_a_receipt_number_that_starts_anew_with_the_day_is_another_sale(
    tmp_path: Path, wait: timedelta, again: EarnRequest
) -> None:
    async with open_desk(tmp_path, clock=FakeClock(BEFORE_THE_END)) as desk:
        first = await desk.loyalty.earn(earn())
        desk.clock.move(wait.total_seconds())
        assert (await desk.loyalty.earn(again)).entry.ref_code != first.entry.ref_code


async def test_within_one_day_a_receipt_still_stands_for_one_amount(tmp_path: Path) -> None:
    async with open_desk(tmp_path, clock=FakeClock(BEFORE_THE_END)) as desk:
        desk.clock.move(600)
        await desk.loyalty.earn(earn())
        desk.clock.move(60)
        with pytest.raises(Conflict, match="receipt_already_used"):
            await desk.loyalty.earn(earn(points=11))


async def test_a_sale_that_is_reported_again_while_the_day_ends_earns_once(tmp_path: Path) -> None:
    async with open_desk(tmp_path, clock=FakeClock(BEFORE_THE_END)) as desk:
        seen = SaleSeen(receipt="R-1", amount=Money.parse("12.50", "SGD"), member=MemberRef(uuid=MEI))
        first = await desk.sales.record(seen)
        desk.clock.move(600)
        again = await desk.sales.record(seen)
        assert first.entry_id is not None
        assert again.entry_id == first.entry_id
        other = await desk.sales.record(replace(seen, amount=Money.parse("9.00", "SGD")))
        desk.clock.move(26 * 3600)
        later = await desk.sales.record(seen)
        assert len({first.entry_id, other.entry_id, later.entry_id}) == 3
