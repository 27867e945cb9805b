"""A POS that keeps everything in one SQLite file and writes to it while others read."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from agent.core.catalogue import CatalogueItem
from agent.core.sale import SaleSeen

ZONE = ZoneInfo("Asia/Singapore")
TABLES = """
CREATE TABLE items (code TEXT PRIMARY KEY, name TEXT, price REAL, available INTEGER);
CREATE TABLE sales (id INTEGER PRIMARY KEY, receipt TEXT, total REAL, updated_at TEXT, void INTEGER DEFAULT 0);
"""
CATALOGUE = "SELECT code, name, price, available FROM items WHERE code > :after ORDER BY code LIMIT :limit"
SALES = """
SELECT id, receipt, total, updated_at, void FROM sales
WHERE updated_at > :mark OR (updated_at = :mark AND id > :id) ORDER BY updated_at, id LIMIT :limit
"""
SALES_BY_NUMBER = "SELECT id, receipt, total, updated_at AS time FROM sales WHERE id > :mark ORDER BY id LIMIT :limit"


@dataclass
class SqlPos:
    """The POS's side of the file."""

    path: Path
    journal: str = "delete"
    """`wal` lets readers in while somebody writes."""

    def create(self) -> None:
        with closing(self._open()) as db:
            db.execute(f"PRAGMA journal_mode={self.journal}")
            db.executescript(TABLES)

    def sells(self, items: Sequence[CatalogueItem]) -> None:
        rows = [(item.code, item.name, float(item.price.major()), item.available) for item in items]
        with closing(self._open()) as db:
            db.execute("BEGIN")
            db.execute("DELETE FROM items")
            db.executemany("INSERT INTO items VALUES (?, ?, ?, ?)", rows)
            db.execute("COMMIT")

    def sell(self, sale: SaleSeen) -> str:
        assert sale.occurred_at is not None
        at = sale.occurred_at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")
        self.write(
            "INSERT INTO sales (receipt, total, updated_at) VALUES (?, ?, ?)", sale.receipt, float(sale.amount.major()), at
        )
        return sale.receipt

    def take_back(self, receipt: str) -> None:
        self.write("UPDATE sales SET void = 1 WHERE receipt = ?", receipt)

    def write(self, sql: str, *values: Any) -> None:
        with closing(self._open()) as db:
            db.execute(sql, values)

    def hold(self) -> sqlite3.Connection:
        """The POS writes something long; closed, it is done."""
        db = self._open()
        db.execute("BEGIN EXCLUSIVE")
        return db

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=10, isolation_level=None)
