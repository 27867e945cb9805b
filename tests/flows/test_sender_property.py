"""Whatever the cloud answers and whenever the agent dies: no key has two effects, and no promise is left without one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.entry import Entry, EntryKind, EntryState, Outcome
from agent.core.errors import Conflict, Unreachable
from tests.support.clock import CountingIds, FakeClock
from tests.support.desk import Desk, open_desk
from tests.support.ledger_cloud import (
    LedgerCloud,
    Trouble,
    key_refused,
    lost_answer,
    lost_request,
    never_left,
    no_loyalty,
    poison,
    told_to_wait,
)

MAKERS: dict[str, Callable[[], Trouble]] = {
    "lost answer": lost_answer,
    "lost request": lost_request,
    "never left": never_left,
    "line down": lambda: Trouble(Unreachable("no_route", "No network.", maybe_applied=False)),
    "line cut": lambda: Trouble(Unreachable("reset", "Cut.", maybe_applied=True), acted=True),
    "busy": lambda: told_to_wait(2),
    "key refused": key_refused,
    "no loyalty": no_loyalty,
    "poison": poison,
}
TROUBLES = st.one_of(st.none(), st.sampled_from(sorted(MAKERS)))
LANES = ("member:a", "member:b", "member:c")
ACTIONS = st.one_of(st.sampled_from(LANES), st.sampled_from(["restart", "wait"]))


async def help_on(desk: Desk) -> None:
    """What the prober does: say that the line is back."""
    desk.clock.move(1.0)
    await asyncio.sleep(0.001)
    if desk.line.is_down:
        desk.line.succeeded(latency_s=0.01)
    if desk.line.key_refused:
        desk.line.accept_key()
    desk.sender.nudge()


async def ends_of(desk: Desk) -> list[Entry]:
    """All entries, once none is open; parked ones are tried again by a person."""
    async with asyncio.timeout(20):
        while True:
            entries = await desk.shop.entries()
            for entry in entries:
                if entry.state is EntryState.PARKED:
                    with contextlib.suppress(Conflict):  # another entry of its lane is on its way just now
                        await desk.sender.retry(entry.id)
            if all(entry.state is EntryState.SETTLED for entry in entries):
                return entries
            await help_on(desk)


async def play(folder: Path, actions: list[str], troubles: list[str | None]) -> None:
    cloud, clock, ids = LedgerCloud(), FakeClock(), CountingIds()
    cloud.trouble("earn", *(MAKERS[name]() if name else None for name in troubles))
    left = list(actions)
    while True:
        async with open_desk(folder, cloud=cloud, clock=clock, ids=ids) as desk:
            while left and (action := left.pop(0)) != "restart":
                if action == "wait":
                    await help_on(desk)
                else:
                    await desk.put(kind=EntryKind.EARN, lane=action)
            if left:
                continue
            entries = await ends_of(desk)
            break
    assert {entry.outcome for entry in entries} <= {Outcome.CONFIRMED}
    assert cloud.effects == {entry.ref_code: 1 for entry in entries}
    for lane in LANES:
        first_effects = list(dict.fromkeys(cloud.effects))
        keys = [entry.ref_code for entry in entries if entry.lane == lane]
        if "poison" not in troubles:
            assert [key for key in first_effects if key in keys] == keys


@settings(max_examples=40, deadline=None)
@given(actions=st.lists(ACTIONS, max_size=12), troubles=st.lists(TROUBLES, max_size=12))
def test_every_promise_has_exactly_one_effect_in_the_order_of_its_lane(actions: list[str], troubles: list[str | None]) -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder), actions, troubles))
