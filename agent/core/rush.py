"""Whether the kitchen is about to fall behind, from its own tickets: medians and counting, never more than a suggestion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

LEAST_PAST = 8
"""With fewer tickets of the past nothing is said."""
LEAST_ALIKE = 5
"""So many tickets of one size and hour speak for themselves; with fewer, all of that size do, then all."""
LARGE = 4
"""From so many items an order counts as a large one."""
HOURS_ALIKE = 1
LATE = timedelta(minutes=3)
"""An order that would be less behind than this is not counted."""
LEAST_LATE = 2
STEPS = (10, 15, 20, 30)
"""What may be suggested, in minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTicket:
    """A ticket that was made."""

    items: int
    received_at: datetime
    done_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTicket:
    """A ticket that is still to be made."""

    items: int
    received_at: datetime
    promised_at: datetime | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is to be expected."""

    late: int = 0
    """Open tickets that would be late."""
    of: int = 0
    suggest_min: int = 0
    """Busy by so many minutes; 0 suggests nothing."""


def forecast(past: Sequence[PastTicket], waiting: Sequence[OpenTicket], now: datetime) -> Forecast:
    """How many open tickets would be late if the kitchen works as it did, and by how much new ones should be held off."""
    if len(past) < LEAST_PAST or not waiting:
        return Forecast(of=len(waiting))
    load = max(1.0, len(waiting) / usual_at_once(past))
    behind = [_behind(ticket, typical(past, ticket.items, now) * load, now) for ticket in waiting]
    late = [each for each in behind if each >= LATE]
    if len(late) < LEAST_LATE:
        return Forecast(len(late), len(waiting))
    wanted = max(late) / timedelta(minutes=1)
    return Forecast(len(late), len(waiting), next((step for step in STEPS if step >= wanted), STEPS[-1]))


def typical(past: Sequence[PastTicket], items: int, now: datetime) -> timedelta:
    """The median time of tickets as large as this, at this hour where there are enough of them."""
    alike = [each for each in past if (each.items >= LARGE) == (items >= LARGE)]
    same_hour = [each for each in alike if _hours_apart(each.received_at, now) <= HOURS_ALIKE]
    chosen = next((some for some in (same_hour, alike) if len(some) >= LEAST_ALIKE), past)
    return timedelta(seconds=median((each.done_at - each.received_at).total_seconds() for each in chosen))


def usual_at_once(past: Sequence[PastTicket]) -> float:
    """How many tickets were usually being made whenever one was finished; at least one."""
    return float(median(sum(each.received_at <= one.done_at <= each.done_at for each in past) for one in past))


def _behind(ticket: OpenTicket, needs: timedelta, now: datetime) -> timedelta:
    """By how much a ticket would miss its promise; one without a promise is late when it takes twice its time."""
    ready = max(ticket.received_at + needs, now)
    return ready - (ticket.promised_at or ticket.received_at + 2 * needs)


def _hours_apart(one: datetime, other: datetime) -> int:
    apart = abs(one.hour - other.hour)
    return min(apart, 24 - apart)
