"""Unsent entries on their way to another home of the same outlet, and entries that arrive from one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from agent.core.clock import Clock
from agent.core.entry import Entry
from agent.core.errors import Conflict
from agent.db.evacuation import Brought, Evacuation, Taken


class EvacuationDesk:
    """What export and import do, with a running agent and without one."""

    def __init__(
        self,
        evacuation: Evacuation,
        *,
        outlet_id: str,
        key_memory: timedelta,
        clock: Clock,
        announce: Callable[[Entry], None] = lambda entry: None,
    ) -> None:
        """`key_memory` is how long the cloud surely remembers a key [gap]; `announce` hears of what was recorded."""
        self.outlet_id = outlet_id
        self._evacuation = evacuation
        self._key_memory = key_memory
        self._clock = clock
        self._announce = announce

    async def take(self, *, after: int, by: str) -> Taken:
        """One page of what has not ended; nothing is removed."""
        return await self._evacuation.take(after=after, by=by)

    async def bring(self, entries: Sequence[Entry], *, outlet_id: str, written_at: datetime, is_final: bool, by: str) -> Brought:
        """Record what is not here yet; raises Conflict `other_outlet`.

        `is_final`: the home that wrote them was given up, so it cannot send them any more.
        """
        if not self.outlet_id or outlet_id != self.outlet_id:
            raise Conflict("other_outlet", "This file is from another outlet, so nothing of it was taken in.", details=outlet_id)
        is_old = self._clock.now() - written_at > self._key_memory
        brought = await self._evacuation.bring(entries, by=by, may_have_left=is_old and not is_final)
        for entry in brought.recorded:
            self._announce(entry)
        return brought
