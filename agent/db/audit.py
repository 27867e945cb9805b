"""Who did what and why: only ever added to, each line chained to the one before it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from agent.core.clock import Clock
from agent.db.audit_chain import chain_mark, last_mark
from agent.db.database import Database, Transaction
from agent.db.sealing import Seal
from agent.db.times import from_ms, to_ms

INSERT = "INSERT INTO audit (at, who, what, subject, reason, mark) VALUES (:at, :who, :what, :subject, :reason, :mark)"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One deed."""

    at: datetime
    who: str
    what: str
    """A verb."""
    subject: str
    """Id of what it was done to."""
    reason: str


class Audit:
    """The record of deeds."""

    def __init__(self, database: Database, seal: Seal, clock: Clock) -> None:
        self._database = database
        self._seal = seal
        self._clock = clock

    async def append(self, who: str, what: str, subject: str, reason: str) -> None:
        """Add a line; raises NotSaved."""
        now = self._clock.now()
        await self._database.write(lambda tx: append_in(tx, self._seal, now, who=who, what=what, subject=subject, reason=reason))

    async def latest(self, limit: int = 100) -> list[AuditLine]:
        """The last lines, newest first."""
        query = "SELECT * FROM audit ORDER BY id DESC LIMIT ?"
        return await self._database.read(lambda conn: [self._line(row) for row in conn.execute(query, (limit,))])

    def _line(self, row: sqlite3.Row) -> AuditLine:
        return AuditLine(
            at=from_ms(row["at"]),
            who=self._seal.open_text(row["who"]),
            what=row["what"],
            subject=row["subject"],
            reason=self._seal.open_text(row["reason"]),
        )


def append_in(tx: Transaction, seal: Seal, now: datetime, *, who: str, what: str, subject: str, reason: str) -> None:
    """Add a line inside a larger transaction."""
    line = {"at": to_ms(now), "who": seal.seal(who), "what": what, "subject": subject, "reason": seal.seal(reason)}
    tx.conn.execute(INSERT, {**line, "mark": chain_mark(line, last_mark(tx.conn), seal)})
