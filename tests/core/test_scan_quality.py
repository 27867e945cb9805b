"""A scanner that gets worse is told from one that always was so, and from a slow day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from agent.core.scan_quality import KEPT_DAYS, ScanDay, counted, trend

MONDAY = date(2026, 11, 16)


def week(*misreads_in_100: int, reads: int = 100) -> list[ScanDay]:
    return [
        ScanDay(MONDAY + timedelta(days=at), reads * (100 - rate) // 100, reads * rate // 100)
        for at, rate in enumerate(misreads_in_100)
    ]


@pytest.mark.parametrize(
    ("days", "since", "times"),
    [
        (week(1, 2, 6, 7, 9, 12, 8), MONDAY + timedelta(days=2), 5.6),
        (week(2, 2, 2, 2), None, 1.0),
        (week(8, 8, 8, 9), None, 1.0),
        (week(1, 9), None, 1.0),
        (week(1, 1, 9, reads=10), None, 1.0),
        (week(0, 0, 3), MONDAY + timedelta(days=2), 3.0),
        (week(1, 9, 9, 1), None, 1.0),
        ([], None, 1.0),
    ],
)
def test_worse_is_three_times_the_usual_until_now(days: list[ScanDay], since: date | None, times: float) -> None:
    found = trend(days)
    assert (found.since, round(found.times, 1)) == (since, times)


def test_reads_are_counted_by_day_and_old_days_fall_off() -> None:
    days: tuple[ScanDay, ...] = ()
    for at in range(KEPT_DAYS + 3):
        for misread in (False, True, False):
            days = counted(days, MONDAY + timedelta(days=at), misread=misread)
    assert len(days) == KEPT_DAYS
    assert days[-1] == ScanDay(MONDAY + timedelta(days=KEPT_DAYS + 2), 2, 1)
    assert (ScanDay(MONDAY).rate, days[-1].reads) == (0.0, 3)
