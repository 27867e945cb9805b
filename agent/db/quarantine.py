"""Rows that are not what was stored: set aside with what was read of them, never sent, never thrown away unseen."""

from __future__ import annotations

import base64
import json
import logging
import sqlite3
from collections.abc import Iterator
from datetime import datetime

from agent.core.clock import Clock
from agent.db.database import Database
from agent.db.marks import ENDED, is_sound_entry, is_sound_order
from agent.db.sealing import Seal
from agent.db.times import to_ms

log = logging.getLogger(__name__)

INSERT = "INSERT INTO quarantine (at, what, place, subject, found) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
DELETE = "DELETE FROM outbox WHERE seq = ? AND NOT EXISTS (SELECT 1 FROM outbox AS r WHERE r.reverses = outbox.id)"
SLICE = 500
"""So many rows are looked at before others get their turn at the database."""


def set_aside_entry(conn: sqlite3.Connection, row: sqlite3.Row, seal: Seal, now: datetime) -> None:
    """Keep what was read of an entry; one that could still be sent leaves the outbox, so that its lane goes on."""
    keep(conn, "entry", row["seq"], row["id"], dict(row), seal, now)
    if row["state"] not in ENDED:
        conn.execute(DELETE, (row["seq"],))


def set_aside_order(conn: sqlite3.Connection, row: sqlite3.Row, seal: Seal, now: datetime) -> None:
    """Keep what was read of an order; its row stays for its tickets."""
    keep(conn, "order", row["seq"], row["id"], dict(row), seal, now)


def keep(
    conn: sqlite3.Connection, what: str, place: int, subject: object, found: dict[str, object], seal: Seal, now: datetime
) -> None:
    """Note something damaged, once."""
    text = json.dumps(found, default=_as_text)
    if conn.execute(INSERT, (to_ms(now), what, place, str(subject), seal.seal(text))).rowcount:
        log.error("something stored is damaged and was set aside what=%s place=%d subject=%r", what, place, subject)


class Quarantine:
    """What was set aside, and the search for more."""

    def __init__(self, database: Database, seal: Seal, clock: Clock) -> None:
        self._database = database
        self._seal = seal
        self._clock = clock

    async def waiting(self) -> int:
        """How much is set aside and neither put back nor acknowledged."""
        query = "SELECT count(*) FROM quarantine WHERE closed_at IS NULL AND seen_at IS NULL"
        return await self._database.read(lambda conn: int(conn.execute(query).fetchone()[0]))

    async def acknowledge(self) -> int:
        """A person knows of all of it; returns how much it was."""
        now = to_ms(self._clock.now())
        query = "UPDATE quarantine SET seen_at = ? WHERE closed_at IS NULL AND seen_at IS NULL"
        return await self._database.write(lambda tx: tx.conn.execute(query, (now,)).rowcount)

    async def search(self) -> int:
        """Look at every row of outbox and orders, also at those that nobody asks for; returns how many are damaged."""
        return await self._search("outbox") + await self._search("orders")

    async def _search(self, table: str) -> int:
        place, found = 0, 0
        while True:
            rows = await self._database.read(lambda conn, after=place: _slice(conn, table, after))  # type: ignore[misc]
            if not rows:
                return found
            place = rows[-1]["seq"]
            damaged = [row for row in rows if not _is_sound(table, row, self._seal)]
            found += len(damaged)
            if damaged:
                await self._database.write(lambda tx, rows=damaged: self._set_aside(tx.conn, table, rows))  # type: ignore[misc]

    def _set_aside(self, conn: sqlite3.Connection, table: str, rows: list[sqlite3.Row]) -> None:
        for row in rows:
            # It may have moved on since it was read, and what matters is what is there now.
            current = conn.execute(f"SELECT * FROM {table} WHERE seq = ?", (row["seq"],)).fetchone()
            if current is not None and not _is_sound(table, current, self._seal):
                set_aside(conn, table, current, self._seal, self._clock.now())


def set_aside(conn: sqlite3.Connection, table: str, row: sqlite3.Row, seal: Seal, now: datetime) -> None:
    """Set a row of `outbox` or `orders` aside."""
    (set_aside_entry if table == "outbox" else set_aside_order)(conn, row, seal, now)


def damaged_rows(conn: sqlite3.Connection, table: str, seal: Seal) -> Iterator[sqlite3.Row]:
    """Every row of `outbox` or `orders` that is not what was stored."""
    for row in conn.execute(f"SELECT * FROM {table} ORDER BY seq").fetchall():
        if not _is_sound(table, row, seal):
            yield row


def _slice(conn: sqlite3.Connection, table: str, after: int) -> list[sqlite3.Row]:
    return conn.execute(f"SELECT * FROM {table} WHERE seq > ? ORDER BY seq LIMIT {SLICE}", (after,)).fetchall()


def _is_sound(table: str, row: sqlite3.Row, seal: Seal) -> bool:
    return (is_sound_entry if table == "outbox" else is_sound_order)(row, seal)


def _as_text(value: object) -> str:
    assert isinstance(value, bytes), "rows are made of numbers, text and bytes"
    return base64.b64encode(value).decode()
