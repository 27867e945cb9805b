"""Opening the one connection to a database file, with a profile that survives power cuts and is read back."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

from agent.core.errors import NotSaved
from agent.db.migrations import Schema, migrate

PROFILE: tuple[tuple[str, str, object], ...] = (
    # Exclusive before WAL: no shared-memory file, so a full disk is an answer and not a SIGBUS.
    ("locking_mode", "EXCLUSIVE", "exclusive"),
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", 2),
    ("fullfsync", "ON", 1),
    ("foreign_keys", "ON", 1),
    ("recursive_triggers", "ON", 1),  # without it REPLACE deletes rows behind the triggers' back
    ("trusted_schema", "OFF", 0),
    ("cell_size_check", "ON", 1),
    ("temp_store", "MEMORY", 2),
    ("wal_autocheckpoint", "1000", 1000),
)
"""Name, value to set, value that must be read back; in this order."""

BUSY_WAIT_S = 1.0


def connect(path: Path, schema: Schema) -> sqlite3.Connection:
    """A connection with the profile in force and the schema up to date; raises sqlite3.Error or errors of ours."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as undo:
        conn = undo.enter_context(
            closing(sqlite3.connect(path, timeout=BUSY_WAIT_S, isolation_level=None, check_same_thread=True))
        )
        path.chmod(0o600)
        conn.row_factory = sqlite3.Row
        conn.text_factory = _text
        apply_profile(conn)
        migrate(conn, schema)
        undo.pop_all()
    return conn


def _text(data: bytes) -> str:
    """Damaged text is read as something else, which its row's mark then shows; it spoils no other row of an answer."""
    return data.decode(errors="replace")


def apply_profile(conn: sqlite3.Connection) -> None:
    """Set every pragma and read it back; NotSaved when the file system does not give what durability needs."""
    for name, value, expected in PROFILE:
        conn.execute(f"PRAGMA {name} = {value}")
        (found,) = conn.execute(f"PRAGMA {name}").fetchone()
        if found != expected:
            message = "The data folder of this till cannot keep data safely; it must be on a local disk."
            raise NotSaved("database_unsafe", message, details=f"{name} is {found}")
