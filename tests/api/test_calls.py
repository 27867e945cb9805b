"""Every call of the till API does what its page says."""

from __future__ import annotations

from agent.core.entry import EntryKind
from agent.core.errors import Unreachable
from agent.core.member import MemberRef
from agent.core.money import Money
from agent.core.proof import proof_of
from tests.api.conftest import Served

MEI = {"identifier": "CATA-MEI"}


async def test_health_says_nothing_but_ok(served: Served) -> None:
    reply = await served.caller("").get("/v1/health")
    assert (reply.status, reply.json) == (200, {"status": "ok"})
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["cache-control"] == "no-store"
    assert "server" not in reply.headers
    assert "access-control-allow-origin" not in reply.headers


async def test_status_carries_everything_at_a_glance(served: Served) -> None:
    status = (await served.screen.get("/v1/status")).json
    assert status["cloud"]["latency_ms"] == 12
    assert status["loyalty"] == {"points_per_unit": "1.5", "undo_s": 10}
    assert status["outlet"]["currency"] == "SGD"
    assert status["sandbox"] is True
    assert status["devices"][0]["name"] == "printer"
    assert status["cloud"]["last_ok_at"] == "2026-11-22T04:00:00Z"


async def test_pairing_trades_a_code_for_a_token(served: Served) -> None:
    reply = await served.caller("").post("/v1/pairing", {"code": "12345678", "name": "front pos"})
    assert reply.json == {"token": "new-token", "scopes": ["pos"]}
    assert served.till.audited == [("till-api", "pair", "front pos", "")]


async def test_a_program_can_make_sure_that_it_talks_to_the_till_before_it_sends_its_token(served: Served) -> None:
    """T5: what answers is bound to this port and to this question."""
    nobody = served.caller("")
    nonce = "a-nonce-never-used-before"
    proof = (await nobody.post("/v1/pairing/proof", {"name": "pos", "nonce": nonce})).json["proof"]
    assert proof == proof_of("pos-token", served.port, nonce)
    unknown = await nobody.post("/v1/pairing/proof", {"name": "stranger", "nonce": nonce})
    assert (unknown.status, unknown.reason) == (403, "proof_refused")
    assert (await nobody.post("/v1/pairing/proof", {"name": "pos", "nonce": "short"})).status == 422


async def test_a_wrong_pairing_code_is_refused_and_guessing_is_slowed(served: Served) -> None:
    replies = [await served.caller("").post("/v1/pairing", {"code": f"{n:08}", "name": "x"}) for n in range(21)]
    assert [reply.reason for reply in replies] == ["pairing_refused"] * 20 + ["too_many_attempts"]
    assert replies[-1].status == 429


async def test_a_scan_finds_its_member(served: Served) -> None:
    reply = await served.pos.post("/v1/scans", {"code": "CATA-MEI"})
    assert reply.json["kind"] == "member"
    assert reply.json["member"]["display"] == "Mei L."
    assert reply.json["device"] == "till-api"
    assert "reason" not in reply.json


async def test_lookup_finds_or_says_unknown(served: Served) -> None:
    assert (await served.pos.post("/v1/members/lookup", MEI)).json["balance"] == 120
    unknown = await served.pos.post("/v1/members/lookup", {"identifier": "nobody"})
    assert (unknown.status, unknown.reason) == (404, "member_unknown")


async def test_lookup_without_a_line_is_offline(served: Served) -> None:
    served.till.fail = Unreachable("dns", "There is no connection.", maybe_applied=False, retry_after_s=2.5)
    reply = await served.pos.post("/v1/members/lookup", MEI)
    assert (reply.status, reply.reason) == (503, "offline")
    assert reply.headers["retry-after"] == "3"


async def test_earn_is_new_once_and_refused_for_another_amount(served: Served) -> None:
    body = {"member": MEI, "points": 5, "receipt": "R-1"}
    first, again = await served.pos.post("/v1/loyalty/earn", body), await served.pos.post("/v1/loyalty/earn", body)
    assert (first.status, again.status) == (201, 200)
    assert first.json["id"] == again.json["id"]
    assert first.json["member"] == MEI
    other = await served.pos.post("/v1/loyalty/earn", body | {"points": 6})
    assert (other.status, other.reason) == (409, "receipt_already_used")


