"""A program that records entries for ever and prints each id once it is acknowledged; made to be killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from agent.db.outbox import Outbox
from tests.db.drafts import a_draft, open_outbox
from tests.support.clock import FakeClock

WRITERS = 8


async def write(outbox: Outbox, writer: int) -> None:
    while True:
        recorded = await outbox.record(a_draft(f"lane-{writer}"))
        sys.stdout.write(recorded.entry.id + "\n")
        sys.stdout.flush()


async def main(home: Path) -> None:
    _, outbox = await open_outbox(home, FakeClock())
    await asyncio.gather(*(write(outbox, writer) for writer in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
