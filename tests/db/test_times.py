"""Whatever a till's clock says, what is stored under it can be read again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.core.entry import Outcome
from agent.db.times import EPOCH, from_ms, to_ms
from tests.db.drafts import a_draft, open_outbox
from tests.support.clock import FakeClock


def test_a_time_comes_back_as_it_was_to_the_millisecond() -> None:
    moment = datetime(2026, 11, 26, 4, 0, 0, 123_000, tzinfo=UTC)
    assert from_ms(to_ms(moment)) == moment


def test_a_clock_that_fell_behind_1970_says_1970() -> None:
    assert from_ms(to_ms(EPOCH - timedelta(days=9000))) == EPOCH


async def test_an_entry_can_end_while_the_clock_is_wrong(tmp_path: Path) -> None:
    clock = FakeClock()
    database, outbox = await open_outbox(tmp_path, clock)
    await outbox.record(a_draft("member:mei"))
    (claimed,) = await outbox.claim(held_lanes=(), paused_kinds=(), limit=1)
    clock.jump(-60 * 365 * 86_400)
    settled = await outbox.settle(claimed.id, Outcome.CONFIRMED)
    assert await outbox.get(claimed.id) == settled
    await database.close()
