"""Lookup, balance, earn and use: once per refCode, whatever happens in between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.errors import Refused
from agent.core.money import Points
from agent.sandbox.ledger import Batch, InsufficientPoints, Ledger, LedgerMember, Operation
from tests.support.clock import FakeClock
from tests.support.sandbox import MEI, MEI_CODE, Practice

EARN, USE, BALANCE = "/api/v1/loyalty/earn-points", "/api/v1/loyalty/use-points", f"/api/v1/loyalty/balance?customerUuid={MEI}"
RAJ_BALANCE = "/api/v1/loyalty/balance?customerUuid=2f4c9a52-63b1-4e6a-8f5e-0d7b1c3a4e22"
NOBODY = "00000000-0000-4000-8000-000000000000"
OK = {"code": 0, "isSuccess": True, "message": "OK"}


def points(count: object, ref_code: object = "r1", uuid: object = MEI, **more: object) -> dict[str, object]:
    return {"customerUuid": uuid, "points": count, "refCode": ref_code, **more}


@pytest.mark.parametrize("path", ["customer", "customers/lookup", "lookup"])
@pytest.mark.parametrize("identifier", ["MEI@Example.test", "%2B6591230001", MEI_CODE, MEI])
async def test_a_member_is_found_by_each_identifier_on_each_path(cloud: Practice, path: str, identifier: str) -> None:
    found = await cloud.ok("GET", f"/api/v1/loyalty/{path}?identifier={identifier}")
    assert found == {**OK, "customerUuid": MEI, "name": "Mei Ling Tan", "email": "mei@example.test", "phone": "+6591230001"}


async def test_an_unencoded_plus_finds_nobody(cloud: Practice) -> None:
    await cloud.error(404, "GET", "/api/v1/loyalty/customer?identifier=+6591230001")


async def test_a_lookup_without_identifier_is_400(cloud: Practice) -> None:
    await cloud.error(400, "GET", "/api/v1/loyalty/customer")


async def test_balance_names_the_batch_that_expires_next(cloud: Practice) -> None:
    found = await cloud.ok("GET", BALANCE)
    assert set(found) == {*OK, "balance", "numOfPointsWillExpire", "nearestExpiryDateTimeUTC"}
    assert (found["balance"], found["numOfPointsWillExpire"]) == (275, 25)
    assert found["nearestExpiryDateTimeUTC"].endswith("Z")


@pytest.mark.parametrize(("mode", "expected"), [("null", None), ("empty", ""), ("absent", "absent")])
async def test_a_balance_without_expiry_says_so_as_told(cloud: Practice, mode: str, expected: object) -> None:
    await cloud.control.modes(no_expiry=mode)
    assert (await cloud.ok("GET", RAJ_BALANCE)).get("nearestExpiryDateTimeUTC", "absent") == expected


async def test_expired_points_are_gone(cloud: Practice) -> None:
    await cloud.control.set_clock_offset(46 * 24 * 3600)
    assert (await cloud.ok("GET", BALANCE))["balance"] == 250


async def test_earn_and_use_answer_the_bare_envelope_and_move_points(cloud: Practice) -> None:
    assert await cloud.ok("POST", EARN, points(10, displayNotes="kopi")) == OK
    assert await cloud.ok("POST", USE, points(30)) == OK
    rows = await cloud.control.ledger()
    assert [(row.operation, row.points, row.ref_code, row.balance_after) for row in rows] == [
        ("earn", 10, "r1", 285),
        ("use", 30, "r1", 255),
    ]
    assert await cloud.control.balance(MEI) == 255


async def test_a_replay_answers_the_same_bytes_and_changes_nothing(cloud: Practice) -> None:
    first = await cloud.call("POST", EARN, points(10))
    again = await cloud.call("POST", EARN, points(10))
    other = await cloud.call("POST", EARN, points(99))
    assert first.body == again.body == other.body
    assert await cloud.control.effects() == {"earn:r1": 1}
    assert (await cloud.control.state())["effects"]["earn:r1"]["requests"] == 3


async def test_strict_mode_refuses_another_payload_only(cloud: Practice) -> None:
    await cloud.control.modes(ref_code_reuse="409")
    await cloud.ok("POST", EARN, points(10))
    await cloud.ok("POST", EARN, points(10))
    await cloud.error(409, "POST", EARN, points(11))


async def test_a_refused_use_leaves_the_ref_code_free(cloud: Practice) -> None:
    assert (await cloud.error(400, "POST", USE, points(276)))["message"] == "insufficient points"
    await cloud.ok("POST", EARN, points(1, "more"))
    await cloud.ok("POST", USE, points(276))
    assert await cloud.control.effects() == {"use:r1": 1, "earn:more": 1}


async def test_the_alternative_refusals(cloud: Practice) -> None:
    await cloud.control.modes(insufficient_points="200", unknown_customer="502")
    refused = await cloud.ok("POST", USE, points(9999))
    assert refused == {"code": 1001, "isSuccess": False, "message": "insufficient points"}
    await cloud.error(502, "POST", EARN, points(1, uuid=NOBODY))
    await cloud.control.modes(insufficient_points="502", unknown_customer="200")
    assert (await cloud.error(502, "POST", USE, points(9999)))["message"] == "upstream error"
    assert (await cloud.ok("GET", f"/api/v1/loyalty/balance?customerUuid={NOBODY}"))["isSuccess"] is False


@pytest.mark.parametrize("path", [EARN, USE])
@pytest.mark.parametrize(
    "body",
    [
        points(0),
        points(-1),
        points(1.5),
        points("5"),
        points(True),
        points(10**10),
        points(1, ""),
        points(1, "x" * 65),
        points(1, "a b"),
        points(1, uuid="x"),
        {"points": 1},
    ],
)
async def test_what_does_not_fit_is_400_without_effect(cloud: Practice, path: str, body: dict[str, object]) -> None:
    await cloud.error(400, "POST", path, body)
    assert await cloud.control.ledger() == []


async def test_an_unknown_customer_is_404(cloud: Practice) -> None:
    await cloud.error(404, "POST", EARN, points(1, uuid=NOBODY))


@pytest.mark.parametrize(("method", "path"), [("GET", BALANCE), ("POST", EARN), ("GET", "/api/v1/loyalty/lookup?identifier=x")])
async def test_a_tenant_without_loyalty_is_503(cloud: Practice, method: str, path: str) -> None:
    await cloud.control.modes(loyalty_configured=False)
    assert (await cloud.error(503, method, path, points(1) if method == "POST" else None))["message"] == "loyalty not configured"


async def test_members_must_differ(cloud: Practice) -> None:
    added = await cloud.control.add_member(codes=["NEW"], batches=[{"points": 7}])
    assert added["balance"] == 7
    with pytest.raises(Refused):
        await cloud.control.add_member(codes=["NEW"])


Ask = tuple[Operation, str, int]
asks = st.lists(st.tuples(st.sampled_from(Operation), st.sampled_from("abcdef"), st.integers(1, 200)), max_size=60)


@given(asks)
def test_effects_equal_the_distinct_ref_codes_that_succeeded(sequence: list[Ask]) -> None:
    ledger = Ledger(FakeClock(), [LedgerMember(uuid=MEI, batches=[Batch(Points(100))])])
    done: dict[tuple[Operation, str], Any] = {}
    for operation, ref_code, count in sequence:
        try:
            effect = ledger.move(operation, MEI, Points(count), ref_code, "")
        except InsufficientPoints:
            assert (operation, ref_code) not in done
            continue
        assert done.setdefault((operation, ref_code), effect) == effect
    assert len(ledger.effects) == len(done)
    assert all(row["effects"] <= 1 for row in ledger.effects_per_key().values())
    signed = sum(effect.points if effect.operation is Operation.EARN else -effect.points for effect in ledger.effects)
    assert ledger.standing(ledger.members[0]).balance == 100 + signed >= 0


def test_points_that_expire_first_are_spent_first() -> None:
    clock = FakeClock()
    soon, later = clock.now() + timedelta(days=1), clock.now() + timedelta(days=9)
    batches = [Batch(Points(5)), Batch(Points(10), later), Batch(Points(20), soon)]
    ledger = Ledger(clock, [LedgerMember(uuid=MEI, batches=batches)])
    ledger.move(Operation.USE, MEI, Points(25), "r", "")
    standing = ledger.standing(ledger.members[0])
    assert (standing.balance, standing.expiring, standing.expires_at) == (10, 5, later)
