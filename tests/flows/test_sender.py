"""The sender: every entry reaches one end, with at most one effect, whatever the cloud and the disk do."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.core.entry import Entry, EntryKind, EntryState, Outcome
from agent.core.errors import CataBridgeError, Conflict, InvalidInput, NotSaved, Refused
from agent.db.outbox import Outbox
from agent.db.quarantine import Quarantine
from tests.db.test_marks import change
from tests.support.desk import POLICY, open_desk
from tests.support.ledger_cloud import Trouble, lost_answer, lost_request, never_left, poison, told_to_wait
from tests.support.shop import SEAL, eventually


async def test_an_entry_is_sent_and_settles_confirmed(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        entry = await desk.put()
        (ended,) = await desk.until_ended(entry)
        assert (ended.state, ended.outcome, ended.attempts) == (EntryState.SETTLED, Outcome.CONFIRMED, 1)
        assert desk.cloud.effects == {entry.ref_code: 1}
        await eventually(lambda: [one.id for one in desk.ended] == [entry.id])


async def test_a_lost_answer_goes_out_again_with_the_same_key_and_one_effect(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("earn", lost_answer(), lost_request())
        entry = await desk.put()
        (waiting,) = await desk.until_all((entry,), lambda one: one.state is EntryState.PENDING and one.attempts == 1, step_s=0)
        assert (waiting.outcome, waiting.error and waiting.error.reason) == (Outcome.UNKNOWN, "timeout")
        (ended,) = await desk.until_ended(entry)
        assert (ended.outcome, ended.attempts) == (Outcome.CONFIRMED, 3)
        assert desk.cloud.effects == {entry.ref_code: 1}


async def test_only_sends_whose_bytes_may_have_left_count_as_attempts(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("earn", never_left(), never_left(), lost_request(), never_left())
        entry = await desk.put()
        seen: list[tuple[Outcome, int]] = []
        for sends in (1, 2, 3, 4):
            await desk.until_all((entry,), lambda one, sends=sends: len(desk.cloud.sent("earn")) == sends)
            (one,) = await desk.until_all((entry,), lambda one: one.state is EntryState.PENDING, step_s=0)
            seen.append((one.outcome, one.attempts))
        assert seen == [(Outcome.QUEUED, 0), (Outcome.QUEUED, 0), (Outcome.UNKNOWN, 1), (Outcome.UNKNOWN, 1)]


async def test_the_cloud_is_never_asked_again_while_its_answer_cannot_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = iter([NotSaved("disk_full", "The disk is full.")] * 3)
    settle = Outbox.settle

    async def full(outbox: Outbox, *given: object) -> Entry:
        if error := next(refusals, None):
            raise error
        return await settle(outbox, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Outbox, "settle", full)
    async with open_desk(tmp_path) as desk:
        desk.cloud.forgets_keys = True
        entry = await desk.put()
        (ended,) = await desk.until_ended(entry)
        assert (ended.outcome, desk.cloud.sent("earn")) == (Outcome.CONFIRMED, [entry.ref_code])


async def test_a_disk_that_cannot_note_a_send_delays_it_and_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = iter([NotSaved("disk_full", "The disk is full.")] * 3)
    claim = Outbox.claim

    async def full(outbox: Outbox, **given: object) -> list[Entry]:
        if error := next(refusals, None):
            raise error
        return await claim(outbox, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(Outbox, "claim", full)
    async with open_desk(tmp_path) as desk:
        (ended,) = await desk.until_ended(await desk.put())
        assert (ended.outcome, ended.attempts) == (Outcome.CONFIRMED, 1)


async def test_a_poisoned_entry_is_parked_and_its_lane_goes_on(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("earn", poison())
        bad, good = await desk.put(), await desk.put()
        parked, settled = await desk.until_ended(bad, good, step_s=0)
        assert (parked.state, parked.outcome, parked.error and parked.error.reason) == (
            EntryState.PARKED,
            Outcome.DECLINED,
            "invalid",
        )
        assert settled.outcome is Outcome.CONFIRMED


@pytest.mark.parametrize("is_found_first", [False, True])
async def test_a_row_that_rots_while_it_is_sent_is_set_aside_and_its_lane_goes_on(
    tmp_path: Path, is_found_first: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """I15: the answer finds no row that could be believed; the sender goes on, and the journal puts the row back."""
    async with open_desk(tmp_path) as desk:
        desk.cloud.gate = asyncio.Event()
        entry, later = await desk.put(), await desk.put()
        await eventually(lambda: desk.cloud.sent("earn") == [entry.ref_code])
        await change(desk.shop.database, f"UPDATE outbox SET points = 99 WHERE id = '{entry.id}'")
        quarantine = Quarantine(desk.shop.database, SEAL, desk.clock)
        if is_found_first:
            assert await quarantine.search() == 1
        desk.cloud.gate.set()
        (ended,) = await desk.until_ended(later)
        assert (ended.outcome, await quarantine.waiting()) == (Outcome.CONFIRMED, 1)
        assert await desk.shop.outbox.get(entry.id) is None
        assert f"damaged while it was sent entry={entry.id}" in caplog.text


async def test_a_refused_burn_is_settled_as_declined(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        (ended,) = await desk.until_ended(await desk.put(kind=EntryKind.BURN, points=9_999), step_s=0)
        assert (ended.state, ended.outcome) == (EntryState.SETTLED, Outcome.DECLINED)
        assert ended.error is not None
        assert ended.error.reason == "insufficient_points"


@pytest.mark.parametrize("kind", [EntryKind.EARN, EntryKind.BURN])
async def test_a_refusal_after_a_try_without_answer_proves_nothing_and_a_person_looks(tmp_path: Path, kind: EntryKind) -> None:
    too_few = Trouble(Refused("insufficient_points", "Too few points.", status=400))
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble(str(kind), lost_answer(), too_few)
        (ended,) = await desk.until_ended(await desk.put(kind=kind))
        assert (ended.state, ended.outcome, ended.attempts) == (EntryState.PARKED, Outcome.UNKNOWN, 2)
        assert (ended.error and ended.error.reason) == "refused_after_silence"
        assert desk.cloud.effects == {ended.ref_code: 1}


async def test_a_member_that_does_not_exist_proves_that_no_earlier_try_took_points(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("burn", lost_request(), Trouble(Refused("member_unknown", "No such member.", status=404)))
        (ended,) = await desk.until_ended(await desk.put(kind=EntryKind.BURN))
        assert (ended.state, ended.outcome) == (EntryState.SETTLED, Outcome.DECLINED)


async def test_an_urgent_burn_that_never_left_is_declined_at_once_and_its_key_is_free(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("burn", never_left())
        entry = await desk.put(kind=EntryKind.BURN, urgent=True)
        (ended,) = await desk.until_ended(entry, step_s=0)
        assert (ended.state, ended.outcome, ended.attempts) == (EntryState.SETTLED, Outcome.DECLINED, 0)
        assert (ended.error and ended.error.reason) == "connect_failed"
        assert await desk.shop.outbox.by_ref_code(entry.ref_code) is None


async def test_a_burn_that_nobody_waits_for_waits_for_the_line(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("burn", never_left())
        (ended,) = await desk.until_ended(await desk.put(kind=EntryKind.BURN))
        assert ended.outcome is Outcome.CONFIRMED


async def test_what_the_cloud_asks_for_in_waiting_time_is_given(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("earn", told_to_wait(90))
        entry = await desk.put()
        (waiting,) = await desk.until_all((entry,), lambda one: one.not_before is not None, step_s=0)
        assert waiting.not_before == desk.clock.now() + timedelta(seconds=90)
        desk.clock.move(89)
        await desk.rest()
        assert (await desk.now(entry)).state is EntryState.PENDING
        await desk.until_ended(entry)


async def test_a_status_conflict_is_tried_three_times_then_a_person_looks(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("order_status", *[Trouble(Conflict("status_conflict", "Not now.", status=409))] * 9)
        (ended,) = await desk.until_ended(await desk.put(kind=EntryKind.ORDER_STATUS, lane="order:o-1"))
        assert (ended.state, ended.attempts) == (EntryState.PARKED, 3)


async def test_an_order_that_the_cloud_does_not_know_yet_is_tried_for_a_while(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("order_status", *[Trouble(Refused("order_unknown", "No such order.", status=404))] * 9)
        (ended,) = await desk.until_ended(await desk.put(kind=EntryKind.ORDER_STATUS, lane="order:o-1"))
        assert (ended.state, ended.attempts) == (EntryState.PARKED, 6)


async def test_an_outcome_older_than_the_clouds_memory_of_keys_goes_to_a_person_unasked(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("earn", told_to_wait(90_000, maybe_applied=True))
        entry = await desk.put()
        await desk.until_all((entry,), lambda one: one.not_before is not None, step_s=0)
        desk.clock.move(90_001)
        (ended,) = await desk.until_ended(entry)
        assert (ended.state, ended.outcome) == (EntryState.PARKED, Outcome.UNKNOWN)
        assert ended.error is not None
        assert ended.error.reason == "outcome_too_old"
        assert len(desk.cloud.sent("earn")) == 1


async def test_an_entry_that_never_left_is_safe_at_any_age(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("earn", told_to_wait(200_000))
        entry = await desk.put()
        await desk.until_all((entry,), lambda one: one.not_before is not None, step_s=0)
        desk.clock.move(200_001)
        (ended,) = await desk.until_ended(entry)
        assert ended.outcome is Outcome.CONFIRMED


@pytest.mark.parametrize("fault", [RuntimeError("a slip of ours"), InvalidInput("odd", "This is odd.")])
async def test_a_fault_of_ours_parks_its_entry_and_the_others_go_on(tmp_path: Path, fault: Exception) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("earn", Trouble(fault))
        bad, good = await desk.put(), await desk.put(lane="member:u-raj")
        parked, settled = await desk.until_ended(bad, good, step_s=0)
        assert parked.state is EntryState.PARKED
        assert parked.outcome is (Outcome.UNKNOWN if isinstance(fault, RuntimeError) else Outcome.DECLINED)
        assert settled.outcome is Outcome.CONFIRMED


@pytest.mark.parametrize("fault", [NotSaved("disk_full", "Full."), RuntimeError("a slip of ours")])
async def test_what_follows_an_entry_may_fail_without_harm(tmp_path: Path, fault: Exception) -> None:
    async with open_desk(tmp_path) as desk:

        async def fails(entry: Entry) -> None:
            raise fault

        desk.sender._settled = fails
        first, second = await desk.put(), await desk.put()
        assert {one.outcome for one in await desk.until_ended(first, second, step_s=0)} == {Outcome.CONFIRMED}
        await desk.rest()


async def test_at_most_so_many_requests_are_in_flight_and_one_of_each_lane(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.gate = asyncio.Event()
        entries = [await desk.put(lane=f"member:{number % 4}") for number in range(8)]
        await eventually(lambda: len(desk.cloud.calls) == 2)
        await desk.rest()
        assert desk.cloud.sent("earn") == [entries[0].ref_code, entries[1].ref_code]
        desk.cloud.gate.set()
        await desk.until_ended(*entries, step_s=0)


async def test_the_courtesy_rate_is_kept(tmp_path: Path) -> None:
    async with open_desk(tmp_path, policy=replace(POLICY, requests_per_s=5.0)) as desk:
        entries = [await desk.put(lane=f"member:{number}") for number in range(20)]
        begun = desk.clock.monotonic()
        await desk.until_ended(*entries, step_s=0.05)
        assert desk.clock.monotonic() - begun >= 19 / 5.0
        assert len(desk.cloud.calls) == 20


async def test_whoever_waits_hears_of_the_end_at_once_or_how_it_stands_when_time_is_up(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.gate = asyncio.Event()
        entry = await desk.put()
        assert (await desk.sender.wait_settled(entry.id, 0.01)).is_open
        waiting = [asyncio.create_task(desk.sender.wait_settled(entry.id, 10)) for _ in range(2)]
        await desk.rest()
        desk.cloud.gate.set()
        assert {(await task).outcome for task in waiting} == {Outcome.CONFIRMED}
        assert (await desk.sender.wait_settled(entry.id, 10)).outcome is Outcome.CONFIRMED
        with pytest.raises(CataBridgeError, match="entry_unknown"):
            await desk.sender.wait_settled("none", 0.01)
