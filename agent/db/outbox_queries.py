"""What is asked of the outbox's table."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from datetime import datetime

from agent.core.entry import CHANNEL_LANE, EntryKind, EntryState
from agent.core.money import Points
from agent.db.outbox_rows import FREED
from agent.db.times import from_ms, to_ms

DUE = """
SELECT * FROM outbox AS o INDEXED BY outbox_due
WHERE o.state = 'pending'
  AND o.kind NOT IN (SELECT value FROM json_each(:paused))
  AND o.lane NOT IN (SELECT value FROM json_each(:held))
  AND NOT EXISTS (SELECT 1 FROM outbox AS s INDEXED BY outbox_sending WHERE s.state = 'sending' AND s.lane = o.lane)
  AND NOT EXISTS (
    SELECT 1 FROM outbox AS p INDEXED BY outbox_lane
    WHERE p.state IN ('pending', 'sending') AND p.lane = o.lane AND p.seq < o.seq)
ORDER BY o.urgent DESC, o.seq LIMIT :limit
"""
"""Heads of lanes that nothing holds; walks the open entries only, by index."""

GRANTED_LANES = (
    "SELECT DISTINCT o.lane FROM grants AS g JOIN outbox AS o ON o.id = g.entry_id WHERE g.closed = 0 AND g.ended IS NULL"
)
DUE_IN = DUE.replace("INDEXED BY outbox_due", "INDEXED BY outbox_lane").replace(
    "WHERE o.state = 'pending'",
    "WHERE o.state IN ('pending', 'sending') AND o.state = 'pending' AND o.lane IN (SELECT value FROM json_each(:lanes))",
)

CHANNEL_LANES = """
SELECT DISTINCT lane FROM outbox INDEXED BY outbox_lane
WHERE state IN ('pending', 'sending') AND lane >= :first AND lane < :first || 'zz'
"""

POINTS = """
SELECT kind, sum(points) FROM (
  SELECT kind, points FROM outbox WHERE state IN ('pending', 'sending') AND member_uuid = :uuid
  UNION ALL
  SELECT kind, points FROM outbox WHERE state IN ('pending', 'sending')
    AND member_fingerprint IN (SELECT value FROM json_each(:fingerprints)))
GROUP BY kind
"""

ENDED = """
SELECT * FROM (
  SELECT * FROM (SELECT * FROM outbox WHERE state = 'settled' ORDER BY seq DESC LIMIT :looked_at)
  UNION ALL
  SELECT * FROM (SELECT * FROM outbox WHERE state = 'discarded' ORDER BY seq DESC LIMIT :looked_at))
WHERE kind IN ('earn', 'burn') AND created_at >= :since ORDER BY seq DESC LIMIT :limit
"""
BY_HAND = """
SELECT count(*), coalesce(sum(points), 0) FROM outbox INDEXED BY outbox_by_hand
WHERE kind = 'earn' AND receipt IS NULL AND reverses IS NULL AND created_at >= ? AND state <> 'discarded'
"""
LOOKED_AT = 1000
"""Ended entries of one state that are gone through at most, so that a long history costs nothing."""


def ended_loyalty(conn: sqlite3.Connection, since: datetime, limit: int) -> list[sqlite3.Row]:
    """The newest ended earns and burns accepted since a time, newest first."""
    return conn.execute(ENDED, {"since": to_ms(since), "limit": limit, "looked_at": LOOKED_AT}).fetchall()


def by_id(conn: sqlite3.Connection, entry_id: str) -> sqlite3.Row | None:
    """The row of an entry."""
    row: sqlite3.Row | None = conn.execute("SELECT * FROM outbox WHERE id = ?", (entry_id,)).fetchone()
    return row


def by_ref_code(conn: sqlite3.Connection, ref_code: str) -> sqlite3.Row | None:
    """The row that a key stands for."""
    row: sqlite3.Row | None = conn.execute(f"SELECT * FROM outbox WHERE ref_code = ? AND NOT {FREED}", (ref_code,)).fetchone()
    return row


def reversal_of(conn: sqlite3.Connection, entry_id: str) -> sqlite3.Row | None:
    """The row of the compensation in force."""
    row: sqlite3.Row | None = conn.execute(f"SELECT * FROM outbox WHERE reverses = ? AND NOT {FREED}", (entry_id,)).fetchone()
    return row


def page(
    conn: sqlite3.Connection, state: EntryState | None, kind: EntryKind | None, limit: int, after_seq: int
) -> list[sqlite3.Row]:
    """Rows after a place in the order of acceptance."""
    wanted = [("state", state), ("kind", kind)]
    where = "".join(f" AND {name} = :{name}" for name, value in wanted if value is not None)
    values = {"state": state, "kind": kind, "after": after_seq, "limit": limit}
    return conn.execute(f"SELECT * FROM outbox WHERE seq > :after{where} ORDER BY seq LIMIT :limit", values).fetchall()


def due(
    conn: sqlite3.Connection, held_lanes: Collection[str], paused_kinds: Collection[EntryKind], limit: int
) -> list[sqlite3.Row]:
    """Rows that may be sent now, in the order to send them: first of all what is in the way of a grant's settlement."""
    values = {"held": json.dumps(list(held_lanes)), "paused": json.dumps(list(paused_kinds)), "limit": limit}
    granted = [row["lane"] for row in conn.execute(GRANTED_LANES).fetchall()]
    first = conn.execute(DUE_IN, {**values, "lanes": json.dumps(granted)}).fetchall() if granted else []
    if len(first) == limit:
        return first
    rest = {"held": json.dumps([*held_lanes, *granted]), "limit": limit - len(first)}
    return first + conn.execute(DUE, {**values, **rest}).fetchall()


