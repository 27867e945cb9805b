"""A disk that takes its time holds up promises, and nothing else."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from tests.support.outlet import shop
from tests.support.raw_http import Client

EARN = {"member": {"identifier": "+6591230001"}, "points": 5, "receipt": "R-1"}


async def test_nothing_is_promised_before_the_disk_has_it_and_the_till_still_answers(tmp_path: Path) -> None:
    """I1, fault 30."""
    async with shop(tmp_path) as one:
        parts, goes_on, is_stuck = one.agent.parts, threading.Event(), threading.Event()

        def stick(_: object) -> bool:
            is_stuck.set()
            return goes_on.wait(60)

        waiting = asyncio.create_task(parts.database.alone(stick))
        try:
            await asyncio.to_thread(is_stuck.wait, 60)
            promised = asyncio.create_task(one.till.post("/v1/loyalty/earn", EARN))
            anybody = Client(int(one.agent.url.rpartition(":")[2]), "")
            for _ in range(20):
                assert (await anybody.get("/v1/health")).status == 200
            assert not promised.done()
        finally:
            goes_on.set()
            await waiting
        assert (await promised).status == 201
