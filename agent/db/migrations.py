"""Bringing a database file to the program's schema: forward only, each step with its record in one transaction."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from agent.core.errors import DamagedData, NeedsPerson


@dataclass(frozen=True, slots=True)
class Schema:
    """What a database file is and how it came to be."""

    application_id: int
    """Stamped into the file's header, so that a foreign file is never taken for ours."""
    steps: tuple[str, ...]
    """SQL scripts; the n-th brings version n - 1 to version n and is never edited once released."""


def migrate(conn: sqlite3.Connection, schema: Schema, now_ms: int) -> int:
    """Apply what is missing and return the version; DamagedData for a foreign file, NeedsPerson for a newer one."""
    _claim_file(conn, schema)
    conn.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT")
    (version,) = conn.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchone()
    if version > len(schema.steps):
        message = "The data of this till was written by a newer version of Cata Bridge; install that version again."
        raise NeedsPerson("schema_newer", message, details=f"file {version}, program {len(schema.steps)}")
    for number in range(version + 1, len(schema.steps) + 1):
        _apply(conn, schema.steps[number - 1], number, now_ms)
    return len(schema.steps)


def _claim_file(conn: sqlite3.Connection, schema: Schema) -> None:
    (found,) = conn.execute("PRAGMA application_id").fetchone()
    if found == schema.application_id:
        return
    (tables,) = conn.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if found != 0 or tables:
        raise DamagedData(
            "not_our_database", "The data file of this till is not one of Cata Bridge.", details=f"application id {found}"
        )
    conn.execute(f"PRAGMA application_id = {schema.application_id}")


def _apply(conn: sqlite3.Connection, script: str, number: int, now_ms: int) -> None:
    record = f"INSERT INTO schema_version (version, applied_at) VALUES ({number}, {now_ms});"
    try:
        conn.executescript(f"BEGIN IMMEDIATE;\n{script}\n{record}\nCOMMIT;")
    except sqlite3.Error:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise
