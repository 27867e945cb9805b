"""How an order is written: row and mark, hand-offs, delivery, and the line of the journal that outlives the file."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from agent.core.order import HandoffTarget, PaidOrder
from agent.core.order_status import OrderStatus
from agent.db import handoffs
from agent.db.database import Transaction
from agent.db.marks import is_sound_order, order_mark
from agent.db.order_rows import open_paid, seal_paid, without_person
from agent.db.sealing import Seal
from agent.db.times import to_ms

INSERT = "INSERT INTO orders (id, status, status_at, received_at, paid, raw) VALUES (?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One delivery of a paid order."""

    paid: PaidOrder
    raw: bytes
    """The delivery's body as it came."""
    received_at: datetime
    delivery_id: str | None = None
    handoffs: Sequence[tuple[HandoffTarget, str]] = ()
    """Devices that the ticket goes to, if the order is new."""
    accepted: bool = False
    """A rule has accepted it already."""


def insert(tx: Transaction, arrival: Arrival, seal: Seal) -> None:
    """A new order with its hand-offs."""
    order_id, received_ms = arrival.paid.id, to_ms(arrival.received_at)
    status, status_ms = (OrderStatus.ACCEPTED, received_ms) if arrival.accepted else (OrderStatus.PAID, None)
    paid, raw = seal_paid(arrival.paid, seal), seal.seal(arrival.raw)
    tx.conn.execute(INSERT, (order_id, status, status_ms, received_ms, paid, raw))
    set_mark(tx.conn, order_id, seal)
    for target, device in arrival.handoffs:
        handoffs.add(tx.conn, order_id, target, device, copy=1)
    tx.journal(
        {
            "what": "order",
            "id": order_id,
            "status": status,
            "status_at": status_ms,
            "received_at": received_ms,
            "paid": base64.b64encode(paid).decode(),
            "raw": base64.b64encode(raw).decode(),
            "delivery_id": arrival.delivery_id,
            "handoffs": [[target, device] for target, device in arrival.handoffs],
        }
    )


def journal_again(tx: Transaction, row: sqlite3.Row) -> None:
    """The journal's new last word on an order whose person was forgotten."""
    handed = tx.conn.execute("SELECT DISTINCT target, device FROM handoffs WHERE order_id = ?", (row["id"],)).fetchall()
    delivery = tx.conn.execute("SELECT delivery_id FROM deliveries WHERE order_id = ? LIMIT 1", (row["id"],)).fetchone()
    tx.journal(
        {
            "what": "order",
            **{name: row[name] for name in ("id", "status", "status_at", "received_at")},
            "paid": base64.b64encode(row["paid"]).decode(),
            "raw": None,
            "delivery_id": delivery["delivery_id"] if delivery else None,
            "handoffs": [[one["target"], one["device"]] for one in handed],
        }
    )


def count_delivery(tx: Transaction, arrival: Arrival) -> bool:
    """Note the delivery's id; whether it is the first time that it is seen."""
    if arrival.delivery_id is None:
        return True
    query = "INSERT INTO deliveries (delivery_id, order_id, received_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
    return tx.conn.execute(query, (arrival.delivery_id, arrival.paid.id, to_ms(arrival.received_at))).rowcount == 1


def moved(tx: Transaction, order_id: str, seal: Seal) -> None:
    """What follows a change of status: a new mark, and a line in the journal."""
    row = set_mark(tx.conn, order_id, seal)
    tx.journal({"what": "order_moved", **{name: row[name] for name in ("id", "status", "status_at", "promised_at")}})


def set_mark(conn: sqlite3.Connection, order_id: str, seal: Seal) -> sqlite3.Row:
    """Mark an order as it is now; only where it was just written or found sound."""
    row: sqlite3.Row = conn.execute("SELECT * FROM orders WHERE id = ?", (order_id,)).fetchone()
    conn.execute("UPDATE orders SET mark = ? WHERE id = ?", (order_mark(row, seal), order_id))
    return row


def erase(tx: Transaction, before: datetime, seal: Seal) -> int:
    """Forget who ordered, and what came in, before a time; returns how many orders were concerned."""
    moment = to_ms(before)
    tx.conn.execute("UPDATE events SET raw = NULL WHERE received_at < ?", (moment,))
    rows = tx.conn.execute("SELECT * FROM orders WHERE raw IS NOT NULL AND received_at < ?", (moment,)).fetchall()
    for row in rows:
        if is_sound_order(row, seal):
            paid = seal_paid(without_person(open_paid(row["paid"], seal)), seal)
            tx.conn.execute("UPDATE orders SET paid = ? WHERE id = ?", (paid, row["id"]))
            set_mark(tx.conn, row["id"], seal)
        tx.conn.execute("UPDATE orders SET raw = NULL WHERE seq = ?", (row["seq"],))
    return len(rows)
