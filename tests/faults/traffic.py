"""Tills, kitchen and cloud at work: they ask again after every broken call, as people do, and note what was acknowledged."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from agent.core.errors import CataBridgeError
from agent.core.order_status import OrderStatus
from tests.faults.promises import Intent, Promises
from tests.faults.rig import MEMBERS, Rig, until

STEPS = [OrderStatus.ACCEPTED, OrderStatus.IN_PROGRESS, OrderStatus.READY, OrderStatus.COMPLETED]
TILLS = 4
BURN_WAIT_S = 0.15
MOST_OPEN = 30
"""People who could not be served come first."""
TAKEN = {200, 201}
NOT_TAKEN = {429, 503, 507}
"""Refused for now: the intent is still the till's."""


@dataclass
class Traffic:
    """What goes on around the agent; `running` may be entered many times."""

    rig: Rig
    random: random.Random
    pace_s: float = 0.02
    """Longest pause of a till between two customers."""
    wanted: int | None = None
    """Tills stop making new intents after so many."""
    promises: Promises = field(default_factory=Promises)
    unexpected: list[str] = field(default_factory=list)
    """Answers that no till should ever get here."""
    _open: list[Intent] = field(default_factory=list)
    _is_open: bool = False
    _undelivered: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def running(self, *, orders: bool = True) -> AsyncIterator[None]:
        """Everybody at work; at the end each call is let come to its own end, good or bad."""
        self._is_open = True
        tasks = [asyncio.create_task(self._till()) for _ in range(TILLS)]
        if orders:
            tasks += [asyncio.create_task(self._kitchen()), asyncio.create_task(self._cloud())]
        try:
            yield
        finally:
            self._is_open = False
            ends = await asyncio.gather(*tasks, return_exceptions=True)
            self.unexpected += [repr(end) for end in ends if isinstance(end, Exception)]

    async def finish(self) -> None:
        """Ask for everything again that was never acknowledged."""
        self.wanted = 0

        async def all_taken() -> bool:
            return len(self.promises.acknowledged) == len(self.promises.intents)

        async with self.running(orders=False):
            await until(all_taken)

    async def ask(self, intent: Intent) -> None:
        """One call of a till; an intent that was not taken is asked for again later, with the same receipt."""
        body = {"member": {"uuid": intent.member}, "points": intent.points, "receipt": intent.receipt}
        if intent.kind == "burn":
            body["wait_s"] = BURN_WAIT_S
        try:
            status, answer = await self.rig.call("POST", f"/v1/loyalty/{intent.kind}", body)
        except CataBridgeError:
            self._open.append(intent)
            return
        if status in TAKEN:
            intent.entry_id, intent.outcome = answer["id"], answer["outcome"]
            return
        self._open.append(intent)
        if status not in NOT_TAKEN:
            self.unexpected.append(f"{intent}: {status} {answer}")

    def _next(self) -> Intent | None:
        if self._open and (self.random.random() < 0.5 or len(self._open) > MOST_OPEN):
            return self._open.pop(0)
        number = len(self.promises.intents)
        if self.wanted is not None and number >= self.wanted:
            return self._open.pop(0) if self._open else None
        kind = "burn" if number % 4 == 3 else "earn"
        intent = Intent(kind, MEMBERS[number % len(MEMBERS)], number + 1, f"R-{number}")
        self.promises.intents.append(intent)
        return intent

    async def _till(self) -> None:
        while self._is_open:
            intent = self._next()
            if intent is not None:
                await self.ask(intent)
            await asyncio.sleep(self.random.uniform(0, self.pace_s))

    async def _kitchen(self) -> None:
        while self._is_open:
            await asyncio.sleep(self.random.uniform(0, self.pace_s))
            try:
                orders = (await self.rig.get("/v1/orders"))["orders"]
                if orders:
                    await self._move(self.random.choice(orders)["id"])
            except CataBridgeError:
                continue  # the agent has just been killed

    async def _move(self, order_id: str) -> None:
        done = self.promises.statuses.get(order_id)
        step = STEPS[0] if done is None else STEPS[STEPS.index(done) + 1]
        status, answer = await self.rig.call("POST", f"/v1/orders/{order_id}/status", {"status": step})
        if status == 200:
            self.promises.statuses[order_id] = step
        elif status not in NOT_TAKEN:
            self.unexpected.append(f"{order_id} {step}: {status} {answer}")

    async def _cloud(self) -> None:
        while self._is_open:
            await asyncio.sleep(self.random.uniform(0, 4 * self.pace_s))
            if self._undelivered:
                await self.rig.practice.control.redispatch(self._undelivered[0])
                missing = [order for order in await self.rig.practice.control.orders() if not order.external_order_id]
                self._undelivered = [order.id for order in missing]
            else:
                placed = await self.rig.practice.control.place_order("latte")
                self._undelivered += [] if placed.dispatched else [placed.order_id]
