"""The prober: proof of life often enough, alone while the line is down, and at once when a person asks."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from agent.core.backoff import Backoff
from agent.core.errors import KeyRefused, Unreachable
from agent.flows import probe as probe_module
from agent.flows.line import Line, LinePolicy
from agent.flows.probe import Prober
from tests.support.clock import CountingIds, FakeClock
from tests.support.shop import eventually, running

POLICY = LinePolicy(
    backoff=Backoff(1.0, 8.0), breaker_after=5, breaker_probe_s=30.0, probe_unauthorized_s=60.0, probe_unconfigured_s=300.0
)
EXPIRES = datetime(2027, 1, 1, tzinfo=UTC)


class Gate:
    """A cloud that only knows who we are."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.line = Line(POLICY, clock=self.clock, ids=CountingIds(), changed=lambda: None)
        self.asked = 0
        self.error: Exception | None = None
        self.prober = Prober(self.whoami, self.line, clock=self.clock)

    async def whoami(self) -> datetime | None:
        self.asked += 1
        if isinstance(self.error, Unreachable):
            self.line.failed("no_route")
        if self.error is not None:
            if isinstance(self.error, KeyRefused):
                self.line.refuse_key()
            raise self.error
        self.line.succeeded(latency_s=0.01)
        return EXPIRES


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    monkeypatch.setattr(probe_module, "LOOK_EVERY_S", 0.005)
    return Gate()


async def looks() -> None:
    await asyncio.sleep(0.03)


async def test_a_line_in_use_is_probed_every_twenty_seconds_only(gate: Gate) -> None:
    async with running(gate.prober.run):
        await eventually(lambda: gate.asked == 1)
        assert gate.line.key_expires_at == EXPIRES
        gate.clock.move(19)
        await looks()
        assert gate.asked == 1
        gate.clock.move(2)
        await eventually(lambda: gate.asked == 2)


async def test_a_line_that_is_down_is_asked_no_more_often_than_it_may_be(gate: Gate) -> None:
    gate.error = Unreachable("no_route", "No network.", maybe_applied=False)
    async with running(gate.prober.run):
        for _ in range(5):
            await looks()
            gate.clock.move(5)
        assert gate.line.is_broken
        before = gate.asked
        gate.clock.move(29 - 5)
        await looks()
        assert gate.asked <= before + 1
        gate.error = None
        gate.clock.move(31)
        await eventually(lambda: gate.line.is_reachable)


async def test_a_refused_key_is_tried_again_by_itself_and_taken_back_when_it_works(gate: Gate) -> None:
    gate.error = KeyRefused("key_refused", "Not accepted.")
    async with running(gate.prober.run):
        await eventually(lambda: gate.line.key_refused)
        gate.error = None
        gate.clock.move(59)
        await looks()
        assert gate.line.key_refused
        gate.clock.move(2)
        await eventually(lambda: not gate.line.key_refused)


async def test_a_person_who_asks_does_not_wait_for_the_next_turn(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_module, "LOOK_EVERY_S", 60)
    async with running(gate.prober.run):
        await eventually(lambda: gate.asked == 1)
        await looks()
        gate.prober.probe_soon()
        await eventually(lambda: gate.asked == 2)
