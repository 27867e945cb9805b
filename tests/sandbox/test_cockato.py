"""The practice Cockato: strict where its pages say so, with its maths, its errors and its gaps as switches."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest

from agent.core.http import HttpRequest
from agent.sandbox.cockato.customers import Card, canonical_phone
from agent.sandbox.cockato.programme import points_of, punch
from agent.sandbox.cockato.seed import Modes, SeedPunchCard
from tests.support.cockato import CARD, KEY, MEI, MEI_CODE, MEI_PHONE, TRANSACTION, Cockato
from tests.support.sandbox import OUTLET, Practice

MEI_NAMED = {"barcode_id": MEI_CODE}


@pytest.fixture
def cockato(cloud: Practice) -> Cockato:
    return Cockato(cloud)


@pytest.mark.parametrize(
    "written",
    ["0412345678", "+61412345678", "61412345678", "0412 345 678", "(04) 1234-5678", "0061 412 345 678", "+61 (0)412 345 678"],
)
def test_one_phone_in_seven_spellings_is_one_customer(written: str) -> None:
    assert canonical_phone(written, "61") == "61412345678"


@pytest.mark.parametrize(
    ("amount", "spend", "each", "points"),
    [("1", "1", 1, 1), ("3", "1", 2, 6), ("12.99", "5", 1, 2), ("50", "10", 1, 5), ("14", "5", 2, 4), ("0.99", "1", 1, 0)],
)
def test_points_are_whole_spends_times_what_each_gives(amount: str, spend: str, each: int, points: int) -> None:
    modes = Modes(currency_per_point=Decimal(spend), points_per_currency=each)
    assert points_of(Decimal(amount), modes) == points
    assert points_of(Decimal(amount), modes.model_copy(update={"points_enabled": False})) == 0


def test_twelve_punches_on_a_card_of_ten_keep_two_only_where_they_are_carried() -> None:
    carried, dropped = Card(), Card()
    assert punch(carried, SeedPunchCard(id="a"), 12) == punch(dropped, SeedPunchCard(id="a", carry_forward=False), 12) == 1
    assert (carried.punches, carried.rewards) == (2, 1)
    assert (dropped.punches, dropped.rewards) == (0, 1)


async def test_a_customer_is_found_by_each_name_and_a_lookup_awards_nothing(cockato: Cockato) -> None:
    for named in (MEI_NAMED, {"email": " MEI@example.test"}, {"phone": "0 9123 0001"}, {"phone": MEI_PHONE}):
        found = await cockato.ok(named)
        assert (found["customer"]["customer_id"], found["new_balance"], found["points_awarded"]) == (MEI, 275, 0)
    assert cockato.done == []


async def test_the_barcode_counts_before_the_mail_before_the_phone(cockato: Cockato) -> None:
    found = await cockato.ok({**MEI_NAMED, "email": "raj@example.test", "phone": "+6591230002"})
    assert found["customer"]["customer_id"] == MEI


async def test_one_call_gives_points_and_punches_and_notes_the_outlet(cockato: Cockato) -> None:
    body = {**MEI_NAMED, "transaction_amount": 50.0, "punches": 3, "outlet_id": OUTLET, "invoice_number": "R-1", "novel": True}
    done = await cockato.ok(body)
    assert (done["success"], done["points_awarded"], done["new_balance"], done["punches_added"]) == (True, 50, 325, 3)
    assert done["punch_cards"][0] | {"name": ""} == {
        "punch_card_id": CARD,
        "name": "",
        "current_punches": 1,
        "punches_required": 10,
        "rewards_available": 1,
    }
    assert [(one.outlet_id, one.invoice_number) for one in cockato.done] == [(OUTLET, "R-1")]


async def test_points_rewards_and_the_offer_are_redeemed_once(cockato: Cockato) -> None:
    assert (await cockato.ok({**MEI_NAMED, "redeem_points": 100}))["new_balance"] == 175
    await cockato.ok({**MEI_NAMED, "punches": [{"punch_card_id": CARD, "count": 2}]})
    assert (await cockato.ok({**MEI_NAMED, "redeem_reward_id": CARD}))["rewards_redeemed"] == [CARD]
    assert (await cockato.ok({**MEI_NAMED, "redeem_welcome_offer": True}))["welcome_offer"]["redeemed"] is True
    assert await cockato.refused(422, {**MEI_NAMED, "redeem_reward_id": CARD}) == "reward_not_available"
    assert await cockato.refused(422, {**MEI_NAMED, "redeem_welcome_offer": True}) == "reward_not_available"


REFUSED: list[tuple[int, str, dict[str, object]]] = [
    (400, "invalid_request", {}),
    (400, "invalid_request", {**MEI_NAMED, "transaction_amount": -1}),
    (400, "invalid_request", {**MEI_NAMED, "transaction_amount": "a lot"}),
    (400, "invalid_request", {**MEI_NAMED, "transaction_date": "yesterday"}),
    (400, "invalid_request", {**MEI_NAMED, "redeem_points": 1.5}),
    (400, "invalid_request", {**MEI_NAMED, "external_transaction_id": "x" * 65}),
    (400, "invalid_request", {**MEI_NAMED, "transaction_amount": 1, "outlet_id": "elsewhere"}),
    (400, "invalid_request", {**MEI_NAMED, "punches": [{"count": 1}]}),
    (400, "invalid_request", {**MEI_NAMED, "punches": [{"punch_card_id": "none"}]}),
    (400, "invalid_request", {**MEI_NAMED, "api_key": KEY}),
    (404, "customer_not_found", {"barcode_id": "CKT00000000"}),
    (404, "customer_not_found", {"email": "no@example.test"}),
    (409, "insufficient_points", {**MEI_NAMED, "redeem_points": 276}),
    (422, "below_minimum_redemption", {**MEI_NAMED, "redeem_points": 99}),
]


async def test_what_does_not_fit_is_refused_without_effect(cockato: Cockato) -> None:
    for status, code, body in REFUSED:
        assert await cockato.refused(status, body) == code
    assert cockato.done == []


async def test_no_json_object_is_400(cockato: Cockato) -> None:
    for body in (b"{", b"[1]"):
        assert await cockato.refused(400, body) == "invalid_request"
    assert await cockato.refused(400, MEI_NAMED, Content_Type="text/plain") == "invalid_request"


async def test_several_cards_want_to_be_named(cockato: Cockato) -> None:
    cockato.org.rules["pc-two"] = SeedPunchCard(id="pc-two")
    assert await cockato.refused(400, {**MEI_NAMED, "punches": 1}) == "invalid_request"


async def test_the_key_goes_in_a_header_and_nowhere_else(cockato: Cockato) -> None:
    assert await cockato.refused(401, MEI_NAMED, key=None) == "invalid_api_key"
    assert await cockato.refused(401, MEI_NAMED, key="ck_test_wrong") == "invalid_api_key"
    assert await cockato.refused(401, MEI_NAMED, path=f"{TRANSACTION}?api_key={KEY}") == "invalid_api_key"
    assert await cockato.refused(401, MEI_NAMED, key=None, Authorization=f"Basic {KEY}") == "invalid_api_key"
    await cockato.ok(MEI_NAMED, key=None, Authorization=f"Bearer {KEY}")
    cockato.set(auth="both")
    assert await cockato.refused(401, MEI_NAMED) == "invalid_api_key"
    await cockato.ok(MEI_NAMED, Authorization=f"Bearer {KEY}")
    cockato.set(keys_revoked=True)
    assert await cockato.refused(401, MEI_NAMED) == "invalid_api_key"


async def test_a_lapsed_plan_and_switched_off_points_say_so(cockato: Cockato) -> None:
    cockato.set(points_enabled=False, error_style="object")
    assert await cockato.refused(422, {**MEI_NAMED, "redeem_points": 100}) == "points_disabled"
    cockato.set(active=False)
    assert await cockato.refused(403, MEI_NAMED) == "inactive_organization"


@pytest.mark.parametrize("honours", [True, False])
async def test_the_same_id_again_does_it_again_only_where_ids_are_not_honoured(cockato: Cockato, honours: bool) -> None:
    cockato.set(honours_idempotency=honours)
    body = {**MEI_NAMED, "transaction_amount": 10, "external_transaction_id": "x1"}
    assert (await cockato.ok(body))["duplicate"] is False
    assert (await cockato.ok(body))["duplicate"] is honours
    assert cockato.org.effects() == {"x1": 1 if honours else 2}


async def test_a_duplicate_may_be_answered_with_409(cockato: Cockato) -> None:
    cockato.set(honours_idempotency=True, duplicate_answer="409")
    body = {**MEI_NAMED, "transaction_amount": 10, "external_transaction_id": "x1"}
    await cockato.ok(body)
    assert await cockato.refused(409, body) == "duplicate_transaction"


async def test_the_balance_stands_where_it_is_told_to(cockato: Cockato) -> None:
    for field in ("new_balance", "points_balance", "balance"):
        cockato.set(balance_field=field)
        assert (await cockato.ok(MEI_NAMED))[field] == 275


async def test_a_fault_is_played_on_it_as_on_the_other_cloud(cockato: Cockato) -> None:
    await cockato.practice.control.fault("status", TRANSACTION, status=503, when="after")
    assert (await cockato.call({**MEI_NAMED, "transaction_amount": 1})).status == 503
    assert cockato.points() == 276


async def test_the_control_plane_shows_and_changes_it(cockato: Cockato) -> None:
    added = await control(cockato, "POST", "customers", {"name": "Ana", "barcode_id": "CKT00000009", "points": 5})
    assert added["points"] == 5
    changed = await control(cockato, "PATCH", "modes", {"honours_idempotency": True})
    assert changed["honours_idempotency"] is True
    state = (await cockato.practice.control.state())["cockato"]
    assert [one["barcode_id"] for one in state["customers"]][-1] == "CKT00000009"
    assert state["modes"]["honours_idempotency"] is True


async def test_events_go_to_whoever_listens_and_are_tried_three_times(cockato: Cockato) -> None:
    async with listener(answers=[500, 500, 200]) as heard:
        cockato.set(webhook_url=heard.url)
        await cockato.ok({**MEI_NAMED, "transaction_amount": 10, "punches": 2})
        await asyncio.wait_for(heard.full.wait(), 10)
        names = [json.loads(body)["event"] for body in heard.bodies]
        assert names == ["transaction.completed"] * 3 + ["punchcard.completed"]
        data = json.loads(heard.bodies[0])["data"]
        assert (data["customer_id"], data["points_awarded"], data["new_balance"], data["transaction_amount"]) == (
            MEI,
            10,
            285,
            10,
        )
        assert heard.keys == {KEY}


async def control(cockato: Cockato, method: str, what: str, body: object) -> Any:
    url = f"{cockato.practice.running.control_url}/__sandbox__/cockato/{what}"
    headers, content = {"Content-Type": "application/json"}, json.dumps(body).encode()
    answer = await cockato.practice.http.send(HttpRequest(method=method, url=url, headers=headers, body=content))
    assert answer.status < 300, answer.body
    return json.loads(answer.body)


class Heard:
    def __init__(self, answers: list[int], want: int) -> None:
        self.answers, self.want = answers, want
        self.bodies: list[bytes] = []
        self.keys: set[str] = set()
        self.full = asyncio.Event()
        self.url = ""

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if line)
                lower = {name.lower(): value for name, value in fields.items()}
                self.keys.add(lower["x-api-key"])
                self.bodies.append(await reader.readexactly(int(lower["content-length"])))
                status = self.answers.pop(0) if self.answers else 200
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
                if len(self.bodies) >= self.want:
                    self.full.set()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listener(answers: list[int], want: int = 4) -> AsyncIterator[Heard]:
    heard = Heard(answers, want)
    server = await asyncio.start_server(heard.take, "127.0.0.1", 0)
    heard.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/events"
    try:
        yield heard
    finally:
        server.close()
