"""Entries that leave for another home, and entries that come from one: nothing is removed here, nothing gets a second key."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.core.clock import Clock
from agent.core.entry import LOYALTY_KINDS, Entry, EntryKind, EntryState, Outcome
from agent.core.member import MemberRef
from agent.core.ref_code import payload_hash
from agent.db.audit import append_in
from agent.db.database import Database, Transaction
from agent.db.grants_found import find_grants
from agent.db.marks import damaged
from agent.db.outbox import Outbox
from agent.db.outbox_moves import INTERRUPTED
from agent.db.outbox_queries import by_id, by_ref_code, newer_in_lane, unended
from agent.db.outbox_rows import to_entry
from agent.db.sealing import Seal
from agent.db.traces import note_untraced

LARGEST_PAGE = 200
LARGEST_PAGE_BYTES = 1024 * 1024
"""A page ends once its payloads are this long together; a single longer one is a page of its own."""
LATEST_WINS = frozenset({EntryKind.MENU_PUSH, EntryKind.OUTLET})
"""An older one after a newer one would set the cloud back."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Some of the entries that have not ended, in the order of acceptance."""

    entries: tuple[Entry, ...]
    next: int | None
    """The `after` of the following page; None at the end."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of entries from another home."""

    recorded: tuple[Entry, ...] = ()
    known: int = 0
    """They are here already and were left alone."""
    overtaken: int = 0
    """Menus and opening states that this home has told the cloud newer ones of."""
    different: tuple[str, ...] = ()
    """Ids of entries whose key stands for something else here; nothing was changed."""


class Evacuation:
    """The way out of this home and into it; raises NotSaved and DamagedData as Outbox does."""

    def __init__(self, database: Database, seal: Seal, clock: Clock, outbox: Outbox) -> None:
        self._database = database
        self._seal = seal
        self._clock = clock
        self._outbox = outbox

    async def take(self, *, after: int, by: str) -> Taken:
        """One page of what has not ended, behind the place `after` (0 for the first); each entry gets a line in the audit."""

        def work(tx: Transaction) -> Taken:
            rows = unended(tx.conn, after, LARGEST_PAGE + 1)
            page = _fitting(rows)
            entries = tuple(to_entry(row, self._seal) for row in self._outbox.sound_in(tx, page))
            for entry in entries:
                self._note(tx, by, "export", entry)
            return Taken(entries, page[-1]["seq"] if len(page) < len(rows) else None)

        return await self._database.write(work)

    async def bring(self, entries: Sequence[Entry], *, by: str, may_have_left: bool) -> Brought:
        """Record what is not here yet, all of it or nothing.

        `may_have_left`: the home they come from may have sent them since, longer ago than the cloud remembers keys.
        """
        return await self._database.write(lambda tx: self._bring(tx, entries, by, may_have_left))

    def _bring(self, tx: Transaction, entries: Sequence[Entry], by: str, may_have_left: bool) -> Brought:
        recorded: list[Entry] = []
        different: list[str] = []
        known = overtaken = 0
        for entry in entries:
            row = self._known(tx, entry)
            if row is not None:
                if _is_same(to_entry(row, self._seal), entry):
                    known += 1
                else:
                    different.append(entry.id)
            elif entry.kind in LATEST_WINS and newer_in_lane(tx.conn, entry.lane, entry.created_at):
                overtaken += 1
            else:
                recorded.append(self._outbox.take_in(tx, self._arrived(tx.conn, entry, may_have_left)))
                self._note(tx, by, "import", entry)
        find_grants(tx.conn, self._seal)
        if any(entry.attempts for entry in recorded):
            note_untraced(tx.conn)
        return Brought(tuple(recorded), known, overtaken, tuple(different))

    def _known(self, tx: Transaction, entry: Entry) -> sqlite3.Row | None:
        """What stands here for an entry; one that is damaged and had not ended makes room for the whole one."""
        row = by_id(tx.conn, entry.id) or by_ref_code(tx.conn, entry.ref_code)
        if row is None or self._outbox.sound_in(tx, [row]):
            return row
        if by_id(tx.conn, row["id"]) is not None:
            raise damaged("entry", row["id"])
        return None

    def _arrived(self, conn: sqlite3.Connection, entry: Entry, may_have_left: bool) -> Entry:
        """The entry as this home keeps it."""
        here = replace(entry, lane=self._lane(entry), reverses=_original_here(conn, entry.reverses), not_before=None)
        if here.state is EntryState.PARKED:
            return here
        if here.kind is EntryKind.BURN and here.urgent and here.attempts == 0:
            # As after a crash: nobody stands at the till and waits for it any more.
            now = self._clock.now()
            return replace(here, state=EntryState.SETTLED, outcome=Outcome.DECLINED, settled_at=now, error=INTERRUPTED)
        attempts = max(here.attempts, int(may_have_left and here.kind in LOYALTY_KINDS))
        outcome = Outcome.UNKNOWN if attempts else Outcome.QUEUED
        return replace(here, state=EntryState.PENDING, outcome=outcome, attempts=attempts)

    def _lane(self, entry: Entry) -> str:
        """Lanes of members without a uuid are named by a fingerprint that is another one in every home."""
        if entry.member is None or entry.member.identifier is None:
            return entry.lane
        return f"member:{self._seal.fingerprint(entry.member.identifier)}"

    def _note(self, tx: Transaction, by: str, what: str, entry: Entry) -> None:
        append_in(tx, self._seal, self._clock.now(), who=by, what=what, subject=entry.id, reason="")


def _fitting(rows: Sequence[sqlite3.Row]) -> Sequence[sqlite3.Row]:
    size = 0
    for number, row in enumerate(rows[:LARGEST_PAGE]):
        size += len(row["payload"])
        if number and size > LARGEST_PAGE_BYTES:
            return rows[:number]
    return rows[:LARGEST_PAGE]


def _is_same(here: Entry, there: Entry) -> bool:
    """Whether both are one intent; a member may be known by uuid in one home and by number in the other."""
    fixed_here = (here.ref_code, here.kind, here.points, here.payload_hash)
    fixed_there = (there.ref_code, there.kind, there.points, payload_hash(there.payload))
    return fixed_here == fixed_there and _may_be_one(here.member, there.member)


def _may_be_one(here: MemberRef | None, there: MemberRef | None) -> bool:
    if here is None or there is None:
        return here is there
    return here == there or (here.uuid is None) != (there.uuid is None)


def _original_here(conn: sqlite3.Connection, original_id: str | None) -> str | None:
    """What an entry takes back, where this home knows it as confirmed; its own key says the rest."""
    row = by_id(conn, original_id) if original_id else None
    return original_id if row is not None and row["outcome"] == Outcome.CONFIRMED else None
