"""A grant is never forgotten: a rebuilt file and another home find it in the burn that carries it, and grant no more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from agent.core.entry import Entry, EntryKind, EntryState, Outcome
from agent.core.grant import Grant
from agent.core.money import Money, Points
from agent.db.database import Database
from agent.db.evacuation import Evacuation
from agent.db.grants import Grants
from agent.db.grants_found import find_grants
from agent.db.journal import Journal
from agent.db.mending import Mending, MendingRules
from agent.db.outbox import Outbox
from agent.db.recovery import DataPlaces, recover
from agent.db.replay import Terms
from agent.db.sealing import Seal
from tests.db.drafts import KEY, a_draft
from tests.db.test_marks import change
from tests.support.clock import CountingIds, FakeClock
from tests.support.offline import TERMS

SEAL, DAY = Seal(KEY), timedelta(hours=24)
RULES = MendingRules(key_memory=DAY, entries=timedelta(days=30), personal=timedelta(days=30))


@dataclass
class Till:
    database: Database
    outbox: Outbox
    grants: Grants
    evacuation: Evacuation
    mending: Mending

    async def granted(self, number: int = 1) -> Entry:
        """A burn that carries a grant, as the ledger of another file would have left it."""
        payload = Grant(id=f"g{number}", points=Points(5), value=Money(500, "SGD")).payload()
        return (await self.outbox.record(a_draft(f"member:u{number}", kind=EntryKind.BURN, payload=payload))).entry


@asynccontextmanager
async def started(home: Path) -> AsyncIterator[Till]:
    clock = FakeClock()
    places = DataPlaces(db=home / "bridge.db", journal=home / "journal.log", copies=home / "copies", damaged=home / "damaged")
    recover(places, terms=Terms(seal=SEAL, now=clock.now(), key_memory=DAY), clock=clock)
    database = await Database.open(places.db, clock=clock, journal=Journal(places.journal))
    outbox = Outbox(database, SEAL, clock)
    grants = Grants(database, SEAL, outbox, clock=clock, ids=CountingIds(), process=str(home))
    try:
        yield Till(
            database, outbox, grants, Evacuation(database, SEAL, clock, outbox), Mending(database, places, SEAL, clock, RULES)
        )
    finally:
        await database.close()


async def test_a_rebuilt_file_counts_what_was_granted_and_grants_nothing_more(tmp_path: Path) -> None:
    async with started(tmp_path) as till:
        await till.grants.switch_on(TERMS, by="Ann")
        await till.mending.copy()
        entry, given_up = await till.granted(1), await till.granted(2)
        await till.outbox.record(a_draft("member:u3", kind=EntryKind.BURN))
        await till.outbox.discard(given_up.id, reason="no", by="Ann")
    (tmp_path / "bridge.db").write_bytes(b"damaged")
    async with started(tmp_path) as till:
        standing = await till.grants.standing()
        assert (standing.granted_minor, standing.unsettled, standing.is_on, standing.why) == (500, 1, False, "rebuilt")
        assert (await till.outbox.get(entry.id) or entry).grant == entry.grant
        await till.outbox.claim_one(entry.id)
        await till.outbox.settle(entry.id, Outcome.CONFIRMED)
        assert (await till.grants.standing()).granted_minor == 0


async def test_a_switch_that_is_off_or_was_never_on_stays_so_through_a_rebuild(tmp_path: Path) -> None:
    for switched in (False, True):
        home = tmp_path / str(switched)
        async with started(home) as till:
            if switched:
                await till.grants.switch_on(TERMS, by="Ann")
                await till.grants.switch_off("by_hand", by="Ann")
            await till.mending.copy()
            await till.granted()
        (home / "bridge.db").write_bytes(b"damaged")
        async with started(home) as till:
            assert (await till.grants.standing()).why == ("by_hand" if switched else "")


async def test_a_grant_counts_in_the_home_that_it_is_brought_to(tmp_path: Path) -> None:
    async with started(tmp_path / "a") as here, started(tmp_path / "b") as there:
        await here.granted(1)
        entries = (await here.evacuation.take(after=0, by="Ann")).entries
        for _ in range(2):
            await there.evacuation.bring(entries, by="Ann", may_have_left=False)
        standing = await there.grants.standing()
        assert (standing.granted_minor, standing.unsettled) == (500, 1)
        (entry,) = await there.outbox.claim(held_lanes=(), paused_kinds=(), limit=1)
        ended = await there.outbox.settle(entry.id, Outcome.DECLINED)
        assert (ended.state, (await there.grants.standing()).losses) == (EntryState.SETTLED, 1)


async def test_damage_that_is_put_back_brings_no_second_grant_and_no_end_is_missed(tmp_path: Path) -> None:
    async with started(tmp_path) as till:
        first, second = await till.granted(1), await till.granted(2)
        await till.mending.put_back()
        assert (await till.grants.standing()).unsettled == 2
        await change(till.database, f"UPDATE outbox SET points = 99 WHERE id = '{first.id}'")
        await till.mending.quarantine.search()
        await till.mending.put_back()
        assert (await till.grants.standing()).unsettled == 2
        await change(
            till.database, f"UPDATE outbox SET state = 'settled', outcome = 'declined', settled_at = 1 WHERE id = '{second.id}'"
        )
        await change(till.database, f"UPDATE outbox SET points = 98 WHERE id = '{first.id}'")
        await till.mending.put_back()
        standing = await till.grants.standing()
        assert (standing.unsettled, standing.granted_minor) == (1, 1000)


async def test_damaged_burns_are_left_to_whoever_mends_them(tmp_path: Path) -> None:
    async with started(tmp_path) as till:
        entry = await till.granted(1)
        await change(till.database, f"UPDATE outbox SET points = 99 WHERE id = '{entry.id}'")
        assert await till.database.write(lambda tx: find_grants(tx.conn, SEAL)) == 0


async def test_what_is_in_the_way_of_a_grant_goes_first_and_then_the_rest(tmp_path: Path) -> None:
    async with started(tmp_path) as till:
        others = [(await till.outbox.record(a_draft(f"member:o{number}"))).entry for number in range(2)]
        entry = await till.granted(1)
        await till.mending.put_back()
        assert [each.id for each in await till.outbox.claim(held_lanes=(), paused_kinds=(), limit=1)] == [entry.id]
        rest = await till.outbox.claim(held_lanes=(), paused_kinds=(), limit=3)
        assert [each.id for each in rest] == [each.id for each in others]
