"""Grants that this file's ledger does not know: in burns from another home, or put back from the journal."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime

from agent.core.grant import Grant
from agent.db.grants import FOUND_DAY, INSERT, LAST, TURN, columns
from agent.db.marks import is_sound_entry
from agent.db.sealing import Seal
from agent.db.times import to_ms

UNKNOWN = """
SELECT * FROM outbox WHERE kind = 'burn' AND state IN ('pending', 'sending', 'parked')
  AND NOT EXISTS (SELECT 1 FROM grants WHERE entry_id = outbox.id)
"""
END = """
UPDATE grants SET ended_at = o.settled_at, ended = CASE
  WHEN o.state = 'discarded' THEN 'given_up' WHEN o.outcome = 'confirmed' THEN 'confirmed' ELSE 'shortfall' END
FROM outbox AS o WHERE o.id = grants.entry_id AND grants.ended IS NULL AND o.state IN ('settled', 'discarded')
"""


def find_grants(conn: sqlite3.Connection, seal: Seal) -> int:
    """Inside a transaction: count grants of open burns that were not made here, end those whose burn has; returns how many."""
    found = 0
    for row in conn.execute(UNKNOWN).fetchall():
        grant = Grant.of(json.loads(seal.open(row["payload"]))) if is_sound_entry(row, seal) else None
        if grant is not None:
            elsewhere = {"granted_at": row["created_at"], "process": "", "ticks": 0, "business_day": FOUND_DAY}
            limits = {"cap_minor": 0, "day_limit": 0}
            conn.execute(INSERT, {**columns(row["id"], grant, origin="found"), **elsewhere, **limits})
            found += 1
    conn.execute(END)
    return found


def distrust_switch(conn: sqlite3.Connection, now: datetime) -> None:
    """Inside a transaction, after a rebuild: whether a manager has switched off since the copy nobody knows."""
    last = conn.execute(LAST).fetchone()
    if last is not None and last["state"] == "on":
        conn.execute(TURN, (to_ms(now), "off", "rebuilt", ""))
