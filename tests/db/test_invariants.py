"""Rules that the database itself keeps: each refuses what it is there for, and without it that would be done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.entry import Outcome
from agent.core.errors import InvalidInput
from agent.core.order_status import OrderStatus
from agent.db.database import Database
from agent.db.orders import Arrival, Orders
from agent.db.outbox import Outbox
from tests.db.drafts import a_draft
from tests.db.test_marks import paid
from tests.support.clock import START

COPY = """
INSERT INTO outbox
  (id, kind, lane, state, outcome, ref_code, payload, payload_hash, created_at, member_uuid, points, urgent, reverses)
SELECT 'copy', kind, lane, 'pending', 'queued', {key}, payload, payload_hash, created_at, member_uuid, points, urgent, {reverses}
FROM outbox WHERE id = 'done'
"""
DEEDS = {
    "I2, I3: one key, one effect": ("outbox_ref_code", COPY.format(key="ref_code", reverses="NULL")),
    "I4: the key changes": ("outbox_is_fixed", "UPDATE outbox SET ref_code = 'x' WHERE id = 'first'"),
    "I4: the hash changes": ("outbox_is_fixed", "UPDATE outbox SET payload_hash = 'x' WHERE id = 'first'"),
    "I4: what is said changes": ("outbox_is_fixed", "UPDATE outbox SET points = 6 WHERE id = 'first'"),
    "I5: an end is undone": (
        "outbox_moves",
        "UPDATE outbox SET state = 'pending', outcome = 'unknown', settled_at = NULL WHERE id = 'done'",
    ),
    "I5: a waiting row goes": ("outbox_stays", "DELETE FROM outbox WHERE id = 'first'"),
    "I5: a row goes before its time": ("outbox_stays", "DELETE FROM outbox WHERE id = 'other'"),
    "I6: compensated twice": ("outbox_reversal", COPY.format(key="'cb1-copy'", reverses="'done'")),
    "I6: compensated on a guess": ("outbox_reverses_confirmed", COPY.format(key="'cb1-copy'", reverses="'first'")),
    "I10: two of a lane under way": (
        "outbox_sending",
        "UPDATE outbox SET state = 'sending', outcome = 'unknown', attempts = 1 WHERE id IN ('first', 'second')",
    ),
    "I10: an order comes back from its end": ("orders_end", "UPDATE orders SET status = 'READY'"),
}


@pytest.fixture
async def till(database: Database, outbox: Outbox, orders: Orders) -> Database:
    """Two waiting entries of one lane, two confirmed ones, the compensation of one of them, and a refused order."""
    for name in ("first", "second", "done", "other"):
        lane = "member:u1" if name in ("first", "second") else f"member:{name}"
        await outbox.record(replace(a_draft(lane), id=name))
    for name in ("done", "other"):
        await outbox.claim_one(name)
        await outbox.settle(name, Outcome.CONFIRMED)
    await outbox.record(replace(a_draft("member:done", reverses="done"), id="back"))
    await orders.receive(Arrival(paid=paid("o1"), raw=b"", received_at=START))
    await orders.move("o1", OrderStatus.REJECTED, drafts=(), at=START)
    return database


@pytest.mark.parametrize("deed", DEEDS)
async def test_the_database_refuses_what_an_invariant_forbids(till: Database, deed: str) -> None:
    """I2, I3, I4, I5, I6, I10: with the rule refused, without it done, so that it is this rule that holds it."""
    rule, statement = DEEDS[deed]
    with pytest.raises(InvalidInput, match="change_refused"):
        await till.write(lambda tx: tx.conn.execute(statement))
    kind = await till.read(lambda conn: conn.execute("SELECT type FROM sqlite_master WHERE name = ?", (rule,)).fetchone()[0])
    await till.write(lambda tx: tx.conn.execute(f"DROP {kind} {rule}"))
    assert await till.write(lambda tx: tx.conn.execute(statement).rowcount) >= 1


async def test_one_order_id_is_one_order(till: Database) -> None:
    """I8: whatever a flow forgets to look up."""
    again = "INSERT INTO orders (id, status, received_at, paid) SELECT id, 'PAID', received_at, paid FROM orders"
    with pytest.raises(InvalidInput, match="change_refused"):
        await till.write(lambda tx: tx.conn.execute(again))
