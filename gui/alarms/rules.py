"""What has to be heard and seen now, and how loudly: pure, from the state and the time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from gui.state import State
from gui.wire.orders import OrderSeen

ESCALATES_AFTER_S = (30, 60, 120)
"""Each makes the sound louder and come more often."""
HUSHED_FOR = timedelta(seconds=60)
"""At the loudest level "seen" is quiet for so long."""


class Sound(StrEnum):
    """Four sounds that can be told apart with the back turned."""

    NEW = "new"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something that waits for a person."""

    sound: Sound
    order_id: str
    ref: str
    since: datetime
    level: int
    """0 to 3."""
    count: int = 1
    """Orders that wait for a person and were not hushed, this one among them."""


Hushes = Mapping[str, tuple[int, datetime]]
"""Order id -> level and time at which somebody said "seen"."""


def level_of(since: datetime, now: datetime) -> int:
    """How far it has escalated."""
    waited = (now - since).total_seconds()
    return sum(waited >= limit for limit in ESCALATES_AFTER_S)


def alarms(state: State, now: datetime) -> list[Alarm]:
    """Everything that waits, the most pressing first: a cancellation saves food, a new order may be lost."""
    found = [_alarm(Sound.NEW, order.id, order.ref_no, order.received_at, now) for order in _unanswered(state)]
    for order_id, news in state.news.items():
        order = state.orders.get(order_id)
        if order is not None:
            sound = Sound.CANCELLED if news.is_cancelled else Sound.CHANGED if news.changes else Sound.PROBLEM
            found.append(_alarm(sound, order_id, order.ref_no, news.since, now))
    rank = (Sound.CANCELLED, Sound.NEW, Sound.PROBLEM, Sound.CHANGED)
    found.sort(key=lambda alarm: (rank.index(alarm.sound), alarm.since, alarm.ref))
    return found


def _unanswered(state: State) -> list[OrderSeen]:
    return [order for order in state.orders.values() if order.status == "PAID" and order.unacknowledged]


def _alarm(sound: Sound, order_id: str, ref: str, since: datetime, now: datetime) -> Alarm:
    return Alarm(sound=sound, order_id=order_id, ref=ref, since=since, level=level_of(since, now))


def loudest(found: list[Alarm], hushes: Hushes, now: datetime) -> Alarm | None:
    """The one that sounds: what was said to be seen is quiet until it escalates, or for a minute at the top."""
    sounding = [alarm for alarm in found if not _hushed(alarm, hushes, now)]
    most = max(sounding, key=lambda alarm: alarm.level, default=None)
    return most and replace(most, count=len(sounding))


def _hushed(alarm: Alarm, hushes: Hushes, now: datetime) -> bool:
    level, at = hushes.get(alarm.order_id, (-1, now))
    top = level >= len(ESCALATES_AFTER_S)
    return alarm.level <= level and (not top or now - at < HUSHED_FOR)
