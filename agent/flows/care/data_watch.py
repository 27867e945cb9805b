"""Looks after the stored data and says aloud when it was damaged."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from agent.core.clock import Clock
from agent.core.sentence import Sentence
from agent.db.audit import Audit
from agent.db.facts import Facts
from agent.db.mending import Mending
from agent.db.recovery import FACT
from agent.db.times import from_ms

log = logging.getLogger(__name__)

SAID_FOR = timedelta(hours=24)
WHO = "Cata Bridge"
HEARD_OF_AUDIT = "audit_broken_heard_of"
"""The broken line that somebody has acknowledged."""


@dataclass(frozen=True, slots=True)
class _Restored:
    lost: int


class DataWatch:
    """Chores of the data, and the sentence for a person."""

    def __init__(self, mending: Mending, facts: Facts, audit: Audit, *, clock: Clock) -> None:
        self._mending = mending
        self._facts = facts
        self._audit = audit
        self._clock = clock
        self._restored: _Restored | None = None
        self._set_aside = 0
        self._tried = 0
        self._audit_broken: int | None = None
        self._audit_heard_of: object = None

    async def copy(self) -> None:
        """The hourly copy."""
        await self._mending.copy()

    async def copy_if_due(self) -> None:
        """The copy of a start."""
        await self._mending.copy_if_due()

    async def search(self) -> None:
        """Look through every row, then at what was found."""
        await self._mending.quarantine.search()
        broken = await self._mending.audit_chain.first_broken()
        if broken is not None and broken != self._audit_broken:
            log.error("the audit was changed line=%d", broken)
        self._audit_broken = broken
        await self.look()

    async def look(self) -> None:
        """Put back what was set aside, once for each find, and know what to say."""
        waiting = await self._mending.quarantine.waiting()
        if waiting > self._tried:
            tally = await self._mending.put_back()
            log.warning("damaged rows were replaced from the journal entries=%d orders=%d", tally.entries, tally.orders)
            await self._audit.append(WHO, "put_back", "data", f"{tally.entries} entries, {tally.orders} orders")
            waiting = await self._mending.quarantine.waiting()
        self._tried = self._set_aside = waiting
        self._restored = await self._recently_restored()
        self._audit_heard_of = await self._facts.get(HEARD_OF_AUDIT)

    async def acknowledge(self, by: str) -> None:
        """A person has heard of it; what was set aside is kept."""
        count = await self._mending.quarantine.acknowledge()
        await self._facts.set(FACT, None)
        await self._facts.set(HEARD_OF_AUDIT, self._audit_broken)
        await self._audit.append(by, "acknowledge", "data", f"{count} set aside")
        await self.look()

    def complaint(self) -> str:
        """What a person has to know; empty when nothing."""
        if self._set_aside:
            what = "1 stored entry or order was" if self._set_aside == 1 else f"{self._set_aside} stored entries or orders were"
            return Sentence(f"{what} damaged and not sent. Call support. DAT-02", "rows_set_aside", count=self._set_aside)
        if self._audit_broken is not None and self._audit_broken != self._audit_heard_of:
            words = "The record of who did what on this till was changed behind its back. Call support. DAT-03"
            return Sentence(words, "audit_changed")
        if self._restored is None:
            return ""
        gap = " Some of it may be missing." if self._restored.lost else ""
        words = f"The stored data of this till was damaged and has been restored.{gap} Check the last hour, call support. DAT-01"
        return Sentence(words, "data_restored_in_part" if self._restored.lost else "data_restored")

    async def _recently_restored(self) -> _Restored | None:
        fact = await self._facts.get(FACT)
        if not isinstance(fact, dict) or self._clock.now() - from_ms(fact["at"]) > SAID_FOR:
            return None
        return _Restored(fact["lost"])
