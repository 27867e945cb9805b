"""A note is there for as long as its entry may have had an effect, and one member's entries leave one at a time."""

from __future__ import annotations

from agent.core.entry import EntryError, Outcome
from agent.db.database import Database
from agent.db.outbox import Outbox
from agent.db.traces import Trace, Traces, note_untraced
from tests.db.drafts import a_draft

MARK = {"points": 5}
WHY = EntryError("outcome_unknown", "Nobody knows.")


async def sent(outbox: Outbox, lane: str) -> str:
    draft = a_draft(lane)
    await outbox.record(draft)
    assert await outbox.claim_one(draft.id)
    return draft.id


async def test_one_member_leaves_one_at_a_time(database: Database, outbox: Outbox) -> None:
    traces = Traces(database)
    first, second, stranger = [await sent(outbox, f"member:{number}") for number in range(3)]
    assert await traces.leave(first, "u1", MARK)
    assert await traces.leave(first, "u1", MARK)
    assert await traces.is_member_busy(second, "u1")
    assert not await traces.leave(second, "u1", MARK)
    assert await traces.get(second) is None
    assert await traces.leave(stranger, "u2", MARK)
    await outbox.settle(first, Outcome.CONFIRMED)
    assert await traces.get(first) is None
    assert await traces.leave(second, "u1", MARK)
    assert await traces.get(second) == Trace(MARK, mixed=False)


async def test_what_never_left_holds_nobody_up(database: Database, outbox: Outbox) -> None:
    traces = Traces(database)
    first, second = [await sent(outbox, f"member:{number}") for number in range(2)]
    assert await traces.leave(first, "u1", MARK)
    await outbox.postpone(first, not_before=None, error=WHY, was_sent=False)
    assert await traces.leave(second, "u1", MARK)


async def test_what_a_person_has_holds_nobody_up_and_proves_nothing_any_more(database: Database, outbox: Outbox) -> None:
    traces = Traces(database)
    first, second = [await sent(outbox, f"member:{number}") for number in range(2)]
    assert await traces.leave(first, "u1", MARK)
    await outbox.park(first, WHY, outcome=Outcome.UNKNOWN)
    assert await traces.leave(second, "u1", MARK)
    assert [await traces.get(each) for each in (first, second)] == [Trace(MARK, mixed=True)] * 2


async def test_what_came_from_elsewhere_may_have_none(database: Database, outbox: Outbox) -> None:
    traces = Traces(database)
    await sent(outbox, "member:1")
    assert not await traces.may_have_none(1)
    await database.write(lambda tx: note_untraced(tx.conn))
    assert await traces.may_have_none(1)
    assert not await traces.may_have_none(2)
