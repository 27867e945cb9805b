"""Durable earn calls over the till API, against the outbox alone and the disk alone."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from agent.core.clock import SystemClock
from agent.core.entry import Draft, EntryKind
from agent.core.ids import RandomIds
from agent.core.member import MemberRef
from agent.core.money import Points
from agent.core.ref_code import RefCode
from agent.db.database import Database
from agent.db.journal import Journal
from agent.db.outbox import Outbox
from agent.db.outbox_rows import new_row
from agent.db.sealing import Seal
from tests.bench import stage
from tests.bench.caller import Caller, timed, together
from tests.bench.floor import BareTable, bare_table
from tests.bench.result import Row, milliseconds, rate

TITLE = "Earn call, safe on disk when answered"
TARGET = "p99 < 50 ms"
CALLERS = {1: 200, 4: 400, 16: 600, 64: 1200}
"""Callers at once, and calls of a round in all."""
CONNECTIONS = 30
"""The till API keeps at most 32 connections, so more callers than that share them."""
ROUNDS = 3
MEMBERS = 200

Call = Callable[[], Awaitable[object]]


async def run(folder: Path) -> list[Row]:
    """The whole table."""
    rows = await _without_cloud(folder)
    async with stage.cloud() as cloud:
        shop = stage.furnish(folder / "online", cloud.base_url)
        async with stage.agent_of(shop), shop.caller() as caller:
            online = await timed(_earning(caller, "online"), 500, warm_up=50)
    return [*rows, milliseconds("1 caller, the sender at work beside it", online, TARGET)]


async def _without_cloud(folder: Path) -> list[Row]:
    shop = stage.furnish(folder / "offline")
    seal = Seal(bytes(range(32)))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(stage.agent_of(shop))
        outbox = await stack.enter_async_context(_outbox(folder, seal))
        floor = stack.enter_context(bare_table(folder, row_bytes(seal)))
        return [*await _latencies(shop, outbox, floor), *await _rates(shop, outbox, floor)]


async def _latencies(shop: stage.Shop, outbox: Outbox, floor: BareTable) -> list[Row]:
    floor.timed(50)
    rows = [
        milliseconds("floor: bare SQLite insert, WAL, FULL", floor.timed(1000)),
        milliseconds("floor: outbox.record() in process", await timed(_recording(outbox), 1000, warm_up=50)),
    ]
    async with shop.caller() as caller:
        health = await timed(lambda: caller.get("/v1/health"), 1000, warm_up=50)
        taken = await timed(_earning(caller, "alone"), 1000, warm_up=50)
    return [*rows, milliseconds("floor: GET /v1/health, no disk", health), milliseconds("1 caller, line down", taken, TARGET)]


async def _rates(shop: stage.Shop, outbox: Outbox, floor: BareTable) -> list[Row]:
    """Rounds of all that is compared, in turn, so that a busy moment of the machine hits all alike."""
    found: dict[str, list[float]] = {}
    for number in range(ROUNDS):
        taken = floor.timed(300)
        found.setdefault("floor: bare SQLite insert, WAL, FULL", []).append(len(taken) / sum(taken))
        for count in (1, 64):
            speed = await together([_recording(outbox)] * count, CALLERS[count])
            found.setdefault(f"floor: outbox.record(), {count} at once", []).append(speed)
        for count, calls in CALLERS.items():
            async with _connections(shop, min(count, CONNECTIONS)) as callers:
                speed = await together([_earning_over(callers, f"{number}-{count}")] * count, calls)
            over = f" over {CONNECTIONS} connections" if count > CONNECTIONS else ""
            found.setdefault(f"till API, callers at once: {count}{over}", []).append(speed)
    return [rate(what, found[what]) for what in sorted(found, key=lambda what: not what.startswith("floor"))]


def row_bytes(seal: Seal) -> int:
    """What one earn takes in the outbox's table."""
    values = new_row(_draft(1), seal).values()
    return sum(len(value) if isinstance(value, str | bytes) else 8 for value in values)


def _draft(number: int) -> Draft:
    entry_id = RandomIds().new()
    return Draft(
        id=entry_id,
        kind=EntryKind.EARN,
        lane=f"member:{number % MEMBERS}",
        ref_code=RefCode(f"cb1-bench-{entry_id}"),
        payload={},
        created_at=SystemClock().now(),
        member=MemberRef(uuid=f"{number % MEMBERS:08d}-0000-4000-8000-000000000000"),
        points=Points(5),
        receipt=f"R-{number}",
    )


_numbers = itertools.count(1)


def _recording(outbox: Outbox) -> Call:
    return lambda: outbox.record(_draft(next(_numbers)))


def _earning(caller: Caller, name: str) -> Call:
    async def earn() -> None:
        number = next(_numbers)
        member = {"uuid": f"{number % MEMBERS:08d}-0000-4000-8000-000000000000"}
        await caller.post("/v1/loyalty/earn", {"member": member, "points": 5, "receipt": f"{name}-{number}"})

    return earn


def _earning_over(callers: asyncio.Queue[Caller], name: str) -> Call:
    async def earn() -> None:
        caller = await callers.get()
        try:
            await _earning(caller, name)()
        finally:
            callers.put_nowait(caller)

    return earn


@asynccontextmanager
async def _connections(shop: stage.Shop, count: int) -> AsyncIterator[asyncio.Queue[Caller]]:
    async with AsyncExitStack() as stack:
        callers: asyncio.Queue[Caller] = asyncio.Queue()
        for _ in range(count):
            callers.put_nowait(await stack.enter_async_context(shop.caller()))
        yield callers


@asynccontextmanager
async def _outbox(folder: Path, seal: Seal) -> AsyncIterator[Outbox]:
    clock = SystemClock()
    journal = await asyncio.to_thread(Journal, folder / "alone.log")
    database = await Database.open(folder / "alone.db", clock=clock, journal=journal)
    try:
        yield Outbox(database, seal, clock)
    finally:
        await database.close()
