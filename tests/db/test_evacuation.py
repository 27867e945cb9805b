"""Entries move between homes whole, once, and under their own keys."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.entry import Entry, EntryKind, EntryState, Outcome
from agent.core.errors import DamagedData, NotSaved
from agent.core.member import MemberRef
from agent.db import evacuation
from agent.db.audit import Audit
from agent.db.database import Database, Transaction
from agent.db.evacuation import Brought, Evacuation
from agent.db.facts import Facts
from agent.db.journal import Journal, read
from agent.db.outbox import Outbox
from agent.db.sealing import Seal
from agent.db.traces import UNTRACED_TO
from tests.db.drafts import WHY, a_draft
from tests.support.clock import START, FakeClock

PHONE = MemberRef(identifier="+6591234567")


class Till:
    """One home with a sealing key of its own."""

    def __init__(self, database: Database, number: int) -> None:
        self.database = database
        self.clock = FakeClock()
        self.seal = Seal(bytes([number]) * 32)
        self.outbox = Outbox(database, self.seal, self.clock)
        self.evacuation = Evacuation(database, self.seal, self.clock, self.outbox)

    async def unended(self) -> list[Entry]:
        found: list[Entry] = []
        after = 0
        while True:
            page = await self.evacuation.take(after=after, by="Ann")
            found += page.entries
            if page.next is None:
                return found
            after = page.next

    async def bring(self, *entries: Entry, may_have_left: bool = False) -> Brought:
        return await self.evacuation.bring(entries, by="Ben", may_have_left=may_have_left)

    async def record(self, *args: object, **more: object) -> Entry:
        return (await self.outbox.record(a_draft(*args, **more))).entry  # type: ignore[arg-type]

    async def sent(self, **more: object) -> Entry:
        entry = await self.record(**more)
        claimed = await self.outbox.claim_one(entry.id)
        assert claimed
        return claimed


@asynccontextmanager
async def opened(folder: Path, number: int) -> AsyncIterator[Till]:
    home = folder / str(number)
    database = await Database.open(home / "bridge.db", clock=FakeClock(), journal=Journal(home / "journal.log"))
    yield Till(database, number)
    await database.close()


@pytest.fixture
async def old(tmp_path: Path) -> AsyncIterator[Till]:
    async with opened(tmp_path, 1) as till:
        yield till


@pytest.fixture
async def new(tmp_path: Path) -> AsyncIterator[Till]:
    async with opened(tmp_path, 2) as till:
        yield till


def essence(entry: Entry) -> object:
    """What must be the same in every home."""
    lane = "" if entry.member and entry.member.identifier else entry.lane
    return replace(entry, seq=0, lane=lane, state=EntryState.PENDING if entry.is_open else entry.state, not_before=None)


STEP = st.tuples(
    st.sampled_from(["a", "b"]),
    st.sampled_from(["wait", "send", "lose", "unsent", "park", "doubt", "settle", "discard"]),
    st.sampled_from([EntryKind.EARN, EntryKind.BURN]),
    st.sampled_from([MemberRef(uuid="u1"), PHONE]),
)


async def play(till: Till, steps: list[tuple[str, str, EntryKind, MemberRef]]) -> None:
    for lane, fate, kind, member in steps:
        entry = await till.record(lane, kind=kind, member=member, payload={"note": fate})
        if fate == "discard":
            await till.outbox.discard(entry.id, reason="", by="Ann")
        if fate in {"wait", "discard"} or not await till.outbox.claim_one(entry.id):
            continue
        if fate == "settle":
            await till.outbox.settle(entry.id, Outcome.CONFIRMED)
        elif fate in {"park", "doubt"}:
            await till.outbox.park(entry.id, WHY, outcome=Outcome.DECLINED if fate == "park" else Outcome.UNKNOWN)
        elif fate != "send":
            await till.outbox.postpone(entry.id, not_before=START, error=WHY, was_sent=fate == "lose")


@settings(max_examples=25, deadline=None)
@given(steps=st.lists(STEP, max_size=12), cut=st.integers(0, 12))
def test_out_in_and_out_again_are_the_same_entries(steps: list[tuple[str, str, EntryKind, MemberRef]], cut: int) -> None:
    async def journey(folder: Path) -> None:
        async with opened(folder, 1) as old, opened(folder, 2) as new:
            await play(old, steps)
            first = await old.unended()
            await new.bring(*first[:cut])
            again = await new.bring(*first)
            assert again.known == len(first[:cut])
            assert (again.different, again.overtaken) == ((), 0)
            second = await new.unended()
            assert [essence(entry) for entry in second] == [essence(entry) for entry in first]
            assert await old.unended() == first
            assert await new.bring(*first) == Brought(known=len(first))

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(journey(Path(folder)))


async def test_what_was_being_sent_arrives_with_an_unknown_outcome(old: Till, new: Till) -> None:
    await old.sent()
    brought = await new.bring(*await old.unended())
    (entry,) = brought.recorded
    assert (entry.state, entry.outcome, entry.attempts) == (EntryState.PENDING, Outcome.UNKNOWN, 1)
    assert await Facts(new.database).get(UNTRACED_TO) == entry.seq


async def test_every_page_is_bounded_and_none_is_left_out(old: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evacuation, "LARGEST_PAGE", 3)
    monkeypatch.setattr(evacuation, "LARGEST_PAGE_BYTES", 500)
    for size in (10, 400, 400, 2000, 10, 10, 10, 10):
        await old.record(payload={"note": "x" * size})
    page = await old.evacuation.take(after=0, by="Ann")
    assert (len(page.entries), page.next) == (2, 2)
    assert len(await old.unended()) == 8


async def test_leaving_and_arriving_stand_in_the_audit(old: Till, new: Till) -> None:
    entry = await old.record()
    await new.bring(*await old.unended())
    left, arrived = [await Audit(till.database, till.seal, till.clock).latest() for till in (old, new)]
    assert [(line.who, line.what, line.subject) for line in left + arrived] == [
        ("Ann", "export", entry.id),
        ("Ben", "import", entry.id),
    ]


async def test_what_arrives_stands_in_the_journal(old: Till, new: Till, tmp_path: Path) -> None:
    entry = await old.record()
    burn = await old.record(kind=EntryKind.BURN, urgent=True)
    await new.bring(*await old.unended())
    await new.database.close()
    lines = [(line.record["what"], line.record["id"]) for line in read(tmp_path / "2" / "journal.log").lines]
    assert lines == [("intent", entry.id), ("intent", burn.id), ("end", burn.id)]


async def test_a_burn_that_somebody_waited_for_is_not_redeemed_later(old: Till, new: Till) -> None:
    burn = await old.record(kind=EntryKind.BURN, urgent=True)
    again = [await new.bring(*await old.unended()) for _ in range(2)]
    kept = await new.outbox.get(burn.id)
    assert kept is not None
    assert (kept.state, kept.outcome) == (EntryState.SETTLED, Outcome.DECLINED)
    assert [each.known for each in again] == [0, 1]


async def test_a_member_without_uuid_gets_the_lane_of_the_new_home(old: Till, new: Till) -> None:
    await old.record("member:old", member=PHONE)
    (entry,) = (await new.bring(*await old.unended())).recorded
    assert entry.lane == f"member:{new.seal.fingerprint('+6591234567')}"


async def test_what_may_have_left_since_is_unknown(old: Till, new: Till) -> None:
    await old.record("earns")
    await old.record("outlet", kind=EntryKind.OUTLET)
    earn, outlet = (await new.bring(*await old.unended(), may_have_left=True)).recorded
    assert (earn.outcome, earn.attempts) == (Outcome.UNKNOWN, 1)
    assert outlet.outcome is Outcome.QUEUED


async def test_a_key_that_stands_for_something_else_here_is_named(old: Till, new: Till) -> None:
    mine = await new.record(ref_code="cb1-same", points=7)
    theirs = await old.record(ref_code="cb1-same", points=8)
    assert (await new.bring(*await old.unended())).different == (theirs.id,)
    kept = await new.outbox.get(mine.id)
    assert kept == mine


@pytest.mark.parametrize(("here", "is_known"), [(PHONE, True), (MemberRef(uuid="u2"), False), (None, False)])
async def test_a_member_may_be_known_by_number_in_one_home_only(
    old: Till, new: Till, here: MemberRef | None, is_known: bool
) -> None:
    kind = EntryKind.EARN if here else EntryKind.SNOOZE
    await new.record(ref_code="cb1-same", member=here, kind=kind)
    await old.record(ref_code="cb1-same", kind=kind)
    assert (await new.bring(*await old.unended())).known == is_known


async def test_an_older_menu_does_not_follow_a_newer_one(old: Till, new: Till) -> None:
    await old.record("menu", kind=EntryKind.MENU_PUSH, member=None)
    entries = [replace(entry, created_at=START - timedelta(hours=1)) for entry in await old.unended()]
    await new.record("menu", kind=EntryKind.MENU_PUSH, member=None)
    assert await new.bring(*entries) == Brought(overtaken=1)


async def test_a_compensation_arrives_without_its_original(old: Till, new: Till) -> None:
    earn = await old.sent()
    await old.outbox.settle(earn.id, Outcome.CONFIRMED)
    await old.record(kind=EntryKind.BURN, reverses=earn.id)
    (alone,) = (await new.bring(*await old.unended())).recorded
    assert alone.reverses is None


async def test_a_compensation_finds_its_original(old: Till, new: Till) -> None:
    earn = await old.sent()
    await new.bring(*await old.unended())
    for till in (old, new):
        await till.outbox.reclaim()
        await till.outbox.claim_one(earn.id)
        await till.outbox.settle(earn.id, Outcome.CONFIRMED)
    await old.record(kind=EntryKind.BURN, reverses=earn.id)
    (found,) = (await new.bring(*await old.unended())).recorded
    assert found.reverses == earn.id


async def test_a_page_is_taken_in_whole_or_not_at_all(old: Till, new: Till) -> None:
    await old.record("a")
    await old.record("b")
    first, second = await old.unended()
    broken = replace(second, points=None, member=None)
    with pytest.raises(Exception, match="does not allow"):
        await new.bring(first, broken)
    assert await new.unended() == []


def spoil(till: Till, entry_id: str) -> Awaitable[object]:
    """A bit of the disk turns, past every rule of the table."""

    def work(tx: Transaction) -> None:
        tx.conn.execute("DROP TRIGGER outbox_is_fixed")
        tx.conn.execute("UPDATE outbox SET points = 500 WHERE id = ?", (entry_id,))

    return till.database.write(work)


async def test_a_damaged_entry_does_not_leave_and_a_whole_one_takes_its_place(old: Till, new: Till) -> None:
    entry, other = await old.record("a"), await old.record("b")
    entries = await old.unended()
    await spoil(old, entry.id)
    assert [each.id for each in await old.unended()] == [other.id]
    assert [each.id for each in (await old.bring(*entries)).recorded] == [entry.id]
    await spoil_again(old, entry.id)
    assert [each.points for each in (await old.bring(*entries)).recorded] == [entry.points]


def spoil_again(till: Till, entry_id: str) -> Awaitable[object]:
    query = "UPDATE outbox SET points = 501 WHERE id = ?"
    return till.database.write(lambda tx: tx.conn.execute(query, (entry_id,)).rowcount)


async def test_a_damaged_end_is_not_written_over(old: Till, new: Till) -> None:
    entry = await old.sent()
    entries = await old.unended()
    await old.outbox.settle(entry.id, Outcome.CONFIRMED)
    await spoil(old, entry.id)
    with pytest.raises(DamagedData):
        await old.bring(*entries)


async def test_a_closed_home_takes_nothing_in(old: Till, new: Till) -> None:
    await old.record()
    entries = await old.unended()
    await new.database.close()
    with pytest.raises(NotSaved):
        await new.bring(*entries)
