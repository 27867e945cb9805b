"""What waited during an outage, sent to the practice cloud, against the cloud's own speed."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path

from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from agent.core.ids import RandomIds
from agent.sandbox.control_client import SandboxControl
from tests.bench import stage
from tests.bench.caller import Caller, together
from tests.bench.result import Row, rate
from tests.bench.waiting import earn_draft, outbox_of
from tests.support.sandbox import KEY

TITLE = "Drain after an outage, entries of 40 members"
MEMBERS = 40
ENTRIES, COURTEOUS = 2000, 150
IN_FLIGHT = 2
"""As the sender's default."""
DRAINED_WITHIN_S = 120.0


async def run(folder: Path) -> list[Row]:
    """The whole table."""
    async with stage.cloud() as cloud:
        members = await _members(cloud)
        floor = [await _posting(cloud, members) for _ in range(3)]
        fast = await _drained(folder / "fast", cloud, members, ENTRIES, "requests_per_s = 0")
        polite = await _drained(folder / "polite", cloud, members, COURTEOUS, "")
    return [
        rate(f"floor: bare POST loop to the practice cloud, {IN_FLIGHT} in flight", floor),
        rate(f"{ENTRIES:,} entries, no limit", [fast], f"2,000 in < 10 min (here {ENTRIES / fast:.0f} s)"),
        rate(f"{COURTEOUS} entries, courtesy limit of 10 a second", [polite], f"2,000 in < 10 min (so {2000 / polite:.0f} s)"),
    ]


async def _members(cloud: stage.Cloud) -> list[str]:
    http = HttpxClient(SystemClock())
    try:
        control = SandboxControl(http, cloud.control_url)
        return [str((await control.add_member(uuid=RandomIds().new()))["uuid"]) for _ in range(MEMBERS)]
    finally:
        await http.close()


async def _posting(cloud: stage.Cloud, members: list[str]) -> float:
    async with AsyncExitStack() as stack:
        headers = {"X-Api-Key": KEY}
        callers = [await stack.enter_async_context(Caller(cloud.port, headers)) for _ in range(IN_FLIGHT)]

        def posting(caller: Caller, uuid: str) -> Callable[[], Awaitable[object]]:
            async def post() -> None:
                body = {"customerUuid": uuid, "points": 5, "refCode": RandomIds().new()}
                await caller.post("/api/v1/loyalty/earn-points", body)

            return post

        return await together([posting(each, members[place]) for place, each in enumerate(callers)], 600)


async def _drained(folder: Path, cloud: stage.Cloud, members: list[str], count: int, setting: str) -> float:
    """Entries a second between the first and the last settlement, by the stamps that the agent wrote."""
    shop = stage.furnish(folder, cloud.base_url, cloud=setting)
    async with outbox_of(shop.home) as (_, outbox, _seal):
        await asyncio.gather(*(outbox.record(earn_draft(number, members)) for number in range(count)))
    async with asyncio.timeout(DRAINED_WITHIN_S), stage.agent_of(shop), shop.caller() as caller:
        while (await caller.get("/v1/status")).json["outbox"]["pending"]:  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.5)
    with closing(sqlite3.connect(shop.home.db)) as conn:
        question = "SELECT count(*), min(settled_at), max(settled_at) FROM outbox WHERE outcome = 'confirmed'"
        settled, first, last = conn.execute(question).fetchone()
    assert settled == count, settled
    return float((count - 1) * 1000 / (last - first))
