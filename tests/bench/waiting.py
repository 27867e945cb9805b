"""Entries that wait in a home before its agent is started, as after an outage."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from agent.core.clock import SystemClock
from agent.core.entry import Draft, EntryKind
from agent.core.ids import RandomIds
from agent.core.member import MemberRef
from agent.core.money import Points
from agent.core.ref_code import RefCode
from agent.db.database import Database
from agent.db.journal import Journal
from agent.db.outbox import Outbox
from agent.db.sealing import Seal
from agent.paths import Home
from agent.secrets import Secrets


@asynccontextmanager
async def outbox_of(home: Home) -> AsyncIterator[tuple[Database, Outbox, Seal]]:
    """The outbox of a home whose agent does not run, with its database and its seal."""
    seal = Seal(await asyncio.to_thread(Secrets(home, {"CATA_BRIDGE_SECRETS": "file"}).seal_key))
    clock = SystemClock()
    database = await Database.open(home.db, clock=clock, journal=Journal(home.journal))
    try:
        yield database, Outbox(database, seal, clock), seal
    finally:
        await database.close()


def earn_draft(number: int, members: Sequence[str]) -> Draft:
    """The `number`th earn of an outage; members in turn."""
    entry_id = RandomIds().new()
    uuid = members[number % len(members)]
    return Draft(
        id=entry_id,
        kind=EntryKind.EARN,
        lane=f"member:{uuid}",
        ref_code=RefCode(f"cb1-wait-{entry_id}"),
        payload={},
        created_at=SystemClock().now(),
        member=MemberRef(uuid=uuid),
        points=Points(5),
        receipt=f"R-{number}",
    )
