"""One thread, one connection: works that wait together are committed together, each in a savepoint of its own."""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

from agent.core.clock import Clock
from agent.core.errors import NotSaved
from agent.db.connection import connect
from agent.db.group import Alone, Answer, Read, Transaction, Write, answer_one, commit_group, ours, read_all
from agent.db.journal import Journal
from agent.db.migrations import Schema
from agent.db.schema import BRIDGE

log = logging.getLogger(__name__)

__all__ = ["Database", "Transaction"]

T = TypeVar("T")

LARGEST_GROUP = 512
"""More works than this never wait for one commit."""
JOURNAL_SYNC_S = 0.5
"""The journal reaches the disk this long after its first unsynced line; well within the second that is promised."""


_Job = Write | Read | Alone | None
"""None asks the thread to end."""


class Database:
    """A database file held open by its own thread; all calls come from the event loop that opened it."""

    def __init__(self, path: Path, clock: Clock, journal: Journal | None, schema: Schema) -> None:
        """Use `Database.open`."""
        self._path = path
        self._clock = clock
        self._journal = journal
        self._schema = schema
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._live, name=f"db-{path.stem}", daemon=True)
        self._ready: asyncio.Future[None] = self._loop.create_future()

    @classmethod
    async def open(cls, path: Path, *, clock: Clock, journal: Journal | None = None, schema: Schema = BRIDGE) -> Database:
        """Open or create; the journal is closed with the database.

        Raises DamagedData (not a database, or a foreign one), NotSaved (in use, read-only, unsafe file system),
        NeedsPerson (written by a newer program).
        """
        database = cls(path, clock, journal, schema)
        database._thread.start()
        with ExitStack() as undo:
            undo.callback(database._queue.put, None)
            await database._ready
            undo.pop_all()
        return database

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in the database thread; returns once it is committed and synced.

        What the work raises undoes that work alone. Raises NotSaved or DamagedData when it could not be made durable.
        """
        future = self._future()
        self._queue.put(Write(work, future))
        result: T = await future
        return result

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in the database thread on committed data; it cannot write."""
        future = self._future()
        self._queue.put(Read(work, future))
        result: T = await future
        return result

    async def alone(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in the database thread outside any transaction, for what SQLite wants so; all else waits meanwhile."""
        future = self._future()
        self._queue.put(Alone(work, future))
        result: T = await future
        return result

    async def exchange_journal(self, fresh: Path, taken_to: int) -> None:
        """Put a shorter journal in place between two groups; raises OSError."""

        def work(_: sqlite3.Connection) -> None:
            assert self._journal is not None, "who shortens a journal has one"
            self._journal.exchange(fresh, taken_to)

        await self.alone(work)

    async def close(self) -> None:
        """Finish the group being written, refuse what still waits, checkpoint and let go of the file."""
        self._closing.set()
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _future(self) -> asyncio.Future[Any]:
        if self._closing.is_set():
            raise _stopped()
        return self._loop.create_future()

    def _live(self) -> None:
        try:
            conn = connect(self._path, self._schema)
        except Exception as error:  # noqa: BLE001 - whatever it is, the opener must hear of it and not wait for ever
            self._deliver([Answer(self._ready, error=_not_opened(ours(error)))])
            return
        if self._journal is not None:
            self._journal.go_on_after(conn.execute("PRAGMA user_version").fetchone()[0])
        self._deliver([Answer(self._ready)])
        try:
            self._serve(conn)
        finally:
            if self._journal is not None:
                self._journal.close()
            conn.close()

    def _serve(self, conn: sqlite3.Connection) -> None:
        while True:
            batch = self._next_batch()
            jobs = [job for job in batch if job is not None]
            if self._closing.is_set():
                self._deliver([Answer(job.future, error=_stopped()) for job in jobs])
            else:
                self._work_off(conn, jobs)
            if self._journal is not None:
                self._journal.sync_if_due(self._clock.monotonic(), JOURNAL_SYNC_S)
            if len(jobs) < len(batch):
                return

    def _next_batch(self) -> list[_Job]:
        dirty = self._journal is not None and self._journal.is_dirty
        try:
            batch = [self._queue.get(timeout=JOURNAL_SYNC_S if dirty else None)]
        except queue.Empty:
            assert self._journal is not None
            self._journal.sync()
            return []
        while len(batch) < LARGEST_GROUP and not self._queue.empty():
            batch.append(self._queue.get())
        return batch

    def _work_off(self, conn: sqlite3.Connection, jobs: Sequence[Write | Read | Alone]) -> None:
        writes = [job for job in jobs if isinstance(job, Write)]
        reads = [job for job in jobs if isinstance(job, Read)]
        if writes:
            answers = commit_group(conn, writes, self._journal)
            if self._journal is not None:
                self._journal.append([line for answer in answers for line in answer.lines], self._clock.monotonic())
            self._deliver(answers)
        if reads:
            self._deliver(read_all(conn, reads))
        for job in jobs:
            if isinstance(job, Alone):
                self._deliver([answer_one(conn, job)])

    def _deliver(self, answers: Sequence[Answer]) -> None:
        try:
            self._loop.call_soon_threadsafe(_resolve, answers)
        except RuntimeError:  # the loop is gone and nobody is left to hear the answers
            log.debug("answers without a listener path=%s count=%d", self._path.name, len(answers))


def _resolve(answers: Sequence[Answer]) -> None:
    for answer in answers:
        if answer.future.done():
            continue
        if answer.error is None:
            answer.future.set_result(answer.value)
        else:
            answer.future.set_exception(answer.error)


def _not_opened(error: Exception) -> Exception:
    if isinstance(error, OSError):
        return NotSaved("cannot_open", "The data folder of this till cannot be opened.", details=str(error))
    return error


def _stopped() -> NotSaved:
    return NotSaved("stopping", "Cata Bridge is stopping, so this was not saved.")
