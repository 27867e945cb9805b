"""Brings a file of the first version up to date again and again, killed at each statement in turn; prints what was left."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

from agent.db import migrations
from agent.db.connection import connect
from agent.db.migrations import Schema, statements
from agent.db.schema import BRIDGE

ROWS = 50
FILL = """
INSERT INTO outbox (id, kind, lane, state, outcome, ref_code, payload, payload_hash, created_at, member_uuid, points, urgent)
VALUES (?, 'earn', 'member:u1', 'pending', 'queued', ?, x'00', '', 0, 'u1', 5, 0)
"""


def first_version(path: Path) -> None:
    conn = connect(path, Schema(BRIDGE.application_id, BRIDGE.steps[:1]))
    conn.executemany(FILL, [(f"e{number}", f"cb1-{number}") for number in range(ROWS)])
    conn.close()


def killed_at(path: Path, number: int) -> bool:
    """Whether the child was killed before it had finished."""
    child = os.fork()
    if child == 0:
        left = number

        def counted(script: str) -> Iterator[str]:
            nonlocal left
            for statement in statements(script):
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left -= 1
                yield statement

        migrations.statements = counted
        connect(path, BRIDGE).close()
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def left_behind(path: Path) -> tuple[int, int, str]:
    """Steps that were taken, rows, and what SQLite says of the file."""
    conn = sqlite3.connect(path)
    steps = conn.execute("SELECT count(*) FROM _sqlite_migrations").fetchone()[0]
    rows = conn.execute("SELECT count(*) FROM outbox").fetchone()[0]
    said = conn.execute("PRAGMA integrity_check").fetchone()[0]
    conn.close()
    return steps, rows, said


def main(folder: Path) -> None:
    first_version(folder / "old.db")
    found, number, goes_on = [], 0, True
    while goes_on:
        path = folder / f"{number}.db"
        shutil.copyfile(folder / "old.db", path)
        goes_on = killed_at(path, number)
        left = left_behind(path)
        connect(path, BRIDGE).close()
        found.append([goes_on, left, left_behind(path)])
        number += 1
    print(json.dumps(found))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
