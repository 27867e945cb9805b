"""How well a scanner reads, day by day, and since when it reads worse than it used to; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

KEPT_DAYS = 14
LEAST_READS = 20
"""A day with fewer says nothing."""
LEAST_BEFORE = 2
"""So many earlier days say what is usual."""
WORSE = 3.0
"""So many times the usual is worth a look."""
FLOOR = 1.0
"""Misreads in 100 that are usual for the best scanner."""


@dataclass(frozen=True, slots=True)
class ScanDay:
    """One scanner on one day."""

    day: date
    scans: int = 0
    """Codes that came through."""
    misreads: int = 0
    """Reads that were no code."""

    @property
    def reads(self) -> int:
        """All of them."""
        return self.scans + self.misreads

    @property
    def rate(self) -> float:
        """Misreads in 100 reads."""
        return 100 * self.misreads / self.reads if self.reads else 0.0


@dataclass(frozen=True, slots=True)
class Trend:
    """How a scanner reads now."""

    usual: float = 0.0
    """Misreads in 100, before it got worse."""
    times: float = 1.0
    """So many times as often as usual."""
    since: date | None = None
    """First day of the worse time; None while all is well or too little is known."""


def trend(days: Sequence[ScanDay]) -> Trend:
    """What the days of one scanner, oldest first, say."""
    telling = [day for day in days if day.reads >= LEAST_READS]
    for split in range(LEAST_BEFORE, len(telling)):
        usual, after = _usual(telling[:split]), telling[split:]
        if all(day.rate >= WORSE * usual for day in after):
            now = 100 * sum(day.misreads for day in after) / sum(day.reads for day in after)
            return Trend(usual=usual, times=now / usual, since=after[0].day)
    return Trend(usual=_usual(telling) if telling else 0.0)


def counted(days: Sequence[ScanDay], today: date, *, misread: bool) -> tuple[ScanDay, ...]:
    """The days with one read more today; old ones fall off."""
    now = days[-1] if days and days[-1].day == today else ScanDay(today)
    more = ScanDay(today, now.scans + (not misread), now.misreads + misread)
    return (*(day for day in days if day.day < today), more)[-KEPT_DAYS:]


def _usual(days: Sequence[ScanDay]) -> float:
    return max(FLOOR, median(day.rate for day in days))
