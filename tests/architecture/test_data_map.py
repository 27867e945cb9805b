"""The map of what is kept about people knows every table there is."""

from __future__ import annotations

import re
from pathlib import Path

from agent.db.cache import CACHE
from agent.db.schema import BRIDGE

ROOT = Path(__file__).resolve().parents[2]
CREATED = re.compile(r"CREATE TABLE (\w+)")


def test_every_table_is_on_the_map() -> None:
    page = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    tables = {name for schema in (BRIDGE, CACHE) for step in schema.steps for name in CREATED.findall(step)}
    assert {"outbox", "orders", "members", "links"} <= tables
    assert [name for name in sorted(tables) if f"`{name}`" not in page] == []


def test_every_proof_that_is_named_exists() -> None:
    page = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(tests/[\w/.]+)`", page))
    assert named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
