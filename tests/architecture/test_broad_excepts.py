"""Whoever catches everything stands at an edge where one failure must not end what it does not concern; there are few of them."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EDGES = {
    "an answer over HTTP": {"agent/api/wall.py": 1, "agent/api/webhook.py": 1, "agent/sandbox/calls.py": 1},
    "a command": {"agent/cli/app.py": 1},
    "a work of the database's thread": {"agent/db/database.py": 1, "agent/db/group.py": 2},
    "an entry or a chore": {"agent/flows/line/sender.py": 1, "agent/flows/care/upkeep.py": 1},
    "a driver": {
        "drivers/pos/receipt_tap/capture.py": 1,
        "drivers/registry.py": 1,
    },
    "a store of the system's, or a log that cannot be written": {"agent/secret_stores.py": 2, "agent/logs.py": 1},
}
"""What may fail there in ways nobody foresees, and where; cleaning up and raising again needs no edge."""
EVERYTHING = {"Exception", "BaseException"}


def caught(handler: ast.ExceptHandler) -> set[str]:
    if handler.type is None:
        return {"BaseException"}
    return {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}


def swallowing(path: Path) -> Iterator[ast.ExceptHandler]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler) and caught(node) & EVERYTHING and not isinstance(node.body[-1], ast.Raise):
            yield node


def test_everything_is_caught_at_named_edges_only() -> None:
    found: Counter[str] = Counter()
    for room in ("agent", "drivers", "gui", "installer"):
        for path in (ROOT / room).rglob("*.py"):
            found[path.relative_to(ROOT).as_posix()] += len(list(swallowing(path)))
    assert {place: count for place, count in found.items() if count} == {
        place: count for places in EDGES.values() for place, count in places.items()
    }
