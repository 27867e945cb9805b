"""No file of the home holds a name, a phone or an e-mail in plain text."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.core.entry import EntryError
from agent.core.member import Balance, MemberRef, Profile
from agent.core.money import Points
from agent.core.order import Customer, HandoffTarget, Method, OrderLine, PaidOrder
from agent.db.cache import Cache
from agent.db.orders import Arrival, Orders
from agent.db.sealing import Seal
from tests.db.drafts import KEY, a_draft, open_outbox
from tests.support.clock import START, FakeClock

CANARIES = ["+6587654321", "canary@example.com", "Canary Person", "Canary Street", "CARD-CANARY", "canary note"]


def found_in(home: Path) -> list[str]:
    contents = {path.name: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    return [f"{canary} in {name}" for canary in CANARIES for name, data in contents.items() if canary.encode() in data]


def names(home: Path) -> set[str]:
    return {path.name for path in home.iterdir()}


async def test_no_file_holds_a_person_in_plain_text(tmp_path: Path) -> None:
    clock, seal = FakeClock(), Seal(KEY)
    database, outbox = await open_outbox(tmp_path, clock)
    cache = await Cache.open(tmp_path / "cache.db", seal=seal, clock=clock)
    orders = Orders(database, seal, clock, outbox)
    for identifier in ("+6587654321", "canary@example.com", "CARD-CANARY"):
        entry = (
            await outbox.record(a_draft(identifier[:1], member=MemberRef(identifier=identifier), payload={"note": "canary note"}))
        ).entry
        await cache.link(identifier, "u1")
    await outbox.claim_one(entry.id)
    await outbox.park(entry.id, EntryError("refused", "No member +6587654321."))
    await outbox.discard(entry.id, reason="Canary Person left", by="Canary Person")
    profile = Profile(uuid="u1", name="Canary Person", phone="+6587654321", email="canary@example.com")
    await cache.put_member(profile, Balance(points=Points(1), expiring=Points(0), expires_at=None), START)
    customer = Customer(name="Canary Person", phone="+6587654321", email="canary@example.com", address="Canary Street 1")
    line = OrderLine(name="Rice", quantity=1, notes="canary note")
    paid = PaidOrder(
        id="o1",
        ref_no="A1",
        outlet_id=None,
        method=Method.DELIVERY,
        placed_at=None,
        promised_at=None,
        lines=(line,),
        total=None,
        customer=customer,
        notes="canary note",
    )
    raw = " ".join(CANARIES).encode()
    await orders.receive(Arrival(paid=paid, raw=raw, received_at=START, handoffs=[(HandoffTarget.PRINTER, "kitchen")]))
    await orders.note_problem("o1", "Canary Person is unknown to the POS")
    await orders.store_unknown_event("odd", "d1", raw)
    assert names(tmp_path) >= {"bridge.db", "bridge.db-wal", "journal.log", "cache.db", "cache.db-wal"}
    assert found_in(tmp_path) == []
    await database.close()
    await cache.close()
    assert found_in(tmp_path) == []


@pytest.mark.parametrize("canary", CANARIES)
def test_the_search_itself_would_find_one(tmp_path: Path, canary: str) -> None:
    (tmp_path / "leak").write_text(f"x{canary}y")
    assert found_in(tmp_path) == [f"{canary} in leak"]