async def test_earn_reads_amounts_exactly_and_passes_the_key_on(served: Served) -> None:
    body = {"member": {"uuid": "u-mei"}, "amount": "12.50", "wait_s": 3, "note": "lunch"}
    assert (await served.pos.post("/v1/loyalty/earn", body, Idempotency_Key="k-1")).status == 201
    request = served.till.earned[0]
    assert request.amount == Money(1250, "SGD")
    assert (request.key, request.wait_s, request.note) == ("k-1", 3.0, "lunch")
    assert request.member == MemberRef(uuid="u-mei")


async def test_burn_waits_four_and_a_half_seconds_unless_told(served: Served) -> None:
    reply = await served.pos.post("/v1/loyalty/burn", {"member": MEI, "points": 100})
    assert (reply.status, reply.json["outcome"]) == (201, "confirmed")
    assert served.till.burned[0].wait_s == 4.5


async def test_reverse_answers_with_the_compensating_entry(served: Served) -> None:
    made = (await served.pos.post("/v1/loyalty/earn", {"member": MEI, "points": 5})).json
    back = await served.pos.post(f"/v1/loyalty/{made['id']}/reverse", {"reason": "wrong member"})
    assert back.json["reverses"] == made["id"]
    assert (await served.pos.post("/v1/loyalty/nope/reverse", {"reason": ""})).reason == "entry_unknown"


async def test_a_sale_is_reported_claimed_and_taken_back(served: Served) -> None:
    sale = await served.pos.post("/v1/sales", {"receipt": "12/7", "amount": "8.00", "lines": [{"plu": "L"}], "member": MEI})
    assert sale.json["amount"] == {"minor": 800, "currency": "SGD"}
    listed = (await served.pos.get("/v1/sales?claimable=true")).json["sales"]
    assert [row["receipt"] for row in listed] == ["12/7"]
    claims = [await served.pos.post("/v1/sales/12%2F7/claim", {"member": MEI}) for _ in range(2)]
    assert [claim.status for claim in claims] == [201, 200]
    gone = await served.pos.post("/v1/sales", {"receipt": "12/7", "void": True})
    assert gone.json["state"] == "voided"


async def test_a_sale_may_say_when_it_was_made(served: Served) -> None:
    body = {"receipt": "R-9", "amount": "1", "occurred_at": "2026-11-22T12:00:00+08:00"}
    assert (await served.pos.post("/v1/sales", body)).json["occurred_at"] == "2026-11-22T04:00:00Z"


async def test_the_outbox_is_paged(served: Served) -> None:
    for _ in range(3):
        served.till.add_entry(EntryKind.EARN, None)
    first = (await served.screen.get("/v1/outbox?limit=2&state=pending")).json
    rest = (await served.screen.get(f"/v1/outbox?limit=2&after={first['next']}")).json
    assert [entry["id"] for entry in first["entries"] + rest["entries"]] == ["e-1", "e-2", "e-3"]
    assert rest["next"] is None


async def test_a_pos_sees_loyalty_entries_only(served: Served) -> None:
    served.till.add_entry(EntryKind.EARN, None)
    served.till.add_entry(EntryKind.MENU_PUSH, None)
    assert [entry["id"] for entry in (await served.pos.get("/v1/outbox")).json["entries"]] == ["e-1"]
    assert (await served.pos.get("/v1/outbox/e-1")).json["kind"] == "earn"
    assert (await served.pos.get("/v1/outbox/e-2")).reason == "entry_unknown"
    assert (await served.screen.get("/v1/outbox/e-2")).json["kind"] == "menu_push"


async def test_retry_sends_now(served: Served) -> None:
    served.till.add_entry(EntryKind.EARN, None)
    assert (await served.screen.post("/v1/outbox/e-1/retry")).json["state"] == "sending"
    assert (await served.screen.post("/v1/outbox/e-1/retry", {})).status == 200


async def test_discard_needs_the_pin_once_there_is_one(served: Served) -> None:
    served.till.add_entry(EntryKind.EARN, None)
    served.till.pin = "4711"
    without = await served.screen.post("/v1/outbox/e-1/discard", {"reason": "double"})
    wrong = await served.screen.post("/v1/outbox/e-1/discard", {"reason": "double", "pin": "0000"})
    assert [(each.status, each.reason) for each in (without, wrong)] == [(403, "pin_required")] * 2
    right = await served.screen.post("/v1/outbox/e-1/discard", {"reason": "double", "pin": "4711"})
    assert right.json["state"] == "discarded"


