"""Counts of misreads belong to a day of the outlet, outlive a restart, and never stop a scan."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agent.core.errors import NotSaved
from agent.flows.devices.scan_quality import ScanQuality
from tests.support.clock import FakeClock
from tests.support.shop import open_shop


async def test_counts_outlive_a_restart_and_are_days_of_the_outlet(tmp_path: Path) -> None:
    clock = FakeClock()
    async with open_shop(tmp_path, clock) as shop:
        zone = ZoneInfo("Asia/Singapore")
        quality = ScanQuality(shop.facts, clock=clock, zone=zone)
        await quality.load()
        quality.count("front", misread=False)
        quality.count("front", misread=True)
        await quality.keep()
        again = ScanQuality(shop.facts, clock=clock, zone=zone)
        await again.load()
        days, found = again.of("front")
        assert [(day.scans, day.misreads) for day in days] == [(1, 1)]
        assert days[0].day == clock.now().astimezone(zone).date()
        assert (found.since, again.of("other")[0]) == (None, ())


async def test_a_disk_that_does_not_take_the_counts_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()
    async with open_shop(tmp_path, clock) as shop:
        quality = ScanQuality(shop.facts, clock=clock, zone=ZoneInfo("UTC"))

        async def full(*_: object) -> None:
            raise NotSaved("disk_full", "The disk is full.")

        monkeypatch.setattr(shop.facts, "set", full)
        quality.count("front", misread=True)
        await quality.keep()
        monkeypatch.undo()
        await quality.keep()
        assert await shop.facts.get("scan_quality") is not None
