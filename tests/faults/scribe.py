"""A program that records, sends and settles entries on the real profile and says on a pipe what it was told is safe."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path

from agent.core.entry import Outcome
from agent.core.errors import NotSaved
from agent.db.database import Database
from agent.db.orders import Arrival, Orders
from agent.db.outbox import Outbox
from agent.db.sealing import Seal
from tests.db.drafts import KEY, a_draft, open_outbox
from tests.support.clock import START, FakeClock
from tests.support.tickets import an_order

SESSIONS = 2
"""How often the files are opened, written and closed again."""
ROUNDS = 6
TOGETHER = 3
"""Entries that wait for one commit."""
CHECKPOINT_PAGES = 24
"""Small, so that a short recording passes through many checkpoints and restarts of the write-ahead log."""


def acknowledge(what: str, state: str) -> None:
    """One line in one write, so that its place among the other system calls is exact."""
    os.write(sys.stdout.fileno(), f"{what} {state}\n".encode())


async def pragma(database: Database, text: str) -> None:
    await database.read(lambda conn: conn.execute(f"PRAGMA {text}").fetchall())


async def write(outbox: Outbox, orders: Orders, name: str) -> None:
    """Record some entries together, send and settle the first of them, and take in an order."""
    drafts = [a_draft(f"member:{name}-{place}", payload={"note": "x" * 300 * place}) for place in range(TOGETHER)]
    for recorded in await asyncio.gather(*(outbox.record(draft) for draft in drafts)):
        acknowledge(recorded.entry.id, recorded.entry.state)
    claimed = await outbox.claim_one(drafts[0].id)
    assert claimed is not None
    settled = await outbox.settle(claimed.id, Outcome.CONFIRMED)
    acknowledge(settled.id, settled.state)
    arrival = Arrival(
        paid=an_order(f"order-{name}").paid, raw=b"{}", delivery_id=name, received_at=START, handoffs=(), accepted=False
    )
    received = await orders.receive(arrival)
    acknowledge(received.order.id, received.order.status)


async def session(home: Path, number: int, synchronous: str) -> None:
    clock = FakeClock()
    database, outbox = await open_outbox(home, clock)
    orders = Orders(database, Seal(KEY), clock, outbox)
    await pragma(database, f"wal_autocheckpoint = {CHECKPOINT_PAGES}")
    await pragma(database, f"synchronous = {synchronous}")
    for place in range(ROUNDS):
        with contextlib.suppress(NotSaved):
            await write(outbox, orders, f"{number}-{place}")
    await database.close()


async def main(home: Path, synchronous: str) -> None:
    for number in range(SESSIONS):
        await session(home, number, synchronous)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
