"""What the last process left: sent again with its key, declined where somebody stood at the till, and never mistaken."""

from __future__ import annotations

import asyncio
from pathlib import Path

from agent.core.entry import EntryKind, EntryState, Outcome
from tests.support.desk import open_desk
from tests.support.shop import eventually, running


async def test_what_was_being_sent_at_a_crash_is_sent_again_with_its_key(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.gate = asyncio.Event()
        entry = await desk.put()
        await eventually(lambda: bool(desk.cloud.calls))
        cloud = desk.cloud
    assert cloud.gate is not None
    cloud.gate.set()
    async with open_desk(tmp_path, cloud=cloud) as desk:
        (ended,) = await desk.until_ended(entry)
        assert (ended.outcome, cloud.effects) == (Outcome.CONFIRMED, {entry.ref_code: 1})


async def test_a_restart_declines_a_burn_at_the_till_but_a_reversal_survives(tmp_path: Path) -> None:
    async with open_desk(tmp_path, start=False) as desk:
        burn = await desk.put(kind=EntryKind.BURN, urgent=True)
        original = await desk.put(lane="member:other")
        await desk.shop.confirm(original.id)
        reversal = await desk.put(kind=EntryKind.BURN, lane="member:other", reverses=original.id)
        async with running(desk.sender.run):
            declined, survived = await desk.until_ended(burn, reversal)
        assert (declined.outcome, declined.error and declined.error.reason) == (Outcome.DECLINED, "interrupted")
        assert survived.outcome is Outcome.CONFIRMED


async def test_nothing_new_is_mistaken_for_what_was_left(tmp_path: Path) -> None:
    async with open_desk(tmp_path, start=False) as desk:
        await desk.sender.take_up()
        burn = await desk.put(kind=EntryKind.BURN, urgent=True)
        async with running(desk.sender.run):
            (ended,) = await desk.until_ended(burn, step_s=0)
        assert (ended.state, ended.outcome) == (EntryState.SETTLED, Outcome.CONFIRMED)
