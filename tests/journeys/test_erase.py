"""A member who asks to be forgotten is: nothing of them can be read here any more, and nothing is earned twice for it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from agent.db.sealing import Seal
from agent.secrets import Secrets
from tests.support.outlet import Shop, eventually, shop
from tests.support.rows import TABLES
from tests.support.shop import order_json

UUID = "9d0c7b52-2b7e-4d0a-8a61-1c5e0f6baa01"
PHONE, EMAIL, CODE, NAME, NOTE = "+6587731994", "quillon@zaffre.example", "KKZ-QUILL-7", "Quillonette Zaffrewood", "zaffreberries"
CANARIES = (UUID, PHONE, PHONE[3:], EMAIL, CODE, *NAME.split(), NOTE, "Vermilion")


def readable(one: Shop) -> list[str]:
    """Everything personal that whoever has the till's own key can read out of its two databases."""
    seal = Seal(Secrets(one.home, env=one.env).seal_key())
    found = []
    for path in (one.home.db, one.home.cache):
        conn = sqlite3.connect(path)
        for (table,) in conn.execute(TABLES).fetchall():
            for row in conn.execute(f"SELECT * FROM {table}"):
                text = " ".join(opened(cell, seal) for cell in row)
                found += [f"{canary} in {table}" for canary in CANARIES if canary.lower() in text.lower()]
        conn.close()
    return found


def opened(cell: object, seal: Seal) -> str:
    if isinstance(cell, bytes) and cell[:1] == b"\x01":
        return seal.open(cell).decode("utf-8", "replace")
    return str(cell)


async def furnish(one: Shop) -> str:
    """A day of the member: online and offline earns, a burn, an order, a delivery nobody can read; returns the order's id."""
    control = one.practice.control
    first, last = NAME.split()
    await control.add_member(
        uuid=UUID, codes=[CODE], phone=PHONE, email=EMAIL, first_name=first, last_name=last, batches=[{"points": 500}]
    )
    await one.register()
    for number, who in enumerate((PHONE, EMAIL, CODE)):
        assert (await one.till.post("/v1/members/lookup", {"identifier": who})).status == 200
        body = {"member": {"identifier": who}, "points": 3, "note": NOTE, "receipt": f"R-{number}", "wait_s": 10}
        assert (await one.till.post("/v1/loyalty/earn", body)).body["outcome"] == "confirmed"
    person = {"name": NAME, "phone": "8773 1994", "email": EMAIL.upper()}
    for items in ([{"plu": "L", "name": "Laksa", "quantity": 1, "notes": NOTE}], []):
        raw = order_json(deliveryMethod="DELIVERY", customer=person, deliveryAddress="Vermilion Road 7", notes=NOTE, items=items)
        await control.place_raw(raw)
    (order,) = (await one.till.get("/v1/orders?state=open"))["orders"]
    return str(order["id"])


async def erase(one: Shop, who: str = PHONE) -> Any:
    return await one.till.post("/v1/members/erase", {"identifier": who})


async def test_a_member_is_forgotten_and_their_receipts_are_not(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        order_id = await furnish(one)
        busy = await erase(one)
        assert (busy.status, busy.reason, busy.body["error"]["details"]) == (409, "member_busy", "0 entries, 1 orders")
        path = f"/v1/orders/{order_id}/status"
        assert (await one.till.post(path, {"status": "REJECTED", "reason": "STORE_CLOSED"})).status == 200

        async def told() -> bool:
            return not (await one.till.get("/v1/outbox?state=pending"))["entries"] and (await erase(one)).status == 200

        await eventually(told)
        again = await one.till.post("/v1/loyalty/earn", {"member": {"uuid": UUID}, "points": 3, "receipt": "R-0"})
        assert (again.status, again.reason) == (409, "receipt_already_used")
        gone = (await one.till.get("/v1/outbox?kind=earn"))["entries"]
        assert {row["state"] for row in gone} == {"settled"}
        reversed_ = await one.till.post(f"/v1/loyalty/{gone[0]['id']}/reverse", {"reason": "x"})
        assert (reversed_.status, reversed_.reason) == (409, "not_reversible")
        lines = await one.agent.services.audit.latest()  # type: ignore[attr-defined]
        assert any(line.what == "member erased" and line.reason.startswith("entries=") for line in lines)
        await one.stop()
        assert readable(one) == []


async def test_the_search_finds_what_has_not_been_erased(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await furnish(one)
        await one.stop()
        tables = {hit.rpartition(" ")[2] for hit in readable(one)}
        assert tables >= {"outbox", "orders", "events", "members", "links"}


async def test_an_entry_on_its_way_keeps_whom_it_is_for(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.offline()
        body = {"member": {"identifier": PHONE}, "points": 3, "receipt": "R-1"}
        entry = (await one.till.post("/v1/loyalty/earn", body)).body
        assert (await erase(one)).reason == "member_busy"
        assert (await one.till.entry(entry["id"]))["member"]["identifier"] == PHONE
        await one.till.post(f"/v1/outbox/{entry['id']}/discard", {"reason": "asked to be forgotten"})
        assert (await erase(one)).body == {"entries": 1, "orders": 0, "deliveries": 0}
        assert (await erase(one, "nobody@example.test")).body == {"entries": 0, "orders": 0, "deliveries": 0}
