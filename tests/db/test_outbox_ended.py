"""What ended lately, for a screen that starts again."""

from __future__ import annotations

from datetime import timedelta

from agent.core.entry import EntryKind, Outcome
from agent.db.outbox import Outbox
from tests.db.drafts import WHY, a_draft
from tests.db.test_outbox import sending
from tests.support.clock import START


async def test_the_newest_ended_loyalty_entries_come_first_and_no_others(outbox: Outbox) -> None:
    first, second, waiting = [await sending(outbox, a_draft(lane)) for lane in ("member:a", "member:b", "member:c")]
    status = await sending(outbox, a_draft("order:1", kind=EntryKind.ORDER_STATUS))
    for entry in (first, second, status):
        await outbox.settle(entry.id, Outcome.CONFIRMED)
    given_up = await sending(outbox, a_draft("member:d"))
    await outbox.park(given_up.id, error=WHY)
    await outbox.discard(given_up.id, reason="no", by="till")
    found = [entry.id for entry in await outbox.ended_loyalty(since=START, limit=10)]
    assert found == [given_up.id, second.id, first.id]
    assert waiting.id not in found
    assert [entry.id for entry in await outbox.ended_loyalty(since=START, limit=1)] == [given_up.id]
    assert await outbox.ended_loyalty(since=START + timedelta(days=1), limit=10) == []
