"""The table of docs/drivers.md is what the benches say, every driver that is shipped is on it, and none hides a gap."""

from __future__ import annotations

from agent.core.device import Role
from drivers.registry import SHIPPED
from tests.contract.bench import COLUMNS
from tests.contract.benches import benches
from tests.contract.table import PAGE, table, written


def test_every_shipped_pos_is_on_the_bench() -> None:
    assert {kind for kind, (role, _) in SHIPPED.items() if role is Role.POS} <= set(benches())


def test_the_page_is_current() -> None:
    """Run `.venv/bin/python -m tests.contract` when this is red."""
    page = PAGE.read_text("utf-8")
    assert written(page, table()) == page


def test_what_is_assumed_is_said_of_a_column_that_there_is() -> None:
    found = table()
    assert found.count("| `") == len(benches())
    assert all(f" {column} " in found for column in COLUMNS)
