"""Cockato's JSON and ours: who is meant, what is said, and what answers mean."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from agent.cloud import cockato_wire
from agent.cloud.wire import Call
from agent.core.errors import CataBridgeError, Conflict, InvalidInput, KeyRefused, NotConfigured, Refused, Unreachable
from agent.core.http import HttpResponse
from agent.core.money import Money
from agent.core.ref_code import RefCode
from agent.core.visit import Visit, punches_from
from agent.identifiers import normalise

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
VISIT, LOOK = Call(loyalty=True), Call(reads=True, loyalty=True)


def failure(status: int, body: object, call: Call = VISIT, **headers: str) -> CataBridgeError:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with pytest.raises(CataBridgeError) as caught:
        cockato_wire.result(call, HttpResponse(status=status, headers=named, body=content, elapsed_s=0.1), NOON)
    return caught.value


@pytest.mark.parametrize(
    ("scanned", "tried"),
    [
        ("CKT12345678", ("CKT12345678", "CKT-12345678")),
        ("CKT-A3F7B2C1", ("CKT-A3F7B2C1", "CKTA3F7B2C1")),
        ("ckt-a3f7b2c1", ("CKT-A3F7B2C1", "CKTA3F7B2C1")),
        ("KK-MEI-001", ("KK-MEI-001",)),
        ("mei@example.test", ("mei@example.test",)),
    ],
)
def test_a_code_is_tried_as_scanned_and_then_in_its_other_spelling(scanned: str, tried: tuple[str, ...]) -> None:
    assert cockato_wire.spellings(scanned) == tried


@pytest.mark.parametrize(
    "typed",
    ["0412345678", "+61412345678", "61412345678", "0412 345 678", "(04) 1234-5678", "0061 412 345 678", "+61 (0)412 345 678"],
)
def test_one_australian_phone_in_its_spellings_is_asked_for_as_one(typed: str) -> None:
    assert cockato_wire.addressed(normalise(typed, country="AU").text) == {"phone": "+61412345678"}


def test_what_was_read_says_which_field_it_goes_into() -> None:
    assert cockato_wire.addressed("mei@example.test") == {"email": "mei@example.test"}
    assert cockato_wire.addressed("CKT12345678") == {"barcode_id": "CKT12345678"}


def test_a_visit_says_what_it_has_and_nothing_else() -> None:
    full = Visit(
        identifier="x",
        ref_code=RefCode("cb1-1"),
        at=NOON,
        amount=Money(5000, "AUD"),
        punches={"pc": 2},
        receipt="R-1",
        note="n" * 300,
    )
    body = cockato_wire.visit_body(full, "o-1")
    assert body == {
        "external_transaction_id": "cb1-1",
        "transaction_date": "2026-11-22T04:00:00Z",
        "outlet_id": "o-1",
        "transaction_amount": Decimal("50.00"),
        "punches": [{"punch_card_id": "pc", "count": 2}],
        "invoice_number": "R-1",
        "notes": "n" * 200,
    }
    burn = cockato_wire.visit_body(Visit(identifier="x", ref_code=RefCode("k"), at=NOON, points=100, punches=1), "")
    assert set(burn) == {"external_transaction_id", "transaction_date", "punches", "redeem_points"}
    assert (burn["punches"], burn["redeem_points"]) == (1, 100)


def test_punches_come_back_as_they_were_kept() -> None:
    assert [punches_from(given) for given in (3, {"pc": 2}, None, True, "x")] == [3, {"pc": 2}, 0, 0, 0]


@pytest.mark.parametrize("field", ["new_balance", "points_balance", "balance"])
def test_the_balance_is_found_wherever_it_stands(field: str) -> None:
    tree = {"customer": {"customer_id": "c1"}, field: "275"}
    assert cockato_wire.standing(tree, named="x").balance.points == 275


def test_what_a_member_has_is_read_and_what_is_odd_is_left_out() -> None:
    tree = {
        "customer": {"customer_id": "c1", "customer_name": "Mei", "barcode_id": "CKT12345678", "points_balance": 3},
        "punch_cards": [
            {"punch_card_id": "pc", "name": "Kopi", "current_punches": 8, "punches_required": 10},
            "?",
            {"name": "no id"},
        ],
        "welcome_offer": {"available": True},
    }
    said = cockato_wire.standing(tree, named="x")
    assert (said.profile.uuid, said.profile.code, said.balance.points) == ("c1", "CKT12345678", 3)
    assert [(card.id, card.punches, card.needed, card.rewards) for card in said.profile.perks.cards] == [("pc", 8, 10, 0)]
    assert said.profile.perks.welcome_offer == "Welcome offer"
    bare = cockato_wire.standing({"barcode_id": "CKT1", "balance": 1, "punch_cards": None, "welcome_offer": None}, named="x")
    assert (bare.profile.perks.cards, bare.profile.perks.welcome_offer) == ((), "")


def test_an_answer_without_an_id_makes_one_that_names_nobody() -> None:
    made = cockato_wire.standing({"customer": {}, "balance": 1}, named="+6591230001").profile.uuid
    assert len(made) == 32
    assert "9123" not in made


def test_an_answer_without_a_balance_cannot_be_read() -> None:
    with pytest.raises(Unreachable, match="unreadable_answer"):
        cockato_wire.standing({"customer": {"customer_id": "c1"}}, named="x")


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (400, {"success": False, "error": "bad", "code": "invalid_request"}, Refused, "bad_request"),
        (401, {"error": {"message": "no", "code": "invalid_api_key"}}, KeyRefused, "key_refused"),
        (401, b"", KeyRefused, "key_refused"),
        (403, {"code": "inactive_organization"}, NotConfigured, "inactive_organization"),
        (403, {"code": "other"}, KeyRefused, "key_not_allowed"),
        (404, {"code": "customer_not_found"}, Refused, "member_unknown"),
        (404, {"error": "Customer not found"}, Refused, "member_unknown"),
        (404, {"code": "NOT_FOUND", "message": "Requested function was not found"}, Refused, "not_offered"),
        (405, {"error": "Method not allowed"}, Refused, "not_offered"),
        (409, {"code": "duplicate_transaction"}, Conflict, "duplicate_transaction"),
        (409, {}, Conflict, "duplicate_transaction"),
        (409, {"code": "insufficient_points"}, Refused, "insufficient_points"),
        (422, {"code": "points_disabled"}, Refused, "points_disabled"),
        (422, {"error": {"code": "reward_not_available", "message": "gone"}}, Refused, "reward_not_available"),
        (422, {"code": "novel_reason"}, Refused, "bad_request"),
        (200, {"success": False, "code": "below_minimum_redemption"}, Refused, "below_minimum_redemption"),
        (301, {}, Unreachable, "captive_portal"),
        (200, b"<html>Free Wi-Fi</html>", Unreachable, "captive_portal"),
        (404, b"<html>", Unreachable, "captive_portal"),
        (200, {"hello": 1}, Unreachable, "captive_portal"),
        (500, {}, Unreachable, "cloud_trouble"),
        (504, b"<html>", Unreachable, "cloud_trouble"),
    ],
)
def test_a_refusal_says_what_to_do_next(status: int, body: object, kind: type[CataBridgeError], reason: str) -> None:
    error = failure(status, body)
    assert (type(error), error.reason) == (kind, reason)


def test_trouble_may_have_been_applied_unless_it_was_throttled_or_a_question() -> None:
    throttled, broken, asked = failure(429, {}, retry_after="7"), failure(502, {}), failure(502, {}, LOOK)
    assert isinstance(throttled, Unreachable)
    assert isinstance(broken, Unreachable)
    assert isinstance(asked, Unreachable)
    assert (throttled.maybe_applied, throttled.retry_after_s, throttled.line_down) == (False, 7.0, False)
    assert (broken.maybe_applied, asked.maybe_applied) == (True, False)


def test_an_event_says_whose_balance_is_what() -> None:
    data = {"customer_id": "c1", "new_balance": 285, "novel": 1}
    sent = {"event": "transaction.completed", "timestamp": "2026-11-22T04:00:00Z", "data": data}
    read = cockato_wire.event(json.dumps(sent).encode())
    assert (read.name, read.at, read.member_uuid, read.balance) == ("transaction.completed", NOON, "c1", 285)
    assert cockato_wire.event(b'{"event": "customer.created"}').balance is None


@pytest.mark.parametrize("raw", [b"{", b"[]", b'{"data": {}}'])
def test_an_event_without_a_name_cannot_be_read(raw: bytes) -> None:
    with pytest.raises(InvalidInput, match="event_unreadable"):
        cockato_wire.event(raw)
