"""The outbox: every intent is durable here before a byte of it leaves, and until its end is known."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from agent.core.clock import Clock
from agent.core.entry import Draft, Entry, EntryError, EntryKind, EntryState, Outcome
from agent.core.errors import InvalidInput
from agent.core.money import Points
from agent.core.ref_code import RefCode
from agent.db import outbox_moves as moves
from agent.db import outbox_queries as queries
from agent.db.database import Database, Transaction
from agent.db.marks import ENDED, damaged, is_sound_entry
from agent.db.outbox_rows import INSERT, carried_row, end_line, intent_line, new_row, to_entry
from agent.db.quarantine import set_aside_entry
from agent.db.sealing import Seal

OPEN = "SELECT * FROM outbox WHERE state IN ('pending', 'sending') ORDER BY seq"


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry, and whether this call made it."""

    entry: Entry
    is_new: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries in the order of acceptance."""

    entries: tuple[Entry, ...]
    next: str | None
    """What to pass as `after` for the following page; None at the end."""


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """What waits."""

    pending: int
    """Entries on their way, being sent or not."""
    parked: int
    oldest_at: datetime | None
    """When the oldest entry on its way was accepted."""


@dataclass(frozen=True, slots=True)
class PendingPoints:
    """Points of a member that the cloud has not confirmed."""

    earn: Points
    burn: Points


class Outbox:
    """The entries; every method returns only what is committed.

    All raise NotSaved when the disk refuses and DamagedData when what is stored is not what was stored. Those that take
    the id of an entry raise Refused `entry_unknown`, and Conflict `entry_moved` when it is not where the verb starts.
    """

    def __init__(self, database: Database, seal: Seal, clock: Clock) -> None:
        self._database = database
        self._seal = seal
        self._clock = clock

    async def record(self, draft: Draft, *, also: Callable[[Transaction], None] | None = None) -> Recorded:
        """Make an intent durable; a key that is in force gives its entry back and nothing is written, `also` included."""

        def work(tx: Transaction) -> Recorded:
            recorded = self.record_in(tx, draft)
            if also is not None and recorded.is_new:
                also(tx)
            return recorded

        return await self._database.write(work)

    def record_in(self, tx: Transaction, draft: Draft) -> Recorded:
        """As `record`, inside a larger transaction."""
        existing = queries.by_ref_code(tx.conn, draft.ref_code)
        if existing is not None and self._is_sound_in(tx, existing):
            return Recorded(to_entry(existing, self._seal), is_new=False)
        if existing is not None and existing["state"] in ENDED:
            raise damaged("entry", existing["id"])
        return Recorded(self._insert(tx, new_row(draft, self._seal)), is_new=True)

    def take_in(self, tx: Transaction, entry: Entry) -> Entry:
        """An entry of another home, with its own key and all that is known of it; the key must not be in force here."""
        return self._insert(tx, carried_row(entry, self._seal))

    def sound_in(self, tx: Transaction, rows: Sequence[sqlite3.Row]) -> list[sqlite3.Row]:
        """Those that are what was stored; the others are set aside."""
        return [row for row in rows if self._is_sound_in(tx, row)]

    async def get(self, entry_id: str) -> Entry | None:
        """One entry."""
        return await self._one(lambda conn: queries.by_id(conn, entry_id))

    async def by_ref_code(self, ref_code: RefCode) -> Entry | None:
        """The entry that a key stands for; None when nothing of it ever left and it ended, or there never was one."""
        return await self._one(lambda conn: queries.by_ref_code(conn, ref_code))

    async def reversal_of(self, entry_id: str) -> Entry | None:
        """The one compensation of an entry, if there is one in force."""
        return await self._one(lambda conn: queries.reversal_of(conn, entry_id))

    async def page(self, *, state: EntryState | None, kind: EntryKind | None, limit: int, after: str | None) -> Page:
        """Up to `limit` entries after the entry `after`, oldest first; InvalidInput when there is no such entry."""

        def work(conn: sqlite3.Connection) -> list[sqlite3.Row]:
            return queries.page(conn, state, kind, limit + 1, self._seq(conn, after))

        rows = await self._database.read(work)
        shown = rows[:limit]
        broken = [row for row in shown if not is_sound_entry(row, self._seal)]
        if broken:
            await self._set_aside(broken)
        entries = [to_entry(row, self._seal) for row in shown if row not in broken]
        return Page(tuple(entries), shown[-1]["id"] if len(rows) > limit else None)

    async def ended_loyalty(self, *, since: datetime, limit: int) -> list[Entry]:
        """The newest ended earns and burns accepted since a time, newest first; damaged ones are left out."""
        rows = await self._database.read(lambda conn: queries.ended_loyalty(conn, since, limit))
        return [to_entry(row, self._seal) for row in rows if is_sound_entry(row, self._seal)]

    async def claim(
        self,
        *,
        held_lanes: Collection[str],
        paused_kinds: Collection[EntryKind],
        limit: int,
        only_channels: bool = False,
    ) -> list[Entry]:
        """Take up to `limit` entries for sending: the oldest of each lane only, urgent ones first, then by acceptance.

        `only_channels`: nothing that is for the cloud.
        """

        def work(tx: Transaction) -> list[Entry]:
            def sound(found: Sequence[sqlite3.Row]) -> bool:
                return not self._set_aside_in(tx, found)

            rows = moves.claim(tx, held_lanes, paused_kinds, limit, sound, only_channels=only_channels)
            return [to_entry(row, self._seal) for row in rows]

        return await self._database.write(work)

    async def claim_one(self, entry_id: str) -> Entry | None:
        """Take this entry, pending or parked, whatever waits before it; None when it cannot be sent now."""

        def work(tx: Transaction) -> Entry | None:
            row = queries.by_id(tx.conn, entry_id)
            if row is None or not self._is_sound_in(tx, row):
                return None
            taken = moves.claim_one(tx, entry_id)
            return None if taken is None else to_entry(taken, self._seal)

        return await self._database.write(work)

    async def settle(self, entry_id: str, outcome: Outcome, error: EntryError | None = None) -> Entry:
        """The cloud answered: confirmed or declined."""
        sealed = moves.sealed_error(error, self._seal)
        return await self._move(entry_id, lambda tx: moves.settle(tx, entry_id, outcome, sealed, self._clock.now()))

    async def postpone(self, entry_id: str, *, not_before: datetime | None, error: EntryError, was_sent: bool) -> Entry:
        """Back to pending; `was_sent` False takes the attempt back, since no byte of it can have arrived."""
        sealed = moves.sealed_error(error, self._seal)
        return await self._move(entry_id, lambda tx: moves.postpone(tx, entry_id, not_before, sealed, was_sent=was_sent))

    async def park(
        self, entry_id: str, error: EntryError, *, outcome: Outcome = Outcome.DECLINED, was_sent: bool = True
    ) -> Entry:
        """Set aside for a person: refused, or (`unknown`) too uncertain to send again; `was_sent` as for `postpone`."""
        sealed = moves.sealed_error(error, self._seal)
        return await self._move(entry_id, lambda tx: moves.park(tx, entry_id, outcome, sealed, was_sent=was_sent))

    async def decline_unsent(self, entry_id: str, error: EntryError) -> Entry:
        """End a pending entry of which nothing ever left; any other comes back as it is."""
        sealed = moves.sealed_error(error, self._seal)
        return await self._move(entry_id, lambda tx: moves.decline_unsent(tx, entry_id, sealed, self._clock.now()))

    async def discard(self, entry_id: str, *, reason: str, by: str) -> Entry:
        """A person gives a pending or parked entry up, for the audit; InvalidInput `not_discardable` for any other."""
        return await self._move(entry_id, lambda tx: moves.discard(tx, entry_id, reason, by, self._seal, self._clock.now()))

    async def reopen(self, entry_id: str) -> Entry:
        """A parked entry is to be sent once more, in its place."""
        return await self._move(entry_id, lambda tx: moves.reopen(tx, entry_id))

    async def reclaim(self) -> list[Entry]:
        """At start: what was being sent is pending with an unknown outcome; urgent unsent burns are declined."""
        sealed = moves.sealed_error(moves.INTERRUPTED, self._seal)

        def work(tx: Transaction) -> list[Entry]:
            self._set_aside_in(tx, tx.conn.execute(OPEN).fetchall())
            return [to_entry(row, self._seal) for row in moves.reclaim(tx, sealed, self._clock.now())]

        return await self._database.write(work)

    async def counts(self) -> OutboxCounts:
        """How much waits, and since when."""
        return await self._database.read(lambda conn: OutboxCounts(*queries.counts(conn)))

    async def pending_points(self, uuid: str, identifiers: Collection[str] = ()) -> PendingPoints:
        """Points of a member on their way, recorded under the uuid or under what was scanned or typed."""
        fingerprints = [self._seal.fingerprint(identifier) for identifier in identifiers]
        return await self._database.read(lambda conn: PendingPoints(*queries.pending_points(conn, uuid, fingerprints)))

    async def prune(self, before: datetime) -> int:
        """Delete entries that ended before a time; returns how many."""
        return await self._database.write(lambda tx: moves.prune(tx, before))

    def _insert(self, tx: Transaction, values: dict[str, object]) -> Entry:
        row = tx.conn.execute(INSERT, values).fetchone()
        tx.journal(intent_line(values))
        if row["settled_at"] is not None:
            tx.journal(end_line(row))
        return to_entry(row, self._seal)

    async def _move(self, entry_id: str, work: Callable[[Transaction], sqlite3.Row]) -> Entry:
        """Setting a damaged row aside is kept, so the error of it is raised behind the commit."""

        def sound(tx: Transaction) -> Entry | None:
            row = queries.by_id(tx.conn, entry_id)
            is_sound = row is None or self._is_sound_in(tx, row)
            return to_entry(work(tx), self._seal) if is_sound else None

        entry = await self._database.write(sound)
        if entry is None:
            raise damaged("entry", entry_id)
        return entry

    async def _one(self, find: Callable[[sqlite3.Connection], sqlite3.Row | None]) -> Entry | None:
        row = await self._database.read(find)
        if row is not None and not is_sound_entry(row, self._seal):
            await self._set_aside([row])
        return None if row is None else to_entry(row, self._seal)

    async def _set_aside(self, rows: Sequence[sqlite3.Row]) -> None:
        await self._database.write(lambda tx: self._set_aside_in(tx, rows))

    def _set_aside_in(self, tx: Transaction, rows: Sequence[sqlite3.Row]) -> int:
        """Set aside what is damaged of these; returns how many."""
        return sum(not self._is_sound_in(tx, row) for row in rows)

    def _is_sound_in(self, tx: Transaction, row: sqlite3.Row) -> bool:
        is_sound = is_sound_entry(row, self._seal)
        if not is_sound:
            set_aside_entry(tx.conn, row, self._seal, self._clock.now())
        return is_sound

    @staticmethod
    def _seq(conn: sqlite3.Connection, entry_id: str | None) -> int:
        if entry_id is None:
            return 0
        row = queries.by_id(conn, entry_id)
        if row is None:
            raise InvalidInput("unknown_entry", "There is no entry to go on from.", field="after")
        return int(row["seq"])
