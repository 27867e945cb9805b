"""What waits for the database thread, and how works that wait together are done together."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.db.faults import translate
from agent.db.journal import Journal

log = logging.getLogger(__name__)


class Transaction:
    """What a write works on; valid only while the work runs."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self.conn = conn
        """For plain SQL; never BEGIN, COMMIT or ROLLBACK on it."""
        self.lines: list[Mapping[str, object]] = []

    def journal(self, record: Mapping[str, object]) -> None:
        """Have a line appended after the commit and before the answer; JSON values only, personal fields sealed."""
        self.lines.append(record)


@dataclass(slots=True)
class Write:
    """A work of a group transaction."""

    work: Callable[[Transaction], Any]
    future: asyncio.Future[Any]


@dataclass(slots=True)
class Read:
    """A work on committed data."""

    work: Callable[[sqlite3.Connection], Any]
    future: asyncio.Future[Any]


@dataclass(slots=True)
class Alone:
    """A work that wants the connection outside any transaction."""

    work: Callable[[sqlite3.Connection], Any]
    future: asyncio.Future[Any]


@dataclass(slots=True)
class Answer:
    """What a work came to."""

    future: asyncio.Future[Any]
    value: object = None
    error: Exception | None = None
    lines: Sequence[Mapping[str, object]] = ()


def commit_group(conn: sqlite3.Connection, writes: Sequence[Write], journal: Journal | None) -> list[Answer]:
    """All of them in one transaction; when that fails, every one of them failed."""
    try:
        conn.execute("BEGIN IMMEDIATE")
        answers = [_run(conn, job) for job in writes]
        lines = sum(len(answer.lines) for answer in answers)
        if journal is not None and lines:
            # In the same commit as the rows: a file that is older than the journal can be told by it.
            conn.execute(f"PRAGMA user_version = {journal.seq + lines}")
        conn.execute("COMMIT")
    except sqlite3.Error as error:
        log.warning("a commit failed works=%d cause=%s", len(writes), error)
        _abandon(conn)
        return [Answer(job.future, error=translate(error)) for job in writes]
    return answers


def _run(conn: sqlite3.Connection, job: Write) -> Answer:
    tx = Transaction(conn)
    conn.execute("SAVEPOINT work")
    try:
        value = job.work(tx)
    except Exception as error:  # a fault in one work must not undo its neighbours
        if not conn.in_transaction:
            # SQLite has undone the whole group by itself, as it may when the disk is full.
            raise error if isinstance(error, sqlite3.Error) else sqlite3.OperationalError(str(error)) from error
        conn.execute("ROLLBACK TO work")
        conn.execute("RELEASE work")
        return Answer(job.future, error=ours(error))
    conn.execute("RELEASE work")
    return Answer(job.future, value, lines=tx.lines)


def read_all(conn: sqlite3.Connection, reads: Sequence[Read]) -> list[Answer]:
    """Each on its own; none can write."""
    conn.execute("PRAGMA query_only = ON")
    try:
        return [answer_one(conn, job) for job in reads]
    finally:
        conn.execute("PRAGMA query_only = OFF")


def answer_one(conn: sqlite3.Connection, job: Read | Alone) -> Answer:
    """One work, whose error is its own."""
    try:
        return Answer(job.future, job.work(conn))
    except Exception as error:  # noqa: BLE001 - it belongs to whoever asked
        return Answer(job.future, error=ours(error))


def _abandon(conn: sqlite3.Connection) -> None:
    if conn.in_transaction:
        conn.execute("ROLLBACK")


def ours(error: Exception) -> Exception:
    """The error as it leaves this room."""
    # A damaged schema is quoted in SQLite's own message, which then may be no text.
    return translate(error) if isinstance(error, sqlite3.Error | UnicodeDecodeError) else error
