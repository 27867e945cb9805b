"""Paid orders: durable before they are answered for, with what became of them and where their tickets are."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from agent.core.clock import Clock
from agent.core.entry import Draft
from agent.core.errors import Conflict, Refused
from agent.core.order import Handoff, HandoffState, HandoffTarget, Order
from agent.core.order_status import OrderStatus, may_follow
from agent.db import handoffs, order_writes
from agent.db.database import Database, Transaction
from agent.db.marks import is_sound_order
from agent.db.order_rows import SELECT, noted, seal_problems, to_order
from agent.db.order_writes import Arrival
from agent.db.outbox import Outbox
from agent.db.quarantine import set_aside_order
from agent.db.sealing import Seal
from agent.db.times import maybe_ms, to_ms

IS_OPEN = "o.status NOT IN ('COMPLETED', 'REJECTED', 'CANCELLED')"

__all__ = ["Arrival", "OrderCounts", "Orders", "Received"]


@dataclass(frozen=True, slots=True)
class Received:
    """The order of a delivery, and whether this delivery brought it."""

    order: Order
    is_new: bool


@dataclass(frozen=True, slots=True)
class OrderCounts:
    """What waits."""

    open: int
    unacknowledged: int
    """Nobody, and no rule, has answered them."""


class Orders:
    """The orders; every method returns only what is committed.

    All raise NotSaved when the disk refuses; those that take an order's id raise Refused `order_unknown`.
    """

    def __init__(self, database: Database, seal: Seal, clock: Clock, outbox: Outbox) -> None:
        self._database = database
        self._seal = seal
        self._clock = clock
        self._outbox = outbox

    async def receive(self, arrival: Arrival, *, status_drafts: Sequence[Draft] = ()) -> Received:
        """Keep a delivery: order, hand-offs and `status_drafts` together if it is new, else one delivery more."""

        def work(tx: Transaction) -> Received:
            is_new = self._insert(tx, arrival, status_drafts)
            is_first = order_writes.count_delivery(tx, arrival)
            if is_first and not is_new:
                tx.conn.execute("UPDATE orders SET deliveries = deliveries + 1 WHERE id = ?", (arrival.paid.id,))
            return Received(self._known(tx.conn, arrival.paid.id), is_new)

        return await self._database.write(work)

    async def get(self, order_id: str) -> Order | None:
        """One order."""
        rows = await self._database.read(lambda conn: conn.execute(f"{SELECT} WHERE o.id = ?", (order_id,)).fetchall())
        if rows and not is_sound_order(rows[0], self._seal):
            await self._set_aside(rows)
        return to_order(rows[0], self._seal) if rows else None

    async def open(self) -> list[Order]:
        """Orders that are not at their end, oldest first."""
        return await self._select(f"{SELECT} WHERE {IS_OPEN} ORDER BY o.seq", {})

    async def all(self, limit: int, before: str | None = None) -> list[Order]:
        """The latest orders, or those before one of them, newest first."""
        where = "" if before is None else "WHERE o.seq < (SELECT seq FROM orders WHERE id = :before)"
        return await self._select(f"{SELECT} {where} ORDER BY o.seq DESC LIMIT :limit", {"before": before, "limit": limit})

    async def open_in_pos(self, device: str, *, since: datetime) -> list[Order]:
        """Open orders received since then that were handed to a POS and arrived there, oldest first."""
        query = f"{SELECT} WHERE {IS_OPEN} AND o.received_at >= :since AND {handoffs.ARRIVED} ORDER BY o.seq"
        return await self._select(query, {"device": device, "since": to_ms(since)})

    async def handed_to(self, device: str, *, order_id: str = "", pos_order_id: str = "") -> Order | None:
        """The open order under our id, else under the POS's, if it was to go to this POS: its word may come before its answer."""
        query = f"{SELECT} WHERE {{}} AND {IS_OPEN} AND {handoffs.IN_POS} ORDER BY o.seq DESC LIMIT 1"
        values: dict[str, object] = {"device": device, "id": order_id, "pos_id": pos_order_id}
        found = await self._select(query.format("o.id = :id"), values) if order_id else []
        if not found and pos_order_id:
            found = await self._select(query.format("o.pos_order_id = :pos_id"), values)
        return found[0] if found else None

    async def move(
        self,
        order_id: str,
        status: OrderStatus,
        *,
        drafts: Sequence[Draft],
        at: datetime,
        promised_at: datetime | None = None,
    ) -> Order:
        """Set the status and record what the cloud is told of it, together; Conflict `illegal_status` when it may not follow."""

        def work(tx: Transaction) -> Order:
            current = self._known(tx.conn, order_id).status
            if not may_follow(current, status):
                message = f"An order that is {_words(current)} cannot become {_words(status)}."
                raise Conflict("illegal_status", message, status=409)
            query = "UPDATE orders SET status = ?, status_at = ?, promised_at = coalesce(?, promised_at) WHERE id = ?"
            tx.conn.execute(query, (status, to_ms(at), maybe_ms(promised_at), order_id))
            order_writes.moved(tx, order_id, self._seal)
            for draft in drafts:
                self._outbox.record_in(tx, draft)
            return self._known(tx.conn, order_id)

        return await self._database.write(work)

    async def note_problem(self, order_id: str, problem: str) -> Order:
        """Add a problem in words; the same words again change nothing."""

        def work(tx: Transaction) -> Order:
            found = noted(_row(tx.conn, order_id), self._seal)
            if problem in found:
                return self._known(tx.conn, order_id)
            sealed = seal_problems((*found, problem), self._seal)
            tx.conn.execute("UPDATE orders SET problems = ? WHERE id = ?", (sealed, order_id))
            return self._known(tx.conn, order_id)

        return await self._database.write(work)

    async def set_pos_order_id(self, order_id: str, pos_order_id: str) -> Order:
        """Keep the POS's own id of the order."""

        def work(tx: Transaction) -> Order:
            tx.conn.execute("UPDATE orders SET pos_order_id = ? WHERE id = ?", (pos_order_id, order_id))
            return self._known(tx.conn, order_id)

        return await self._database.write(work)

    async def add_print(self, order_id: str, device: str) -> Handoff:
        """One more copy on a printer, due at once, under the next number."""

        def work(tx: Transaction) -> Handoff:
            self._known(tx.conn, order_id)
            copy = handoffs.next_copy(tx.conn, order_id, device)
            return handoffs.add(tx.conn, order_id, HandoffTarget.PRINTER, device, copy)

        return await self._database.write(work)

    async def handoffs(self, order_id: str) -> list[Handoff]:
        """All hand-offs of an order, oldest first."""
        return await self._database.read(lambda conn: handoffs.of_order(conn, order_id))

    async def due_handoffs(self) -> list[Handoff]:
        """What is to be handed over, oldest first; uncertain ones are not among them."""
        return await self._database.read(lambda conn: handoffs.in_state(conn, HandoffState.DUE))

    async def uncertain_handoffs(self) -> list[Handoff]:
        """What may or may not have been handed over, oldest first."""
        return await self._database.read(lambda conn: handoffs.in_state(conn, HandoffState.UNCERTAIN))

    async def start_handoff(self, handoff_id: int) -> Handoff:
        """Bytes are about to leave: due or uncertain to started."""
        return await self._database.write(lambda tx: handoffs.start(tx.conn, handoff_id))

    async def finish_handoff(self, handoff_id: int) -> Handoff:
        """It surely arrived: started or uncertain to done."""
        return await self._database.write(lambda tx: handoffs.finish(tx.conn, handoff_id))

    async def fail_handoff(self, handoff_id: int, error: str, *, retry: bool) -> Handoff:
        """It surely did not arrive: due again with `retry`, else failed until a person acts."""
        state = HandoffState.DUE if retry else HandoffState.FAILED
        return await self._database.write(lambda tx: handoffs.fail(tx.conn, handoff_id, error, state))

    async def doubt_handoff(self, handoff_id: int, error: str) -> Handoff:
        """It may have arrived: started to uncertain."""
        return await self._database.write(lambda tx: handoffs.fail(tx.conn, handoff_id, error, HandoffState.UNCERTAIN))

    async def retry_handoff(self, handoff_id: int) -> Handoff:
        """A person has acted: failed to due."""
        return await self._database.write(lambda tx: handoffs.retry(tx.conn, handoff_id))

    async def reclaim(self) -> list[Handoff]:
        """At start: what was started is uncertain; returns all that is uncertain, also from before."""

        def work(tx: Transaction) -> list[Handoff]:
            tx.conn.execute(handoffs.RECLAIM)
            return handoffs.in_state(tx.conn, HandoffState.UNCERTAIN)

        return await self._database.write(work)

    async def store_unknown_event(self, event: str, delivery_id: str | None, raw: bytes) -> None:
        """Keep a delivery that means nothing to us yet; the same delivery again is kept once."""
        values = (event, delivery_id, to_ms(self._clock.now()), self._seal.seal(raw))
        query = "INSERT INTO events (event, delivery_id, received_at, raw) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        await self._database.write(lambda tx: tx.conn.execute(query, values).rowcount)

    async def counts(self) -> OrderCounts:
        """How many orders are open, and how many of them wait for an answer."""
        query = f"SELECT count(*), count(*) FILTER (WHERE o.status = 'PAID') FROM orders AS o WHERE {IS_OPEN}"
        return await self._database.read(lambda conn: OrderCounts(*conn.execute(query).fetchone()))

    async def erase_payloads(self, before: datetime) -> int:
        """Forget who ordered, and what came in, before a time; returns how many orders were concerned."""
        return await self._database.write(lambda tx: order_writes.erase(tx, before, self._seal))

    def _insert(self, tx: Transaction, arrival: Arrival, status_drafts: Sequence[Draft]) -> bool:
        """Insert the order with all that belongs to it, unless it is there."""
        if tx.conn.execute("SELECT 1 FROM orders WHERE id = ?", (arrival.paid.id,)).fetchone() is not None:
            return False
        order_writes.insert(tx, arrival, self._seal)
        for draft in status_drafts:
            self._outbox.record_in(tx, draft)
        return True

    def _known(self, conn: sqlite3.Connection, order_id: str) -> Order:
        return to_order(_row(conn, order_id), self._seal)

    async def _select(self, query: str, values: dict[str, object]) -> list[Order]:
        rows = await self._database.read(lambda conn: conn.execute(query, values).fetchall())
        damaged = [row for row in rows if not is_sound_order(row, self._seal)]
        if damaged:
            await self._set_aside(damaged)
        return [to_order(row, self._seal) for row in rows if row not in damaged]

    async def _set_aside(self, rows: Sequence[sqlite3.Row]) -> None:
        def work(tx: Transaction) -> None:
            for row in rows:
                set_aside_order(tx.conn, row, self._seal, self._clock.now())

        await self._database.write(work)


def _row(conn: sqlite3.Connection, order_id: str) -> sqlite3.Row:
    row: sqlite3.Row | None = conn.execute(f"{SELECT} WHERE o.id = ?", (order_id,)).fetchone()
    if row is None:
        raise Refused("order_unknown", "There is no order with this number here.", status=404)
    return row


def _words(status: OrderStatus) -> str:
    return status.value.lower().replace("_", " ")
