"""The outbox straight in the database, for a till whose agent does not run."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from agent.core.clock import SystemClock
from agent.core.entry import EntryKind, EntryState
from agent.core.errors import NeedsPerson, Refused
from agent.instance import Instance
from agent.paths import Home

if TYPE_CHECKING:
    from agent.db.orders import Orders
    from agent.db.outbox import Outbox
    from agent.flows.care.evacuation import EvacuationDesk

T = TypeVar("T")
COMMAND_LINE = "command line"
"""Who did it, for the audit."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A home's data, held open by this process."""

    outbox: Outbox
    orders: Orders
    desk: EvacuationDesk


@asynccontextmanager
async def opened(home: Home) -> AsyncIterator[Opened]:
    """Open the data of a home whose lock is held; raises NotSaved, DamagedData or NeedsPerson."""
    from agent.db.database import Database
    from agent.db.evacuation import Evacuation
    from agent.db.journal import Journal
    from agent.db.orders import Orders
    from agent.db.outbox import Outbox
    from agent.db.sealing import Seal
    from agent.flows.care.evacuation import EvacuationDesk
    from agent.secrets import Secrets
    from agent.settings import load

    settings, clock = load(home), SystemClock()
    seal = Seal(await asyncio.to_thread(lambda: Secrets(home).seal_key()))
    database = await Database.open(home.db, clock=clock, journal=Journal(home.journal))
    outbox = Outbox(database, seal, clock)
    desk = EvacuationDesk(
        Evacuation(database, seal, clock, outbox),
        outlet_id=settings.outlet.id,
        key_memory=timedelta(hours=settings.sender.unknown_age_h),
        clock=clock,
    )
    try:
        yield Opened(outbox, Orders(database, seal, clock, outbox), desk)
    finally:
        await database.close()


class StoredOutbox:
    """The same answers as the agent's, for as long as no agent starts; raises NeedsPerson `already_running`."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def page(self, *, state: EntryState | None, kind: EntryKind | None, limit: int, after: str | None) -> Any:
        """As `GET /v1/outbox`."""
        from agent.api.schema import Entries, entry_view

        async def work(stored: Opened) -> Any:
            found = await stored.outbox.page(state=state, kind=kind, limit=limit, after=after)
            return Entries(entries=[entry_view(each) for each in found.entries], next=found.next)

        return self._with(work).model_dump(mode="json")

    def one(self, entry_id: str) -> Any:
        """As `GET /v1/outbox/{id}`."""
        from agent.api.schema import entry_view

        found = self._with(lambda stored: stored.outbox.get(entry_id))
        if found is None:
            raise Refused("entry_unknown", "There is no such entry here.")
        return entry_view(found).model_dump(mode="json")

    def take(self, after: int, pin: str | None) -> Any:
        """As `POST /v1/outbox/export`."""
        check_pin(self._home, pin)
        return self._with(lambda stored: taken(stored.desk, after))

    def bring(self, content: Mapping[str, object], pin: str | None) -> Any:
        """As `POST /v1/outbox/import`."""
        check_pin(self._home, pin)
        return self._with(lambda stored: brought(stored.desk, content))

    def waiting(self) -> int:
        """How many entries have not ended."""
        counts = self._with(lambda stored: stored.outbox.counts())
        return counts.pending + counts.parked

    def _with(self, work: Callable[[Opened], Awaitable[T]]) -> T:
        # The agent's own lock: none can start between the look and the write.
        with Instance(self._home):
            return asyncio.run(self._opened(work))

    async def _opened(self, work: Callable[[Opened], Awaitable[T]]) -> T:
        async with opened(self._home) as stored:
            return await work(stored)


def check_pin(home: Home, pin: str | None) -> None:
    """Raises NeedsPerson `pin_required` where a manager has set a PIN and this is not it."""
    from agent.secrets import MANAGER_PIN, Secrets

    wanted = Secrets(home).get(MANAGER_PIN)
    if wanted and not hmac.compare_digest(wanted.encode(), (pin or "").encode()):
        raise NeedsPerson("pin_required", "This needs the manager's PIN.")


async def taken(desk: EvacuationDesk, after: int) -> dict[str, Any]:
    """One page of what has not ended, as the till API gives it."""
    from agent.api.schema import CarriedEntry, Exported

    page = await desk.take(after=after, by=COMMAND_LINE)
    entries = [CarriedEntry.of(each) for each in page.entries]
    return Exported(outlet_id=desk.outlet_id, entries=entries, next=page.next).model_dump(mode="json")


async def brought(desk: EvacuationDesk, content: Mapping[str, object]) -> dict[str, Any]:
    """Entries taken in, as the till API answers it; raises Unreachable when they are none."""
    from agent.api.schema import ImportBody, Imported
    from agent.cli.connection import shaped

    body = shaped(ImportBody, content)
    entries = [each.entry() for each in body.entries]
    done = await desk.bring(entries, outlet_id=body.outlet_id, written_at=body.written_at, is_final=body.final, by=COMMAND_LINE)
    counts = {"recorded": len(done.recorded), "known": done.known, "overtaken": done.overtaken}
    return Imported(**counts, different=list(done.different)).model_dump(mode="json")
