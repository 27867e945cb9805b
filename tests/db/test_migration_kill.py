"""A till that is switched off while its data is brought up to date has the old data or the new, and never half of both."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from agent.db.migrations import statements
from agent.db.schema import BRIDGE
from tests.db.migration_killer import ROWS

ROOT = Path(__file__).parents[2]


def test_a_kill_at_any_statement_leaves_a_whole_file_that_the_next_start_brings_up_to_date(tmp_path: Path) -> None:
    """Fault 36."""
    command = [sys.executable, "-m", "tests.db.migration_killer", str(tmp_path)]
    found = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    assert len(found) == sum(1 for step in BRIDGE.steps[1:] for _ in statements(step)) + 1
    assert [was_killed for was_killed, _, _ in found] == [True] * (len(found) - 1) + [False]
    assert {(rows, said) for _, (_, rows, said), _ in found} == {(ROWS, "ok")}
    assert {steps for _, (steps, _, _), _ in found} == set(range(1, len(BRIDGE.steps) + 1))
    assert {tuple(after) for _, _, after in found} == {(len(BRIDGE.steps), ROWS, "ok")}
