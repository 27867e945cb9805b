"""A database that is damaged, missing or too old is made whole from copy and journal, by itself and never quietly."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent.core.entry import Entry, EntryKind, EntryState, Outcome
from agent.core.errors import NeedsPerson, NotSaved
from agent.core.order import HandoffState, HandoffTarget
from agent.core.order_status import OrderStatus
from agent.db import recovery
from agent.db.adoption import adopt
from agent.db.audit import Audit
from agent.db.database import Database
from agent.db.facts import Facts
from agent.db.journal import Journal, read
from agent.db.mending import Mending, MendingRules
from agent.db.migrations import Schema
from agent.db.orders import Arrival, Orders
from agent.db.outbox import Outbox
from agent.db.recovery import DataPlaces, Recovered, recover
from agent.db.replay import Terms
from agent.db.schema import BRIDGE
from agent.db.sealing import Seal
from agent.db.traces import UNTRACED_TO
from tests.db.drafts import KEY, U1, WHY, a_draft
from tests.db.test_marks import change, paid
from tests.support.clock import START, FakeClock

ROOT = Path(__file__).parents[2]
RULES = MendingRules(key_memory=timedelta(hours=24), entries=timedelta(days=30), personal=timedelta(days=30))


@dataclass
class Till:
    database: Database
    outbox: Outbox
    orders: Orders
    mending: Mending
    audit: Audit
    recovered: Recovered | None

    async def entries(self) -> dict[str, Entry]:
        page = await self.outbox.page(state=None, kind=None, limit=10_000, after=None)
        return {entry.id: entry for entry in page.entries}


def places(home: Path) -> DataPlaces:
    return DataPlaces(db=home / "bridge.db", journal=home / "journal.log", copies=home / "copies", damaged=home / "damaged")


def recovered_at(home: Path, now: datetime = START, key: bytes = KEY) -> Recovered | None:
    return recover(places(home), terms=Terms(seal=Seal(key), now=now, key_memory=RULES.key_memory), clock=FakeClock(now))


@asynccontextmanager
async def started(home: Path, now: datetime = START) -> AsyncIterator[Till]:
    """As the agent starts."""
    found, clock, seal = recovered_at(home, now), FakeClock(now), Seal(KEY)
    database = await Database.open(home / "bridge.db", clock=clock, journal=Journal(home / "journal.log"))
    try:
        await database.write(lambda tx: adopt(tx.conn, seal))
        outbox = Outbox(database, seal, clock)
        mending = Mending(database, places(home), seal, clock, RULES)
        audit = Audit(database, seal, clock)
        yield Till(database, outbox, Orders(database, seal, clock, outbox), mending, audit, found)
    finally:
        await database.close()


async def a_day(home: Path) -> dict[str, Entry]:
    """Some entries and orders, a copy, and as much again after it; what the till knows at the end."""
    async with started(home) as till:
        for number in range(12):
            entry = (await till.outbox.record(a_draft(f"lane{number}", points=number + 1))).entry
            if number % 3 == 0:
                await till.outbox.claim_one(entry.id)
                await till.outbox.settle(entry.id, Outcome.CONFIRMED)
            if number == 5:
                arrival = Arrival(paid=paid("o1"), raw=b"raw", received_at=START)
                await till.orders.receive(arrival)
                await till.mending.copy()
        handed = [(HandoffTarget.PRINTER, "kitchen")]
        await till.orders.receive(Arrival(paid=paid("o2"), raw=b"raw", received_at=START, delivery_id="d2", handoffs=handed))
        for order_id in ("o1", "o2"):
            await till.orders.move(order_id, OrderStatus.ACCEPTED, drafts=(), at=START, promised_at=START)
        await till.database.write(lambda tx: tx.journal({"what": "of a later version", "id": "x"}))
        return await till.entries()


def essence(entry: Entry) -> object:
    """What must never differ; an open one may have become unknown."""
    end = (entry.state, entry.outcome) if not entry.is_open else "open"
    return entry.ref_code, entry.kind, entry.points, entry.member, entry.payload, entry.lane, end


def by_essence(entries: dict[str, Entry]) -> dict[str, object]:
    return {entry_id: essence(entry) for entry_id, entry in entries.items()}


def delete(home: Path) -> None:
    (home / "bridge.db").unlink()


def truncate(home: Path) -> None:
    (home / "bridge.db").write_bytes((home / "bridge.db").read_bytes()[:10_000])


def empty(home: Path) -> None:
    (home / "bridge.db").write_bytes(b"")


def zero_a_page(home: Path) -> None:
    data = bytearray((home / "bridge.db").read_bytes())
    data[4096:8192] = bytes(4096)
    (home / "bridge.db").write_bytes(bytes(data))


def foreign(home: Path) -> None:
    delete(home)
    conn = sqlite3.connect(home / "bridge.db")
    conn.execute("CREATE TABLE theirs (id)")
    conn.commit()
    conn.close()


def rot_a_trigger(home: Path) -> None:
    data = (home / "bridge.db").read_bytes()
    assert b"an entry cannot move like this" in data
    (home / "bridge.db").write_bytes(data.replace(b"an entry cannot move", b"an entry cannot mowe"))


def old_copy(home: Path) -> None:
    shutil.copyfile(next((home / "copies").iterdir()), home / "bridge.db")


HARM: dict[Callable[[Path], None], str] = {
    delete: "missing",
    truncate: "damaged",
    empty: "empty",
    zero_a_page: "damaged",
    foreign: "foreign",
    rot_a_trigger: "damaged",
    old_copy: "older",
}


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("with_copy", [True, False])
async def test_everything_is_there_again(tmp_path: Path, harm: Callable[[Path], None], with_copy: bool) -> None:
    truth = await a_day(tmp_path)
    harm(tmp_path)
    if not with_copy:
        shutil.rmtree(tmp_path / "copies")
    async with started(tmp_path) as till:
        assert till.recovered is not None
        assert (till.recovered.reason, till.recovered.lost) == (HARM[harm], 0)
        assert await Facts(till.database).get(UNTRACED_TO) == max(entry.seq for entry in (await till.entries()).values())
        assert by_essence(await till.entries()) == by_essence(truth)
        assert all(entry.outcome is Outcome.UNKNOWN for entry in (await till.entries()).values() if entry.is_open)
        orders = {order.paid.id: order for order in await till.orders.all(10)}
        assert {key: (order.status, order.paid.promised_at) for key, order in orders.items()} == {
            "o1": (OrderStatus.ACCEPTED, START),
            "o2": (OrderStatus.ACCEPTED, START),
        }
        assert [handoff.state for handoff in await till.orders.handoffs("o2")] == [HandoffState.UNCERTAIN]
        assert [line.what for line in await till.audit.latest()] == ["restore"]
    if harm not in (delete, old_copy):
        assert list((tmp_path / "damaged").rglob("bridge.db"))
    async with started(tmp_path) as till:
        assert till.recovered is None


async def test_a_till_without_a_past_starts_empty_and_says_nothing(tmp_path: Path) -> None:
    async with started(tmp_path) as till:
        assert (till.recovered, await till.entries()) == (None, {})


async def test_a_good_start_changes_nothing(tmp_path: Path) -> None:
    truth = await a_day(tmp_path)
    async with started(tmp_path) as till:
        assert (till.recovered, await till.entries()) == (None, truth)


async def test_nothing_is_lost_with_the_wal(tmp_path: Path) -> None:
    live, home = tmp_path / "live", tmp_path / "home"
    async with started(live) as till:
        await till.outbox.record(a_draft("before"))
    async with started(live) as till:
        for number in range(20):
            await till.outbox.record(a_draft(f"lane{number}"))
        truth = await till.entries()
        shutil.copytree(live, home)
    assert (home / "bridge.db-wal").stat().st_size > 0
    (home / "bridge.db-wal").unlink()
    async with started(home) as till:
        assert till.recovered is not None
        assert by_essence(await till.entries()) == by_essence(truth)


async def test_what_the_cloud_may_have_forgotten_waits_for_a_person(tmp_path: Path) -> None:
    async with started(tmp_path) as till:
        for kind in (EntryKind.EARN, EntryKind.ORDER_STATUS):
            await till.outbox.record(a_draft(kind.value, kind=kind))
        await till.mending.copy()
        await till.outbox.record(a_draft("late"))
    delete(tmp_path)
    async with started(tmp_path, START + timedelta(hours=25)) as till:
        found = sorted((entry.kind, entry.state, entry.outcome) for entry in (await till.entries()).values())
        assert found == [
            (EntryKind.EARN, EntryState.PARKED, Outcome.UNKNOWN),
            (EntryKind.EARN, EntryState.PARKED, Outcome.UNKNOWN),
            (EntryKind.ORDER_STATUS, EntryState.PENDING, Outcome.UNKNOWN),
        ]


async def test_a_damaged_copy_is_passed_over(tmp_path: Path) -> None:
    truth = await a_day(tmp_path)
    good = next((tmp_path / "copies").iterdir())
    (tmp_path / "copies" / "bridge-20991231-000000.db").write_bytes(good.read_bytes()[:9_000])
    delete(tmp_path)
    async with started(tmp_path) as till:
        assert till.recovered is not None
        assert till.recovered.base == good.name
        assert by_essence(await till.entries()) == by_essence(truth)


async def test_a_journal_with_holes_is_said_and_gives_what_it_has(tmp_path: Path) -> None:
    truth = await a_day(tmp_path)
    lines = (tmp_path / "journal.log").read_bytes().splitlines(keepends=True)
    intents = [number for number, line in enumerate(lines) if b'"what":"intent"' in line]
    middle, tail = intents[-2], len(lines) - 1
    lines[middle] = lines[middle].replace(b'"points":', b'"pointz":')
    (tmp_path / "journal.log").write_bytes(b"".join(lines[:tail]) + lines[tail][:-9])
    delete(tmp_path)
    async with started(tmp_path) as till:
        assert till.recovered is not None
        assert till.recovered.lost == 1
        assert len(await till.entries()) == len(truth) - 1
    (tmp_path / "journal.log").write_bytes(b"rubbish\n")
    shutil.rmtree(tmp_path / "copies")
    delete(tmp_path)
    assert (found := recovered_at(tmp_path)) is not None
    assert (found.lost, found.entries) == (1, 0)


async def test_a_journal_that_lost_its_end_gives_no_number_twice(tmp_path: Path) -> None:
    truth = await a_day(tmp_path)
    (tmp_path / "journal.log").unlink()
    async with started(tmp_path) as till:
        assert await till.entries() == truth
        await till.outbox.record(a_draft("after"))
        await till.mending.copy()
    assert read(tmp_path / "journal.log").lines[0].seq > 20


async def test_damage_is_put_back_from_the_journal_while_the_agent_runs(tmp_path: Path) -> None:
    truth = await a_day(tmp_path)
    open_ones = [entry for entry in truth.values() if entry.is_open]
    async with started(tmp_path) as till:
        bad, gone, ended = open_ones[0], open_ones[1], next(entry for entry in truth.values() if not entry.is_open)
        await change(till.database, f"UPDATE outbox SET points = 99 WHERE id IN ('{bad.id}', '{ended.id}')")
        await change(till.database, f"UPDATE outbox SET id = 'rot' WHERE id = '{gone.id}'")
        await change(till.database, "UPDATE orders SET paid = x'00' WHERE id = 'o1'")
        assert await till.mending.quarantine.search() == 4
        assert bad.id not in await till.entries()
        tally = await till.mending.put_back()
        assert (tally.entries, tally.orders) == (3, 1)
        assert by_essence(await till.entries()) == by_essence(truth)
        assert (await till.entries())[bad.id].seq == bad.seq
        assert {order.paid.id for order in await till.orders.open()} == {"o1", "o2"}
        assert await till.mending.quarantine.waiting() == 1
        assert await till.mending.quarantine.acknowledge() == 1
        again = await till.mending.put_back()
        assert (again.entries, again.orders) == (0, 0)
        with pytest.raises(Exception, match="change_refused"):
            await till.database.write(lambda tx: tx.conn.execute("DELETE FROM outbox").rowcount)


async def test_what_was_put_back_meanwhile_is_not_set_aside_again(tmp_path: Path) -> None:
    async with started(tmp_path) as till:
        await till.outbox.record(a_draft(points=5))
        await change(till.database, "UPDATE outbox SET points = 99")
        rows = await till.database.read(lambda conn: conn.execute("SELECT * FROM outbox").fetchall())
        await change(till.database, "UPDATE outbox SET points = 5")
        await till.database.write(lambda tx: till.mending.quarantine._set_aside(tx.conn, "outbox", rows))
        assert await till.mending.quarantine.waiting() == 0


async def test_a_start_copies_only_when_an_hour_has_passed(tmp_path: Path) -> None:
    for minutes, copies in ((0, 1), (30, 1), (61, 2)):
        async with started(tmp_path, START + timedelta(minutes=minutes)) as till:
            await till.mending.copy_if_due()
        assert len(list((tmp_path / "copies").iterdir())) == copies


async def test_a_key_that_is_taken_is_left_to_a_person(tmp_path: Path) -> None:
    async with started(tmp_path) as till:
        await till.outbox.record(a_draft(ref_code="cb1-k"))
        await change(till.database, "UPDATE outbox SET points = 99")
        await till.outbox.claim(held_lanes=(), paused_kinds=(), limit=9)
        await till.outbox.record(a_draft(ref_code="cb1-k"))
        assert (await till.mending.put_back()).entries == 0
        assert await till.mending.quarantine.waiting() == 2


async def test_another_key_rebuilds_nothing(tmp_path: Path) -> None:
    await a_day(tmp_path)
    delete(tmp_path)
    with pytest.raises(NeedsPerson, match="seal_key_changed"):
        recovered_at(tmp_path, key=b"y" * 32)
    assert recovered_at(tmp_path) is not None


async def test_a_file_of_the_first_version_is_copied_and_then_counts(tmp_path: Path) -> None:
    old = Schema(BRIDGE.application_id, BRIDGE.steps[:1])
    clock = FakeClock()
    await (await Database.open(tmp_path / "bridge.db", clock=clock, schema=old)).close()
    journal = Journal(tmp_path / "journal.log")
    journal.append([{"what": "odd", "id": "x"}] * 3, 0.0)
    journal.close()
    for _ in range(2):
        assert recovered_at(tmp_path) is None
    assert len(list((tmp_path / "copies").iterdir())) == 1


async def test_what_the_disk_refuses_is_not_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await a_day(tmp_path)

    def refuse(*_: object) -> None:
        raise OSError("no")

    def busy(*_: object) -> None:
        error = sqlite3.OperationalError("locked")
        error.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise error

    delete(tmp_path)
    for failure, reason in ((refuse, "cannot_recover"), (busy, "database_in_use")):
        monkeypatch.setattr(recovery, "connect", failure)
        with pytest.raises(NotSaved, match=reason):
            recovered_at(tmp_path)


async def test_damaged_files_of_one_second_are_all_kept(tmp_path: Path) -> None:
    await a_day(tmp_path)
    for _ in range(3):
        truncate(tmp_path)
        assert recovered_at(tmp_path) is not None
    assert len(list((tmp_path / "damaged").rglob("bridge.db*"))) == 3


async def test_every_flip_and_every_cut_is_noticed_or_harmless(tmp_path: Path) -> None:
    """150 flips and 50 cuts of the database: the truth is there after the start, and nothing else is ever claimed."""
    origin = tmp_path / "origin"
    truth = by_essence(await a_day(origin))
    whole, chance, seen = (origin / "bridge.db").read_bytes(), random.Random(20), {"restored": 0, "replaced": 0, "harmless": 0}
    for number in range(200):
        home = tmp_path / "home"
        shutil.copytree(origin, home)
        bad = bytearray(whole)
        if number < 150:
            bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
        else:
            del bad[chance.randrange(len(bad)) :]
        (home / "bridge.db").write_bytes(bytes(bad))
        async with started(home) as till:
            for entry in await till.outbox.claim(held_lanes=(), paused_kinds=(), limit=100):
                assert essence(entry) == truth[entry.id]
            damaged = await till.mending.quarantine.search()
            await till.mending.put_back()
            assert by_essence(await till.entries()) == truth, number
            seen["restored" if till.recovered else "replaced" if damaged else "harmless"] += 1
        shutil.rmtree(home)
    assert seen["restored"] >= 50
    assert sum(seen.values()) == 200


REBUILDER = """
import sys
from pathlib import Path
from tests.db.test_recovery import recovered_at
print("go", flush=True)
recovered_at(Path(sys.argv[1]))
print("done", flush=True)
"""


async def test_a_kill_in_the_middle_of_a_rebuild_costs_nothing(tmp_path: Path) -> None:
    truth = by_essence(await a_day(tmp_path))
    delays, chance = 0, random.Random(3)
    for _ in range(6):
        truncate(tmp_path) if (tmp_path / "bridge.db").exists() else None
        process = subprocess.Popen([sys.executable, "-c", REBUILDER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE)  # noqa: ASYNC220
        assert process.stdout is not None
        process.stdout.readline()
        try:
            process.wait(chance.random() * 0.04)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            delays += 1
        process.stdout.close()
    async with started(tmp_path) as till:
        assert by_essence(await till.entries()) == truth
    assert delays > 0


@pytest.mark.parametrize("step", ["connect", "bring_up", "_put_away", "sync_folder"])
async def test_a_rebuild_that_stops_at_any_step_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    truth = by_essence(await a_day(tmp_path))
    truncate(tmp_path)
    kept = getattr(recovery, step)

    def stop(*args: object) -> None:
        kept(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(recovery, step, stop)
    with pytest.raises(KeyboardInterrupt):
        recovered_at(tmp_path)
    monkeypatch.undo()
    async with started(tmp_path) as till:
        assert by_essence(await till.entries()) == truth


async def test_old_ends_leave_the_journal_after_a_copy(tmp_path: Path) -> None:
    truth = await a_day(tmp_path)
    before = len(read(tmp_path / "journal.log").lines)
    async with started(tmp_path, START + timedelta(days=31)) as till:
        await till.mending.copy()
        new = (await till.outbox.record(a_draft("new", member=U1))).entry
        await till.outbox.claim_one(new.id)
        await till.outbox.postpone(new.id, not_before=None, error=WHY, was_sent=True)
        truth = await till.entries()
    found = read(tmp_path / "journal.log")
    assert len(found.lines) < before
    assert (found.damage, found.left_out_to > 0) == ((), True)
    assert "order" not in {str(line.record["what"]) for line in found.lines}
    delete(tmp_path)
    async with started(tmp_path, START + timedelta(days=31)) as till:
        assert till.recovered is not None
        assert till.recovered.lost == 0
        assert (await till.entries()).keys() == truth.keys()


async def test_a_short_journal_is_left_as_it_is(tmp_path: Path) -> None:
    await a_day(tmp_path)
    before = (tmp_path / "journal.log").read_bytes()
    async with started(tmp_path) as till:
        await till.mending.copy()
    assert (tmp_path / "journal.log").read_bytes() == before
