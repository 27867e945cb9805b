"""What is known about the way to the cloud: proof of life, failures in a row, and why sending is paused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.core.backoff import Backoff
from agent.core.clock import Clock
from agent.core.ids import Ids

PROOF_S = 30.0
"""A success older than this proves nothing about now."""
SKEW_ALARM_S = 120
"""A till clock further off than this is said aloud."""


@dataclass(frozen=True, slots=True)
class LinePolicy:
    """When the line counts as down and how often it is tried then."""

    backoff: Backoff
    breaker_after: int
    """Transport failures in a row after which only probes go out."""
    breaker_probe_s: float
    probe_unauthorized_s: float
    probe_unconfigured_s: float


class Line:
    """The shared memory of all exchanges with the cloud; it decides nothing but who has to wait."""

    def __init__(self, policy: LinePolicy, *, clock: Clock, ids: Ids, changed: Callable[[], None]) -> None:
        """`changed` is called when what people are told about the line changes."""
        self._policy = policy
        self._clock = clock
        self._ids = ids
        self._changed = changed
        self._last_ok: float | None = None
        self._cloud_time: tuple[datetime, float] | None = None
        """What time it was at the cloud, and when that was heard on the monotonic clock."""
        self._down_from: float | None = None
        self._held_until = 0.0
        self._loyalty_until = 0.0
        self.failures = 0
        """Transport failures since the last success."""
        self.last_ok_at: datetime | None = None
        self.down_since: datetime | None = None
        self.latency_ms: int | None = None
        self.clock_skew_s: int | None = None
        """Till clock minus cloud clock."""
        self.key_refused = False
        self.loyalty_unconfigured = False
        self.failure_reason = ""
        self.key_expires_at: datetime | None = None

    @property
    def is_reachable(self) -> bool:
        """The last exchange succeeded, and not longer ago than proof lasts."""
        return self.failures == 0 and self._last_ok is not None and self._clock.monotonic() - self._last_ok <= PROOF_S

    @property
    def is_down(self) -> bool:
        """The last exchange failed on its way; nothing has got through since."""
        return self.failures > 0

    @property
    def is_broken(self) -> bool:
        """Failed so often in a row that only probes are worth it."""
        return self.failures >= self._policy.breaker_after

    @property
    def silent_for(self) -> timedelta | None:
        """Since the last success, by the clock that shows more; None when this process had none."""
        return self._span(self._last_ok, self.last_ok_at)

    @property
    def down_for(self) -> timedelta | None:
        """Since the first failure of this outage, by the clock that shows more; None when the line is not down."""
        return self._span(self._down_from, self.down_since)

    @property
    def is_clock_right(self) -> bool:
        """The till's clock agreed with the cloud's, and has gone on since as time does; a sleeping computer's has not."""
        if self._last_ok is None or self.last_ok_at is None:
            return False
        passed = timedelta(seconds=self._clock.monotonic() - self._last_ok)
        moved = abs((self._clock.now() - self.last_ok_at) - passed)
        return abs(self.clock_skew_s or 0) <= SKEW_ALARM_S and moved <= timedelta(seconds=SKEW_ALARM_S)

    def _span(self, ticks: float | None, moment: datetime | None) -> timedelta | None:
        if ticks is None or moment is None:
            return None
        return max(timedelta(seconds=self._clock.monotonic() - ticks), self._clock.now() - moment)

    def succeeded(self, *, latency_s: float, cloud_time: datetime | None = None) -> None:
        """The cloud answered; whatever it said, the line is up."""
        now = self._clock.now()
        was_down, self.failures, self._held_until = self.is_down or self._last_ok is None, 0, 0.0
        self._last_ok, self.last_ok_at = self._clock.monotonic(), now
        self._down_from, self.down_since = None, None
        self.latency_ms = round(latency_s * 1000)
        if cloud_time is not None:
            skew_s = _least_skew((now - cloud_time).total_seconds(), latency_s)
            self.clock_skew_s = round(skew_s)
            self._cloud_time = (now - timedelta(seconds=skew_s), self._last_ok)
        if was_down:
            self._changed()

    def cloud_now(self) -> datetime | None:
        """What time it is at the cloud, whatever the wall clock of this computer says; None before the first answer."""
        if self._cloud_time is None:
            return None
        told, heard = self._cloud_time
        return told + timedelta(seconds=self._clock.monotonic() - heard)

    def failed(self, reason: str) -> None:
        """The cloud could not be heard: everybody waits a little longer each time."""
        self.failures += 1
        self.failure_reason = reason
        wait_s = (
            self._policy.breaker_probe_s if self.is_broken else self._policy.backoff.delay_s(self.failures, self._ids.fraction())
        )
        self._held_until = self._clock.monotonic() + wait_s
        if self.failures == 1:
            self._down_from, self.down_since = self._clock.monotonic(), self._clock.now()
        if self.failures in {1, self._policy.breaker_after}:
            self._changed()

    def refuse_key(self) -> None:
        """The cloud no longer takes the key: everything waits, and a probe asks from time to time."""
        self._held_until = self._clock.monotonic() + self._policy.probe_unauthorized_s
        if not self.key_refused:
            self.key_refused = True
            self._changed()

    def accept_key(self) -> None:
        """The cloud takes the key (again), or there is a new one to try."""
        if self.key_refused:
            self.key_refused = False
            self._held_until = 0.0
            self._changed()

    def miss_loyalty(self) -> None:
        """The tenant has no loyalty yet: loyalty alone waits."""
        self._loyalty_until = self._clock.monotonic() + self._policy.probe_unconfigured_s
        if not self.loyalty_unconfigured:
            self.loyalty_unconfigured = True
            self._changed()

    def has_loyalty(self) -> None:
        """Loyalty answered."""
        self._loyalty_until = 0.0
        if self.loyalty_unconfigured:
            self.loyalty_unconfigured = False
            self._changed()

    def wait_s(self) -> float:
        """Seconds until anything may be tried again; 0 when it may now."""
        return max(0.0, self._held_until - self._clock.monotonic())

    def loyalty_wait_s(self) -> float:
        """Seconds until loyalty may be tried again; 0 when it may now."""
        return max(0.0, self._loyalty_until - self._clock.monotonic())


def _least_skew(apart_s: float, latency_s: float) -> float:
    """The cloud told its time somewhere between question and answer: of all skews that fit, the one nearest to none."""
    return max(0.0, apart_s - latency_s) if apart_s > 0 else apart_s
