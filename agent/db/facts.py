"""Small things worth remembering by name, such as what menu was pushed last; never anything personal."""

from __future__ import annotations

import json
import sqlite3

from agent.db.database import Database, Transaction

FORGET = "DELETE FROM facts WHERE name = ?"
SET = "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
TRACE = "visit.{}"
"""Fact: what was noted before this entry first left. It goes with the commit that ends the entry and never sooner: an entry that
was being sent and has none has not left."""
UNTRACED_TO = "untraced_to"
"""Fact: entries up to this place in the order of acceptance may have left without a trace in this database."""


def note_untraced(conn: sqlite3.Connection) -> None:
    """All entries that are here now come from elsewhere, or from a journal: what facts say of them may be missing."""
    place = conn.execute("SELECT coalesce(max(seq), 0) FROM outbox").fetchone()[0]
    conn.execute(SET, (UNTRACED_TO, json.dumps(place)))


def forget_trace(conn: sqlite3.Connection, entry_id: str) -> None:
    """What was noted of an entry is needed no more; inside the transaction that ends it."""
    conn.execute(FORGET, (TRACE.format(entry_id),))


class Facts:
    """JSON values by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> object | None:
        """The value, or None when it was never set."""

        def work(conn: sqlite3.Connection) -> object | None:
            row = conn.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
            return None if row is None else json.loads(row["value"])

        return await self._database.read(work)

    async def set(self, name: str, value: object) -> None:
        """Keep a JSON value; raises NotSaved."""
        await self._database.write(lambda tx: self.set_in(tx, name, value))

    @staticmethod
    def set_in(tx: Transaction, name: str, value: object) -> None:
        """As `set`, inside a larger transaction."""
        tx.conn.execute(SET, (name, json.dumps(value)))
