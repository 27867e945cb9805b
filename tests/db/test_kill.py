"""A program that is killed loses nothing of what it acknowledged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from agent.db.journal import read
from tests.db.drafts import open_outbox
from tests.support.clock import FakeClock

ROOT = Path(__file__).parents[2]


def acknowledged_until_killed(home: Path, count: int) -> set[str]:
    command = [sys.executable, "-m", "tests.db.acknowledger", str(home)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        seen = [process.stdout.readline() for _ in range(count)]
        process.kill()
        rest = process.stdout.read()
    whole = "".join(seen) + rest
    return set(whole[: whole.rfind("\n")].split("\n"))


@pytest.mark.parametrize("count", [1, 40, 333])
async def test_nothing_acknowledged_is_missing_after_kill_9(tmp_path: Path, count: int) -> None:
    """I1."""
    acknowledged = acknowledged_until_killed(tmp_path, count)
    assert len(acknowledged) >= count
    database, outbox = await open_outbox(tmp_path, FakeClock())
    kept = await outbox.page(state=None, kind=None, limit=1_000_000, after=None)
    await database.close()
    assert acknowledged <= {entry.id for entry in kept.entries}
    assert acknowledged <= {str(line.record["id"]) for line in read(tmp_path / "journal.log").lines}
