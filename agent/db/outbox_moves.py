"""How an entry moves through its states, as plain SQL inside a transaction; the table's triggers hold the same rules."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from agent.core.entry import EntryError, EntryKind, EntryState, Outcome
from agent.core.errors import Conflict, InvalidInput, Refused
from agent.db.audit import append_in
from agent.db.database import Transaction
from agent.db.outbox_queries import by_id, due, due_in_channels
from agent.db.outbox_rows import end_line
from agent.db.sealing import Seal
from agent.db.times import maybe_ms, to_ms
from agent.db.traces import forget_trace

SealedError = tuple[str | None, bytes | None]
"""Reason in plain text, message sealed."""

INTERRUPTED = EntryError("interrupted", "Cata Bridge stopped before this was sent, so it was not redeemed.")
DISCARDABLE = frozenset({EntryState.PENDING, EntryState.PARKED})

WAITING_OUTCOME = "iif(attempts = 0, 'queued', 'unknown')"
TAKE = """
UPDATE outbox SET state = 'sending', outcome = 'unknown', attempts = attempts + 1, not_before = NULL
WHERE seq = ? RETURNING *
"""
TAKE_ONE = """
UPDATE outbox SET state = 'sending', outcome = 'unknown', attempts = attempts + 1, not_before = NULL
WHERE id = ? AND state IN ('pending', 'parked')
  AND NOT EXISTS (SELECT 1 FROM outbox AS s WHERE s.state = 'sending' AND s.lane = outbox.lane) RETURNING *
"""
SETTLE = """
UPDATE outbox SET state = 'settled', outcome = ?, settled_at = ?, error_reason = ?, error_message = ?
WHERE id = ? AND state = 'sending' RETURNING *
"""
POSTPONE = """
UPDATE outbox SET state = 'pending', attempts = attempts - :back, not_before = :not_before,
  outcome = iif(attempts - :back = 0, 'queued', 'unknown'), error_reason = :reason, error_message = :message
WHERE id = :id AND state = 'sending' RETURNING *
"""
PARK = """
UPDATE outbox SET state = 'parked', attempts = attempts - :back, error_reason = :reason, error_message = :message,
  outcome = iif(:back AND attempts > 1, 'unknown', :outcome)
WHERE id = :id AND state = 'sending' RETURNING *
"""
DECLINE = """
UPDATE outbox SET state = 'settled', outcome = 'declined', settled_at = ?, not_before = NULL, error_reason = ?, error_message = ?
WHERE id = ? AND state = 'pending' AND attempts = 0 RETURNING *
"""
DISCARD = """
UPDATE outbox SET state = 'discarded', settled_at = ?, not_before = NULL,
  outcome = iif(attempts > 0 AND outcome = 'unknown', 'unknown', 'declined')
WHERE id = ? RETURNING *
"""
REOPEN = f"""
UPDATE outbox SET state = 'pending', outcome = {WAITING_OUTCOME}, error_reason = NULL, error_message = NULL
WHERE id = ? AND state = 'parked' RETURNING *
"""
RECLAIM = f"UPDATE outbox SET state = 'pending', outcome = {WAITING_OUTCOME} WHERE state = 'sending' RETURNING *"
INTERRUPT = """
UPDATE outbox SET state = 'settled', outcome = 'declined', settled_at = ?, not_before = NULL, error_reason = ?, error_message = ?
WHERE state = 'pending' AND kind = 'burn' AND urgent = 1 AND attempts = 0 RETURNING *
"""
PRUNE = """
DELETE FROM outbox WHERE state IN ('settled', 'discarded') AND settled_at < ?
  AND NOT EXISTS (SELECT 1 FROM outbox AS r WHERE r.reverses = outbox.id)
