"""Small things worth remembering by name, such as what menu was pushed last; never what names a person."""

from __future__ import annotations

import json
import sqlite3

from agent.db.database import Database, Transaction

SET = "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"


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
