"""The ledger of grants: a discount without the cloud's word is decided, counted and recorded in one transaction with its burn."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from agent.core.clock import Clock
from agent.core.entry import Draft, EntryError
from agent.core.grant import Grant
from agent.core.ids import Ids
from agent.core.money import Money, Points
from agent.core.offline_burn import SENTENCES, Kept, OfflineTerms, Seen, Why, decide
from agent.db.audit import append_in
from agent.db.database import Database, Transaction
from agent.db.outbox import Outbox, Recorded
from agent.db.outbox_queries import by_ref_code
from agent.db.sealing import Seal
from agent.db.times import from_ms, maybe_from_ms, maybe_ms, to_ms

US = "Cata Bridge"
LOSSES_COUNT_FOR = timedelta(days=30)
FOUND_DAY = ""
"""Business day of a grant that was made elsewhere: it is none of this till's."""

LAST = "SELECT * FROM offline_switch ORDER BY seq DESC LIMIT 1"
TURN = "INSERT INTO offline_switch (at, state, why, terms) VALUES (?, ?, ?, ?)"
INSERT = """
INSERT INTO grants (id, entry_id, origin, points, minor, currency, granted_at, process, ticks, business_day, cap_minor, day_limit)
VALUES (:id, :entry_id, :origin, :points, :minor, :currency, :granted_at, :process, :ticks, :business_day, :cap_minor, :day_limit)
"""
COUNTED = "SELECT total(minor) AS minor, count(*) AS number, total(ended IS NULL) AS unsettled FROM grants WHERE closed = 0"
FIRST = "SELECT * FROM grants WHERE closed = 0 ORDER BY seq LIMIT 1"
MEMBERS = """
SELECT total(open) AS open, total(today) AS today FROM (
  SELECT 1 AS open, g.business_day = :day AS today FROM grants AS g INDEXED BY grants_open
  CROSS JOIN outbox AS o ON o.id = g.entry_id WHERE g.closed = 0 AND o.member_uuid = :uuid
  UNION ALL
  SELECT 0, 1 FROM grants AS g INDEXED BY grants_day
  CROSS JOIN outbox AS o ON o.id = g.entry_id WHERE g.closed = 1 AND g.business_day = :day AND o.member_uuid = :uuid)
"""
THEIRS = "(member_uuid = :uuid OR member_fingerprint IN (SELECT value FROM json_each(:fingerprints)))"
BURNED = f"""
SELECT total(points) FROM (
  SELECT points FROM outbox WHERE kind = 'burn' AND state IN ('pending', 'sending') AND member_uuid = :uuid
  UNION ALL
  SELECT points FROM outbox INDEXED BY outbox_fingerprint WHERE kind = 'burn' AND state IN ('pending', 'sending')
    AND member_fingerprint IN (SELECT value FROM json_each(:fingerprints))
  UNION ALL
  SELECT points FROM outbox INDEXED BY outbox_state WHERE kind = 'burn' AND state = 'parked' AND {THEIRS}
  UNION ALL
  SELECT points FROM outbox INDEXED BY outbox_burned WHERE kind = 'burn' AND outcome = 'confirmed' AND settled_at >= :as_of
    AND {THEIRS})
"""
"""By index alone, however long the history: a customer stands at the till."""
LOSSES = """
SELECT count(*) AS number, total(minor) AS minor, count(*) - count(seen_at) AS unseen FROM grants
WHERE ended IN ('shortfall', 'given_up') AND ended_at > ?
"""
SEEN = "UPDATE grants SET seen_at = ? WHERE ended IN ('shortfall', 'given_up') AND seen_at IS NULL"
FORGIVE = "UPDATE grants SET forgiven = 1 WHERE ended IS NOT NULL AND forgiven = 0"
CLOSE = """
UPDATE grants SET closed = 1 WHERE closed = 0 AND NOT EXISTS (SELECT 1 FROM grants WHERE closed = 0 AND ended IS NULL)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A burn that the cloud cannot be asked for."""

    draft: Draft
    business_day: str
    identifiers: Collection[str] = ()
    """What the member was scanned or typed as before, for burns that were recorded under it."""
    balance_as_of: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the ledger stands, for people."""

    is_on: bool
    why: str
    """Why it is off; `on` when it is on, empty when nobody ever switched it on."""
    since: datetime | None
    agreed: str
    """Mark of the terms that it was switched on for."""
    granted_minor: int
    """Granted and still counted against this till's cap."""
    unsettled: int
    losses: int
    """Grants of the last 30 days for which the cloud gave no points."""
    lost_minor: int
    unseen: int
    """Of these, how many nobody has acknowledged."""


