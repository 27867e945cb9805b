"""Bringing a database file to the program's schema: forward only, each step with its record in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.errors import DamagedData, NeedsPerson

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

SET = "cata-bridge"
"""Name of our steps in the file's table of migrations."""


@dataclass(frozen=True, slots=True)
class Schema:
    """What a database file is and how it came to be."""

    application_id: int
    """Stamped into the file's header, so that a foreign file is never taken for ours."""
    steps: tuple[str, ...]
    """SQL scripts; the n-th brings version n - 1 to version n and is never edited once released."""


def migrate(conn: sqlite3.Connection, schema: Schema) -> int:
    """Apply what is missing and return the version; DamagedData for a foreign file, NeedsPerson for a newer one."""
    _claim_file(conn, schema)
    applied = _applied(conn)
    if applied > len(schema.steps):
        message = "The data of this till was written by a newer version of Cata Bridge; install that version again."
        raise NeedsPerson("schema_newer", message, details=f"file {applied}, program {len(schema.steps)}")
    if applied < len(schema.steps):
        _apply(conn, schema)
    return len(schema.steps)


def _applied(conn: sqlite3.Connection) -> int:
    if not conn.execute("SELECT count(*) FROM sqlite_master WHERE name = '_sqlite_migrations'").fetchone()[0]:
        return 0
    (count,) = conn.execute("SELECT count(*) FROM _sqlite_migrations WHERE migration_set = ?", (SET,)).fetchone()
    return int(count)


def _apply(conn: sqlite3.Connection, schema: Schema) -> None:
    from sqlite_utils import Database  # slow to import, and most starts find nothing to apply

    _steps(schema).apply(Database(conn, execute_plugins=False))


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


def _steps(schema: Schema) -> Migrations:
    from sqlite_utils.migrations import Migrations  # as above

    steps = Migrations(SET)
    for number, script in enumerate(schema.steps, 1):
        _add(steps, f"{number:04d}", script)
    return steps


def _add(steps: Migrations, name: str, script: str) -> None:
    @steps(name=name)
    def step(database: Database) -> None:
        for statement in statements(script):
            database.execute(statement)


def statements(script: str) -> Iterator[str]:
    """The single statements of a script, since running it whole would commit halfway; triggers stay in one piece."""
    pending = ""
    for part in script.split(";"):
        pending += part + ";"
        if sqlite3.complete_statement(pending) and pending.strip() != ";":
            yield pending
            pending = ""
