"""A till whose cloud is Cockato: it counts by amounts and visits, once, whether or not the other side knows its own ids again."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent.core.errors import InvalidInput
from agent.core.http import HttpRequest
from agent.paths import Home
from agent.sandbox.cockato.transactions import Asked
from agent.secrets import Secrets
from agent.settings import load
from agent.wiring.build import build
from tests.support.cockato import CARD, KEY, MEI, MEI_CODE, MEI_PHONE, RAJ, RAJ_CODE, TRANSACTION, cockato_shop
from tests.support.outlet import Shop, eventually, shop
from tests.support.sandbox import OUTLET


def earn(receipt: str = "R-1", **more: object) -> dict[str, object]:
    return {"member": {"identifier": MEI_CODE}, "amount": "10.50", "receipt": receipt, **more}


def burn(receipt: str = "R-1", **more: object) -> dict[str, object]:
    return {"member": {"identifier": MEI_CODE}, "receipt": receipt, **more}


async def test_scan_lookup_earn_by_amount_confirmed_and_the_new_balance_is_known(tmp_path: Path) -> None:
    async with cockato_shop(tmp_path) as (one, cockato):
        scan = (await one.till.post("/v1/scans", {"code": "CKTA3F7B2C1"})).body
        assert (scan["kind"], scan["member"]["uuid"], scan["member"]["balance"]) == ("member", MEI, 275)
        assert scan["member"]["perks"]["welcome_offer"] == "Half price on the first cake"
        assert scan["member"]["perks"]["cards"][0]["punches"] == 8
        answer = await one.till.post("/v1/loyalty/earn", {**earn(wait_s=10), "member": {"uuid": MEI}})
        assert (answer.body["outcome"], answer.body["points"], answer.body["amount"]["minor"]) == ("confirmed", 10, 1050)
        again = await one.till.post("/v1/loyalty/earn", earn())
        assert (again.status, again.body["id"]) == (200, answer.body["id"])
        done = cockato.done[0]
        assert (done.external_id, done.invoice_number, done.outlet_id) == (answer.body["ref_code"], "R-1", OUTLET)
        assert (await one.till.post("/v1/members/lookup", {"identifier": MEI_PHONE})).body["balance"] == 285


async def test_another_amount_under_one_receipt_and_points_by_number_are_refused_in_words(tmp_path: Path) -> None:
    async with cockato_shop(tmp_path) as (one, cockato):
        first = (await one.till.post("/v1/loyalty/earn", earn())).body
        other = await one.till.post("/v1/loyalty/earn", earn(amount="10.60"))
        assert (other.status, other.reason) == (409, "receipt_already_used")
        await one.till.ended(first["id"])
        assert cockato.points() == 285
        answer = await one.till.post("/v1/loyalty/earn", {"member": {"identifier": MEI_CODE}, "points": 5})
        assert (answer.status, answer.reason) == (409, "not_offered")
        nothing = await one.till.post("/v1/loyalty/earn", {"member": {"identifier": MEI_CODE}, "amount": "0"})
        assert (nothing.status, nothing.reason) == (422, "nothing_to_earn")


async def test_punches_go_with_the_amount_in_one_call_or_alone(tmp_path: Path) -> None:
    async with cockato_shop(tmp_path) as (one, cockato):
        await one.till.post("/v1/loyalty/earn", earn(punches={CARD: 2}, wait_s=10))
        alone = await one.till.post("/v1/loyalty/earn", {"member": {"identifier": MEI_CODE}, "punches": 1, "wait_s": 10})
        assert (alone.body["outcome"], alone.body["punches"]) == ("confirmed", 1)
        assert [(each.points_awarded, each.punches) for each in cockato.done] == [(10, 2), (0, 1)]
        member = (await one.till.post("/v1/members/lookup", {"identifier": MEI_CODE})).body
        assert (member["perks"]["cards"][0]["rewards"], member["perks"]["cards"][0]["punches"]) == (1, 1)


async def test_points_a_reward_and_the_welcome_offer_are_redeemed_with_a_definite_answer(tmp_path: Path) -> None:
    async with cockato_shop(tmp_path) as (one, cockato):
        await one.till.post("/v1/loyalty/earn", earn(punches=2, wait_s=10))
        wanted: list[dict[str, object]] = [{"points": 100}, {"reward": CARD}, {"welcome_offer": True}]
        for number, what in enumerate(wanted):
            answer = await one.till.post("/v1/loyalty/burn", burn(f"B-{number}", **what))
            assert answer.body["outcome"] == "confirmed", answer.body
        twice = await one.till.post("/v1/loyalty/burn", burn("B-9", welcome_offer=True))
        assert (twice.body["outcome"], twice.body["error"]["reason"]) == ("declined", "reward_not_available")
        few = await one.till.post("/v1/loyalty/burn", burn("B-10", points=9))
        assert few.body["error"]["reason"] == "below_minimum_redemption"
        assert cockato.points() == 185


async def test_a_burn_offline_is_declined_and_an_earn_drains_with_its_own_date(tmp_path: Path) -> None:
    async with cockato_shop(tmp_path) as (one, cockato):
        await one.offline()
        queued = (await one.till.post("/v1/loyalty/earn", earn())).body
        unknown = (await one.till.post("/v1/loyalty/earn", {**earn("R-2"), "member": {"identifier": RAJ_CODE}})).body
        declined = (await one.till.post("/v1/loyalty/burn", burn(points=100))).body
        assert (queued["outcome"], unknown["outcome"], declined["outcome"]) == ("queued", "queued", "declined")
        await one.practice.control.restore()
        for entry in (queued, unknown):
            assert (await one.till.ended(entry["id"]))["outcome"] == "confirmed"
        assert (cockato.points(), cockato.points(RAJ)) == (285, 50)
        dates = {each.external_id: each.date for each in cockato.done}
        assert {ref: date.isoformat(timespec="seconds")[:19] for ref, date in dates.items()} == {
            entry["ref_code"]: entry["created_at"][:19] for entry in (queued, unknown)
        }


@pytest.mark.parametrize("honours", [True, False])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_lost_answer_earns_once_whether_or_not_ids_are_honoured(tmp_path: Path, honours: bool, when: str) -> None:
    async with cockato_shop(tmp_path, idempotent=honours) as (one, cockato):
        cockato.set(honours_idempotency=honours)
        member = {"uuid": await known(one)}
        await lose(one, when, skip=0 if honours else 1)
        entry = (await one.till.post("/v1/loyalty/earn", {**earn(), "member": member})).body
        ended = await one.till.ended(entry["id"])
        assert ended["outcome"] == "confirmed"
        assert list(cockato.org.effects().values()) == [1]
        assert cockato.points() == 285


async def test_an_earn_is_for_a_person_when_the_balance_moved_otherwise_meanwhile(tmp_path: Path) -> None:
    async with cockato_shop(tmp_path, doubt_wait_s=1.0) as (one, cockato):
        uuid = await known(one)
        await lose(one, "before", skip=1)
        entry = (await one.till.post("/v1/loyalty/earn", {**earn(), "member": {"uuid": uuid}})).body

        async def lost() -> bool:
            return bool((await one.till.entry(entry["id"]))["error"])

        await eventually(lost)
        cockato.org.transact(Asked(barcode_id=MEI_CODE, amount=Decimal(3)))
        ended = await one.till.ended(entry["id"])
        assert (ended["state"], ended["outcome"], ended["error"]["reason"]) == ("parked", "unknown", "outcome_unknown")
        again = await one.till.post(f"/v1/outbox/{entry['id']}/retry")
        assert again.status == 200
        assert (await one.till.ended(entry["id"]))["outcome"] == "unknown"
        assert [each.points_awarded for each in cockato.done] == [3]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_ambiguous_redemption_is_for_a_person_and_never_sent_twice(tmp_path: Path, when: str) -> None:
    async with cockato_shop(tmp_path) as (one, cockato):
        member = {"uuid": await known(one)}
        await lose(one, when, skip=1)
        answer = (await one.till.post("/v1/loyalty/burn", {**burn(points=100), "member": member})).body
        assert (answer["state"], answer["outcome"], answer["error"]["reason"]) == ("parked", "unknown", "outcome_unknown")
        asked = (await one.till.post("/v1/loyalty/burn", burn(points=100))).body
        assert (asked["id"], asked["outcome"]) == (answer["id"], "unknown")
        # A person asks again: the member's own count tells, and nothing more is sent.
        await one.till.post(f"/v1/outbox/{answer['id']}/retry")
        ended = await one.till.ended(answer["id"])
        assert ended["outcome"] == ("confirmed" if when == "after" else "declined")
        assert len(cockato.done) == (1 if when == "after" else 0)


async def test_a_redemption_cut_off_by_a_dying_till_is_told_by_the_count(tmp_path: Path) -> None:
    async with cockato_shop(tmp_path) as (one, cockato):
        uuid = await known(one)
        await one.practice.control.fault("delay", TRANSACTION, delay_s=2.0, skip=1)
        entry = (await one.till.post("/v1/loyalty/burn", {**burn(reward=CARD, wait_s=0.3), "member": {"uuid": uuid}})).body
        assert entry["outcome"] == "unknown"
        await one.stop()
        await one.start()
        ended = await one.till.ended(entry["id"])
        assert (ended["state"], ended["outcome"]) == ("settled", "declined")
        assert cockato.done == []


@pytest.mark.parametrize("when", ["before", "after"])
async def test_two_earns_of_one_member_under_two_names_are_both_told_once(tmp_path: Path, when: str) -> None:
    async with cockato_shop(tmp_path, doubt_wait_s=1.0) as (one, cockato):
        await lose(one, when, skip=2)
        by_card = (await one.till.post("/v1/loyalty/earn", earn())).body

        async def lost() -> bool:
            return bool((await one.till.entry(by_card["id"]))["error"])

        await eventually(lost)
        by_phone = (await one.till.post("/v1/loyalty/earn", {**earn("R-2"), "member": {"identifier": MEI_PHONE}})).body
        for entry in (by_card, by_phone):
            assert (await one.till.ended(entry["id"]))["outcome"] == "confirmed"
        assert (cockato.points(), list(cockato.org.effects().values())) == (295, [1, 1])


async def test_a_till_that_dies_between_the_answer_and_keeping_it_tells_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with cockato_shop(tmp_path) as (one, cockato):
        answered = asyncio.Event()

        async def dying(*_: object) -> None:
            answered.set()
            await asyncio.Event().wait()

        monkeypatch.setattr(one.agent.parts.outbox, "settle", dying)
        entry = (await one.till.post("/v1/loyalty/earn", earn())).body
        async with asyncio.timeout(15):
            await answered.wait()
        await one.stop()
        await one.start()
        assert (await one.till.ended(entry["id"]))["outcome"] == "confirmed"
        assert list(cockato.org.effects().values()) == [1]


async def test_a_refused_key_pauses_and_a_good_one_goes_on(tmp_path: Path) -> None:
    async with cockato_shop(tmp_path) as (one, cockato):
        cockato.set(keys_revoked=True)
        entry = (await one.till.post("/v1/loyalty/earn", earn())).body

        async def paused() -> bool:
            status = await one.till.get("/v1/status")
            return "Cockato no longer accepts" in status["sentence"] and status["sender"]["paused_reason"] == "key_refused"

        await eventually(paused)
        assert (await one.till.entry(entry["id"]))["state"] == "pending"
        declined = (await one.till.post("/v1/loyalty/burn", burn(points=100))).body
        assert (declined["outcome"], declined["error"]["reason"]) == ("declined", "key_refused")
        cockato.set(keys_revoked=False)
        assert (await one.till.ended(entry["id"]))["outcome"] == "confirmed"


async def test_a_lapsed_plan_holds_points_and_says_why(tmp_path: Path) -> None:
    async with cockato_shop(tmp_path) as (one, cockato):
        await known(one)
        cockato.set(active=False)
        entry = (await one.till.post("/v1/loyalty/earn", earn())).body

        async def said() -> bool:
            return "plan is not active" in (await one.till.get("/v1/status"))["sentence"]

        await eventually(said)
        cockato.set(active=True)
        assert (await one.till.ended(entry["id"]))["outcome"] == "confirmed"


async def test_nobody_is_told_to_sign_up_and_an_entry_for_nobody_is_parked(tmp_path: Path) -> None:
    async with cockato_shop(tmp_path) as (one, cockato):
        answer = await one.till.post("/v1/members/lookup", {"identifier": "CKT00000000"})
        assert (answer.status, answer.reason) == (404, "member_unknown")
        assert "sign up" in answer.body["error"]["message"]
        await one.offline()
        entry = (await one.till.post("/v1/loyalty/earn", {**earn(), "member": {"identifier": "CKT00000000"}})).body
        await one.practice.control.restore()
        ended = await one.till.ended(entry["id"])
        assert (ended["state"], ended["attempts"], ended["error"]["reason"]) == ("parked", 0, "member_unknown")
        assert cockato.done == []


async def test_what_is_confirmed_cannot_be_taken_back_from_here_and_what_is_unsent_can(tmp_path: Path) -> None:
    async with cockato_shop(tmp_path) as (one, _):
        entry = (await one.till.post("/v1/loyalty/earn", earn(wait_s=10))).body
        refused = await one.till.post(f"/v1/loyalty/{entry['id']}/reverse", {"reason": "slip"})
        assert (refused.status, refused.reason) == (409, "not_reversible")
        assert "Cockato" in refused.body["error"]["message"]
        await one.offline()
        unsent = (await one.till.post("/v1/loyalty/earn", earn("R-2"))).body
        taken = await one.till.post(f"/v1/loyalty/{unsent['id']}/reverse", {"reason": "slip"})
        assert taken.body["state"] == "discarded"


async def test_a_sale_of_the_pos_earns_by_its_amount(tmp_path: Path) -> None:
    async with cockato_shop(tmp_path) as (one, cockato):
        sale = {"receipt": "S-1", "amount": "24.50", "occurred_at": "2026-11-20T04:00:00Z", "member": {"identifier": MEI_CODE}}
        entry_id = (await one.till.post("/v1/sales", sale)).body["entry_id"]
        assert (await one.till.ended(entry_id))["outcome"] == "confirmed"
        assert (cockato.done[0].amount, cockato.done[0].date.isoformat()) == ("24.5", "2026-11-20T04:00:00+00:00")


async def test_what_cockato_has_not_is_said_plainly_everywhere(tmp_path: Path) -> None:
    async with cockato_shop(tmp_path) as (one, _):
        for path, body in (
            ("/v1/menu/sync", {}),
            ("/v1/menu/items/LATTE/snooze", {"until": None}),
            ("/v1/outlet/open", {}),
            ("/v1/outlet/close", {}),
            ("/v1/outlet/busy", {"minutes": 5}),
        ):
            answer = await one.till.post(path, body)
            assert (answer.status, answer.reason) == (409, "not_offered"), path
            assert "Cockato" in answer.body["error"]["message"]
        status = await one.till.get("/v1/status")
        assert (status["cloud"]["name"], status["state"]) == ("Cockato", "ready")
        assert status["cloud"]["abilities"] == ["history", "punches", "rewards"]
        probes = {probe["name"]: probe for probe in (await one.till.get("/v1/doctor"))["probes"]}
        assert (probes["orders"]["ok"], probes["orders"]["sentence"]) == (True, "Cockato has no paid orders.")
        assert all(probe["ok"] for probe in probes.values())
        assert (await one.till.get("/v1/orders")) == {"orders": []}


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ('[outlet]\nregister = true\nname = "Kopi"', "outlet.register"),
        ('[menu]\nsource = "pos"\n[[devices]]\nname = "pos"\ndriver = "simulated-pos"', "menu.source"),
        ('[webhook]\ncallback_url = "https://shop.example/cata"', "webhook.callback_url"),
        ('[loyalty]\noffline_burn = "bounded"\n[loyalty.offline]\npoint_value = "0.01"', "loyalty.offline_burn"),
    ],
)
async def test_a_setting_that_cockato_cannot_honour_stops_the_start_by_name(tmp_path: Path, lines: str, key: str) -> None:
    home = Home(tmp_path / "home").prepare()
    home.config.write_text(f'{lines}\n[cloud]\nprovider = "cockato"\n')
    with pytest.raises(InvalidInput) as refused:
        await build(home, load(home, env={}), Secrets(home, env={"CATA_BRIDGE_SECRETS": "file"}))
    assert (refused.value.reason, refused.value.field) == ("not_offered", key)


async def test_cata_refuses_what_only_cockato_has(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        for path, body in (
            ("earn", {"member": {"uuid": "x"}, "amount": "1.00", "punches": 1}),
            ("burn", {"member": {"uuid": "x"}, "reward": CARD}),
            ("burn", {"member": {"uuid": "x"}, "welcome_offer": True}),
        ):
            answer = await one.till.post(f"/v1/loyalty/{path}", body)
            assert (answer.status, answer.reason) == (409, "not_offered")
        heard = await event(one, {"event": "transaction.completed"})
        assert heard == 404


async def test_an_event_of_another_till_moves_the_balance_that_is_known_here(tmp_path: Path) -> None:
    async with cockato_shop(tmp_path) as (one, cockato):
        await known(one)
        cockato.set(webhook_url=f"{one.agent.webhook_url}/cockato/events")
        await cockato.ok({"barcode_id": MEI_CODE, "transaction_amount": 25})

        async def moved() -> bool:
            seen = await one.agent.services.loyalty._members.cached(MEI)  # type: ignore[attr-defined]
            return bool(seen and seen.balance == 300)

        await eventually(moved)


async def test_events_are_taken_with_a_known_key_only_and_strange_ones_are_counted(tmp_path: Path) -> None:
    async with cockato_shop(tmp_path) as (one, _):
        data = {"event": "novel.thing", "timestamp": "2026-11-22T04:00:00Z", "data": {}}
        assert await event(one, data) == 200
        assert await event(one, data, key="ck_test_wrong") == 401
        assert await event(one, data, key="") == 401
        assert await event(one, {"no": "event"}) == 422
        assert await event(one, data, path=f"/cata/orders/{OUTLET}") == 404
        assert one.agent.parts.events is not None
        assert one.agent.parts.events.unknown_events == 1
        refused = (await one.till.get("/v1/status"))["refused"]["delivery"]
        assert refused == {"bad_key": 2, "event_unreadable": 1, "not_found": 1}


async def test_no_card_phone_mail_name_or_key_lies_about_in_plain_text(tmp_path: Path) -> None:
    async with cockato_shop(tmp_path) as (one, _):
        for at, identifier in enumerate((MEI_CODE, MEI_PHONE, "mei@example.test")):
            await one.till.post("/v1/loyalty/earn", {**earn(f"R-{at}", wait_s=10), "member": {"identifier": identifier}})
        await one.offline()
        await one.till.post("/v1/loyalty/earn", {**earn("R-9"), "member": {"identifier": RAJ_CODE}})
        await one.stop()
    told = [MEI_CODE, MEI_CODE.replace("-", ""), RAJ_CODE, MEI_PHONE[1:], "mei@example.test", "Mei Ling", KEY]
    kept = {path: path.read_bytes() for path in one.home.root.rglob("*") if path.is_file() and path.suffix != ".toml"}
    assert len(kept) >= 3
    assert [(path.name, word) for path, content in kept.items() for word in told if word.encode() in content] == []


async def lose(one: Shop, when: str, *, skip: int) -> None:
    """The answer to a coming transaction is lost, before or after it was carried out."""
    await one.practice.control.fault("drop", TRANSACTION, when=when, times=1, skip=skip)


async def known(one: Shop) -> str:
    """Mei, looked up, so that nothing more has to be asked before an entry is recorded."""
    return str((await one.till.post("/v1/members/lookup", {"identifier": MEI_CODE})).body["uuid"])


async def event(one: Shop, body: Any, *, key: str = KEY, path: str = "/cockato/events") -> int:
    headers = {"Content-Type": "application/json", **({"x-api-key": key} if key else {})}
    request = HttpRequest(method="POST", url=one.agent.webhook_url + path, headers=headers, body=json.dumps(body).encode())
    return (await one.http.send(request)).status