class Grants:
    """All raise NotSaved when the disk refuses."""

    def __init__(self, database: Database, seal: Seal, outbox: Outbox, *, clock: Clock, ids: Ids, process: str) -> None:
        """`process` tells this process from every other, whose monotonic clock is another one."""
        self._database = database
        self._seal = seal
        self._outbox = outbox
        self._clock = clock
        self._ids = ids
        self._process = process

    async def decide(self, asked: Asked, terms: OfflineTerms, seen: Seen) -> Recorded:
        """Record the burn: on its way with a grant, else declined with the reason; the same intent again is the same entry."""
        return await self._database.write(lambda tx: self._decide(tx, asked, terms, seen))

    async def standing(self) -> Standing:
        """How it stands now."""
        return await self._database.read(self._standing)

    async def switch_on(self, terms: OfflineTerms, *, by: str) -> None:
        """A manager allows grants under these terms; earlier losses count no more, grants do until all of them have ended."""
        await self._database.write(lambda tx: self._switch_on(tx, terms, by))

    async def switch_off(self, why: str, *, by: str) -> None:
        """No more grants from here on; a switch that is off stays as it is."""
        await self._database.write(lambda tx: self._switch_off(tx, why, by))

    async def acknowledge(self, *, by: str) -> int:
        """A person has seen the losses; returns how many they had not seen before."""

        def work(tx: Transaction) -> int:
            now = self._clock.now()
            count = tx.conn.execute(SEEN, (to_ms(now),)).rowcount
            if count:
                append_in(tx, self._seal, now, who=by, what="offline_burn_seen", subject="offline_burn", reason=f"{count}")
            return count

        return await self._database.write(work)

    async def audit_off(self, why: str) -> None:
        """The line in the audit for a switch that the database itself has thrown."""
        now, seal = self._clock.now(), self._seal
        reason = {"who": US, "what": "offline_burn_off", "subject": "offline_burn", "reason": why}
        await self._database.write(lambda tx: append_in(tx, seal, now, **reason))

    def _decide(self, tx: Transaction, asked: Asked, terms: OfflineTerms, seen: Seen) -> Recorded:
        draft = asked.draft
        if by_ref_code(tx.conn, draft.ref_code) is not None:
            return self._outbox.record_in(tx, _declined(draft, Why.OFF))
        assert draft.points is not None
        decision = decide(draft.points, terms, seen, self._kept(tx.conn, asked, terms))
        if isinstance(decision, Why):
            if decision is Why.DEVICE_CAP:
                self._switch_off(tx, "cap_hit", US)
            return self._outbox.record_in(tx, _declined(draft, decision))
        grant = Grant(id=self._ids.new(), points=draft.points, value=decision)
        recorded = self._outbox.record_in(tx, replace(draft, payload={**draft.payload, **grant.payload()}, urgent=False))
        self._count(tx, recorded.entry.id, grant, asked, terms)
        return recorded

    def _count(self, tx: Transaction, entry_id: str, grant: Grant, asked: Asked, terms: OfflineTerms) -> None:
        values = {
            **columns(entry_id, grant, origin="granted"),
            "granted_at": to_ms(self._clock.now()),
            "process": self._process,
            "ticks": round(self._clock.monotonic() * 1000),
            "business_day": asked.business_day,
            "cap_minor": terms.device_cap.minor,
            "day_limit": terms.member_grants_a_day,
        }
        tx.conn.execute(INSERT, values)

    def _kept(self, conn: sqlite3.Connection, asked: Asked, terms: OfflineTerms) -> Kept:
        last = conn.execute(LAST).fetchone()
        uuid = asked.draft.member.uuid if asked.draft.member else None
        fingerprints = [self._seal.fingerprint(each) for each in asked.identifiers]
        as_of = maybe_ms(asked.balance_as_of) or 0
        member = conn.execute(MEMBERS, {"uuid": uuid, "day": asked.business_day}).fetchone()
        (burned,) = conn.execute(BURNED, {"uuid": uuid, "fingerprints": json.dumps(fingerprints), "as_of": as_of}).fetchone()
        return Kept(
            is_on=last is not None and last["state"] == "on",
            agreed=last["terms"] if last is not None else "",
            exposure=Money(int(conn.execute(COUNTED).fetchone()["minor"]), terms.device_cap.currency),
            granting_for=self._granting_for(conn),
            member_grants=int(member["open"]),
            member_grants_today=int(member["today"]),
            burned=Points(int(burned)),
        )

    def _granting_for(self, conn: sqlite3.Connection) -> timedelta | None:
        """By the clock that shows more; another process's monotonic clock proves nothing."""
        first = conn.execute(FIRST).fetchone()
        if first is None:
            return timedelta(0)
        if first["process"] != self._process:
            return None
        ticked = timedelta(milliseconds=self._clock.monotonic() * 1000 - first["ticks"])
        return max(ticked, self._clock.now() - from_ms(first["granted_at"]))

    def _switch_on(self, tx: Transaction, terms: OfflineTerms, by: str) -> None:
        now = self._clock.now()
        for statement in (FORGIVE, CLOSE):
            tx.conn.execute(statement)
        tx.conn.execute(SEEN, (to_ms(now),))
        tx.conn.execute(TURN, (to_ms(now), "on", "on", terms.mark))
        worst = f"worst case {terms.worst_case.currency} {terms.worst_case}"
        append_in(tx, self._seal, now, who=by, what="offline_burn_on", subject="offline_burn", reason=worst)

    def _switch_off(self, tx: Transaction, why: str, by: str) -> None:
        last = tx.conn.execute(LAST).fetchone()
        if last is None or last["state"] == "off":
            return
        now = self._clock.now()
        tx.conn.execute(TURN, (to_ms(now), "off", why, ""))
        append_in(tx, self._seal, now, who=by, what="offline_burn_off", subject="offline_burn", reason=why)

    def _standing(self, conn: sqlite3.Connection) -> Standing:
        last, counted = conn.execute(LAST).fetchone(), conn.execute(COUNTED).fetchone()
        losses = conn.execute(LOSSES, (to_ms(self._clock.now() - LOSSES_COUNT_FOR),)).fetchone()
        return Standing(
            is_on=last is not None and last["state"] == "on",
            why=last["why"] if last is not None else "",
            since=maybe_from_ms(last["at"]) if last is not None else None,
            agreed=last["terms"] if last is not None else "",
            granted_minor=int(counted["minor"]),
            unsettled=int(counted["unsettled"]),
            losses=losses["number"],
            lost_minor=int(losses["minor"]),
            unseen=losses["unseen"],
        )


def _declined(draft: Draft, why: Why) -> Draft:
    return replace(draft, declined=EntryError(str(why), SENTENCES[why]))


def columns(entry_id: str, grant: Grant, *, origin: str) -> dict[str, object]:
    """What a grant is, apart from when and under what limits it was made."""
    value = grant.value
    return {
        "id": grant.id,
        "entry_id": entry_id,
        "origin": origin,
        "points": grant.points,
        "minor": value.minor,
        "currency": value.currency,
    }