"""


def sealed_error(error: EntryError | None, seal: Seal) -> SealedError:
    """The two columns of an error."""
    return (None, None) if error is None else (error.reason, seal.seal(error.message))


def claim(
    tx: Transaction,
    held_lanes: Collection[str],
    paused_kinds: Collection[EntryKind],
    limit: int,
    sound: Callable[[Sequence[sqlite3.Row]], bool],
    *,
    only_channels: bool,
) -> list[sqlite3.Row]:
    """Take the heads of lanes; `sound` sets aside what is damaged among them, and the next ones are looked at."""
    while True:
        rows = due_in_channels(tx.conn, held_lanes, limit) if only_channels else due(tx.conn, held_lanes, paused_kinds, limit)
        if sound(rows):
            return [tx.conn.execute(TAKE, (row["seq"],)).fetchone() for row in rows]


def claim_one(tx: Transaction, entry_id: str) -> sqlite3.Row | None:
    """Take one by name."""
    row: sqlite3.Row | None = tx.conn.execute(TAKE_ONE, (entry_id,)).fetchone()
    return row


def settle(tx: Transaction, entry_id: str, outcome: Outcome, error: SealedError, now: datetime) -> sqlite3.Row:
    """Sending to settled."""
    return _ended(tx, _one(tx, SETTLE, (outcome, to_ms(now), *error, entry_id), entry_id))


def postpone(tx: Transaction, entry_id: str, not_before: datetime | None, error: SealedError, *, was_sent: bool) -> sqlite3.Row:
    """Sending to pending."""
    reason, message = error
    values = {"id": entry_id, "back": int(not was_sent), "not_before": maybe_ms(not_before), "reason": reason, "message": message}
    return _one(tx, POSTPONE, values, entry_id)


def park(tx: Transaction, entry_id: str, outcome: Outcome, error: SealedError, *, was_sent: bool) -> sqlite3.Row:
    """Sending to parked."""
    reason, message = error
    values = {"id": entry_id, "back": int(not was_sent), "outcome": outcome, "reason": reason, "message": message}
    return _one(tx, PARK, values, entry_id)


def reopen(tx: Transaction, entry_id: str) -> sqlite3.Row:
    """Parked to pending."""
    return _one(tx, REOPEN, (entry_id,), entry_id)


def decline_unsent(tx: Transaction, entry_id: str, error: SealedError, now: datetime) -> sqlite3.Row:
    """Pending and unsent to settled, else the row as it is."""
    row: sqlite3.Row | None = tx.conn.execute(DECLINE, (to_ms(now), *error, entry_id)).fetchone()
    return known(tx, entry_id) if row is None else _ended(tx, row)


def discard(tx: Transaction, entry_id: str, reason: str, by: str, seal: Seal, now: datetime) -> sqlite3.Row:
    """Pending or parked to discarded, with its line in the audit."""
    if known(tx, entry_id)["state"] not in DISCARDABLE:
        raise InvalidInput("not_discardable", "Only an entry that waits or was set aside can be discarded.")
    row = _one(tx, DISCARD, (to_ms(now), entry_id), entry_id)
    append_in(tx, seal, now, who=by, what="discard", subject=entry_id, reason=reason)
    return _ended(tx, row, by=seal.seal(by))


def reclaim(tx: Transaction, error: SealedError, now: datetime) -> list[sqlite3.Row]:
    """What a process that died has left."""
    waiting = tx.conn.execute(RECLAIM).fetchall()
    interrupted = [_ended(tx, row) for row in tx.conn.execute(INTERRUPT, (to_ms(now), *error)).fetchall()]
    return sorted(waiting + interrupted, key=lambda row: int(row["seq"]))


def prune(tx: Transaction, before: datetime) -> int:
    """Delete old ends; the table refuses any deletion but this one."""
    tx.conn.execute("UPDATE retention SET outbox_before = ?", (to_ms(before),))
    deleted = tx.conn.execute(PRUNE, (to_ms(before),)).rowcount
    tx.conn.execute("UPDATE retention SET outbox_before = 0")
    return deleted


def known(tx: Transaction, entry_id: str) -> sqlite3.Row:
    """The row of an entry; raises Refused when there is none."""
    row = by_id(tx.conn, entry_id)
    if row is None:
        raise Refused("entry_unknown", "There is no such entry.", status=404)
    return row


def _one(tx: Transaction, statement: str, values: tuple[object, ...] | dict[str, object], entry_id: str) -> sqlite3.Row:
    row: sqlite3.Row | None = tx.conn.execute(statement, values).fetchone()
    if row is None:
        state = known(tx, entry_id)["state"]
        raise Conflict("entry_moved", "This entry has moved on meanwhile.", status=409, details=state)
    return row


def _ended(tx: Transaction, row: sqlite3.Row, *, by: bytes | None = None) -> sqlite3.Row:
    tx.journal(end_line(row, by=by))
    forget_trace(tx.conn, row["id"])
    return row
