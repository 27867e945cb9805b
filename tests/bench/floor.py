"""The disk's own floor: one bare SQLite insert a transaction, with the same promise of durability."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


class BareTable:
    """A table of blobs in a file of its own: WAL, synchronous=FULL, exclusive, nothing else."""

    def __init__(self, conn: sqlite3.Connection, row_bytes: int) -> None:
        self._conn = conn
        self._row = os.urandom(row_bytes)

    def insert(self) -> None:
        """One row, safe on disk when this returns."""
        self._conn.execute("INSERT INTO rows (value) VALUES (?)", (self._row,))

    def timed(self, count: int) -> list[float]:
        """Seconds of each of `count` inserts."""
        taken = []
        for _ in range(count):
            started = time.perf_counter()
            self.insert()
            taken.append(time.perf_counter() - started)
        return taken


@contextmanager
def bare_table(folder: Path, row_bytes: int) -> Iterator[BareTable]:
    with closing(sqlite3.connect(folder / "floor.db", isolation_level=None)) as conn:
        for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL"):
            conn.execute(f"PRAGMA {pragma}").fetchall()
        conn.execute("CREATE TABLE rows (seq INTEGER PRIMARY KEY AUTOINCREMENT, value BLOB NOT NULL) STRICT")
        yield BareTable(conn, row_bytes)
