"""Tickets on their way to printers and into the POS, as plain SQL inside a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from agent.core.errors import Conflict, Refused
from agent.core.order import Handoff, HandoffState, HandoffTarget

INSERT = "INSERT INTO handoffs (order_id, target, device, copy, state) VALUES (?, ?, ?, ?, 'due') RETURNING *"
NEXT_COPY = "SELECT coalesce(max(copy), 0) + 1 FROM handoffs WHERE order_id = ? AND target = 'printer' AND device = ?"

START = (
    "UPDATE handoffs SET state = 'started', attempts = attempts + 1, error = '' WHERE id = ? AND state IN ('due', 'uncertain')"
)
FINISH = "UPDATE handoffs SET state = 'done', error = '' WHERE id = ? AND state IN ('started', 'uncertain')"
FAIL = "UPDATE handoffs SET state = :state, error = :error WHERE id = :id AND state IN ('started', 'uncertain')"
RETRY = "UPDATE handoffs SET state = 'due' WHERE id = ? AND state = 'failed'"
RECLAIM = "UPDATE handoffs SET state = 'uncertain' WHERE state = 'started'"

_TO_POS = "SELECT 1 FROM handoffs AS p WHERE p.order_id = o.id AND p.target = 'pos' AND p.device = :device"
IN_POS = f"EXISTS ({_TO_POS})"
"""Condition on an order `o`: it goes to the POS `:device`."""
ARRIVED = f"EXISTS ({_TO_POS} AND p.state = 'done')"
"""Condition on an order `o`: it is there."""


def to_handoff(row: sqlite3.Row) -> Handoff:
    """The hand-off of a row."""
    return Handoff(
        id=row["id"],
        order_id=row["order_id"],
        target=HandoffTarget(row["target"]),
        device=row["device"],
        copy=row["copy"],
        state=HandoffState(row["state"]),
        attempts=row["attempts"],
        error=row["error"],
    )


def add(conn: sqlite3.Connection, order_id: str, target: HandoffTarget, device: str, copy: int) -> Handoff:
    """A new hand-off, due at once."""
    return to_handoff(conn.execute(INSERT, (order_id, target, device, copy)).fetchone())


def next_copy(conn: sqlite3.Connection, order_id: str, device: str) -> int:
    """The number of the next copy on a printer."""
    (copy,) = conn.execute(NEXT_COPY, (order_id, device)).fetchone()
    return int(copy)


def start(conn: sqlite3.Connection, handoff_id: int) -> Handoff:
    """Due or uncertain to started."""
    return _moved(conn, START, (handoff_id,), handoff_id)


def finish(conn: sqlite3.Connection, handoff_id: int) -> Handoff:
    """Started or uncertain to done."""
    return _moved(conn, FINISH, (handoff_id,), handoff_id)


def fail(conn: sqlite3.Connection, handoff_id: int, error: str, state: HandoffState) -> Handoff:
    """Started or uncertain to due, failed or uncertain."""
    return _moved(conn, FAIL, {"id": handoff_id, "error": error, "state": state}, handoff_id)


def retry(conn: sqlite3.Connection, handoff_id: int) -> Handoff:
    """Failed to due."""
    return _moved(conn, RETRY, (handoff_id,), handoff_id)


def in_state(conn: sqlite3.Connection, state: HandoffState) -> list[Handoff]:
    """Hand-offs in a state, oldest first."""
    return [to_handoff(row) for row in conn.execute("SELECT * FROM handoffs WHERE state = ? ORDER BY id", (state,))]


def of_order(conn: sqlite3.Connection, order_id: str) -> list[Handoff]:
    """All of one order, oldest first."""
    return [to_handoff(row) for row in conn.execute("SELECT * FROM handoffs WHERE order_id = ? ORDER BY id", (order_id,))]


def _moved(conn: sqlite3.Connection, statement: str, values: Sequence[object] | dict[str, object], handoff_id: int) -> Handoff:
    row = conn.execute(f"{statement} RETURNING *", values).fetchone()
    if row is not None:
        return to_handoff(row)
    if conn.execute("SELECT 1 FROM handoffs WHERE id = ?", (handoff_id,)).fetchone() is None:
        raise Refused("handoff_unknown", "There is no such ticket on its way.", status=404)
    raise Conflict("handoff_moved", "This ticket has moved on meanwhile.", status=409)
