"""A manager's switch through the till API: the PIN, the worst case as it is, and who did it."""

from __future__ import annotations

from agent.core.entry import EntryKind
from agent.core.grant import Grant
from agent.core.money import Money, Points
from tests.api.conftest import Served

ROOM = "/v1/offline-burn"


async def test_without_a_pin_nobody_can_switch_it_on(served: Served) -> None:
    answer = await served.screen.post(f"{ROOM}/on", {"worst_case": "500.00"})
    assert (answer.status, answer.reason) == (409, "pin_not_set")


async def test_it_is_switched_on_with_the_pin_and_the_worst_case_and_off_by_anybody(served: Served) -> None:
    served.till.pin = "4711"
    assert (await served.screen.get(ROOM)).json["worst_case"] == {"minor": 50_000, "currency": "SGD"}
    assert (await served.screen.post(f"{ROOM}/on", {"worst_case": "500.00"})).reason == "pin_required"
    assert (await served.screen.post(f"{ROOM}/on", {"worst_case": "50", "pin": "4711"})).reason == "worst_case_differs"
    answer = await served.screen.post(f"{ROOM}/on", {"worst_case": "500.00", "pin": "4711", "by": "Ann"})
    assert (answer.status, answer.json["on"]) == (200, True)
    assert served.till.audited == [("Ann (screen)", "offline_burn_on", "offline_burn", "500.00")]
    assert (await served.screen.post(f"{ROOM}/off", {})).json["on"] is False


async def test_losses_are_seen_with_the_pin(served: Served) -> None:
    served.till.pin = "4711"
    assert (await served.screen.post(f"{ROOM}/seen", {})).reason == "pin_required"
    assert (await served.screen.post(f"{ROOM}/seen", {"pin": "4711"})).status == 200


async def test_a_burn_brings_its_scan_and_a_pin_that_is_looked_at(served: Served) -> None:
    body = {"member": {"uuid": "u-1"}, "points": 50, "scan_id": "s-1"}
    await served.pos.post("/v1/loyalty/burn", {**body, "pin": "4711"})
    assert (served.till.burned[-1].scan_id, served.till.burned[-1].is_approved) == ("s-1", False)
    served.till.pin = "4711"
    assert (await served.pos.post("/v1/loyalty/burn", {**body, "pin": "0000"})).reason == "pin_required"
    await served.pos.post("/v1/loyalty/burn", {**body, "pin": "4711"})
    assert served.till.burned[-1].is_approved
    await served.pos.post("/v1/loyalty/burn", body)
    assert not served.till.burned[-1].is_approved


async def test_an_entry_tells_its_grant(served: Served) -> None:
    grant = Grant(id="g-1", points=Points(50), value=Money(50, "SGD"))
    entry = served.till.add_entry(EntryKind.BURN, "cb1-a", payload=grant.payload()).entry
    told = (await served.screen.get(f"/v1/outbox/{entry.id}")).json
    assert told["grant"] == {"id": "g-1", "points": 50, "value": {"minor": 50, "currency": "SGD"}, "slip": grant.slip}
    other = served.till.add_entry(EntryKind.BURN, "cb1-b").entry
    assert (await served.screen.get(f"/v1/outbox/{other.id}")).json["grant"] is None


async def test_a_burn_that_a_person_gives_up_is_told_to_the_mode(served: Served) -> None:
    entry = served.till.add_entry(EntryKind.BURN, "cb1-a").entry
    await served.screen.post(f"/v1/outbox/{entry.id}/discard", {"reason": "double"})
    assert served.till.ended == [entry.id]