async def test_without_a_pin_discard_asks_for_none(served: Served) -> None:
    served.till.add_entry(EntryKind.EARN, None)
    assert (await served.screen.post("/v1/outbox/e-1/discard", {"reason": "double"})).status == 200


async def test_a_pin_cannot_be_guessed(served: Served) -> None:
    served.till.add_entry(EntryKind.EARN, None)
    served.till.pin = "4711"
    for guess in range(5):
        await served.screen.post("/v1/outbox/e-1/discard", {"reason": "x", "pin": f"{guess:04}"})
    late = await served.screen.post("/v1/outbox/e-1/discard", {"reason": "x", "pin": "4711"})
    assert (late.status, late.reason) == (429, "too_many_attempts")


async def test_orders_are_listed_moved_and_printed(served: Served) -> None:
    served.till.add_order("o-1")
    assert (await served.pos.get("/v1/orders/o-1")).json["accept_by"] == "2026-11-22T04:05:00Z"
    moved = await served.pos.post("/v1/orders/o-1/status", {"status": "ACCEPTED", "prep_minutes": 15})
    assert (moved.json["status"], moved.json["unacknowledged"], moved.json["accept_by"]) == ("ACCEPTED", False, None)
    assert served.till.moves == [("o-1", "pos", 15)]
    assert (await served.pos.post("/v1/orders/o-1/status", {"status": "PAID"})).reason == "illegal_status"
    assert (await served.pos.post("/v1/orders/o-1/print", {})).json == {"copy": 2}
    await served.pos.post("/v1/orders/o-1/status", {"status": "COMPLETED"})
    assert (await served.pos.get("/v1/orders")).json == {"orders": []}
    assert len((await served.pos.get("/v1/orders?state=all")).json["orders"]) == 1
    assert (await served.pos.get("/v1/orders/nope")).reason == "order_unknown"


async def test_an_order_shows_lines_money_and_customer(served: Served) -> None:
    served.till.add_order("o-1")
    order = (await served.caller("board-token").get("/v1/orders")).json["orders"][0]
    assert order["lines"][0]["price"] == {"minor": 650, "currency": "SGD"}
    assert order["lines"][0]["modifiers"][0]["name"] == "Extra cockles"
    assert order["customer"] == {"name": "Mei", "phone": "", "address": ""}
    assert order["total"] == {"minor": 1300, "currency": "SGD"}


async def test_menu_and_outlet(served: Served) -> None:
    menu = (await served.pos.get("/v1/menu")).json
    assert (menu["as_of"], menu["items"][0]["code"]) == ("2026-11-22T04:00:00Z", "LAKSA")
    assert (await served.screen.post("/v1/menu/sync")).reason == "catalogue_shrunken"
    synced = (await served.screen.post("/v1/menu/sync", {"confirm": True})).json
    assert (synced["sentences"], synced["entry"]["kind"]) == (["1 item has a new price."], "menu_push")
    until = "2026-11-22T14:00:00Z"
    assert (await served.screen.post("/v1/menu/items/A%2FB/snooze", {"until": until})).json["not_before"] == until
    assert (await served.screen.post("/v1/menu/items/LAKSA/snooze", {"until": None})).status == 200
    for call, body in (("open", None), ("close", {}), ("busy", {"minutes": 20})):
        assert (await served.screen.post(f"/v1/outlet/{call}", body)).json["kind"] == "outlet"


async def test_devices_and_doctor(served: Served) -> None:
    assert (await served.screen.get("/v1/devices")).json["devices"][0]["state"] == "ready"
    assert (await served.screen.post("/v1/devices/printer/test")).json["ok"] is True
    assert (await served.screen.post("/v1/devices/nope/test")).reason == "device_unknown"
    served.till.fail = Unreachable("printer_off", "The printer is switched off.", maybe_applied=False)
    failed = (await served.screen.post("/v1/devices/printer/test")).json
    assert (failed["ok"], failed["reason"], failed["sentence"]) == (False, "printer_off", "The printer is switched off.")
    assert (await served.screen.get("/v1/doctor")).json["probes"][0]["who"] == "Head office"
