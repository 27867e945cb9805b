"""An entry moves as it may, keeps its key, and is claimed in its lane's order."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from agent.core.entry import Draft, Entry, EntryError, EntryKind, EntryState, Outcome
from agent.core.errors import Conflict, DamagedData, InvalidInput, Refused
from agent.core.member import MemberRef
from agent.core.ref_code import RefCode, payload_hash
from agent.db.audit import Audit
from agent.db.database import Database, Transaction
from agent.db.journal import read
from agent.db.outbox import Outbox
from agent.db.outbox_moves import INTERRUPTED
from agent.db.outbox_queries import DUE
from agent.db.sealing import Seal
from tests.db.drafts import KEY, WHY, a_draft, open_outbox
from tests.support.clock import START, FakeClock

PHONE = MemberRef(identifier="+6591234567")


async def recorded(outbox: Outbox, draft: Draft) -> Entry:
    return (await outbox.record(draft)).entry


async def claimed(outbox: Outbox, limit: int = 10, held: tuple[str, ...] = (), paused: tuple[EntryKind, ...] = ()) -> list[str]:
    return [entry.id for entry in await outbox.claim(held_lanes=held, paused_kinds=paused, limit=limit)]


async def sending(outbox: Outbox, draft: Draft | None = None) -> Entry:
    entry = await recorded(outbox, draft or a_draft())
    assert await outbox.claim_one(entry.id)
    return entry


async def test_an_entry_comes_back_as_it_was_recorded(outbox: Outbox, tmp_path: Path, clock: FakeClock) -> None:
    draft = a_draft("member:f", member=PHONE, payload={"note": "für Mei"}, urgent=True)
    entry = await recorded(outbox, draft)
    assert (entry.state, entry.outcome, entry.attempts) == (EntryState.PENDING, Outcome.QUEUED, 0)
    assert (entry.member, entry.points, entry.payload, entry.urgent) == (PHONE, 5, {"note": "für Mei"}, True)
    assert entry.payload_hash == payload_hash(draft.payload)
    assert await outbox.get(draft.id) == entry == await outbox.by_ref_code(draft.ref_code)
    assert await outbox.get("nobody") is None


async def test_what_is_for_other_channels_can_be_taken_alone(outbox: Outbox) -> None:
    async def channels(*held: str) -> list[str]:
        found = await outbox.claim(held_lanes=held, paused_kinds=(), limit=10, only_channels=True)
        return [entry.id for entry in found]

    assert await channels() == []
    await recorded(outbox, a_draft("order:o-1"))
    first, _, other = [await recorded(outbox, a_draft(f"channel:{order}")) for order in ("dlv-1", "dlv-1", "dlv-2")]
    assert await channels("channel:dlv-2") == [first.id]
    assert await channels() == [other.id]


async def test_the_same_key_is_the_same_entry_and_nothing_is_written(outbox: Outbox, database: Database) -> None:
    heard: list[str] = []
    first = await outbox.record(a_draft(ref_code="k"), also=lambda tx: heard.append("first"))
    again = await outbox.record(a_draft(ref_code="k", points=9), also=lambda tx: heard.append("again"))
    assert (first.is_new, again.is_new, again.entry) == (True, False, first.entry)
    assert heard == ["first"]


async def test_a_key_is_free_only_when_nothing_ever_left(outbox: Outbox) -> None:
    refused = await outbox.record(a_draft(kind=EntryKind.BURN, ref_code="k", declined=WHY))
    assert (refused.entry.state, refused.entry.outcome, refused.entry.error) == (EntryState.SETTLED, Outcome.DECLINED, WHY)
    assert refused.entry.settled_at == START
    assert await outbox.by_ref_code(RefCode("k")) is None
    second = await outbox.record(a_draft(ref_code="k"))
    await outbox.discard(second.entry.id, reason="mistake", by="Ann")
    third = await outbox.record(a_draft(ref_code="k"))
    assert third.is_new
    await outbox.claim_one(third.entry.id)
    await outbox.settle(third.entry.id, Outcome.DECLINED, WHY)
    fourth = await outbox.record(a_draft(ref_code="k"))
    assert (fourth.is_new, fourth.entry.id) == (False, third.entry.id)


async def test_lanes_keep_their_order_and_do_not_wait_for_each_other(outbox: Outbox) -> None:
    a1, a2, b1 = [await recorded(outbox, a_draft(lane)) for lane in ("a", "a", "b")]
    assert await claimed(outbox) == [a1.id, b1.id]
    assert await claimed(outbox) == []
    await outbox.settle(b1.id, Outcome.CONFIRMED)
    assert await claimed(outbox) == []
    await outbox.park(a1.id, WHY)
    assert await claimed(outbox) == [a2.id]


async def test_urgent_heads_go_first_and_held_or_paused_ones_wait(outbox: Outbox) -> None:
    a1 = await recorded(outbox, a_draft("a"))
    urgent = await recorded(outbox, a_draft("b", kind=EntryKind.BURN, urgent=True))
    menu = await recorded(outbox, a_draft("menu", kind=EntryKind.MENU_PUSH, member=None))
    assert await claimed(outbox, 1, held=("b",), paused=(EntryKind.EARN,)) == [menu.id]
    assert await claimed(outbox, 1) == [urgent.id]
    assert await claimed(outbox, 1, held=("a",)) == []
    assert await claimed(outbox, 1) == [a1.id]


async def test_a_person_can_send_any_waiting_entry_but_not_two_of_a_lane(outbox: Outbox) -> None:
    first, second = await recorded(outbox, a_draft("a")), await recorded(outbox, a_draft("a"))
    taken = await outbox.claim_one(second.id)
    assert taken is not None
    assert (taken.state, taken.outcome, taken.attempts) == (EntryState.SENDING, Outcome.UNKNOWN, 1)
    assert await outbox.claim_one(first.id) is None
    assert await outbox.claim_one("nobody") is None
    assert await claimed(outbox) == []
    await outbox.park(second.id, WHY)
    again = await outbox.claim_one(second.id)
    assert again is not None
    assert again.attempts == 2


async def test_settled_says_when_and_forgets_the_error(outbox: Outbox, clock: FakeClock) -> None:
    entry = await sending(outbox)
    await outbox.postpone(entry.id, not_before=START + timedelta(seconds=9), error=WHY, was_sent=True)
    waiting = await outbox.get(entry.id)
    assert waiting is not None
    assert (waiting.outcome, waiting.error, waiting.not_before) == (Outcome.UNKNOWN, WHY, START + timedelta(seconds=9))
    await outbox.claim_one(entry.id)
    clock.move(60)
    done = await outbox.settle(entry.id, Outcome.CONFIRMED)
    assert (done.outcome, done.error, done.settled_at, done.not_before) == (Outcome.CONFIRMED, None, clock.now(), None)


async def test_an_attempt_that_never_left_is_taken_back(outbox: Outbox) -> None:
    entry = await sending(outbox)
    back = await outbox.postpone(entry.id, not_before=None, error=WHY, was_sent=False)
    assert (back.attempts, back.outcome, back.state) == (0, Outcome.QUEUED, EntryState.PENDING)
    declined = await outbox.decline_unsent(entry.id, WHY)
    assert (declined.state, declined.outcome, declined.error) == (EntryState.SETTLED, Outcome.DECLINED, WHY)
    assert await outbox.decline_unsent(entry.id, WHY) == declined
    sent = await sending(outbox)
    await outbox.postpone(sent.id, not_before=None, error=WHY, was_sent=True)
    assert (await outbox.decline_unsent(sent.id, WHY)).state is EntryState.PENDING


async def test_parked_entries_are_reopened_with_what_they_were(outbox: Outbox) -> None:
    entry = await sending(outbox, a_draft(payload={"note": "x"}))
    assert (await outbox.park(entry.id, WHY)).outcome is Outcome.DECLINED
    again = await outbox.reopen(entry.id)
    assert (again.state, again.outcome, again.error, again.payload) == (EntryState.PENDING, Outcome.UNKNOWN, None, {"note": "x"})


@pytest.mark.parametrize(
    ("was_sent", "parked_as", "outcome"),
    [
        (False, None, Outcome.DECLINED),
        (True, None, Outcome.UNKNOWN),
        (True, Outcome.UNKNOWN, Outcome.UNKNOWN),
        (True, Outcome.DECLINED, Outcome.DECLINED),
    ],
)
async def test_discarding_says_what_is_known_and_who_did_it(
    outbox: Outbox, database: Database, seal: Seal, clock: FakeClock, was_sent: bool, parked_as: Outcome | None, outcome: Outcome
) -> None:
    entry = await sending(outbox)
    if parked_as:
        await outbox.park(entry.id, WHY, outcome=parked_as)
    else:
        await outbox.postpone(entry.id, not_before=None, error=WHY, was_sent=was_sent)
    gone = await outbox.discard(entry.id, reason="customer left", by="Ann")
    assert (gone.state, gone.outcome, gone.settled_at) == (EntryState.DISCARDED, outcome, clock.now())
    (line,) = await Audit(database, seal, clock).latest()
    assert (line.who, line.what, line.subject, line.reason, line.at) == ("Ann", "discard", entry.id, "customer left", clock.now())


async def test_only_waiting_entries_are_discarded(outbox: Outbox) -> None:
    entry = await sending(outbox)
    with pytest.raises(InvalidInput, match="not_discardable"):
        await outbox.discard(entry.id, reason="", by="Ann")
    with pytest.raises(Refused, match="entry_unknown"):
        await outbox.discard("nobody", reason="", by="Ann")


async def test_verbs_from_elsewhere_are_conflicts(outbox: Outbox) -> None:
    entry = await recorded(outbox, a_draft())
    for verb in (outbox.settle(entry.id, Outcome.CONFIRMED), outbox.park(entry.id, WHY), outbox.reopen(entry.id)):
        with pytest.raises(Conflict, match="entry_moved"):
            await verb
    with pytest.raises(Refused, match="entry_unknown"):
        await outbox.reopen("nobody")
    with pytest.raises(Refused, match="entry_unknown"):
        await outbox.decline_unsent("nobody", WHY)


async def test_at_start_what_was_being_sent_waits_and_nobody_waits_for_a_burn(outbox: Outbox) -> None:
    sent = await sending(outbox, a_draft("a"))
    burn = await recorded(outbox, a_draft("b", kind=EntryKind.BURN, urgent=True))
    patient = await recorded(outbox, a_draft("c", kind=EntryKind.BURN))
    sent_burn = await sending(outbox, a_draft("d", kind=EntryKind.BURN, urgent=True))
    found = {entry.id: entry for entry in await outbox.reclaim()}
    assert set(found) == {sent.id, burn.id, sent_burn.id}
    assert (found[sent.id].state, found[sent.id].outcome, found[sent.id].attempts) == (EntryState.PENDING, Outcome.UNKNOWN, 1)
    assert found[sent_burn.id].state is EntryState.PENDING
    assert found[burn.id].outcome is Outcome.DECLINED
    assert found[burn.id].error == INTERRUPTED
    assert (await outbox.get(patient.id)) == patient


async def test_counts_and_pending_points(outbox: Outbox, clock: FakeClock) -> None:
    assert (await outbox.counts()).oldest_at is None
    await recorded(outbox, a_draft("a", points=3))
    await recorded(outbox, a_draft("b", member=PHONE, points=4))
    await sending(outbox, a_draft("c", kind=EntryKind.BURN, points=2))
    parked = await sending(outbox, a_draft("d", points=100))
    await outbox.park(parked.id, WHY)
    counts = await outbox.counts()
    assert (counts.pending, counts.parked, counts.oldest_at) == (3, 1, START)
    alone = await outbox.pending_points("u1")
    assert (alone.earn, alone.burn) == (3, 2)
    both = await outbox.pending_points("u1", ["+6591234567", "other"])
    assert (both.earn, both.burn) == (7, 2)


async def test_pages_follow_each_other(outbox: Outbox) -> None:
    ids = [(await recorded(outbox, a_draft(f"l{n}", kind=EntryKind.BURN if n == 2 else EntryKind.EARN))).id for n in range(5)]
    first = await outbox.page(state=None, kind=None, limit=2, after=None)
    assert ([entry.id for entry in first.entries], first.next) == (ids[:2], ids[1])
    rest = await outbox.page(state=EntryState.PENDING, kind=EntryKind.EARN, limit=2, after=first.next)
    assert ([entry.id for entry in rest.entries], rest.next) == (ids[3:], None)
    with pytest.raises(InvalidInput, match="unknown_entry"):
        await outbox.page(state=None, kind=None, limit=2, after="nobody")


async def test_one_reversal_and_only_of_what_is_confirmed(outbox: Outbox) -> None:
    original = await sending(outbox)
    with pytest.raises(InvalidInput, match="change_refused"):
        await outbox.record(a_draft(kind=EntryKind.BURN, reverses=original.id))
    await outbox.settle(original.id, Outcome.CONFIRMED)
    assert await outbox.reversal_of(original.id) is None
    reversal = await recorded(outbox, a_draft(kind=EntryKind.BURN, reverses=original.id))
    assert await outbox.reversal_of(original.id) == reversal
    with pytest.raises(InvalidInput, match="change_refused"):
        await outbox.record(a_draft(kind=EntryKind.BURN, reverses=original.id))
    await outbox.discard(reversal.id, reason="", by="Ann")
    assert await outbox.reversal_of(original.id) is None
    assert (await outbox.record(a_draft(kind=EntryKind.BURN, reverses=original.id))).is_new


async def test_only_old_ends_are_pruned(outbox: Outbox, clock: FakeClock) -> None:
    original = await sending(outbox, a_draft("a"))
    await outbox.settle(original.id, Outcome.CONFIRMED)
    await recorded(outbox, a_draft("b", kind=EntryKind.BURN, reverses=original.id))
    done = await sending(outbox, a_draft("c"))
    await outbox.settle(done.id, Outcome.CONFIRMED)
    clock.move(10)
    fresh = await sending(outbox, a_draft("d"))
    await outbox.settle(fresh.id, Outcome.CONFIRMED)
    assert await outbox.prune(START + timedelta(seconds=10)) == 1
    assert await outbox.get(done.id) is None
    assert await outbox.get(original.id) is not None
    assert await outbox.get(fresh.id) is not None


@pytest.mark.parametrize(
    "statement",
    [
        *(
            f"UPDATE outbox SET {column} = {column}"
            for column in (
                "ref_code",
                "payload",
                "payload_hash",
                "kind",
                "points",
                "member_uuid",
                "member_identifier",
                "lane",
                "id",
            )
        ),
        "UPDATE outbox SET state = 'settled', outcome = 'confirmed', settled_at = 1",
        "UPDATE outbox SET state = 'pending', outcome = 'queued'",
        "UPDATE outbox SET attempts = 7, outcome = 'unknown'",
        "UPDATE outbox SET state = 'sending', outcome = 'unknown', attempts = 2",
        "UPDATE outbox SET state = 'parked', outcome = 'declined'",
        "UPDATE outbox SET state = 'gone'",
        "UPDATE outbox SET settled_at = 5",
        "DELETE FROM outbox",
        "REPLACE INTO outbox SELECT * FROM outbox",
        "UPDATE audit SET what = ''",
        "DELETE FROM audit",
    ],
)
async def test_the_table_itself_refuses(outbox: Outbox, database: Database, statement: str) -> None:
    other = await recorded(outbox, a_draft("z"))
    await outbox.discard(other.id, reason="r", by="b")
    entry = await recorded(outbox, a_draft())
    with pytest.raises(InvalidInput, match="change_refused"):
        await database.write(lambda tx: tx.conn.execute(statement).rowcount)
    assert await outbox.get(entry.id) == entry


@pytest.mark.parametrize("outcome", [Outcome.QUEUED, Outcome.UNKNOWN])
async def test_a_settled_entry_says_yes_or_no(outbox: Outbox, outcome: Outcome) -> None:
    entry = await sending(outbox)
    with pytest.raises(InvalidInput, match="change_refused"):
        await outbox.settle(entry.id, outcome)


async def test_a_settled_entry_never_moves_again(outbox: Outbox, database: Database) -> None:
    entry = await sending(outbox)
    await outbox.settle(entry.id, Outcome.CONFIRMED)
    for change in ("state = 'pending', outcome = 'unknown', settled_at = NULL", "outcome = 'declined'", "attempts = 2"):
        with pytest.raises(InvalidInput, match="change_refused"):
            await database.write(lambda tx, change=change: tx.conn.execute(f"UPDATE outbox SET {change}").rowcount)  # type: ignore[misc]


async def test_what_was_changed_behind_our_back_is_damaged_data(tmp_path: Path, clock: FakeClock) -> None:
    database, outbox = await open_outbox(tmp_path, clock)
    entry = await recorded(outbox, a_draft())
    await database.close()
    database, _ = await open_outbox(tmp_path, clock)
    with pytest.raises(DamagedData, match="row_damaged"):
        await Outbox(database, Seal(b"x" * 32), clock).get(entry.id)
    await database.close()


async def test_the_journal_holds_every_intent_and_every_end(tmp_path: Path, clock: FakeClock) -> None:
    database, outbox = await open_outbox(tmp_path, clock)
    done, gone, open_ = [await recorded(outbox, a_draft(lane, member=PHONE)) for lane in ("a", "b", "c")]
    declined = await recorded(outbox, a_draft("d", declined=EntryError("offline", "No.")))
    await outbox.claim_one(done.id)
    await outbox.settle(done.id, Outcome.CONFIRMED)
    await outbox.discard(gone.id, reason="left", by="Ann Lim")
    await database.close()
    lines = [line.record for line in read(tmp_path / "journal.log").lines]
    intents = [line for line in lines if line["what"] == "intent"]
    ends = {line["id"]: line for line in lines if line["what"] == "end"}
    assert [line["ref_code"] for line in intents] == [entry.ref_code for entry in (done, gone, open_, declined)]
    assert {key: end["outcome"] for key, end in ends.items()} == {
        done.id: "confirmed",
        gone.id: "declined",
        declined.id: "declined",
    }
    assert ends[done.id]["by"] is None
    assert ends[gone.id]["by"] is not None
    assert "Ann" not in json.dumps(lines)


def filled(state: str, first: int, count: int) -> Callable[[Transaction], None]:
    """Rows in 500 lanes, written behind the outbox's back."""
    outcome, attempts, settled = ("confirmed", 1, "1") if state == "settled" else ("queued", 0, "NULL")
    numbers = f"WITH RECURSIVE n (i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {first + count - 1})"
    columns = (
        "id, kind, lane, state, outcome, ref_code, payload, payload_hash, created_at, attempts, member_uuid, urgent, settled_at"
    )
    values = f"'f' || i, 'earn', 'l' || (i % 500), '{state}', '{outcome}', 'r' || i, x'00', '', i, {attempts}, 'u', 0, {settled}"

    def work(tx: Transaction) -> None:
        tx.conn.execute(f"{numbers} INSERT INTO outbox ({columns}) SELECT {values} FROM n")

    return work


