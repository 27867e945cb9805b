"""How fast one program may call: a bucket for each, so that a POS gone mad keeps nobody else waiting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

CALLS_PER_S = 50.0
BURST = 200.0
"""So many at once after a pause; no POS has that many sales."""


class Ticks(Protocol):
    """The part of a clock that only grows."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary start."""
        ...


@dataclass(slots=True)
class _Bucket:
    left: float
    at_s: float


class Pace:
    """Buckets by the caller's name; as many as there are tokens in force."""

    def __init__(self, clock: Ticks, *, per_s: float = CALLS_PER_S, burst: float = BURST) -> None:
        self._clock = clock
        self._per_s = per_s
        self._burst = burst
        self._buckets: dict[str, _Bucket] = {}

    def allows(self, name: str) -> bool:
        """Whether this caller may call now; a call that may counts."""
        now = self._clock.monotonic()
        bucket = self._buckets.setdefault(name, _Bucket(self._burst, now))
        bucket.left = min(self._burst, bucket.left + (now - bucket.at_s) * self._per_s)
        bucket.at_s = now
        if bucket.left < 1:
            return False
        bucket.left -= 1
        return True
