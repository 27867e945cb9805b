"""A clock that tests move, and ids that tests can predict."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
"""Noon in Singapore on a Sunday."""


class FakeClock:
    """Wall and monotonic time that only move when told; sleepers wake as time passes them."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._monotonic = 1000.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._monotonic + seconds, next(self._order), future))
        await future

    def move(self, seconds: float) -> None:
        """Let time pass on both scales."""
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds
        while self._sleepers and self._sleepers[0][0] <= self._monotonic:
            _, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                future.set_result(None)

    def jump(self, seconds: float) -> None:
        """Set the wall clock alone, as a person or a time server does."""
        self._now += timedelta(seconds=seconds)


class CountingIds:
    """id-1, id-2, ...; jitter is always the same fraction."""

    def __init__(self, fraction: float = 0.5) -> None:
        self._count = itertools.count(1)
        self._fraction = fraction

    def new(self) -> str:
        return f"id-{next(self._count)}"

    def token(self) -> str:
        return f"token-{next(self._count)}"

    def digits(self, count: int) -> str:
        return str(next(self._count)).rjust(count, "0")

    def fraction(self) -> float:
        return self._fraction
