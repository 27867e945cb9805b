"""The line tells green from grey by proof, and lets everybody wait."""

from __future__ import annotations

from datetime import datetime, timedelta

from agent.core.backoff import Backoff
from agent.flows.line.state import Line, LinePolicy
from tests.support.clock import CountingIds, FakeClock

POLICY = LinePolicy(
    backoff=Backoff(base_s=1.0, cap_s=300.0),
    breaker_after=5,
    breaker_probe_s=30.0,
    probe_unauthorized_s=60.0,
    probe_unconfigured_s=300.0,
)


class Watched:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.changes = 0
        self.line = Line(POLICY, clock=self.clock, ids=CountingIds(0.5), changed=self._changed)

    def is_reachable(self) -> bool:
        return self.line.is_reachable

    def is_down(self) -> bool:
        return self.line.is_down

    def down_since(self) -> datetime | None:
        return self.line.down_since

    def key_refused(self) -> bool:
        return self.line.key_refused

    def misses_loyalty(self) -> bool:
        return self.line.loyalty_unconfigured

    def _changed(self) -> None:
        self.changes += 1


def test_green_needs_proof_younger_than_half_a_minute() -> None:
    watched = Watched()
    assert not watched.is_reachable()
    watched.line.succeeded(latency_s=0.04)
    assert watched.is_reachable()
    watched.clock.move(30.1)
    assert not watched.is_reachable()


def test_one_failure_ends_green_at_once_and_one_success_brings_it_back() -> None:
    watched = Watched()
    watched.line.succeeded(latency_s=0.04)
    watched.line.failed("refused")
    assert watched.is_down()
    assert not watched.is_reachable()
    assert watched.down_since() == watched.clock.now()
    watched.line.succeeded(latency_s=0.04)
    assert watched.is_reachable()
    assert watched.down_since() is None
    assert watched.line.wait_s() == 0


def test_waits_double_and_end_in_probes() -> None:
    watched = Watched()
    waits = []
    for _ in range(6):
        watched.line.failed("refused")
        waits.append(watched.line.wait_s())
    assert waits == [0.5, 1.0, 2.0, 4.0, 30.0, 30.0]
    assert watched.line.is_broken


def test_people_are_told_of_changes_and_not_of_repeats() -> None:
    watched = Watched()
    watched.line.succeeded(latency_s=0.01)
    watched.line.succeeded(latency_s=0.01)
    for _ in range(10):
        watched.line.failed("refused")
    watched.line.succeeded(latency_s=0.01)
    assert watched.changes == 4  # first proof, first failure, breaker, recovery


def test_a_slow_answer_is_no_skew() -> None:
    watched = Watched()
    now = watched.clock.now()
    for told_s_ago, latency_s, skew in ((7, 8.0, 0), (8, 3.0, 5), (-4, 3.0, -4)):
        watched.line.succeeded(latency_s=latency_s, cloud_time=now - timedelta(seconds=told_s_ago))
        assert watched.line.clock_skew_s == skew
        assert watched.line.cloud_now() == now - timedelta(seconds=skew)


def test_skew_is_till_minus_cloud() -> None:
    watched = Watched()
    watched.line.succeeded(latency_s=0.01, cloud_time=watched.clock.now() - timedelta(seconds=150))
    assert watched.line.clock_skew_s == 150


def test_a_refused_key_holds_everything_until_it_is_accepted() -> None:
    watched = Watched()
    watched.line.refuse_key()
    watched.line.refuse_key()
    assert watched.key_refused()
    assert watched.line.wait_s() == 60.0
    watched.line.accept_key()
    watched.line.accept_key()
    assert not watched.key_refused()
    assert watched.line.wait_s() == 0
    assert watched.changes == 2


def test_missing_loyalty_holds_loyalty_alone() -> None:
    watched = Watched()
    watched.line.miss_loyalty()
    assert watched.line.loyalty_wait_s() == 300.0
    assert watched.line.wait_s() == 0
    watched.line.has_loyalty()
    assert watched.line.loyalty_wait_s() == 0
    assert not watched.misses_loyalty()


def test_a_wall_clock_that_jumps_changes_no_wait() -> None:
    """I13."""
    watched = Watched()
    watched.line.failed("refused")
    watched.clock.jump(-86_400 * 365)
    assert watched.line.wait_s() == 0.5
    watched.clock.move(0.5)
    assert watched.line.wait_s() == 0