def due_in_channels(conn: sqlite3.Connection, held_lanes: Collection[str], limit: int) -> list[sqlite3.Row]:
    """Rows that may be sent now although the cloud cannot be reached: another channel is told of its order."""
    lanes = [row["lane"] for row in conn.execute(CHANNEL_LANES, {"first": CHANNEL_LANE}).fetchall()]
    values = {"lanes": json.dumps(lanes), "held": json.dumps(list(held_lanes)), "paused": "[]", "limit": limit}
    return conn.execute(DUE_IN, values).fetchall() if lanes else []


def given_by_hand(conn: sqlite3.Connection, since: datetime) -> tuple[int, int]:
    """How many earns without a receipt were accepted since a time and not given up, and their points."""
    row = conn.execute(BY_HAND, (to_ms(since),)).fetchone()
    return int(row[0]), int(row[1])


def unended(conn: sqlite3.Connection, after_seq: int, limit: int) -> list[sqlite3.Row]:
    """Rows that have not ended, behind a place in the order of acceptance."""
    query = "SELECT * FROM outbox WHERE state IN ('pending', 'sending', 'parked') AND seq > ? ORDER BY seq LIMIT ?"
    return conn.execute(query, (after_seq, limit)).fetchall()


def newer_in_lane(conn: sqlite3.Connection, lane: str, than: datetime) -> bool:
    """Whether something later was accepted in a lane, and not given up."""
    query = "SELECT 1 FROM outbox WHERE lane = ? AND created_at > ? AND state <> 'discarded' LIMIT 1"
    return conn.execute(query, (lane, to_ms(than))).fetchone() is not None


def counts(conn: sqlite3.Connection) -> tuple[int, int, datetime | None]:
    """Open entries, parked entries, and when the oldest open one was accepted."""
    rows = conn.execute(
        "SELECT state, count(*), min(seq) FROM outbox WHERE state IN ('pending', 'sending', 'parked') GROUP BY state"
    ).fetchall()
    number = {state: count for state, count, _ in rows}
    oldest = min((seq for state, _, seq in rows if state != EntryState.PARKED), default=None)
    found = conn.execute("SELECT created_at FROM outbox WHERE seq = ?", (oldest,)).fetchone()
    pending = number.get(EntryState.PENDING, 0) + number.get(EntryState.SENDING, 0)
    return pending, number.get(EntryState.PARKED, 0), from_ms(found[0]) if found else None


def pending_points(conn: sqlite3.Connection, uuid: str, fingerprints: Collection[str]) -> tuple[Points, Points]:
    """Points on their way to be earned and to be burned."""
    rows = conn.execute(POINTS, {"uuid": uuid, "fingerprints": json.dumps(list(fingerprints))}).fetchall()
    sums = {kind: total or 0 for kind, total in rows}
    return Points(sums.get(EntryKind.EARN, 0)), Points(sums.get(EntryKind.BURN, 0))
