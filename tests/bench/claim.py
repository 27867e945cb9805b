"""Finding and taking the next due entries, with many waiting."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path

from agent.core.entry import Entry, Outcome
from agent.core.ids import RandomIds
from agent.db.database import Database, Transaction
from agent.db.marks import entry_mark
from agent.db.outbox import Outbox
from agent.db.outbox_rows import INSERT, new_row
from agent.db.sealing import Seal
from agent.paths import Home
from tests.bench.floor import bare_table
from tests.bench.result import Row, milliseconds
from tests.bench.waiting import earn_draft, outbox_of

TITLE = "Claim of the next due entries, committed"
FEW, MANY = 1_000, 200_000
COUNT, WARM_UP = 200, 10
MEMBERS = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(2000)]


async def run(folder: Path) -> list[Row]:
    """The whole table."""
    with bare_table(folder, 64) as floor:
        rows = [milliseconds("floor: bare SQLite insert, WAL, FULL", floor.timed(COUNT))]
    async with outbox_of(Home(folder / "shop").prepare()) as (database, outbox, seal):
        await _fill(database, seal, FEW)
        rows.append(milliseconds(f"{FEW:,} waiting, 2 at a time", await _claims(outbox, COUNT)))
        await _fill(database, seal, MANY - FEW)
        rows.append(milliseconds(f"{MANY:,} waiting, 2 at a time", await _claims(outbox, COUNT)))
        held = [f"member:{uuid}" for uuid in MEMBERS[:-1]]
        rows.append(milliseconds(f"{MANY:,} waiting, all members but one held back", await _claims(outbox, 50, held)))
        counts = await _timed_counts(outbox)
        return [*rows, milliseconds(f"{MANY:,} waiting, counted for the status", counts)]


async def _claims(outbox: Outbox, count: int, held: Collection[str] = ()) -> list[float]:
    taken = []
    for _ in range(WARM_UP + count):
        started = time.perf_counter()
        claimed = await outbox.claim(held_lanes=held, paused_kinds=(), limit=2)
        taken.append(time.perf_counter() - started)
        assert claimed
        await _settle(outbox, claimed)
    return taken[WARM_UP:]


async def _settle(outbox: Outbox, entries: Collection[Entry]) -> None:
    for entry in entries:
        await outbox.settle(entry.id, Outcome.CONFIRMED)


async def _timed_counts(outbox: Outbox) -> list[float]:
    taken = []
    for _ in range(30):
        started = time.perf_counter()
        await outbox.counts()
        taken.append(time.perf_counter() - started)
    return taken


async def _fill(database: Database, seal: Seal, count: int) -> None:
    """Rows straight into the table: to record so many one by one would take minutes."""
    row = new_row(earn_draft(0, MEMBERS), seal)
    ids = RandomIds()

    def insert(tx: Transaction) -> None:
        for number in range(count):
            uuid, entry_id = MEMBERS[number % len(MEMBERS)], ids.new()
            fresh = {"id": entry_id, "ref_code": f"cb1-{entry_id}", "lane": f"member:{uuid}", "member_uuid": uuid}
            tx.conn.execute(INSERT, row | fresh | {"mark": entry_mark(row | fresh, seal)})

    await database.write(insert)
