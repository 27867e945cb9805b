"""Forgetting a person: who entries and orders at their end were for; what still has to be done keeps whom it is for."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.core.errors import Conflict
from agent.core.member import ERASED
from agent.core.order import Customer
from agent.core.order_status import TERMINAL, OrderStatus
from agent.db.database import Database, Transaction
from agent.db.marks import entry_mark, is_sound_order
from agent.db.order_rows import open_paid, seal_paid, without_person
from agent.db.order_writes import journal_again, set_mark
from agent.db.outbox_rows import end_line, intent_line
from agent.db.sealing import Seal

THEIRS = "(member_uuid = :uuid OR member_fingerprint IN (SELECT value FROM json_each(:fingerprints)))"
OF_ORDERS = "order_id IN (SELECT value FROM json_each(:orders))"
FORGET = """
UPDATE outbox SET member_uuid = ?, member_identifier = NULL, member_fingerprint = NULL, payload = ?,
  error_message = iif(error_message IS NULL, NULL, ?), lane = iif(lane LIKE 'member:%', 'member:erased', lane)
WHERE seq = ? RETURNING *
"""
MARK = "UPDATE outbox SET mark = ? WHERE seq = ? RETURNING *"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom to look for."""

    uuid: str | None
    identifiers: frozenset[str]
    """Normalised."""
    ordered: Callable[[Customer], bool]
    """Whether the customer of an order is this person."""
    is_in: Callable[[bytes], bool]
    """Whether a delivery that could not be read is about this person."""


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was about them."""

    entries: int
    orders: int
    deliveries: int
    """Kept as they came, since they could not be read."""


class Erasure:
    """Works on bridge.db; all in one transaction.

    The journal hears of it too: its last word on an entry or order counts, so that no rebuild brings the person back.
    """

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    async def erase(self, person: Person) -> Erased:
        """Forget a person; Conflict `member_busy` when something of theirs has not ended, and then nothing is forgotten."""
        return await self._database.write(lambda tx: self._erase(tx, person))

    def _erase(self, tx: Transaction, person: Person) -> Erased:
        orders = self._orders(tx.conn, person)
        entries = self._entries(tx.conn, person, [str(order["id"]) for order in orders])
        _refuse_open(entries, orders)
        for entry in entries:
            self._forget_entry(tx, entry["seq"])
        for order in orders:
            paid = seal_paid(without_person(open_paid(order["paid"], self._seal)), self._seal)
            tx.conn.execute("UPDATE orders SET paid = ?, raw = NULL, problems = NULL WHERE id = ?", (paid, order["id"]))
            journal_again(tx, set_mark(tx.conn, order["id"], self._seal))
        return Erased(len(entries), len(orders), self._forget_deliveries(tx, person))

    def _forget_entry(self, tx: Transaction, seq: int) -> None:
        row = tx.conn.execute(FORGET, (ERASED, self._seal.seal("{}"), self._seal.seal("Erased."), seq)).fetchone()
        row = tx.conn.execute(MARK, (entry_mark(row, self._seal), seq)).fetchone()
        tx.journal(intent_line(dict(row)))
        tx.journal(end_line(row))

    def _orders(self, conn: sqlite3.Connection, person: Person) -> list[sqlite3.Row]:
        """What is older than the retention has lost its person already, and with it its raw bytes."""
        rows = conn.execute("SELECT * FROM orders WHERE raw IS NOT NULL").fetchall()
        sound = [row for row in rows if is_sound_order(row, self._seal)]
        return [row for row in sound if person.ordered(open_paid(row["paid"], self._seal).customer)]

    def _entries(self, conn: sqlite3.Connection, person: Person, orders: Sequence[str]) -> list[sqlite3.Row]:
        fingerprints = [self._seal.fingerprint(each) for each in person.identifiers]
        values = {"uuid": person.uuid, "fingerprints": json.dumps(fingerprints), "orders": json.dumps(list(orders))}
        return conn.execute(f"SELECT * FROM outbox WHERE {THEIRS} OR {OF_ORDERS}", values).fetchall()

    def _forget_deliveries(self, tx: Transaction, person: Person) -> int:
        rows = tx.conn.execute("SELECT id, received_at, raw FROM events WHERE raw IS NOT NULL").fetchall()
        theirs = [row for row in rows if person.is_in(self._seal.open(row["raw"]))]
        for row in theirs:
            tx.conn.execute("UPDATE events SET raw = NULL WHERE id = ?", (row["id"],))
            tx.journal({"what": "delivery_forgotten", "id": row["id"], "received_at": row["received_at"]})
        return len(theirs)


def _refuse_open(entries: Sequence[sqlite3.Row], orders: Sequence[sqlite3.Row]) -> None:
    waiting = sum(row["state"] not in ("settled", "discarded") for row in entries)
    cooking = sum(OrderStatus(row["status"]) not in TERMINAL for row in orders)
    if waiting or cooking:
        sentence = "Something of this member has not ended yet. Finish it or give it up first, then erase again."
        raise Conflict("member_busy", sentence, status=409, details=f"{waiting} entries, {cooking} orders")
