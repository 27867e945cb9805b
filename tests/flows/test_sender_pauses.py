"""What pauses the sender pauses no more than it must, parks nothing, and a person can always try one entry."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.core.entry import EntryKind, EntryState, Outcome
from agent.core.errors import Conflict, Refused, Unreachable
from agent.core.order_status import OrderStatus
from agent.flows.line.recording import status_draft
from tests.support.desk import open_desk
from tests.support.ledger_cloud import Trouble, key_refused, lost_request, no_loyalty, poison, told_to_wait
from tests.support.shop import eventually


async def test_a_refused_key_pauses_all_and_parks_nothing(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("*", key_refused(), key_refused())
        first = await desk.put()
        await eventually(lambda: desk.line.key_refused)
        others = [await desk.put(lane="member:u-raj"), await desk.put(kind=EntryKind.ORDER_STATUS, lane="order:o-1")]
        desk.clock.move(3_600)
        await desk.rest()
        entries = [await desk.now(entry) for entry in (first, *others)]
        assert [(one.state, one.attempts) for one in entries] == [(EntryState.PENDING, 0)] * 3
        assert len(desk.cloud.calls) <= 2
        desk.cloud.plan.clear()
        desk.line.accept_key()
        assert {one.outcome for one in await desk.until_ended(first, *others)} == {Outcome.CONFIRMED}


async def test_a_tenant_without_loyalty_pauses_loyalty_alone(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("earn", no_loyalty())
        earn = await desk.put()
        await eventually(lambda: desk.line.loyalty_unconfigured)
        status = await desk.put(kind=EntryKind.ORDER_STATUS, lane="order:o-1")
        (told,) = await desk.until_ended(status, step_s=0)
        assert told.outcome is Outcome.CONFIRMED
        waiting = await desk.now(earn)
        assert (waiting.state, waiting.attempts, desk.cloud.sent("earn")) == (EntryState.PENDING, 0, [earn.ref_code])
        await desk.until_ended(earn, step_s=10)
        assert not desk.line.loyalty_unconfigured


async def test_a_line_that_is_down_sends_nothing_until_something_gets_through(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("earn", Trouble(Unreachable("no_route", "No network.", maybe_applied=False)))
        entry = await desk.put()
        await eventually(lambda: desk.line.is_down)
        for _ in range(10):
            desk.clock.move(100)
            await desk.rest()
        assert len(desk.cloud.calls) == 1
        desk.line.succeeded(latency_s=0.01)
        (ended,) = await desk.until_ended(entry)
        assert (ended.outcome, ended.attempts) == (Outcome.CONFIRMED, 1)


@pytest.mark.parametrize("trouble", [key_refused(), Trouble(Unreachable("no_route", "No network.", maybe_applied=False))])
async def test_another_channel_is_told_of_its_order_while_the_cloud_cannot_be(tmp_path: Path, trouble: Trouble) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("*", trouble, trouble)
        earn = await desk.put()
        await eventually(lambda: desk.line.is_down or desk.line.key_refused)
        ours = await desk.put(kind=EntryKind.ORDER_STATUS, lane="order:o-1")
        draft = status_draft("dlv-1", OrderStatus.READY, at=desk.clock.now(), ids=desk.shop.ids, source="dlv")
        theirs = await desk.shop.recorder.record(draft)
        desk.sender.nudge()
        (ended,) = await desk.until_ended(theirs, step_s=0)
        assert (ended.outcome, desk.told) == (Outcome.CONFIRMED, [("dlv", "dlv-1", "READY")])
        assert [(await desk.now(one)).state for one in (earn, ours)] == [EntryState.PENDING] * 2


async def test_a_blocked_lane_blocks_no_other_and_keeps_its_order(tmp_path: Path) -> None:
    """I10."""
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("earn", lost_request())
        first, second = await desk.put(), await desk.put()
        await desk.until_all((first,), lambda one: one.not_before is not None, step_s=0)
        other = await desk.put(lane="member:u-raj")
        await desk.until_ended(other, step_s=0)
        assert (await desk.now(second)).state is EntryState.PENDING
        await desk.until_ended(first, second)
        assert desk.cloud.sent("earn") == [one.ref_code for one in (first, other, first, second)]


async def test_a_parked_entry_can_be_tried_again_even_while_all_is_paused(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("earn", poison())
        (parked,) = await desk.until_ended(await desk.put(), step_s=0)
        desk.line.refuse_key()
        sending = await desk.sender.retry(parked.id)
        assert sending.state is EntryState.SENDING
        (ended,) = await desk.until_ended(parked, step_s=0)
        assert (ended.outcome, desk.cloud.effects) == (Outcome.CONFIRMED, {parked.ref_code: 1})


async def test_a_waiting_entry_can_be_tried_again_before_its_time(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("earn", told_to_wait(900))
        entry = await desk.put()
        await desk.until_all((entry,), lambda one: one.not_before is not None, step_s=0)
        await desk.sender.retry(entry.id)
        await desk.until_ended(entry, step_s=0)


async def test_what_is_over_or_unknown_cannot_be_tried_again(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        (ended,) = await desk.until_ended(await desk.put(), step_s=0)
        with pytest.raises(Conflict, match="not_retryable"):
            await desk.sender.retry(ended.id)
        with pytest.raises(Refused, match="entry_unknown"):
            await desk.sender.retry("none")
        assert len(desk.cloud.sent("earn")) == 1
