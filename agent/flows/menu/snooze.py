"""Sold-out items: told to the cloud for a bounded time and renewed, so that an item comes back even if this till never does."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

from agent.core.clock import Clock, from_wire, to_wire
from agent.core.entry import Draft, Entry, EntryKind
from agent.core.errors import InvalidInput
from agent.core.ids import Ids
from agent.core.ref_code import ref_code_for_entry
from agent.db.facts import Facts
from agent.flows.line.recording import Recorder

log = logging.getLogger(__name__)

FACT = "menu.snoozes"
LANE = "snooze"
LONGEST_STEP = timedelta(hours=24)
"""[gap] 8.3: the cloud is told of no longer absence at a time; a longer one is renewed."""
RENEW_BEFORE = timedelta(hours=2)
"""A step is renewed this long before it ends."""


class Snoozes:
    """Which items are sold out and until when."""

    def __init__(self, facts: Facts, recorder: Recorder, *, clock: Clock, ids: Ids) -> None:
        self._facts = facts
        self._recorder = recorder
        self._clock = clock
        self._ids = ids

    async def until(self) -> dict[str, datetime]:
        """Item code -> when it is back, for those that are sold out now."""
        return {code: until for code, (until, _) in (await self._load()).items()}

    async def set(self, code: str, until: datetime | None) -> Entry:
        """Mark an item sold out until a time, or back with None; raises InvalidInput `until_past`, NotSaved."""
        now = self._clock.now()
        if until is not None and until <= now:
            raise InvalidInput("until_past", "This time is already over.", field="until")
        snoozes = await self._load()
        if until is None:
            snoozes.pop(code, None)
            told = None
        else:
            told = min(until, now + LONGEST_STEP)
            snoozes[code] = (until, told)
        await self._save(snoozes)
        log.info("item snoozed code=%s until=%s", code, until)
        return await self._tell({code: told})

    async def renew(self) -> Entry | None:
        """Tell the cloud again of what stays sold out beyond its current step; None when nothing is due."""
        now = self._clock.now()
        snoozes = await self._load()
        due = {code: until for code, (until, told) in snoozes.items() if told < until and told - now <= RENEW_BEFORE}
        if not due:
            return None
        steps = {code: min(until, now + LONGEST_STEP) for code, until in due.items()}
        entry = await self._tell(dict(steps))
        await self._save(snoozes | {code: (due[code], told) for code, told in steps.items()})
        return entry

    async def _tell(self, ends: Mapping[str, datetime | None]) -> Entry:
        entry_id = self._ids.new()
        items = [{"itemCode": code, "snoozeEnd": to_wire(end) if end else None} for code, end in ends.items()]
        return await self._recorder.record(
            Draft(
                id=entry_id,
                kind=EntryKind.SNOOZE,
                lane=LANE,
                ref_code=ref_code_for_entry(entry_id),
                payload={"items": items},
                created_at=self._clock.now(),
            )
        )

    async def _load(self) -> dict[str, tuple[datetime, datetime]]:
        """Item code -> when it is back, and until when the cloud has been told; ended ones are left out."""
        kept = cast("dict[str, list[str]]", await self._facts.get(FACT) or {})
        times = {code: (from_wire(until), from_wire(told)) for code, (until, told) in kept.items()}
        now = self._clock.now()
        return {code: pair for code, pair in times.items() if pair[0] > now}

    async def _save(self, snoozes: Mapping[str, tuple[datetime, datetime]]) -> None:
        await self._facts.set(FACT, {code: [to_wire(until), to_wire(told)] for code, (until, told) in snoozes.items()})
