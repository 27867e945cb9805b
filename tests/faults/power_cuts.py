"""Cutting the power at every operation of a recording, and looking at what a program finds afterwards."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.disk_model import Content, Disk, State, content_of, key_of
from tests.faults.syscalls import Operation, Said

DATABASE = "bridge.db"
SHARDS = 1000
"""Seeds this far apart never meet, so that several processes look at different states."""
FURTHEST = {"pending": 0, "sending": 1, "settled": 2, "PAID": 0}
"""A later state may have reached the disk before it was said; an earlier one is a loss."""

Promises = Mapping[str, str]
"""Id and state of everything that was acknowledged."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One thing that the disk may hold, and what had been promised by then."""

    after: int
    content: Content
    promises: Promises


@dataclass(slots=True)
class Tally:
    """What came of many cuts."""

    states: int = 0
    lost: int = 0
    """States in which something acknowledged is missing."""
    corrupt: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, cut: Cut, reader: Reader) -> None:
        self.states += 1
        try:
            missing = broken_promises(reader.rows(cut.content), cut.promises)
        except sqlite3.DatabaseError as error:
            self.corrupt += 1
            self.examples.append(f"after operation {cut.after}: {error}")
        else:
            if missing:
                self.lost += 1
                self.examples.append(f"after operation {cut.after}: {missing}")


def cuts(operations: Sequence[Operation], count: int, seed: int) -> Iterator[Cut]:
    """`count` different states: nothing and everything of what was unsynced at each operation, then any part of it."""
    seen: set[object] = set()
    ways: Sequence[str] = ("none", "all")
    while len(seen) < count:
        before = len(seen)
        for after, state, promises in _one_round(operations, ways, seed):
            key = (key_of({name: one for name, one in state.items() if DATABASE in name}), len(promises))
            if key not in seen and len(seen) < count:
                seen.add(key)
                yield Cut(after, content_of(state), promises)
        assert len(seen) > before, "there are not that many states"
        ways, seed = ("torn",), seed + SHARDS


def _one_round(operations: Sequence[Operation], ways: Sequence[str], seed: int) -> Iterator[tuple[int, State, Promises]]:
    disk = Disk(random.Random(seed))
    promises: dict[str, str] = {}
    for number, operation in enumerate(operations):
        disk.apply(operation)
        if isinstance(operation, Said):
            promises = promises | dict(line.split(" ") for line in operation.text.splitlines())
        for way in ways:
            yield number, disk.state(way), promises


class Reader:
    """Opens what a cut left. Recovered files that are equal to the byte are checked once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = str(folder / DATABASE)
        self._checked: dict[bytes, dict[str, str]] = {}

    def rows(self, content: Content) -> Mapping[str, str]:
        """Id and state of what is there once SQLite has recovered it; raises sqlite3.DatabaseError when damaged."""
        lay_out({path: data for path, data in content.items() if DATABASE in path}, self._folder)
        if not self._recover():
            return self._check()
        with open(self._path, "rb") as file:
            whole = file.read()
        if whole not in self._checked:
            self._checked[whole] = self._check()
        return self._checked[whole]

    def _recover(self) -> bool:
        """Whether SQLite brought everything home into the one file."""
        conn = self._connect()
        try:
            conn.execute("PRAGMA schema_version").fetchone()
        finally:
            conn.close()
        return os.listdir(self._folder) == [DATABASE]

    def _check(self) -> dict[str, str]:
        conn = self._connect()
        try:
            (verdict,) = conn.execute("PRAGMA integrity_check").fetchone()
            if verdict != "ok":
                raise sqlite3.DatabaseError(verdict)
            return dict(conn.execute("SELECT id, state FROM outbox UNION ALL SELECT id, status FROM orders"))
        except sqlite3.OperationalError:  # cut off before there were tables; what is missing is seen by its absence
            return {}
        finally:
            conn.close()

    def _connect(self) -> sqlite3.Connection:
        conn = sqlite3.connect(self._path, isolation_level=None)
        conn.execute("PRAGMA locking_mode = EXCLUSIVE")
        return conn


def lay_out(content: Content, folder: Path) -> None:
    """Make `folder` hold these files and no others."""
    for old in os.listdir(folder):
        os.unlink(f"{folder}/{old}")
    for path, data in content.items():
        with open(f"{folder}/{path.rpartition('/')[2]}", "wb") as file:
            file.write(data)


def broken_promises(rows: Mapping[str, str], promises: Promises) -> list[str]:
    """What was acknowledged and is not there, or not as far as was said."""
    return [name for name, state in promises.items() if name not in rows or FURTHEST[rows[name]] < FURTHEST[state]]
