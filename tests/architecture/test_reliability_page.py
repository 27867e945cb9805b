"""The page on reliability names every invariant, and for each a test that exists and carries its number."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| (I\d+) \|(.*)\|$", PAGE, re.MULTILINE))
NUMBERS = [f"I{number}" for number in range(1, 16)]


def docstrings(path: Path) -> dict[str, str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {function.name: ast.get_docstring(function) or "" for function in found}


def test_every_invariant_has_its_row() -> None:
    assert list(ROWS) == NUMBERS


@pytest.mark.parametrize("number", NUMBERS)
def test_its_tests_exist_and_one_carries_its_number(number: str) -> None:
    cited = re.findall(r"`(tests/[^`:]+\.py)::(\w+)`", ROWS[number])
    assert cited
    said = [docstrings(ROOT / path)[name] for path, name in cited]
    assert any(re.search(rf"\b{number}\b", text) for text in said)


@pytest.mark.parametrize("number", NUMBERS)
def test_what_holds_it_exists(number: str) -> None:
    held_by = ROWS[number].split("|")[1]
    for path in re.findall(r"`((?:agent|drivers)/[^`]+\.py)`", held_by):
        assert (ROOT / path).is_file()
    schema = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "agent" / "db").glob("schema*.py"))
    for rule in re.findall(r"`((?:outbox|orders|grants)_\w+)`", held_by):
        assert f" {rule} " in schema
    assert "`" in held_by


def test_there_is_a_place_for_the_figures() -> None:
    _, mark, after = PAGE.partition("<!-- figures -->\n")
    assert mark
    assert "<!-- end of figures -->" in after
