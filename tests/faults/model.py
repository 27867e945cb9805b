"""Random days of a shop against a simple model: the real outbox and sender, a cloud that loses answers, clocks that jump."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from agent.core.entry import Entry, EntryKind, EntryState, Outcome
from agent.core.errors import Conflict, InvalidInput, Refused, Unreachable
from agent.core.order_status import OrderStatus
from agent.core.ref_code import RefCode
from agent.flows.line.recording import status_draft
from agent.sandbox.orders import FOLLOWERS
from tests.support import ledger_cloud as trouble
from tests.support.clock import CountingIds, FakeClock
from tests.support.desk import Desk, open_desk
from tests.support.ledger_cloud import MEI, LedgerCloud, Trouble
from tests.support.loop_database import LoopDatabase


def too_few() -> Trouble:
    """The cloud looks at the balance before it looks at the key."""
    return Trouble(Refused("insufficient_points", "Too few points.", status=400))


LANES = ("member:a", "member:b", "member:c")
TROUBLES: dict[str, Callable[[], Trouble]] = {
    "lost answer": trouble.lost_answer,
    "lost request": trouble.lost_request,
    "never left": trouble.never_left,
    "line cut": lambda: Trouble(Unreachable("reset", "Cut.", maybe_applied=True), acted=True),
    "busy": lambda: trouble.told_to_wait(2),
    "key refused": trouble.key_refused,
    "no loyalty": trouble.no_loyalty,
    "poison": trouble.poison,
    "too few": too_few,
}
ASKED_BEFORE_THE_KEY = frozenset({"insufficient_points"})
"""Refusals that a cloud may decide before it looks whether the key had its effect already."""
PICK = st.integers(0, 10**6)
DAYS = st.sampled_from([-3650, -2, 2, 3650])
DAY_S = 86_400
ROUNDS_OF_CALM = 4
"""The longest chain of wakings between two works of the database."""
FOLDER = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""No power is cut here, so nothing waits for a disk."""


@dataclass
class CountingCloud(LedgerCloud):
    """Counts what happened by its number of points, which tells an intent from all others whatever its key."""

    happened: Counter[int] = field(default_factory=Counter)
    told: dict[str, list[str]] = field(default_factory=dict)
    """Statuses that the cloud knows of each order."""

    async def order_status(self, order_id: str, body: dict[str, object]) -> None:
        def act() -> None:
            known = self.told.setdefault(order_id, [])
            if str(body["status"]) not in known:
                known.append(str(body["status"]))

        await self._call("order_status", order_id, act)

    async def _call(self, name: str, about: str, act: Callable[[], Any]) -> None:
        """A key that had its effect is not refused afterwards: that is what a key is for. Too few points may come first."""
        planned = self.plan.get(name) or self.plan.get("*")
        while planned and planned[0] is not None and self._knows_better(planned[0], about):
            planned.popleft()
        await super()._call(name, about, act)

    def _knows_better(self, planned: Trouble, about: str) -> bool:
        refused = isinstance(planned.error, Refused) and planned.error.reason not in ASKED_BEFORE_THE_KEY
        return refused and bool(self.effects[about])

    def _once(self, ref_code: str, uuid: str, points: int) -> None:
        before = self.effects[ref_code]
        super()._once(RefCode(ref_code), uuid, points)
        self.happened[abs(points)] += self.effects[ref_code] - before


