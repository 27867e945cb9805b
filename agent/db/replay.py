"""Writing into a database what the journal knows and it does not; doing it twice changes nothing."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.core.entry import LOYALTY_KINDS
from agent.core.member import ERASED
from agent.db.journal import Line
from agent.db.marks import entry_mark, is_sound_entry, is_sound_order
from agent.db.order_writes import set_mark
from agent.db.outbox_rows import INSERT
from agent.db.quarantine import damaged_rows, keep, set_aside
from agent.db.sealing import Seal
from agent.db.times import to_ms

BLOBS = frozenset({"payload", "member_identifier", "mark", "error_message", "paid", "raw"})
TOO_OLD = ("outcome_too_old", "It is not known whether Cata did this, and it is too long ago to ask again safely.")
END = """
UPDATE outbox SET state = :state, outcome = :outcome, settled_at = :settled_at, attempts = :attempts, not_before = NULL,
  error_reason = :error_reason, error_message = :error_message
WHERE id = :id AND state IN ('pending', 'sending', 'parked')
"""
DOUBT = "UPDATE outbox SET attempts = max(attempts, 1), outcome = 'unknown' WHERE state = 'pending'"
DOUBT_OLD = f"""
UPDATE outbox SET state = 'parked', not_before = NULL, error_reason = ?, error_message = ?
WHERE state = 'pending' AND created_at < ? AND kind IN ({", ".join(f"'{kind}'" for kind in sorted(LOYALTY_KINDS))})
"""
INSERT_ORDER = """
INSERT INTO orders (id, status, status_at, received_at, paid, raw) VALUES (:id, :status, :status_at, :received_at, :paid, :raw)
"""
REPAIR_ORDER = """
UPDATE orders
SET status = :status, status_at = :status_at, received_at = :received_at, promised_at = NULL, paid = :paid, raw = :raw
WHERE id = :id
"""
MOVE = """
UPDATE orders SET status = :status, status_at = :status_at, promised_at = coalesce(:promised_at, promised_at)
WHERE id = :id AND coalesce(status_at, 0) <= :status_at
"""
FORGET_ORDER = "UPDATE orders SET paid = :paid, raw = NULL, problems = NULL WHERE id = :id"
FORGET_DELIVERY = "UPDATE events SET raw = NULL WHERE id = :id AND received_at = :received_at"
HANDOFF = "INSERT INTO handoffs (order_id, target, device, copy, state) VALUES (?, ?, ?, 1, 'uncertain')"
DELIVERY = "INSERT INTO deliveries (delivery_id, order_id, received_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"

Record = Mapping[str, object]


@dataclass(slots=True)
class Past:
    """The journal by what it is about."""

    intents: dict[str, Record] = field(default_factory=dict)
    ends: dict[str, Record] = field(default_factory=dict)
    orders: dict[str, Record] = field(default_factory=dict)
    moves: dict[str, Record] = field(default_factory=dict)
    forgotten: dict[str, Record] = field(default_factory=dict)
    """Deliveries kept unread that somebody's erasure took away."""


