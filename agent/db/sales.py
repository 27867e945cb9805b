"""Sales that the POS made: each stands for one amount for ever and is claimed by one member at most."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from agent.core.clock import Clock
from agent.core.entry import Draft
from agent.core.errors import Conflict, Refused
from agent.core.money import Money
from agent.core.sale import Sale, SaleSeen, SaleState
from agent.db.database import Database, Transaction
from agent.db.outbox import Outbox, Recorded
from agent.db.outbox_rows import FREED
from agent.db.times import from_ms, to_ms

FIND = "SELECT * FROM sales WHERE receipt = :receipt AND (:day IS NULL OR business_day = :day) ORDER BY seq DESC LIMIT 1"
INSERT = """
INSERT INTO sales (business_day, receipt, minor, currency, occurred_at, claimable_until, state)
VALUES (?, ?, ?, ?, ?, ?, 'claimable') RETURNING *
"""
VOIDED_ENTRIES = """
SELECT s.entry_id FROM sales AS s JOIN outbox AS e ON e.id = s.entry_id
WHERE s.state = 'voided' AND s.entry_id IS NOT NULL AND e.state = 'settled' AND e.outcome = 'confirmed'
  AND NOT EXISTS (
    SELECT 1 FROM outbox AS r WHERE r.reverses = e.id AND NOT (r.attempts = 0 AND r.state IN ('settled', 'discarded')))