class ShopMachine(RuleBasedStateMachine):
    """One step is one rule, and what the sender makes of it."""

    steps: ClassVar[int] = 0
    """Of all runs of this process."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory(prefix="cata-bridge-model-", dir=FOLDER)
        self.runner = asyncio.Runner()
        self.clock, self.ids, self.cloud = FakeClock(), CountingIds(), CountingCloud()
        self.cloud.points[MEI] = 10**9
        self.intents: dict[str, int] = {}
        """Entry -> points of everything that was acknowledged."""
        self.orders: dict[str, list[str]] = {}
        """Order -> the statuses it has had."""
        self.runner.run(self.open())

    async def open(self) -> None:
        self.stack = AsyncExitStack()
        folder = Path(self.folder.name)
        desk = await self.stack.enter_async_context(
            open_desk(folder, cloud=self.cloud, clock=self.clock, ids=self.ids, kind=LoopDatabase)
        )
        self.desk: Desk = desk

    def do(self, work: Coroutine[Any, Any, object], *, rest: bool = True) -> None:
        """One step; `rest` when it may have given the sender something to do."""
        type(self).steps += 1

        async def step() -> None:
            await work
            if rest:
                await self.rest()

        self.runner.run(step())
        assert max(self.cloud.happened.values(), default=0) <= 1, "something happened twice"

    async def rest(self) -> None:
        """Let the sender go on as far as it can without time passing; days must be repeatable, so this must be exact."""
        sender, database, calm = self.desk.sender, self.desk.shop.database, 0
        assert isinstance(database, LoopDatabase)
        while calm < ROUNDS_OF_CALM:
            await asyncio.sleep(0)
            calm = 0 if sender._tasks or sender._wake.is_set() or database.is_busy else calm + 1

    @rule(lane=st.sampled_from(LANES), kind=st.sampled_from([EntryKind.EARN, EntryKind.EARN, EntryKind.BURN]))
    def ask(self, lane: str, kind: EntryKind) -> None:
        self.do(self._put(lane, kind))

    async def _put(self, lane: str, kind: EntryKind) -> None:
        points = len(self.intents) + 1
        entry = await self.desk.put(kind=kind, lane=lane, points=points, urgent=kind is EntryKind.BURN)
        self.intents[entry.id] = points

    @rule(number=PICK)
    def deliver(self, number: int) -> None:
        order_id = f"order-{number % 4}"
        self.orders.setdefault(order_id, ["PAID"])
        self.do(self.desk.shop.receive(order_id))

    @rule(number=PICK, status=st.sampled_from([status for status in OrderStatus if status is not OrderStatus.PAID]))
    def move(self, number: int, status: OrderStatus) -> None:
        if self.orders:
            self.do(self._move(sorted(self.orders)[number % len(self.orders)], status))

    async def _move(self, order_id: str, status: OrderStatus) -> None:
        history = self.orders[order_id]
        draft = status_draft(order_id, status, at=self.clock.now(), ids=self.ids)
        is_legal = status in FOLLOWERS[OrderStatus(history[-1])]
        try:
            await self.desk.shop.orders.move(order_id, status, drafts=[draft], at=self.clock.now())
        except Conflict:
            assert not is_legal, f"{history} cannot become {status}"
        else:
            assert is_legal, f"{history} became {status}"
            history.append(status)
        self.desk.sender.nudge()

    @rule(names=st.lists(st.sampled_from(sorted(TROUBLES)), min_size=1, max_size=4))
    def spoil(self, names: list[str]) -> None:
        async def plan() -> None:
            self.cloud.trouble("*", *(TROUBLES[name]() for name in names))

        self.do(plan(), rest=False)

    @rule()
    def spoil_a_burn(self) -> None:
        """The answer to the next one is lost, and then its points are gone."""

        async def plan() -> None:
            self.cloud.trouble("burn", trouble.lost_answer(), too_few())

        self.do(plan(), rest=False)

    @rule(seconds=st.sampled_from([0.5, 2.0, 9.0]))
    def wait(self, seconds: float) -> None:
        self.do(self._help(seconds))

    async def _help(self, seconds: float) -> None:
        self.clock.move(seconds)
        if self.desk.line.is_down:
            self.desk.line.succeeded(latency_s=0.01)
        if self.desk.line.key_refused:
            self.desk.line.accept_key()
        self.desk.sender.nudge()

    @rule(days=DAYS)
    def jump(self, days: int) -> None:
        async def turn() -> None:
            if 1980 < self.clock.now().year + days / 365 < 9000:  # no till's clock shows what its files cannot say
                self.clock.jump(days * DAY_S)

        self.do(turn(), rest=False)

    @rule(number=PICK)
    def retry(self, number: int) -> None:
        self.do(self._by_person(number, lambda entry_id: self.desk.sender.retry(entry_id)))

    @rule(number=PICK)
    def give_up(self, number: int) -> None:
        self.do(self._by_person(number, lambda entry_id: self.desk.shop.outbox.discard(entry_id, reason="wrong", by="Ann")))

    async def _by_person(self, number: int, act: Callable[[str], Coroutine[Any, Any, Entry]]) -> None:
        parked = await self.desk.shop.entries(EntryState.PARKED)
        if parked:
            with contextlib.suppress(Conflict, InvalidInput):
                await act(parked[number % len(parked)].id)

    @rule(number=PICK)
    def die(self, number: int) -> None:
        if number % 6 == 0:  # a start costs as much as many steps
            self.do(self._die())

    async def _die(self) -> None:
        """In the middle of as many calls as it has at once."""
        self.cloud.gate = asyncio.Event()
        await self._put(LANES[0], EntryKind.EARN)
        await self._help(9.0)
        for _ in range(4):
            await self.desk.shop.outbox.counts()
        await self.stack.aclose()
        self.cloud.gate = None
        await self.open()
        await self.look()

    async def look(self) -> list[Entry]:
        """All entries, each of them as it may be."""
        entries = (await self.desk.shop.outbox.page(state=None, kind=None, limit=10_000, after=None)).entries
        found = {entry.id: entry for entry in entries}
        assert set(self.intents) <= set(found), "something acknowledged is gone"
        for entry_id, points in self.intents.items():
            entry, count = found[entry_id], self.cloud.happened[points]
            assert entry.points == points
            if entry.state is EntryState.SETTLED:
                assert count == (entry.outcome is Outcome.CONFIRMED), f"{entry.outcome}, and it happened {count} times"
        return list(entries)

    def teardown(self) -> None:
        try:
            self.runner.run(self._end())
        finally:
            self.runner.run(self.stack.aclose())
            self.runner.close()
            self.folder.cleanup()

    async def _end(self) -> None:
        """On a good line everything comes to its end, and the cloud knows of every order what the shop knows."""
        self.cloud.plan.clear()
        for _ in range(400):
            entries = await self.look()
            waiting = [entry for entry in entries if entry.is_open]
            parked = [entry for entry in entries if entry.state is EntryState.PARKED]
            if not waiting and not parked:
                break
            for entry in parked:
                with contextlib.suppress(Conflict):
                    await self.desk.sender.retry(entry.id)
            await self._help(9.0)
            await self.rest()
            if any(entry.outcome is Outcome.UNKNOWN for entry in parked) and not waiting:
                break  # too old to ask again safely, as a person is told
        else:
            raise AssertionError("something never ends")
        orders = {order.id: order.status for order in await self.desk.shop.orders.all(100)}
        assert orders == {order_id: history[-1] for order_id, history in self.orders.items()}
