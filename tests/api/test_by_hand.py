"""Where the outlet says so, points without a receipt need a reason and a manager (T13)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from agent.api.app import create_till_api
from agent.api.serve import Listener
from tests.api.conftest import Served
from tests.support.till import Till, some_settings

BODY = {"member": {"identifier": "CATA-MEI"}, "points": 5}


@pytest.fixture
async def watched() -> AsyncIterator[Served]:
    till = Till(pin="4711")
    settings = replace(some_settings(), by_hand_needs_pin=True)
    async with Listener(create_till_api(till.services(), settings), "127.0.0.1", 0) as listener:
        yield Served(till, listener.port)


async def test_points_without_a_receipt_need_a_reason_and_the_pin(watched: Served) -> None:
    refused = await watched.pos.post("/v1/loyalty/earn", BODY)
    assert (refused.status, refused.reason) == (422, "reason_needed")
    refused = await watched.pos.post("/v1/loyalty/earn", {**BODY, "note": "late scan"})
    assert (refused.status, refused.reason) == (403, "pin_required")
    assert watched.till.writes == 0
    made = await watched.pos.post("/v1/loyalty/earn", {**BODY, "note": "late scan", "pin": "4711"})
    assert made.status == 201
    assert [(who, what, why) for who, what, _, why in watched.till.audited] == [("pos", "points by hand", "late scan")]


async def test_a_receipt_is_reason_enough(watched: Served) -> None:
    assert (await watched.pos.post("/v1/loyalty/earn", {**BODY, "receipt": "R-1"})).status == 201
    assert watched.till.audited == []


async def test_by_itself_the_till_asks_for_nothing(served: Served) -> None:
    assert (await served.pos.post("/v1/loyalty/earn", BODY)).status == 201
