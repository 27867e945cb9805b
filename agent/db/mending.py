"""What keeps the data whole while the agent runs: copies, the search for damage, what is put back, a journal that stays short."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.core.clock import Clock
from agent.db import journal
from agent.db.audit_chain import AuditChain
from agent.db.copies import Copies
from agent.db.database import Database, Transaction
from agent.db.grants_found import find_grants
from agent.db.journal_keep import shorten
from agent.db.quarantine import Quarantine
from agent.db.recovery import DataPlaces
from agent.db.replay import Tally, Terms, fold, put_back
from agent.db.sealing import Seal


@dataclass(frozen=True, slots=True, kw_only=True)
class MendingRules:
    """How long things count."""

    key_memory: timedelta
    """How long the cloud surely remembers a key."""
    entries: timedelta
    """How long entries that ended are kept."""
    personal: timedelta
    """How long personal payloads of orders are kept."""


class Mending:
    """The chores of the data; all raise NotSaved or DamagedData."""

    def __init__(self, database: Database, places: DataPlaces, seal: Seal, clock: Clock, rules: MendingRules) -> None:
        self._database = database
        self._places = places
        self._seal = seal
        self._clock = clock
        self._rules = rules
        self._copies = Copies(database, places.copies, clock)
        self.quarantine = Quarantine(database, seal, clock)
        self.audit_chain = AuditChain(database, seal)

    async def copy(self) -> int:
        """Take a verified copy, then leave out of the journal what it makes superfluous; the place that the copy reaches."""
        place = await self._copies.take()
        now = self._clock.now()
        await shorten(
            self._database,
            self._places.journal,
            through=place,
            entries_before=now - self._rules.entries,
            orders_before=now - self._rules.personal,
        )
        return place

    async def copy_if_due(self) -> None:
        """At start: not at every start of a day with many."""
        if self._copies.is_due():
            await self.copy()

    async def put_back(self) -> Tally:
        """Replace what is set aside by what the journal says; what it does not know stays set aside."""
        found = await asyncio.to_thread(journal.read, self._places.journal)
        past = fold(found.lines)

        def work(tx: Transaction) -> Tally:
            tally = put_back(tx.conn, past, self._terms(self._clock.now()))
            find_grants(tx.conn, self._seal)
            return tally

        return await self._database.write(work)

    def _terms(self, now: datetime) -> Terms:
        return Terms(seal=self._seal, now=now, key_memory=self._rules.key_memory)