@dataclass(slots=True)
class Tally:
    """What was written back."""

    entries: int = 0
    ends: int = 0
    orders: int = 0
    set_aside: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the journal is read with."""

    seal: Seal
    now: datetime
    key_memory: timedelta
    """How long the cloud surely remembers a key."""


def fold(lines: Iterable[Line]) -> Past:
    """The last word on everything; lines of a kind that is unknown here say nothing."""
    past = Past()
    places = {
        "intent": past.intents,
        "end": past.ends,
        "order": past.orders,
        "order_moved": past.moves,
        "delivery_forgotten": past.forgotten,
    }
    for line in lines:
        place = places.get(str(line.record.get("what")))
        if place is not None:
            place[str(line.record["id"])] = {name: _value(name, value) for name, value in line.record.items()}
    return past


def bring_up(conn: sqlite3.Connection, past: Past, terms: Terms) -> Tally:
    """Inside a transaction on a file that is older than the journal: what it lacks is added, and no open entry is trusted.

    An entry whose end is unknown is pending with an unknown outcome, or parked where the cloud may have forgotten its key.
    """
    with _without_triggers(conn):
        tally = _put_back(conn, past, terms)
        for delivery in past.forgotten.values():
            conn.execute(FORGET_DELIVERY, delivery)
        for end in past.ends.values():
            tally.ends += conn.execute(END, end).rowcount
        conn.execute(DOUBT)
        message = terms.seal.seal(TOO_OLD[1])
        conn.execute(DOUBT_OLD, (TOO_OLD[0], message, to_ms(terms.now - terms.key_memory)))
    return tally


def put_back(conn: sqlite3.Connection, past: Past, terms: Terms) -> Tally:
    """Inside a transaction of the running agent: what is damaged is replaced from the journal, the rest is left alone."""
    with _without_triggers(conn):
        query = "SELECT subject FROM quarantine WHERE what = 'entry' AND closed_at IS NULL"
        wanted = {row["subject"] for row in conn.execute(query).fetchall()}
        # Nothing that is open is ever deleted, so an intent without end and without row is one that damage has taken.
        intents = {key: value for key, value in past.intents.items() if key in wanted or key not in past.ends}
        return _put_back(conn, Past(intents, past.ends, past.orders, past.moves), terms)


def _put_back(conn: sqlite3.Connection, past: Past, terms: Terms) -> Tally:
    tally = Tally()
    for table in ("outbox", "orders"):
        for row in damaged_rows(conn, table, terms.seal):
            set_aside(conn, table, row, terms.seal, terms.now)
            tally.set_aside += 1
    for number, intent in enumerate(past.intents.values(), 1):
        tally.entries += _entry(conn, intent, past.ends.get(str(intent["id"])), terms, number)
    for order in past.orders.values():
        tally.orders += _order(conn, order, past.moves.get(str(order["id"])), terms)
    return tally


def _entry(conn: sqlite3.Connection, intent: Record, end: Record | None, terms: Terms, number: int) -> int:
    row = conn.execute("SELECT * FROM outbox WHERE id = ?", (intent["id"],)).fetchone()
    is_erased = intent["member_uuid"] == ERASED
    if row is not None and is_sound_entry(row, terms.seal) and not (is_erased and row["member_uuid"] != ERASED):
        return 0
    values = {**intent, "mark": intent.get("mark") or entry_mark(intent, terms.seal), **_end(intent, end, terms)}
    conn.execute("SAVEPOINT entry")
    try:
        if row is not None:
            conn.execute("DELETE FROM outbox WHERE seq = ?", (row["seq"],))
        made = conn.execute(INSERT, values).fetchone()
        place = row["seq"] if row is not None else _place(conn, intent["id"])
        if place is not None:
            conn.execute("UPDATE outbox SET seq = ? WHERE seq = ?", (place, made["seq"]))
    except sqlite3.IntegrityError:
        # Its key or its place is taken by another one: a person has to see both.
        conn.execute("ROLLBACK TO entry")
        keep(conn, "line", number, intent["id"], dict(intent), terms.seal, terms.now)
    else:
        _close(conn, "entry", intent["id"], terms)
        return 1
    finally:
        conn.execute("RELEASE entry")
    return 0


def _place(conn: sqlite3.Connection, entry_id: object) -> int | None:
    """Where a row that was set aside stood in its lane."""
    query = "SELECT place FROM quarantine WHERE what = 'entry' AND subject = ? AND closed_at IS NULL ORDER BY id DESC"
    row = conn.execute(query, (entry_id,)).fetchone()
    return None if row is None else int(row["place"])


def _end(intent: Record, end: Record | None, terms: Terms) -> Record:
    if end is not None:
        return end
    is_old = intent["kind"] in LOYALTY_KINDS and int(str(intent["created_at"])) < to_ms(terms.now - terms.key_memory)
    return {
        "attempts": 1,
        "state": "parked" if is_old else "pending",
        "outcome": "unknown",
        "settled_at": None,
        "error_reason": TOO_OLD[0] if is_old else None,
        "error_message": terms.seal.seal(TOO_OLD[1]) if is_old else None,
    }


def _order(conn: sqlite3.Connection, order: Record, move: Record | None, terms: Terms) -> int:
    row = conn.execute("SELECT * FROM orders WHERE id = ?", (order["id"],)).fetchone()
    is_sound = row is not None and is_sound_order(row, terms.seal)
    if is_sound and order["raw"] is None and row["raw"] is not None:
        conn.execute(FORGET_ORDER, order)
    elif is_sound and (move is None or row["status_at"] == move["status_at"]):
        return 0
    if row is None:
        _insert_order(conn, order)
    elif not is_sound:
        conn.execute(REPAIR_ORDER, order)
    if move is not None:
        conn.execute(MOVE, move)
    set_mark(conn, str(order["id"]), terms.seal)
    _close(conn, "order", order["id"], terms)
    return int(not is_sound)


def _insert_order(conn: sqlite3.Connection, order: Record) -> None:
    """An order that only the journal knows; whether its ticket was printed nobody knows."""
    conn.execute(INSERT_ORDER, order)
    handed = order["handoffs"]
    for target, device in handed if isinstance(handed, list) else ():
        conn.execute(HANDOFF, (order["id"], target, device))
    if order["delivery_id"] is not None:
        conn.execute(DELIVERY, (order["delivery_id"], order["id"], order["received_at"]))


def _close(conn: sqlite3.Connection, what: str, subject: object, terms: Terms) -> None:
    query = "UPDATE quarantine SET closed_at = ? WHERE what = ? AND subject = ? AND closed_at IS NULL"
    conn.execute(query, (to_ms(terms.now), what, subject))


@contextmanager
def _without_triggers(conn: sqlite3.Connection) -> Iterator[None]:
    """They hold the rules of a running outlet; the transaction puts them back, or undoes all of it."""
    triggers = conn.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for trigger in triggers:
        conn.execute(f"DROP TRIGGER {trigger['name']}")
    yield
    for trigger in triggers:
        conn.execute(trigger["sql"])


def _value(name: str, value: object) -> object:
    return base64.b64decode(value) if name in BLOBS and isinstance(value, str) else value
