"""What is noted of an entry before it first leaves, so that the count can tell its effect; it goes with the entry's end."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.db.database import Database, Transaction

TRACE = "visit.{}"
"""Fact: `{"member", "mark", "mixed"}`. An entry that was being sent and has none has not left, unless it has lived elsewhere."""
UNTRACED_TO = "untraced_to"
"""Fact: entries up to this place in the order of acceptance may have left without a trace in this database."""

GET = "SELECT value FROM facts WHERE name = ?"
SET = "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
FORGET = "DELETE FROM facts WHERE name = ?"
MIX = "UPDATE facts SET value = json_set(value, '$.mixed', json('true')) WHERE name = ?"
OTHERS = """
SELECT f.name, o.state FROM facts AS f JOIN outbox AS o ON o.id = substr(f.name, 7)
WHERE f.name > 'visit.' AND f.name < 'visit/' AND o.id <> ? AND o.attempts > 0 AND json_extract(f.value, '$.member') = ?
"""


@dataclass(frozen=True, slots=True)
class Trace:
    """What was noted of one entry."""

    mark: Mapping[str, Any]
    """What the member had before."""
    mixed: bool
    """Something else of the member was told meanwhile, or may have been on its way then: the count proves nothing."""


class Traces:
    """The notes of entries that may have left; raises NotSaved where it writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, entry_id: str) -> Trace | None:
        """What was noted; None when nothing was."""
        row = await self._database.read(lambda conn: conn.execute(GET, (TRACE.format(entry_id),)).fetchone())
        kept = None if row is None else json.loads(row["value"])
        return kept and Trace(kept["mark"], kept.get("mixed") is True)

    async def is_member_busy(self, entry_id: str, member: str) -> bool:
        """Whether another entry of the member has left and has neither ended nor been set aside."""
        return await self._database.read(lambda conn: _is_busy(_others(conn, entry_id, member)))

    async def leave(self, entry_id: str, member: str, mark: Mapping[str, object]) -> bool:
        """Note that an entry leaves now; False, and nothing is noted, while the member is busy."""

        def work(tx: Transaction) -> bool:
            others = _others(tx.conn, entry_id, member)
            if _is_busy(others):
                return False
            tx.conn.executemany(MIX, [(row["name"],) for row in others])
            note = {"member": member, "mark": mark, "mixed": bool(others)}
            tx.conn.execute(SET, (TRACE.format(entry_id), json.dumps(note)))
            return True

        return await self._database.write(work)

    async def forget(self, entry_id: str) -> None:
        """It is certain that nothing of the entry has had an effect."""
        await self._database.write(lambda tx: forget_trace(tx.conn, entry_id))

    async def may_have_none(self, seq: int) -> bool:
        """Whether the entry at this place may have left without a trace here."""
        row = await self._database.read(lambda conn: conn.execute(GET, (UNTRACED_TO,)).fetchone())
        return row is not None and seq <= int(json.loads(row["value"]))


def note_untraced(conn: sqlite3.Connection) -> None:
    """All entries that are here now come from elsewhere, or from a journal: what facts say of them may be missing."""
    place = conn.execute("SELECT coalesce(max(seq), 0) FROM outbox").fetchone()[0]
    conn.execute(SET, (UNTRACED_TO, json.dumps(place)))


def forget_trace(conn: sqlite3.Connection, entry_id: str) -> None:
    """The note of an entry, inside the transaction that ends it: sooner, and it would look as if it never left."""
    conn.execute(FORGET, (TRACE.format(entry_id),))


def _others(conn: sqlite3.Connection, entry_id: str, member: str) -> list[sqlite3.Row]:
    return conn.execute(OTHERS, (entry_id, member)).fetchall()


def _is_busy(others: list[sqlite3.Row]) -> bool:
    return any(row["state"] != "parked" for row in others)
