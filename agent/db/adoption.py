"""Before rows are judged: the key must be the one they were marked with, and rows from before there were marks get theirs."""

from __future__ import annotations

import json
import sqlite3

from agent.core.errors import NeedsPerson
from agent.db.audit_chain import begin_chain
from agent.db.marks import entry_mark, is_sound_entry, order_mark
from agent.db.sealing import Seal

KEY_FACT = "seal_key"
KEY_TEXT = "the key that marks this till's rows"
SET = "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
ENOUGH = 20
"""Of so many rows one at least is sound if the key is right."""


def adopt(conn: sqlite3.Connection, seal: Seal) -> None:
    """Inside a transaction, at each start; NeedsPerson `seal_key_changed` when the rows belong to another key."""
    _know_key(conn, seal)
    for what, table, mark in (("entry", "outbox", entry_mark), ("order", "orders", order_mark)):
        query = f"SELECT t.* FROM {table} AS t JOIN unmarked AS u ON u.what = ? AND u.place = t.seq WHERE t.mark IS NULL"
        for row in conn.execute(query, (what,)).fetchall():
            conn.execute(f"UPDATE {table} SET mark = ? WHERE seq = ?", (mark(row, seal), row["seq"]))
    conn.execute("DELETE FROM unmarked")
    begin_chain(conn, seal)


def _know_key(conn: sqlite3.Connection, seal: Seal) -> None:
    ours = json.dumps(seal.fingerprint(KEY_TEXT))
    found = conn.execute("SELECT value FROM facts WHERE name = ?", (KEY_FACT,)).fetchone()
    if found is not None and found["value"] == ours:
        return
    rows = conn.execute("SELECT * FROM outbox WHERE mark IS NOT NULL ORDER BY seq DESC LIMIT ?", (ENOUGH,)).fetchall()
    if found is not None and rows and not any(is_sound_entry(row, seal) for row in rows):
        message = "The key that opens this till's stored data is not the one it was stored with. Bring the old key back."
        raise NeedsPerson("seal_key_changed", message)
    conn.execute(SET, (KEY_FACT, ours))
