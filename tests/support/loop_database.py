"""The database without its thread: works are committed by the event loop itself in its next round, in groups as ever."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from agent.core.clock import Clock
from agent.db.connection import connect
from agent.db.database import Database, _Job, _resolve
from agent.db.group import Answer
from agent.db.journal import Journal
from agent.db.migrations import Schema
from agent.db.schema import BRIDGE


class _Rounds:
    """A queue whose jobs are worked off together once the tasks that are awake have had their turn."""

    def __init__(self, work_off: Callable[[], None]) -> None:
        self._work_off = work_off
        self.jobs: list[_Job] = []

    def put(self, job: _Job) -> None:
        if not self.jobs:
            asyncio.get_running_loop().call_soon(self._work_off)
        self.jobs.append(job)


class LoopDatabase(Database):
    """Days played on it are repeatable to the last step, and cost no change of threads."""

    _conn: sqlite3.Connection
    _rounds: _Rounds

    @classmethod
    async def open(cls, path: Path, *, clock: Clock, journal: Journal | None = None, schema: Schema = BRIDGE) -> LoopDatabase:
        database = cls(path, clock, journal, schema)
        database._conn = connect(path, schema)
        if journal is not None:
            journal.go_on_after(database._conn.execute("PRAGMA user_version").fetchone()[0])
        database._queue = database._rounds = _Rounds(database._round)  # type: ignore[assignment]
        return database

    @property
    def is_busy(self) -> bool:
        """Whether works wait for the next round."""
        return bool(self._rounds.jobs)

    async def close(self) -> None:
        self._closing.set()
        self._round()
        if self._journal is not None:
            self._journal.close()
        self._conn.close()

    def _round(self) -> None:
        jobs = [job for job in self._rounds.jobs if job is not None]
        self._rounds.jobs.clear()
        self._work_off(self._conn, jobs)

    def _deliver(self, answers: Sequence[Answer]) -> None:
        _resolve(answers)
