"""A till that dies, moves or is doubled: what it owed Cata arrives, and arrives once."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from agent import evacuation_file
from agent.cli.connection import TillApi
from agent.cli.evacuation import RunningOutbox, gathered, taken_in
from agent.instance import RunningAgent
from agent.paths import Home
from tests.support.outlet import Shop, eventually, shop
from tests.support.sandbox import MEI

WORDS = "kopi and kaya toast"
PHONE = "+65 9123 0001"


@asynccontextmanager
async def two_tills(folder: Path) -> AsyncIterator[tuple[Shop, Shop]]:
    """Two agents of one outlet on one practice cloud."""
    async with shop(folder / "old") as old:
        new = Shop(old.practice, Home(folder / "new" / "home"), old.http)
        try:
            await new.start()
            await new.online()
            yield old, new
        finally:
            await new.stop()


def outbox_of(one: Shop) -> RunningOutbox:
    note = RunningAgent(pid=os.getpid(), version="1", url=one.agent.url, token=one.agent.local_token)
    return RunningOutbox(TillApi(note))


async def moved(old: Shop, new: Shop, file: Path) -> dict[str, Any]:
    """Export and import as the command line does, beside two agents that run."""
    content = await asyncio.to_thread(gathered, outbox_of(old), None)
    await asyncio.to_thread(evacuation_file.write, file, WORDS, content)
    opened = await asyncio.to_thread(evacuation_file.read, file, WORDS)
    return await asyncio.to_thread(taken_in, outbox_of(new), opened, None)


async def earn(one: Shop, receipt: str, member: dict[str, str]) -> dict[str, Any]:
    answer = await one.till.post("/v1/loyalty/earn", {"member": member, "points": 10, "receipt": receipt})
    assert answer.status == 201
    entry: dict[str, Any] = answer.body
    return entry


async def drained(one: Shop) -> None:
    async def look() -> bool:
        counts = (await one.till.get("/v1/status"))["outbox"]
        return bool(counts["pending"] == counts["parked"] == 0)

    await eventually(look)


async def effects(one: Shop) -> Counter[str]:
    return Counter(row.ref_code for row in await one.practice.control.ledger() if row.ref_code.startswith("cb1-"))


async def test_two_tills_that_send_the_same_entries_have_one_effect_each(tmp_path: Path) -> None:
    async with two_tills(tmp_path) as (old, new):
        before = await old.practice.control.balance(MEI)
        await old.offline()
        entries = [await earn(old, f"R-{n}", {"uuid": MEI} if n % 2 else {"identifier": PHONE}) for n in range(6)]
        first = await moved(old, new, tmp_path / "file")
        again = await moved(old, new, tmp_path / "file")
        assert [(done["recorded"], done["known"]) for done in (first, again)] == [(6, 0), (0, 6)]
        await old.practice.control.restore()
        await asyncio.gather(drained(old), drained(new))
        assert await effects(old) == Counter({entry["ref_code"]: 1 for entry in entries})
        assert await old.practice.control.balance(MEI) == before + 60
        for one in (old, new):
            ended = [await one.till.ended(entry["id"]) for entry in entries]
            assert {entry["outcome"] for entry in ended} == {"confirmed"}


async def test_the_same_receipt_at_the_new_till_is_the_entry_that_moved(tmp_path: Path) -> None:
    async with two_tills(tmp_path) as (old, new):
        await old.offline()
        entry = await earn(old, "R-1", {"uuid": MEI})
        await moved(old, new, tmp_path / "file")
        answer = await new.till.post("/v1/loyalty/earn", {"member": {"uuid": MEI}, "points": 10, "receipt": "R-1"})
        assert (answer.status, answer.body["id"]) == (200, entry["id"])


async def test_a_till_that_is_signed_off_sends_what_waits_first(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.offline()
        entries = [await earn(one, f"R-{n}", {"uuid": MEI}) for n in range(3)]
        await one.stop()
        await one.practice.control.restore()
        command = ("-m", "agent", "--home", str(one.home.root), "reset")
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdin=pipe, stdout=pipe, stderr=pipe, env={**os.environ, **one.env}
        )
        out, err = await process.communicate(b"till-1\n")
        assert (process.returncode, out.decode()) == (0, "This till is signed off and its files are gone.\n"), err
        assert b"entries wait." in err
        assert await effects(one) == Counter({entry["ref_code"]: 1 for entry in entries})
        assert not await asyncio.to_thread(one.home.root.exists)


async def test_a_pin_guards_the_way_out(tmp_path: Path) -> None:
    async with shop(tmp_path, start=False) as one:
        one.env["CATA_BRIDGE_SECRET_MANAGER_PIN"] = "4711"
        await one.start()
        assert (await one.till.post("/v1/outbox/export")).reason == "pin_required"
        assert (await one.till.post("/v1/outbox/export", {"pin": "4711"})).body["entries"] == []
