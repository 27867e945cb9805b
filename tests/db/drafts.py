"""Drafts and databases to try the outbox with."""

from __future__ import annotations

import itertools
from pathlib import Path

from agent.core.entry import Draft, EntryError, EntryKind
from agent.core.member import MemberRef
from agent.core.money import Points
from agent.core.ref_code import RefCode
from agent.db.database import Database
from agent.db.journal import Journal
from agent.db.outbox import Outbox
from agent.db.sealing import Seal
from tests.support.clock import START, FakeClock

KEY = bytes(range(32))
WHY = EntryError("timeout", "Cata did not answer.")

U1 = MemberRef(uuid="u1")

_numbers = itertools.count(1)


def a_draft(
    lane: str = "member:u1",
    *,
    kind: EntryKind = EntryKind.EARN,
    member: MemberRef | None = U1,
    points: int = 5,
    ref_code: str | None = None,
    urgent: bool = False,
    reverses: str | None = None,
    declined: EntryError | None = None,
    payload: dict[str, object] | None = None,
) -> Draft:
    number = next(_numbers)
    return Draft(
        id=f"e{number}",
        kind=kind,
        lane=lane,
        ref_code=RefCode(ref_code or f"cb1-{number}"),
        payload=payload or {},
        created_at=START,
        member=member,
        points=Points(points),
        urgent=urgent,
        reverses=reverses,
        declined=declined,
    )


async def open_outbox(home: Path, clock: FakeClock) -> tuple[Database, Outbox]:
    database = await Database.open(home / "bridge.db", clock=clock, journal=Journal(home / "journal.log"))
    return database, Outbox(database, Seal(KEY), clock)
