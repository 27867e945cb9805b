"""Days end when the shop's day ends, and times survive the wire."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.clock import SystemClock, business_day, from_wire, rest, to_wire

SINGAPORE = ZoneInfo("Asia/Singapore")
EARLIEST = datetime(1970, 1, 2)  # noqa: DTZ001 - the zone is drawn by itself
LATEST = datetime(2100, 1, 1)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 11, 21, 19, 59, tzinfo=UTC), date(2026, 11, 21)),
        (datetime(2026, 11, 21, 20, 0, tzinfo=UTC), date(2026, 11, 22)),
        (datetime(2026, 11, 22, 15, 59, tzinfo=UTC), date(2026, 11, 22)),
    ],
)
def test_the_small_hours_belong_to_the_day_before(moment: datetime, day: date) -> None:
    assert business_day(moment, SINGAPORE, time(4)) == day


def test_a_day_that_ends_at_midnight_is_the_calendars() -> None:
    assert business_day(datetime(2026, 11, 21, 16, 0, tzinfo=UTC), SINGAPORE, time(0)) == date(2026, 11, 22)


@given(st.datetimes(EARLIEST, LATEST), st.integers(-12, 14))
def test_times_survive_the_wire_to_the_millisecond(moment: datetime, hours: int) -> None:
    aware = moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=timezone(timedelta(hours=hours)))
    assert from_wire(to_wire(aware)) == aware
    assert to_wire(aware).endswith("Z")


def test_the_wire_form_is_short_and_has_a_zone() -> None:
    assert to_wire(datetime(2026, 11, 22, 12, tzinfo=SINGAPORE)) == "2026-11-22T04:00:00Z"
    assert to_wire(datetime(2026, 11, 22, 4, 0, 0, 250000, tzinfo=UTC)) == "2026-11-22T04:00:00.250Z"
    assert from_wire(" 2026-11-22T12:00:00+08:00 ") == datetime(2026, 11, 22, 4, tzinfo=UTC)
    with pytest.raises(ValueError, match="without its zone"):
        from_wire("2026-11-22T12:00:00")


async def test_the_machines_clock_is_aware_and_moves_on() -> None:
    clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    before = clock.monotonic()
    await clock.sleep(0.001)
    assert clock.monotonic() > before


async def test_a_rest_ends_by_time_or_by_being_woken() -> None:
    wake = asyncio.Event()
    await rest(SystemClock(), 0.001, wake)
    wake.set()
    async with asyncio.timeout(5):
        await rest(SystemClock(), 3_600, wake)
    assert wake.is_set()
