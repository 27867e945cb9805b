"""The prober: proof of life often enough, alone while the line is down, and at once when a person asks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from agent.cloud.local_routes import local_routes
from agent.core.backoff import Backoff
from agent.core.errors import KeyRefused, Unreachable
from agent.flows.line import probe as probe_module
from agent.flows.line.local_signs import LocalSigns
from agent.flows.line.probe import EARLY_MOST, Prober
from agent.flows.line.state import Line, LinePolicy
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
        self.routes = ["192.168.1.7"]
        signs = LocalSigns(lambda: tuple(self.routes), clock=self.clock)
        self.prober = Prober(self.whoami, self.line, clock=self.clock, has_changed=signs.has_changed)

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


async def awake(gate: Gate, seconds: int) -> None:
    """Time as a computer spends it that does not sleep."""
    for _ in range(seconds):
        gate.clock.move(1)
        await asyncio.sleep(0.006)


async def test_a_line_in_use_is_probed_every_twenty_seconds_only(gate: Gate) -> None:
    async with running(gate.prober.run):
        await eventually(lambda: gate.asked == 1)
        assert gate.line.key_expires_at == EXPIRES
        await awake(gate, 19)
        assert gate.asked == 1
        await awake(gate, 2)
        await eventually(lambda: gate.asked == 2)


async def test_a_line_that_is_down_is_asked_no_more_often_than_it_may_be(gate: Gate) -> None:
    gate.error = Unreachable("no_route", "No network.", maybe_applied=False)
    async with running(gate.prober.run):
        for _ in range(5):
            await looks()
            gate.clock.move(5)
        assert gate.line.is_broken
        before = gate.asked
        await awake(gate, 29 - 5)
        assert gate.asked <= before + 1
        gate.error = None
        await awake(gate, 31)
        await eventually(lambda: gate.line.is_reachable)


async def test_a_refused_key_is_tried_again_by_itself_and_taken_back_when_it_works(gate: Gate) -> None:
    gate.error = KeyRefused("key_refused", "Not accepted.")
    async with running(gate.prober.run):
        await eventually(lambda: gate.line.key_refused)
        gate.error = None
        await awake(gate, 59)
        assert gate.line.key_refused
        await awake(gate, 2)
        await eventually(lambda: not gate.line.key_refused)


async def test_a_person_who_asks_does_not_wait_for_the_next_turn(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_module, "LOOK_EVERY_S", 60)
    async with running(gate.prober.run):
        await eventually(lambda: gate.asked == 1)
        await looks()
        gate.prober.probe_soon()
        await eventually(lambda: gate.asked == 2)


async def broken(gate: Gate) -> None:
    gate.error = Unreachable("no_route", "No network.", maybe_applied=False)
    for _ in range(POLICY.breaker_after):
        await gate.prober.probe()
    assert gate.line.is_broken


async def test_a_network_that_is_back_is_noticed_within_five_seconds(gate: Gate) -> None:
    """Also when it carries nothing yet at the first moment, and although the next regular probe is half a minute away."""
    gate.routes = []
    await broken(gate)
    async with running(gate.prober.run):
        await looks()
        asked = gate.asked
        gate.routes = ["192.168.1.7"]
        await eventually(lambda: gate.asked == asked + 1)
        gate.error = None
        gate.clock.move(5)
        await eventually(lambda: gate.line.is_reachable)


async def test_a_network_that_goes_is_noticed_at_once_although_the_last_proof_is_young(gate: Gate) -> None:
    async with running(gate.prober.run):
        await eventually(lambda: gate.line.is_reachable)
        gate.error = Unreachable("no_route", "No network.", maybe_applied=False)
        gate.routes = []
        await eventually(lambda: gate.line.is_down)


@pytest.mark.parametrize("slept", [lambda clock: clock.move(11), lambda clock: clock.jump(3600)])
async def test_a_computer_that_slept_asks_when_it_wakes(gate: Gate, slept: Callable[[FakeClock], None]) -> None:
    await broken(gate)
    async with running(gate.prober.run):
        await looks()
        gate.error = None
        slept(gate.clock)
        await eventually(lambda: gate.line.is_reachable)


async def test_a_network_that_comes_and_goes_for_ten_minutes_makes_no_storm(gate: Gate) -> None:
    """Fault 7."""
    await broken(gate)
    before = gate.asked
    async with running(gate.prober.run):
        for number in range(240):
            gate.routes = [] if number % 2 else ["192.168.1.7"]
            gate.clock.move(2.5)
            await asyncio.sleep(0.006)
    assert gate.asked - before <= 10 * (EARLY_MOST + 2) + 1


def test_the_routes_of_this_computer_are_told_without_asking_anybody() -> None:
    assert local_routes() == local_routes()
    assert all(isinstance(address, str) for address in local_routes())
