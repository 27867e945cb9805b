"""Every error of the core has its status, its word and its sentence, and nothing leaks."""

from __future__ import annotations

import logging

import pytest

from agent.api.errors import status_of
from agent.core.errors import (
    CataBridgeError,
    Conflict,
    DamagedData,
    InvalidInput,
    KeyRefused,
    NeedsPerson,
    NotConfigured,
    NotSaved,
    Refused,
    Unreachable,
)
from tests.api.conftest import Served

SAID = "A sentence."
CASES = [
    (Unreachable("timeout", SAID, maybe_applied=True), 503, "offline", "timeout"),
    (Refused("member_unknown", SAID, status=404), 404, "member_unknown", ""),
    (Refused("insufficient_points", SAID, status=400), 409, "insufficient_points", ""),
    (Refused("forbidden", SAID, status=401, details="from the cloud"), 409, "forbidden", "from the cloud"),
    (Conflict("illegal_status", SAID), 409, "illegal_status", ""),
    (KeyRefused("key_refused", SAID), 503, "key_refused", ""),
    (NotConfigured("loyalty_off", SAID), 503, "loyalty_off", ""),
    (NeedsPerson("paper", SAID), 503, "paper", ""),
    (InvalidInput("reason_unknown", SAID, field="reason"), 422, "reason_unknown", "reason"),
    (InvalidInput("not_discardable", SAID), 409, "not_discardable", ""),
    (NotSaved("disk_full", SAID), 507, "not_saved", "disk_full"),
    (DamagedData("damaged_row", SAID), 500, "damaged_row", ""),
]


@pytest.mark.parametrize(("error", "status", "reason", "details"), CASES, ids=[case[2] for case in CASES])
async def test_an_error_has_its_answer(served: Served, error: CataBridgeError, status: int, reason: str, details: str) -> None:
    """I14."""
    served.till.fail = error
    reply = await served.pos.post("/v1/loyalty/earn", {"member": {"uuid": "u"}, "points": 1})
    assert reply.status == status
    assert reply.json == {"error": {"code": status, "reason": reason, "message": SAID, "details": details, "values": {}}}


async def test_a_fault_of_ours_shows_no_traceback(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    served.till.fail = RuntimeError("secret +6591234567")
    with caplog.at_level(logging.INFO):
        reply = await served.pos.post("/v1/loyalty/earn", {"member": {"uuid": "u"}, "points": 1})
    assert (reply.status, reply.reason) == (500, "internal")
    assert b"Traceback" not in reply.body
    assert "91234567" not in caplog.text
    assert "RuntimeError" in caplog.text
    served.till.fail = None
    assert (await served.pos.get("/v1/menu")).status == 200


async def test_unauthorized_says_how(served: Served) -> None:
    reply = await served.caller("").get("/v1/status")
    assert (reply.status, reply.reason, reply.headers["www-authenticate"]) == (401, "unauthorized", "Bearer")


async def test_a_good_token_passes_while_bad_ones_are_slowed(served: Served) -> None:
    statuses = [(await served.caller("bad").get("/v1/status")).status for _ in range(25)]
    assert statuses == [401] * 20 + [429] * 5
    assert (await served.pos.get("/v1/status")).status == 200


def test_an_error_of_no_known_kind_is_ours() -> None:
    assert status_of(CataBridgeError("odd", SAID)) == 500
