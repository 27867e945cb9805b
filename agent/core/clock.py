"""Time as an injected value: wall time for people, monotonic time for waiting."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """What every part of the agent asks for time; tests hand in one that they move."""

    def now(self) -> datetime:
        """Aware wall time in UTC; may jump either way on a till."""
        ...

    def monotonic(self) -> float:
        """Seconds that only grow; the measure for every wait."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait on the monotonic scale."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Aware wall time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since an arbitrary start."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait without blocking the loop."""
        await asyncio.sleep(seconds)


async def rest(clock: Clock, seconds: float, wake: asyncio.Event) -> None:
    """Wait on the monotonic scale, or until woken; leaves `wake` as it is."""
    sleeping = asyncio.create_task(clock.sleep(seconds))
    waking = asyncio.create_task(wake.wait())
    try:
        await asyncio.wait({sleeping, waking}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        sleeping.cancel()
        waking.cancel()


def business_day(moment: datetime, zone: ZoneInfo, ends: time_of_day) -> date:
    """The trading day a moment belongs to; a day that ends at 04:00 keeps the small hours."""
    local = moment.astimezone(zone)
    return local.date() - timedelta(days=1) if local.time() < ends else local.date()


def to_wire(moment: datetime) -> str:
    """RFC 3339 in UTC with `Z`, milliseconds only when there are any."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return text.replace(".000Z", "Z")


def from_wire(text: str) -> datetime:
    """An aware time from RFC 3339 with `Z` or an offset; raises ValueError when there is no zone."""
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment.astimezone(UTC)
