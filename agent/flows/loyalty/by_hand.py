"""Points given by hand, without a receipt: how often and how many a till may give in one business day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from agent.core.clock import Clock, business_day
from agent.core.errors import Refused
from agent.db.database import Transaction
from agent.db.outbox_queries import given_by_hand


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHandLimits:
    """0 is no limit."""

    entries_per_day: int = 0
    points_per_day: int = 0


class ByHand:
    """Counted in the transaction that records one more, so that no two callers share the last one."""

    def __init__(self, limits: ByHandLimits, *, clock: Clock, zone: ZoneInfo, business_day_ends: time) -> None:
        self._limits = limits
        self._clock = clock
        self._zone = zone
        self._ends = business_day_ends

    def check_in(self, tx: Transaction) -> None:
        """After one more was written; Refused `by_hand_limit` undoes it."""
        if self._limits == ByHandLimits():
            return
        entries, points = given_by_hand(tx.conn, self._day_began())
        if self._exceeds(entries, self._limits.entries_per_day) or self._exceeds(points, self._limits.points_per_day):
            sentence = "This till has given as many points without a receipt today as it may. Ask a manager."
            raise Refused("by_hand_limit", sentence, status=409)

    def _day_began(self) -> datetime:
        return datetime.combine(business_day(self._clock.now(), self._zone, self._ends), self._ends, self._zone)

    @staticmethod
    def _exceeds(found: int, limit: int) -> bool:
        return limit > 0 and found > limit
