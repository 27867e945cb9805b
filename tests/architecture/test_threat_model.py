"""SECURITY.md answers every threat from T1 to T25, and what it says proves it exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROWS = dict(re.findall(r"^\| (T\d+) \|(.*)\|$", (ROOT / "SECURITY.md").read_text(encoding="utf-8"), re.MULTILINE))
NUMBERS = [f"T{number}" for number in range(1, 26)]
WITHOUT_A_TEST = {"T11": "comes with the relay", "T19": "installs none"}


def test_every_threat_has_its_row() -> None:
    assert list(ROWS) == NUMBERS


@pytest.mark.parametrize("number", NUMBERS)
def test_what_proves_it_exists(number: str) -> None:
    cited = re.findall(r"`(tests/[^`]+)`", ROWS[number])
    assert all((ROOT / path).is_file() for path in cited)
    assert cited or WITHOUT_A_TEST[number] in ROWS[number]
