"""Faults: before or after the effect, so many times, on the calls that are meant."""

from __future__ import annotations

import asyncio

import pytest

from agent.core.errors import Refused, Unreachable
from tests.support.clock import FakeClock
from tests.support.sandbox import MEI, Practice, practice_cloud

EARN = "/api/v1/loyalty/earn-points"
BODY = {"customerUuid": MEI, "points": 5, "refCode": "r1"}


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize(("when", "effects"), [("before", 0), ("after", 1)])
async def test_a_status_before_or_after_the_effect(cloud: Practice, status: int, when: str, effects: int) -> None:
    await cloud.control.fault("status", "/api/v1/loyalty/*", status=status, when=when)
    await cloud.error(status, "POST", EARN, BODY)
    assert len(await cloud.control.ledger()) == effects
    await cloud.ok("POST", EARN, BODY)
    assert await cloud.control.effects() == {"earn:r1": 1}


@pytest.mark.parametrize(("when", "effects"), [("before", 0), ("after", 1)])
async def test_a_dropped_connection_before_or_after_the_effect(cloud: Practice, when: str, effects: int) -> None:
    await cloud.control.fault("drop", when=when)
    with pytest.raises(Unreachable) as problem:
        await cloud.call("POST", EARN, BODY)
    assert problem.value.maybe_applied
    assert len(await cloud.control.ledger()) == effects
    assert (await cloud.control.state())["calls"][-1]["status"] is None
    await cloud.ok("POST", EARN, BODY)
    assert await cloud.control.effects() == {"earn:r1": 1}


async def test_a_captive_portal_answers_200_and_html_without_effect(cloud: Practice) -> None:
    await cloud.control.fault("html", when="after")
    answer = await cloud.call("POST", EARN, BODY)
    assert (answer.status, answer.headers["content-type"].split(";")[0]) == (200, "text/html")
    assert await cloud.control.ledger() == []


async def test_a_business_no_is_200(cloud: Practice) -> None:
    await cloud.control.fault("business", message="points frozen")
    assert await cloud.ok("POST", EARN, BODY) == {"code": 1001, "isSuccess": False, "message": "points frozen"}


async def test_a_rate_limit_says_when_to_come_back(cloud: Practice) -> None:
    await cloud.control.fault("status", status=429, retry_after_s=7)
    answer = await cloud.call("GET", "/health")
    assert (answer.status, answer.headers["retry-after"]) == (429, "7")


async def test_latency_is_waited_on_the_clock() -> None:
    clock = FakeClock()
    async with practice_cloud(clock=clock) as cloud:
        await cloud.control.fault("delay", delay_s=30)
        call = asyncio.create_task(cloud.ok("GET", "/health"))
        async with asyncio.timeout(10):
            while (await cloud.control.state())["faults"]:
                pass
        assert not call.done()
        clock.move(30)
        assert await call == {"status": "healthy"}


async def test_skip_times_and_clearing(cloud: Practice) -> None:
    number = await cloud.control.fault("status", "/health", method="get", status=500, skip=1, times=2)
    seen = [(await cloud.call("GET", path)).status for path in ("/health", "/health", "/api/v1/outlets", "/health", "/health")]
    assert seen == [200, 500, 200, 500, 200]
    with pytest.raises(Refused):
        await cloud.control.clear_faults(number)
    forever = await cloud.control.fault("status", times=None)
    assert [(await cloud.call("GET", "/health")).status for _ in range(3)] == [500, 500, 500]
    await cloud.control.clear_faults(forever)
    await cloud.control.fault("status", times=None)
    await cloud.control.clear_faults()
    await cloud.ok("GET", "/health")


async def test_faults_spare_the_control_plane_and_calls_are_counted(cloud: Practice) -> None:
    await cloud.control.fault("status", times=2)
    await cloud.control.state()
    await cloud.call("POST", EARN, BODY)
    await cloud.call("GET", "/nothing")
    assert await cloud.control.requests() == {f"POST {EARN}": 1, "GET (none)": 1}
