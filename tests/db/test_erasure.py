"""What may be forgotten of an entry: who it was for, at its end, and nothing more; and what is forgotten stays so."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.core.entry import EntryError, EntryKind, Outcome
from agent.core.errors import InvalidInput
from agent.core.member import ERASED, MemberRef
from agent.core.order import Customer, HandoffState, HandoffTarget
from agent.core.order_status import OrderStatus
from agent.db.erasure import Erased, Erasure, Person
from agent.db.orders import Arrival
from agent.db.sealing import Seal
from tests.db.drafts import KEY, a_draft, open_outbox
from tests.db.test_marks import paid
from tests.db.test_recovery import Till, delete, started
from tests.support.clock import START, FakeClock

FORGET = "UPDATE outbox SET member_uuid = 'erased', lane = 'member:erased', payload = x'00'"


@pytest.mark.parametrize(
    ("ended", "change", "is_allowed"),
    [
        (True, FORGET, True),
        (False, FORGET, False),
        (True, "UPDATE outbox SET member_uuid = 'somebody else'", False),
        (True, "UPDATE outbox SET payload = x'00'", False),
        (True, "UPDATE outbox SET mark = x'00'", False),
        *[(True, f"{FORGET}, {what}", False) for what in ("ref_code = 'x'", "points = 9", "receipt = 'R'", "payload_hash = 'x'")],
        (True, FORGET.replace("member:erased", "menu"), False),
    ],
)
async def test_only_who_it_was_for_is_ever_forgotten(tmp_path: Path, ended: bool, change: str, is_allowed: bool) -> None:
    database, outbox = await open_outbox(tmp_path, FakeClock())
    try:
        entry = (await outbox.record(a_draft())).entry
        if ended:
            await outbox.claim_one(entry.id)
            await outbox.settle(entry.id, Outcome.CONFIRMED)
        try:
            await database.write(lambda tx: tx.conn.execute(change).rowcount)
            allowed = True
        except InvalidInput:
            allowed = False
        assert allowed is is_allowed
    finally:
        await database.close()


ADA = Person(
    uuid="u-ada",
    identifiers=frozenset({"ada@example.test"}),
    ordered=lambda customer: customer.name == "Ada",
    is_in=lambda raw: b"Ada" in raw,
)


async def a_day_of_ada(till: Till) -> None:
    """A member by uuid, the same one as typed, an order of theirs and a delivery of theirs that nobody could read."""
    for member in (MemberRef(uuid="u-ada"), MemberRef(identifier="ada@example.test")):
        entry = (await till.outbox.record(a_draft(f"member:{member.uuid}", member=member, payload={"note": "for Ada"}))).entry
        await till.outbox.claim_one(entry.id)
        await till.outbox.settle(entry.id, Outcome.DECLINED, EntryError("no", "Ada has no points."))
    order = replace(paid("o-ada"), customer=Customer(name="Ada"), notes="for Ada")
    handed = [(HandoffTarget.PRINTER, "kitchen")]
    await till.orders.receive(Arrival(paid=order, raw=b"Ada", received_at=START, delivery_id="d-ada", handoffs=handed))
    await till.orders.note_problem("o-ada", "Ada called.")
    await till.orders.move("o-ada", OrderStatus.REJECTED, drafts=(), at=START)
    await till.orders.store_unknown_event("order.odd", "d-odd", b"Ada again")


async def what_is_known(home: Path) -> str:
    """Every row of the database with what is sealed opened, but its mark: a digest printed may spell any name."""
    async with started(home, START + timedelta(days=1)) as till:
        seal = Seal(KEY)

        def work(tx: object) -> str:
            found = [tx.conn.execute(f"SELECT * FROM {table}").fetchall() for table in ("outbox", "orders", "events")]  # type: ignore[attr-defined]
            cells = [row[name] for rows in found for row in rows for name in row.keys() if name != "mark"]  # noqa: SIM118
            return " ".join(seal.open(cell).decode() if isinstance(cell, bytes) else str(cell) for cell in cells)

        return await till.database.write(work)


@pytest.mark.parametrize("copied", ["never", "before", "after"])
async def test_no_rebuild_brings_an_erased_member_back(tmp_path: Path, copied: str) -> None:
    async with started(tmp_path) as till:
        await a_day_of_ada(till)
        if copied == "before":
            await till.mending.copy()
        assert await Erasure(till.database, Seal(KEY)).erase(ADA) == Erased(2, 1, 1)
        if copied == "after":
            await till.mending.copy()
    delete(tmp_path)
    known = await what_is_known(tmp_path)
    assert known.count(ERASED) >= 2
    assert "ada" not in known.lower().replace("o-ada", "").replace("d-ada", "")
    async with started(tmp_path, START + timedelta(days=1)) as till:
        assert {(entry.member, entry.outcome) for entry in (await till.entries()).values()} == {
            (MemberRef(uuid=ERASED), Outcome.DECLINED)
        }
        order = await till.orders.get("o-ada")
        assert order is not None
        assert (order.status, order.paid.customer) == (OrderStatus.REJECTED, Customer())


async def test_the_journal_itself_forgets_with_the_next_copy_and_keeps_what_others_need(tmp_path: Path) -> None:
    async with started(tmp_path) as till:
        await a_day_of_ada(till)
        for number in range(20):
            await till.outbox.record(a_draft(f"lane{number}", kind=EntryKind.EARN))
        rows = await till.database.read(lambda conn: conn.execute("SELECT payload FROM outbox LIMIT 2").fetchall())
        raw = await till.database.read(lambda conn: conn.execute("SELECT raw FROM orders").fetchone())
        secrets = [base64.b64encode(cell) for cell in (*(row["payload"] for row in rows), raw["raw"])]
        await till.mending.copy()
        journal = tmp_path / "journal.log"
        assert all(secret in journal.read_bytes() for secret in secrets)
        await Erasure(till.database, Seal(KEY)).erase(ADA)
        await till.mending.copy()
        assert not any(secret in journal.read_bytes() for secret in secrets)
        entries = await till.entries()
    for copy in (tmp_path / "copies").iterdir():
        copy.unlink()
    delete(tmp_path)
    async with started(tmp_path) as till:
        assert till.recovered is not None
        assert (till.recovered.lost, set(await till.entries())) == (0, set(entries))
        (handed,) = await till.orders.handoffs("o-ada")
        assert handed.state is HandoffState.UNCERTAIN
