"""Counts what every scanner reads and misreads, by day of the outlet, and keeps it over restarts."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date
from typing import cast
from zoneinfo import ZoneInfo

from agent.core.clock import Clock
from agent.core.errors import CataBridgeError
from agent.core.scan_quality import ScanDay, Trend, counted, trend
from agent.db.facts import Facts

log = logging.getLogger(__name__)

FACT = "scan_quality"
KEEP_EVERY_S = 60.0
"""A count that is lost in a power cut is no loss to anybody; a write for every scan would be."""


class ScanQuality:
    """One task of the agent; counting itself never waits."""

    def __init__(self, facts: Facts, *, clock: Clock, zone: ZoneInfo) -> None:
        self._facts = facts
        self._clock = clock
        self._zone = zone
        self._days: dict[str, tuple[ScanDay, ...]] = {}
        self._kept: dict[str, tuple[ScanDay, ...]] = {}
        self.suggested: dict[str, Mapping[str, str]] = {}
        """Device -> settings that would suit it better; until the program starts anew."""

    async def load(self) -> None:
        """What was counted before."""
        found = cast("dict[str, list[list[object]]]", await self._facts.get(FACT) or {})
        self._days = {
            name: tuple(ScanDay(date.fromisoformat(str(day)), int(str(scans)), int(str(bad))) for day, scans, bad in rows)
            for name, rows in found.items()
        }
        self._kept = dict(self._days)

    def count(self, device: str, *, misread: bool) -> None:
        """One read of a scanner."""
        today = self._clock.now().astimezone(self._zone).date()
        self._days[device] = counted(self._days.get(device, ()), today, misread=misread)

    def suggest(self, device: str, options: Mapping[str, str]) -> None:
        """What the settings of a scanner should say, by what it was heard to do."""
        self.suggested[device] = options

    def of(self, device: str) -> tuple[tuple[ScanDay, ...], Trend]:
        """The last days of a scanner, oldest first, and what they say."""
        days = self._days.get(device, ())
        return days, trend(days)

    async def run(self) -> None:
        """Keep the counts until cancelled."""
        while True:
            await self._clock.sleep(KEEP_EVERY_S)
            await self.keep()

    async def keep(self) -> None:
        """Write what has changed; a disk that does not take it costs nothing but this count."""
        if self._days == self._kept:
            return
        now = dict(self._days)
        rows = {name: [[day.day.isoformat(), day.scans, day.misreads] for day in days] for name, days in now.items()}
        try:
            await self._facts.set(FACT, rows)
            self._kept = now
        except CataBridgeError as error:
            log.warning("scan counts not kept reason=%s", error.reason)
