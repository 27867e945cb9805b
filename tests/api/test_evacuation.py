"""Entries leave and arrive through the till API whole, for the shop's own screen and a manager only."""

from __future__ import annotations

from dataclasses import replace

from agent.core.entry import EntryError, EntryKind, EntryState
from agent.core.member import MemberRef
from agent.core.money import Points
from tests.api.conftest import Served
from tests.support.samples import NOON

WRITTEN = {"outlet_id": "o-1", "written_at": "2026-11-22T04:00:00Z"}


async def exported(served: Served) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    after: int | None = 0
    while after is not None:
        page = (await served.screen.post("/v1/outbox/export", {"after": after})).json
        assert page["outlet_id"] == "o-1"
        found += page["entries"]
        after = page["next"]
    return found


async def test_what_leaves_can_arrive_and_is_the_same(served: Served) -> None:
    member = MemberRef(identifier="+6591234567")
    why = EntryError("timeout", "Cata did not answer.")
    served.till.add_entry(
        EntryKind.EARN, "cb1-a", member=member, points=Points(5), state=EntryState.SENDING, error=why, created_at=NOON
    )
    served.till.add_entry(
        EntryKind.MENU_PUSH, "cb1-b", created_at=NOON, payload={"menu": {"menus": [{"name": "é", "tax": 0.07}]}}
    )
    before = {key: replace(entry, seq=0, payload_hash="") for key, entry in served.till.entries.items()}
    entries = await exported(served)
    served.till.entries.clear()
    answer = await served.screen.post("/v1/outbox/import", {**WRITTEN, "entries": entries})
    assert (answer.status, answer.json) == (200, {"recorded": 2, "known": 0, "overtaken": 0, "different": []})
    after = {key: replace(entry, seq=0, payload_hash="") for key, entry in served.till.entries.items()}
    assert after == before


async def test_another_outlets_entries_are_refused(served: Served) -> None:
    answer = await served.screen.post("/v1/outbox/import", {**WRITTEN, "outlet_id": "o-2", "entries": []})
    assert (answer.status, answer.reason) == (409, "other_outlet")


async def test_leaving_and_arriving_need_the_pin_where_one_is_set(served: Served) -> None:
    served.till.pin = "4711"
    for path, body in {"/v1/outbox/export": {}, "/v1/outbox/import": {**WRITTEN, "entries": []}}.items():
        assert (await served.screen.post(path, body)).reason == "pin_required"
        assert (await served.screen.post(path, {**body, "pin": "4711"})).status == 200


async def test_what_has_ended_or_fits_nothing_is_refused(served: Served) -> None:
    served.till.add_entry(EntryKind.EARN, "cb1-a", member=MemberRef(uuid="u-1"))
    (entry,) = await exported(served)
    spoilt: list[dict[str, object]] = [
        {"state": "settled"}, {"kind": "refund"}, {"attempts": -1}, {"member": {}}, {"created_at": "soon"}, {"extra": 1},
    ]  # fmt: skip
    for change in spoilt:
        answer = await served.screen.post("/v1/outbox/import", {**WRITTEN, "entries": [{**entry, **change}]})
        assert answer.status == 422, change
    assert len(served.till.entries) == 1


async def test_a_whole_menu_fits_and_more_does_not(served: Served) -> None:
    served.till.add_entry(EntryKind.MENU_PUSH, "cb1-a", payload={"menu": "x" * 500_000})
    entries = await exported(served)
    assert (await served.screen.post("/v1/outbox/import", {**WRITTEN, "entries": entries})).status == 200
    assert (await served.screen.post("/v1/outbox/import", {**WRITTEN, "entries": entries * 2})).status == 413