async def test_a_claim_out_of_200_000_rows_goes_by_index(outbox: Outbox, database: Database) -> None:
    await database.write(filled("settled", 0, 190_000))
    await database.write(filled("pending", 190_000, 10_000))
    values = {"held": "[]", "paused": "[]", "limit": 2}
    plan = await database.read(lambda conn: [row["detail"] for row in conn.execute("EXPLAIN QUERY PLAN " + DUE, values)])
    touching = [step for step in plan if "SCAN" in step or "SEARCH" in step]
    assert any("SCAN o USING INDEX outbox_due" in step for step in touching)
    assert any("SEARCH p" in step and "INDEX outbox_lane (lane=?" in step for step in touching)
    assert any("SEARCH s" in step and "INDEX outbox_sending (lane=?)" in step for step in touching)
    assert not any("TEMP B-TREE" in step for step in plan)
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    def watched(conn: sqlite3.Connection) -> list[int]:
        conn.set_progress_handler(count, 100)
        try:
            return [row["seq"] for row in conn.execute(DUE, values)]
        finally:
            conn.set_progress_handler(None, 0)

    assert await database.read(watched) == [190_001, 190_002]
    assert steps < 10, "a claim must not walk what is settled"


def test_the_key_of_these_tests_is_whole() -> None:
    assert len(KEY) == 32
