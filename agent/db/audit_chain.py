"""The chain that holds the audit together: a keyed mark on each line, over the line and the mark of the line before."""

from __future__ import annotations

import hmac
import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from agent.db.database import Database
from agent.db.sealing import Seal

COLUMNS = ("at", "who", "what", "subject", "reason")
FACT = "audit_chained_after"
SLICE = "SELECT * FROM audit WHERE id > ? ORDER BY id LIMIT 500"
CUT_OFF = "SELECT seq, (SELECT coalesce(max(id), 0) FROM audit) AS last FROM sqlite_sequence WHERE name = 'audit'"
LAST_MARK = "SELECT mark FROM audit WHERE id <= ? ORDER BY id DESC LIMIT 1"


def chain_mark(line: Mapping[str, Any] | sqlite3.Row, before: bytes | None, seal: Seal) -> bytes:
    """The mark of a line behind one that has the mark `before`; None behind nothing, or behind a line older than the chain."""
    return seal.mark(["audit", before, *(line[name] for name in COLUMNS)])


def last_mark(conn: sqlite3.Connection, up_to: int = 2**62) -> bytes | None:
    """The mark of the last line up to a number."""
    row = conn.execute(LAST_MARK, (up_to,)).fetchone()
    return None if row is None else row["mark"]


def begin_chain(conn: sqlite3.Connection, seal: Seal) -> None:
    """Note once after which line the chain begins: those before it were written by older versions."""
    last = conn.execute("SELECT coalesce(max(id), 0) FROM audit").fetchone()[0]
    value = json.dumps({"after": last, "mark": _start_mark(last, seal)})
    conn.execute("INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING", (FACT, value))


class AuditChain:
    """Looks through the audit."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    async def first_broken(self) -> int | None:
        """The first line that was changed, put in, or follows one that was taken out; 0 is the beginning, None says all is well.

        Whoever has the till's own key can forge all of it.
        """
        place = await self._database.read(self._begun)
        if place is None:
            return 0
        before = await self._database.read(lambda conn, up_to=place: last_mark(conn, up_to))  # type: ignore[misc]
        while rows := await self._database.read(lambda conn, after=place: conn.execute(SLICE, (after,)).fetchall()):  # type: ignore[misc]
            for row in rows:
                if not hmac.compare_digest(row["mark"] or b"", chain_mark(row, before, self._seal)):
                    return int(row["id"])
                before, place = row["mark"], row["id"]
        return await self._database.read(_cut_off)

    def _begun(self, conn: sqlite3.Connection) -> int | None:
        row = conn.execute("SELECT value FROM facts WHERE name = ?", (FACT,)).fetchone()
        start: dict[str, Any] = json.loads(row["value"]) if row else {"after": 0, "mark": ""}
        is_ours = hmac.compare_digest(start["mark"], _start_mark(start["after"], self._seal))
        return int(start["after"]) if is_ours else None


def _start_mark(after: int, seal: Seal) -> str:
    return seal.mark(["audit begins", after]).hex()


def _cut_off(conn: sqlite3.Connection) -> int | None:
    """Where lines are missing at the end: the counter of ids never goes back, whatever is deleted."""
    row = conn.execute(CUT_OFF).fetchone()
    return None if row is None or row["seq"] == row["last"] else int(row["last"]) + 1
