"""The forecast says nothing on thin evidence, and what it says follows from the shop's own tickets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from agent.core.rush import Forecast, OpenTicket, PastTicket, forecast, typical, usual_at_once

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def made(minutes: float, *, hour: int = 12, items: int = 1, at: int = 0) -> PastTicket:
    start = NOON.replace(hour=hour) - timedelta(days=1) + timedelta(minutes=at)
    return PastTicket(items=items, received_at=start, done_at=start + timedelta(minutes=minutes))


def waits(*, age: int, left: int | None, items: int = 1) -> OpenTicket:
    promised = None if left is None else NOON + timedelta(minutes=left)
    return OpenTicket(items=items, received_at=NOON - timedelta(minutes=age), promised_at=promised)


CALM = [made(10, at=15 * number) for number in range(8)]
"""Ten minutes each, one after the other."""


def test_nothing_is_said_on_thin_evidence() -> None:
    assert forecast(CALM[:7], [waits(age=30, left=-20)] * 9, NOON) == Forecast(of=9)
    assert forecast(CALM, [], NOON) == Forecast()


def test_a_kitchen_that_keeps_up_is_left_alone() -> None:
    assert forecast(CALM, [waits(age=2, left=15)], NOON) == Forecast(of=1)
    assert forecast(CALM, [waits(age=2, left=-9)], NOON) == Forecast(late=1, of=1)


@pytest.mark.parametrize(("count", "left", "minutes"), [(2, 12, 10), (3, 12, 20), (9, 12, 30)])
def test_more_at_once_than_usual_takes_longer_by_as_much(count: int, left: int, minutes: int) -> None:
    found = forecast(CALM, [waits(age=0, left=left)] * count, NOON)
    assert (found.late, found.of, found.suggest_min) == (count, count, minutes)


def test_a_ticket_without_a_promise_is_late_at_twice_its_time() -> None:
    assert forecast(CALM, [waits(age=4, left=None)] * 2, NOON).late == 0
    assert forecast(CALM, [waits(age=60, left=None)] * 2, NOON).late == 2


def test_tickets_alike_in_size_and_hour_count_first() -> None:
    night = [made(30, hour=23, at=number) for number in range(5)]
    large = [made(40, items=6, at=number) for number in range(5)]
    assert typical([*CALM, *night], 1, NOON) == timedelta(minutes=10)
    assert typical([*CALM, *night], 1, NOON.replace(hour=0)) == timedelta(minutes=30)
    assert typical([*CALM, *large], 5, NOON) == timedelta(minutes=40)
    assert typical(CALM, 9, NOON) == timedelta(minutes=10)


def test_usually_at_once_is_counted_at_each_finish() -> None:
    assert usual_at_once(CALM) == 1
    assert usual_at_once([made(10, at=number) for number in range(8)]) == pytest.approx(8, abs=4)
