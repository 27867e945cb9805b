"""Whether a database file can be relied on: ours, whole, and built as this program builds it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from agent.db.faults import DAMAGED, PRIMARY_CODE, translate
from agent.db.migrations import Schema, statements

OURS = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name NOT LIKE '\\_sqlite%' ESCAPE '\\' ORDER BY name"
STEPS_BETWEEN_LOOKS = 20_000


def trouble(path: Path, schema: Schema, *, is_late: Callable[[], bool] = lambda: False) -> str:
    """What is wrong with a file, in one word; empty when nothing is. `is_late` bounds the check of its pages.

    Raises NotSaved where the disk, and not the file, is to blame.
    """
    if not path.exists():
        return "missing"
    if path.stat().st_size == 0:
        return "empty"
    conn = sqlite3.connect(path, isolation_level=None)
    try:
        return _examined(conn, schema, is_late)
    except UnicodeDecodeError:
        return "damaged"
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & PRIMARY_CODE
        if code == sqlite3.SQLITE_INTERRUPT:
            return ""
        if code in DAMAGED or code == sqlite3.SQLITE_ERROR:
            return "damaged"
        raise translate(error) from error
    finally:
        conn.close()


def place_of(path: Path) -> int:
    """How far the journal was when this file was last written; 0 for a number that can be none."""
    conn = sqlite3.connect(path, isolation_level=None)
    try:
        conn.execute("PRAGMA locking_mode = EXCLUSIVE")
        return max(0, int(conn.execute("PRAGMA user_version").fetchone()[0]))
    finally:
        conn.close()


def _examined(conn: sqlite3.Connection, schema: Schema, is_late: Callable[[], bool]) -> str:
    conn.execute("PRAGMA locking_mode = EXCLUSIVE")  # before the first read, so that no shared memory is needed
    if conn.execute("PRAGMA application_id").fetchone()[0] != schema.application_id:
        return "foreign"
    if not _is_built_by_us(conn, schema):
        return "damaged"
    conn.set_progress_handler(is_late, STEPS_BETWEEN_LOOKS)
    (said,) = conn.execute("PRAGMA integrity_check(1)").fetchone()
    return "" if said == "ok" else "damaged"


def _is_built_by_us(conn: sqlite3.Connection, schema: Schema) -> bool:
    """Its tables, indexes and triggers are word for word those of some version up to ours; a newer file is not judged."""
    (applied,) = conn.execute("SELECT count(*) FROM _sqlite_migrations").fetchone()
    if applied > len(schema.steps):
        return True
    model = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for step in schema.steps[:applied]:
            for statement in statements(step):
                model.execute(statement)
        return [tuple(row) for row in model.execute(OURS)] == [tuple(row) for row in conn.execute(OURS)]
    finally:
        model.close()