ORDER BY s.seq
"""


@dataclass(frozen=True, slots=True)
class SaleRecorded:
    """A sale, and whether this call made it."""

    sale: Sale
    is_new: bool


class Sales:
    """The sales; every method returns only what is committed. Where no business day is given the newest receipt is meant."""

    def __init__(self, database: Database, clock: Clock, outbox: Outbox) -> None:
        self._database = database
        self._clock = clock
        self._outbox = outbox

    async def record(
        self, sale: SaleSeen, *, business_day: str, occurred_at: datetime, claimable_until: datetime
    ) -> SaleRecorded:
        """Keep a sale; the same receipt again is the same sale, or Conflict `receipt_already_used` with another amount."""

        def work(tx: Transaction) -> SaleRecorded:
            row = _find(tx.conn, sale.receipt, business_day)
            if row is None:
                values = (business_day, sale.receipt, sale.amount.minor, sale.amount.currency)
                times = (to_ms(occurred_at), to_ms(claimable_until))
                return SaleRecorded(to_sale(tx.conn.execute(INSERT, values + times).fetchone()), is_new=True)
            found = to_sale(row)
            if found.amount != sale.amount:
                message = "This receipt has already been reported with another amount."
                raise Conflict("receipt_already_used", message, status=409)
            return SaleRecorded(found, is_new=False)

        return await self._database.write(work)

    async def get(self, receipt: str, business_day: str | None = None) -> Sale | None:
        """One sale."""
        row = await self._database.read(lambda conn: _find(conn, receipt, business_day))
        return None if row is None else to_sale(row)

    async def claimable(self, now: datetime) -> list[Sale]:
        """Sales that still wait for their member, newest first."""
        query = "SELECT * FROM sales WHERE state = 'claimable' AND claimable_until > ? ORDER BY seq DESC"
        return await self._database.read(lambda conn: [to_sale(row) for row in conn.execute(query, (to_ms(now),))])

    async def claim(self, receipt: str, draft: Draft, business_day: str | None = None) -> Recorded:
        """Give a sale to a member: the claim and its entry in one transaction, the same claim again is the same entry.

        Raises Refused `sale_unknown`, Conflict `sale_voided`, `claim_too_late`, `sale_already_claimed`, and
        `receipt_already_used` when the key stands for another member or other points.
        """

        def work(tx: Transaction) -> Recorded:
            sale = self._to_be_claimed(tx, receipt, business_day)
            recorded = self._outbox.record_in(tx, draft)
            entry = recorded.entry
            if not recorded.is_new and (entry.member, entry.points, entry.kind) != (draft.member, draft.points, draft.kind):
                message = "This receipt has already been used for another amount or member."
                raise Conflict("receipt_already_used", message, status=409)
            self._give(tx, sale, entry.id)
            return recorded

        return await self._database.write(work)

    async def claimed(self, receipt: str, business_day: str, entry_id: str) -> Sale:
        """Join a sale with an entry that was recorded before; raises as `claim` does."""

        def work(tx: Transaction) -> Sale:
            self._give(tx, self._to_be_claimed(tx, receipt, business_day), entry_id)
            return self._known(tx.conn, receipt, business_day)

        return await self._database.write(work)

    async def void(self, receipt: str, business_day: str | None = None) -> Sale | None:
        """Mark a sale as taken back, with the entry that it may have earned; None when it was never reported."""

        def work(tx: Transaction) -> Sale | None:
            row = _find(tx.conn, receipt, business_day)
            if row is None:
                return None
            tx.conn.execute("UPDATE sales SET state = 'voided' WHERE seq = ?", (row["seq"],))
            return self._known(tx.conn, receipt, row["business_day"])

        return await self._database.write(work)

    async def voided_entries(self) -> list[str]:
        """Confirmed entries of sales that were taken back, and that nothing has reversed yet; oldest first."""
        return await self._database.read(lambda conn: [row[0] for row in conn.execute(VOIDED_ENTRIES)])

    async def expire(self, now: datetime) -> int:
        """Let go of sales that nobody claimed in time; returns how many."""
        query = "UPDATE sales SET state = 'expired' WHERE state = 'claimable' AND claimable_until <= ?"
        return await self._database.write(lambda tx: tx.conn.execute(query, (to_ms(now),)).rowcount)

    def _to_be_claimed(self, tx: Transaction, receipt: str, business_day: str | None) -> Sale:
        sale = self._known(tx.conn, receipt, business_day)
        if sale.state is SaleState.VOIDED:
            raise Conflict("sale_voided", "This sale was taken back at the POS.", status=409)
        in_time = sale.state is SaleState.CLAIMED or sale.claimable_until > self._clock.now()
        if sale.state is SaleState.EXPIRED or not in_time:
            raise Conflict("claim_too_late", "This sale can no longer be claimed.", status=409)
        return sale

    def _give(self, tx: Transaction, sale: Sale, entry_id: str) -> None:
        """Claim for an entry; a claim whose entry ended unsent is no claim any more."""
        query = f"SELECT 1 FROM outbox WHERE id = ? AND {FREED}"
        is_free = sale.entry_id is None or tx.conn.execute(query, (sale.entry_id,)).fetchone() is not None
        if not is_free and sale.entry_id != entry_id:
            raise Conflict("sale_already_claimed", "The points of this sale have already been given.", status=409)
        update = "UPDATE sales SET state = 'claimed', entry_id = ? WHERE receipt = ? AND business_day = ?"
        tx.conn.execute(update, (entry_id, sale.receipt, sale.business_day))

    @staticmethod
    def _known(conn: sqlite3.Connection, receipt: str, business_day: str | None) -> Sale:
        row = _find(conn, receipt, business_day)
        if row is None:
            raise Refused("sale_unknown", "The POS has not reported a sale with this receipt.", status=404)
        return to_sale(row)


def to_sale(row: sqlite3.Row) -> Sale:
    """The sale of a row."""
    return Sale(
        receipt=row["receipt"],
        business_day=row["business_day"],
        amount=Money(row["minor"], row["currency"]),
        occurred_at=from_ms(row["occurred_at"]),
        state=SaleState(row["state"]),
        claimable_until=from_ms(row["claimable_until"]),
        entry_id=row["entry_id"],
    )


def _find(conn: sqlite3.Connection, receipt: str, business_day: str | None) -> sqlite3.Row | None:
    row: sqlite3.Row | None = conn.execute(FIND, {"receipt": receipt, "day": business_day}).fetchone()
    return row
