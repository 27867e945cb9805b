"""What is not what was stored is never sent: it is set aside, its lane goes on, and a person can see it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from agent.core.entry import EntryState, Outcome
from agent.core.errors import CataBridgeError, DamagedData, NeedsPerson
from agent.core.money import Points
from agent.core.order import Method, PaidOrder
from agent.core.order_status import OrderStatus
from agent.core.ref_code import RefCode
from agent.db.adoption import KEY_FACT, adopt
from agent.db.database import Database, Transaction
from agent.db.migrations import Schema
from agent.db.orders import Arrival, Orders
from agent.db.outbox import Outbox
from agent.db.quarantine import Quarantine
from agent.db.schema import BRIDGE
from agent.db.sealing import Seal
from tests.db.drafts import WHY, a_draft, open_outbox
from tests.support.clock import START, FakeClock

FREE = "DROP TRIGGER IF EXISTS outbox_is_fixed; DROP TRIGGER IF EXISTS outbox_moves; DROP TRIGGER IF EXISTS orders_are_fixed;"


async def change(database: Database, update: str) -> None:
    """What a rotting disk does: past every rule."""

    def work(tx: Transaction) -> None:
        tx.conn.execute("PRAGMA ignore_check_constraints = ON")
        for statement in (*FREE.split(";")[:-1], update):
            tx.conn.execute(statement)
        tx.conn.execute("PRAGMA ignore_check_constraints = OFF")

    await database.write(work)


async def claimed(outbox: Outbox) -> list[str]:
    return [entry.id for entry in await outbox.claim(held_lanes=(), paused_kinds=(), limit=10)]


def paid(order_id: str) -> PaidOrder:
    return PaidOrder(
        id=order_id, ref_no="A1", outlet_id=None, method=Method.PICKUP, placed_at=None, promised_at=None, lines=(), total=None
    )


FLIPS = (
    "points = 7",
    "ref_code = 'cb1-other'",
    "kind = 'burn'",
    "member_uuid = 'u2'",
    "payload = x'00'",
    "payload_hash = ''",
    "urgent = 1",
    "receipt = 'r'",
    "created_at = 0",
    "mark = NULL",
    "mark = x'00'",
    "attempts = 1",
    "attempts = -1",
    "outcome = 'unknown'",
    "settled_at = 5",
    "not_before = 4611686018427387904",
    "receipt = CAST(x'ff' AS TEXT)",
)


@pytest.mark.parametrize("flip", FLIPS)
async def test_a_damaged_head_is_never_sent_and_its_lane_goes_on(
    database: Database, outbox: Outbox, seal: Seal, flip: str
) -> None:
    """I15."""
    first, second = [(await outbox.record(a_draft())).entry for _ in range(2)]
    await change(database, "DROP TRIGGER outbox_mark_is_fixed")
    await change(database, f"UPDATE outbox SET {flip} WHERE id = '{first.id}'")
    assert await claimed(outbox) == [second.id]
    assert await outbox.get(first.id) is None
    quarantine = Quarantine(database, seal, FakeClock())
    assert await quarantine.waiting() == 1
    assert await quarantine.acknowledge() == 1
    assert await quarantine.waiting() == 0


async def test_a_damaged_row_is_not_shown_and_not_moved(database: Database, outbox: Outbox, seal: Seal) -> None:
    bad, good = [(await outbox.record(a_draft(lane))).entry for lane in "ab"]
    await change(database, f"UPDATE outbox SET points = 9 WHERE id = '{bad.id}'")
    with pytest.raises(DamagedData, match="row_damaged"):
        await outbox.discard(bad.id, reason="", by="Ann")
    page = await outbox.page(state=None, kind=None, limit=5, after=None)
    assert [entry.id for entry in page.entries] == [good.id]
    assert await outbox.claim_one(bad.id) is None
    assert await Quarantine(database, seal, FakeClock()).waiting() == 1


async def test_a_retry_by_hand_sends_no_damaged_entry(database: Database, outbox: Outbox) -> None:
    entry = (await outbox.record(a_draft())).entry
    await change(database, "UPDATE outbox SET points = 9")
    assert await outbox.claim_one(entry.id) is None
    assert await outbox.get(entry.id) is None


async def test_what_ended_keeps_its_key_though_it_is_damaged(database: Database, outbox: Outbox) -> None:
    entry = (await outbox.record(a_draft(ref_code="cb1-once"))).entry
    await outbox.claim_one(entry.id)
    await outbox.settle(entry.id, Outcome.CONFIRMED)
    await change(database, "UPDATE outbox SET points = 9")
    for _ in range(2):
        with pytest.raises(DamagedData, match="row_damaged"):
            await outbox.by_ref_code(RefCode("cb1-once"))
    with pytest.raises(DamagedData, match="row_damaged"):
        await outbox.record(a_draft(ref_code="cb1-once"))


async def test_an_open_one_that_is_asked_for_again_takes_the_place_of_the_damaged(database: Database, outbox: Outbox) -> None:
    await outbox.record(a_draft(ref_code="cb1-again", points=5))
    await change(database, "UPDATE outbox SET points = 9")
    again = await outbox.record(a_draft(ref_code="cb1-again", points=5))
    assert (again.is_new, again.entry.points) == (True, 5)


async def test_the_start_is_not_stopped_by_damage(database: Database, outbox: Outbox) -> None:
    bad, good = [(await outbox.record(a_draft(lane))).entry for lane in "ab"]
    await claimed(outbox)
    await change(database, f"UPDATE outbox SET points = 9 WHERE id = '{bad.id}'")
    assert [entry.id for entry in await outbox.reclaim()] == [good.id]


async def test_damaged_words_hold_nothing_up(database: Database, outbox: Outbox) -> None:
    entry = (await outbox.record(a_draft())).entry
    await outbox.claim_one(entry.id)
    await outbox.postpone(entry.id, not_before=None, error=WHY, was_sent=True)
    await change(database, "UPDATE outbox SET error_message = x'00'")
    assert await claimed(outbox) == [entry.id]


async def test_the_search_finds_what_nobody_asks_for(
    database: Database, outbox: Outbox, orders: Orders, seal: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.db.quarantine.SLICE", 2)
    entries = [(await outbox.record(a_draft(f"lane{number}"))).entry for number in range(5)]
    await orders.receive(Arrival(paid=paid("o1"), raw=b"", received_at=START))
    quarantine = Quarantine(database, seal, FakeClock())
    assert await quarantine.search() == 0
    await change(database, f"UPDATE outbox SET state = 'pendinf' WHERE id = '{entries[3].id}'")
    await change(database, "UPDATE orders SET promised_at = 5")
    assert await quarantine.search() == 2
    assert await quarantine.waiting() == 2
    assert len(await claimed(outbox)) == 4


@pytest.mark.parametrize("flip", ["paid = x'00'", "received_at = 1", "status = 'READX'", "promised_at = 1", "id = 'o9'"])
async def test_a_damaged_order_is_not_shown(database: Database, orders: Orders, seal: Seal, flip: str) -> None:
    for order_id in ("o1", "o2"):
        await orders.receive(Arrival(paid=paid(order_id), raw=b"raw", received_at=START))
    await change(database, f"UPDATE orders SET {flip} WHERE id = 'o1'")
    assert [order.paid.id for order in await orders.all(10)] == ["o2"]
    with pytest.raises(DamagedData, match="row_damaged"):
        await orders.get("o9" if "o9" in flip else "o1")
    await orders.erase_payloads(START.replace(year=2027))
    assert await Quarantine(database, seal, FakeClock()).waiting() == 1


async def test_an_order_that_moved_or_was_erased_is_still_sound(orders: Orders, database: Database) -> None:
    await orders.receive(Arrival(paid=paid("o1"), raw=b"raw", received_at=START))
    await orders.move("o1", OrderStatus.ACCEPTED, drafts=(), at=START, promised_at=START)
    await orders.note_problem("o1", "odd")
    assert await orders.erase_payloads(START.replace(year=2027)) == 1
    found = await orders.get("o1")
    assert found is not None
    assert (found.status, found.problems) == (OrderStatus.ACCEPTED, ("odd",))
    await change(database, "UPDATE orders SET problems = x'00'")
    found = await orders.get("o1")
    assert found is not None
    assert "damaged" in found.problems[0]


def test_a_mark_tells_values_and_their_types_apart(seal: Seal) -> None:
    rows: list[list[object]] = [["a", "b"], ["ab", ""], ["a", b"b"], ["a", None], ["1", 1], [1, "1"], ["a"], [1.0], [1]]
    assert len({seal.mark(row) for row in rows}) == len(rows)
    assert Seal(b"x" * 32).mark(["a"]) != seal.mark(["a"])


async def test_rows_from_before_there_were_marks_get_theirs_once(tmp_path: Path, clock: FakeClock, seal: Seal) -> None:
    old = Schema(BRIDGE.application_id, BRIDGE.steps[:1])
    database = await Database.open(tmp_path / "bridge.db", clock=clock, schema=old)
    values = "'e1','earn','l','pending','queued','cb1-x',?,'',1,'u1',5,0"
    columns = "id,kind,lane,state,outcome,ref_code,payload,payload_hash,created_at,member_uuid,points,urgent"
    insert = f"INSERT INTO outbox ({columns}) VALUES ({values})"
    await database.write(lambda tx: tx.conn.execute(insert, (seal.seal("{}"),)).rowcount)
    await database.close()
    database, outbox = await open_outbox(tmp_path, clock)
    for _ in range(2):
        await database.write(lambda tx: adopt(tx.conn, seal))
    entry = await outbox.get("e1")
    assert entry is not None
    assert (entry.state, entry.points) == (EntryState.PENDING, Points(5))
    await database.close()


async def test_another_key_is_told_from_damage(database: Database, outbox: Outbox, seal: Seal) -> None:
    await database.write(lambda tx: adopt(tx.conn, seal))
    await outbox.record(a_draft())
    with pytest.raises(NeedsPerson, match="seal_key_changed"):
        await database.write(lambda tx: adopt(tx.conn, Seal(b"y" * 32)))
    await change(database, f"UPDATE facts SET value = '1' WHERE name = '{KEY_FACT}'")
    await database.write(lambda tx: adopt(tx.conn, seal))


async def test_any_single_bit_of_the_file_is_noticed_or_harmless(tmp_path: Path, clock: FakeClock) -> None:
    """300 places of a file of 40 entries: what is claimed is exactly as it was accepted, or it is not claimed."""
    database, outbox = await open_outbox(tmp_path, clock)
    truth = {}
    for number in range(40):
        entry = (await outbox.record(a_draft(f"lane{number}", points=number + 1, payload={"note": "x" * 40}))).entry
        truth[entry.id] = (entry.ref_code, entry.points, entry.kind, entry.member, entry.payload)
    await database.close()
    whole, chance, seen = (tmp_path / "bridge.db").read_bytes(), random.Random(7), {"noticed": 0, "harmless": 0}
    for number in range(300):
        bad = bytearray(whole)
        bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "bridge.db").write_bytes(bytes(bad))
        try:
            database, outbox = await open_outbox(folder, clock)
        except CataBridgeError:
            seen["noticed"] += 1
            continue
        try:
            sent = await outbox.claim(held_lanes=(), paused_kinds=(), limit=100)
        except CataBridgeError:
            seen["noticed"] += 1
        else:
            for entry in sent:
                assert truth[entry.id] == (entry.ref_code, entry.points, entry.kind, entry.member, entry.payload)
            seen["harmless" if len(sent) == 40 else "noticed"] += 1
        finally:
            await database.close()
    assert seen["noticed"] > 15
    assert seen["harmless"] > 15
