"""A program in which each forked child records entries on a disk whose n-th call fails, and says what came of it.

Started with failing_calls.so preloaded; reads `kind number lasting seed bug` lines and answers each with one line of JSON.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import os
import random
import shutil
import sqlite3
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from sqlite_utils import Database as _Preloaded  # noqa: F401 - every child needs it, and loading it is slow

from agent.core.errors import DamagedData, NotSaved
from agent.db.database import Database, Transaction
from agent.db.outbox import Outbox
from tests.db.drafts import a_draft, open_outbox
from tests.support.clock import FakeClock

DONE, CANNOT_SAVE = 0, 5
"""As agent/runtime.py, whose imports would make every child slow."""
INTENTS = 10
CHECKPOINT_PAGES = 40
FAULTS = ctypes.CDLL(None)


async def record(outbox: Outbox, lane: str, size: int, say: Callable[[str], None]) -> None:
    draft = a_draft(lane, payload={"note": "x" * size})
    try:
        recorded = await outbox.record(draft)
    except NotSaved as refused:
        say(f"refused {draft.id} {refused.reason}")
    else:
        say(f"saved {recorded.entry.id}")


async def scenario(home: Path, seed: int, say: Callable[[str], None]) -> int:
    """Ten intents, some of them together; ends like the agent does when its disk cannot be used."""
    chance = random.Random(seed)
    try:
        database, outbox = await open_outbox(home, FakeClock())
    except (NotSaved, DamagedData, OSError):
        return CANNOT_SAVE
    await database.read(lambda conn: conn.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}").fetchall())
    left = INTENTS
    while left:
        together = min(left, chance.randint(1, 4))
        left -= together
        sizes = [chance.choice((10, 500, 3_000)) for _ in range(together)]
        await asyncio.gather(*(record(outbox, f"member:{left}-{number}", size, say) for number, size in enumerate(sizes)))
    await database.close()
    return DONE


def acknowledge_before_commit() -> None:
    """The planted bug: a write answers as soon as its rows are in, whatever becomes of the commit."""
    honest = Database.write

    async def write(self: Database, work: Callable[[Transaction], Any]) -> Any:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()

        def early(tx: Transaction) -> Any:
            value = work(tx)
            loop.call_soon_threadsafe(answer.set_result, value)
            return value

        committed: Coroutine[Any, Any, Any] = honest(self, early)
        done, _ = await asyncio.wait({asyncio.ensure_future(committed), answer}, return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result() if not answer.done() else answer.result()

    Database.write = write  # type: ignore[method-assign]


def child(home: Path, pipe: int, plan: tuple[int, int, int], seed: int, bug: int) -> int:
    if bug:
        acknowledge_before_commit()
    FAULTS.fail_at(*plan)
    code = asyncio.run(scenario(home, seed, lambda text: [os.write(pipe, f"{text}\n".encode())].clear()))
    os.write(pipe, f"calls {FAULTS.calls_seen()} {FAULTS.calls_failed()}\n".encode())
    return code


def run(home: Path, plan: tuple[int, int, int], seed: int, bug: int) -> dict[str, object]:
    """One child on an empty home, and what is in that home afterwards."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(reader)
            code = child(home, writer, plan, seed, bug)
        finally:
            os._exit(code)
    os.close(writer)
    with open(reader, encoding="utf-8") as file:
        said = file.read().splitlines()
    _, status = os.waitpid(pid, 0)
    return {"said": said, "code": os.waitstatus_to_exitcode(status), "rows": rows_in(home)}


def rows_in(home: Path) -> list[str] | str:
    """The ids in the database, opened without faults; the verdict when it is damaged."""
    conn = sqlite3.connect(home / "bridge.db")
    try:
        (verdict,) = conn.execute("PRAGMA integrity_check").fetchone()
        tables = {name for (name,) in conn.execute("SELECT name FROM sqlite_master")}
        rows = [name for (name,) in conn.execute("SELECT id FROM outbox")] if "outbox" in tables else []
    except sqlite3.DatabaseError as error:
        return str(error)
    finally:
        conn.close()
    return rows if verdict == "ok" else str(verdict)


def main(root: Path) -> None:
    home = root / "home"
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        kind, number, lasting, seed, bug = map(int, line.split())
        home.mkdir()
        print(json.dumps(run(home, (kind, number, lasting), seed, bug)), flush=True)  # noqa: T201 - this is its answer
        shutil.rmtree(home)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
