"""Regular chores on a timetable: one that fails is tried again at its next turn and never stops the others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from agent.core.clock import Clock
from agent.core.errors import CataBridgeError
from agent.db.orders import Orders
from agent.db.outbox import Outbox
from agent.flows.care.data_watch import DataWatch
from agent.flows.loyalty.sales import SalesDesk
from agent.flows.menu.check import MenuCheck
from agent.flows.menu.push import Menu
from agent.flows.menu.snooze import Snoozes
from agent.flows.orders.deadlines import Deadlines
from agent.flows.orders.outlet import OutletDesk
from agent.flows.orders.webhook_registration import WebhookRegistration
from agent.flows.orders.webhook_secrets import WebhookSecrets

if TYPE_CHECKING:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler
    from apscheduler.triggers.interval import IntervalTrigger

log = logging.getLogger(__name__)

WATCH_S = 30.0
"""How often the wall clock is compared with the monotonic one."""
JUMP_S = 5.0
"""A wall clock that moved by more than this on its own was set, or the till slept: the timetable starts anew."""


@dataclass(frozen=True, slots=True)
class Chore:
    """One line of the timetable."""

    name: str
    every_s: float
    work: Callable[[], Awaitable[object]]
    at_start: bool = False
    """Do it once right away as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long what has ended is kept."""

    entries: timedelta
    personal: timedelta
    """Personal payloads of orders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """Whose chores they are."""

    menu: Menu
    menu_check: MenuCheck | None
    snoozes: Snoozes
    sales: SalesDesk
    outlet: OutletDesk
    deadlines: Deadlines
    registration: WebhookRegistration | None
    """Both None for a cloud that has nothing of the kind."""
    secrets: WebhookSecrets
    outbox: Outbox
    orders: Orders
    data: DataWatch


def timetable(flows: Flows, *, clock: Clock, menu_every_s: float, keep: Retention) -> tuple[Chore, ...]:
    """Everything that is done again and again, with its period in seconds."""

    async def prune() -> int:
        return await flows.outbox.prune(clock.now() - keep.entries)

    async def erase() -> int:
        return await flows.orders.erase_payloads(clock.now() - keep.personal)

    return (
        Chore("order deadlines", 5, flows.deadlines.sweep),
        Chore("menu sync", menu_every_s, flows.menu.look, at_start=True),
        *([Chore("menu sample", 60, flows.menu_check.check)] if flows.menu_check else []),
        Chore("sold-out renewal", 1_800, flows.snoozes.renew, at_start=True),
        Chore("sales expiry", 60, flows.sales.expire),
        Chore("outlet registration", 3_600, flows.outlet.register, at_start=True),
        *(_registration(flows.registration) if flows.registration else ()),
        Chore("webhook secrets", 60, flows.secrets.tidy),
        Chore("data look", 60, flows.data.look, at_start=True),
        Chore("data copy at start", 86_400, flows.data.copy_if_due, at_start=True),
        Chore("data copy", 3_600, flows.data.copy),
        Chore("data search", 3_600, flows.data.search, at_start=True),
        Chore("outbox pruning", 21_600, prune),
        Chore("payload purge", 21_600, erase, at_start=True),
    )


def _registration(registration: WebhookRegistration) -> tuple[Chore, ...]:
    return (
        Chore("webhook registration", 3_600, registration.look, at_start=True),
        Chore("webhook registration again", 60, registration.look_again),
    )


class Upkeep:
    """Does the chores; one task of the agent."""

    def __init__(self, chores: Sequence[Chore], *, clock: Clock) -> None:
        self._chores = chores
        self._clock = clock
        self._failing: set[str] = set()

    async def run(self) -> None:
        """Work the timetable until cancelled."""
        # Slow to import, and chores can wait until calls are answered.
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        logging.getLogger("apscheduler").setLevel(logging.WARNING)  # it writes two lines for every chore
        scheduler = AsyncIOScheduler(
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}, timezone="UTC"
        )
        for chore in self._chores:
            scheduler.add_job(self.do, _every(chore), args=[chore], id=chore.name, name=chore.name)
        scheduler.start()
        try:
            async with asyncio.TaskGroup() as group:
                for chore in self._chores:
                    if chore.at_start:
                        group.create_task(self.do(chore))
                group.create_task(self._watch_clock(scheduler))
        finally:
            scheduler.shutdown(wait=False)

    async def do(self, chore: Chore) -> None:
        """One chore now; its failure is logged, the first of a streak aloud."""
        try:
            await chore.work()
        except CataBridgeError as error:
            level = logging.DEBUG if chore.name in self._failing else logging.WARNING
            self._failing.add(chore.name)
            log.log(level, "chore failed chore=%r reason=%s", chore.name, error.reason)
        except Exception:
            # The supervised edge of all chores: a fault in one must not end the agent.
            self._failing.add(chore.name)
            log.exception("chore failed in an unforeseen way chore=%r", chore.name)
        else:
            if chore.name in self._failing:
                self._failing.discard(chore.name)
                log.info("chore works again chore=%r", chore.name)

    async def _watch_clock(self, scheduler: AsyncIOScheduler) -> None:
        """The scheduler counts in wall time: after a jump its next times may lie hours away, so they are set anew."""
        while True:
            offset = self._offset_s()
            await self._clock.sleep(WATCH_S)
            if abs(self._offset_s() - offset) > JUMP_S:
                log.warning("the clock of this PC was set, the timetable starts anew")
                for chore in self._chores:
                    scheduler.reschedule_job(chore.name, trigger=_every(chore))

    def _offset_s(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()


def _every(chore: Chore) -> IntervalTrigger:
    from apscheduler.triggers.interval import IntervalTrigger  # as above

    return IntervalTrigger(seconds=chore.every_s, timezone="UTC")
