"""The bill of materials says what is installed, and a wrong one is found."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from installer.sbom import Document, document, locked, made_of, main, problems


@pytest.fixture(scope="module")
def made() -> Document:
    return document(made_of())


def test_the_bill_lists_what_is_needed_and_no_tool(made: Document) -> None:
    names = {part["name"] for part in made["components"]}
    assert {"fastapi", "uvicorn", "cryptography", "pydantic-core", "pyside6-essentials", "httpx2"} <= names
    assert not names & {"pytest", "mypy", "ruff", "cata-bridge"}
    assert list(problems(made, locked())) == []


def test_the_same_packages_give_the_same_bytes(made: Document) -> None:
    assert json.dumps(document(made_of())) == json.dumps(made)


def test_a_wrong_bill_is_found(made: Document) -> None:
    lock = locked()
    stale = copy.deepcopy(made)
    stale["components"][0]["version"] = "0"
    unlisted = copy.deepcopy(made)
    unlisted["components"].pop()
    twice = copy.deepcopy(made)
    twice["components"].append(twice["components"][0])
    foreign = {**made, "bomFormat": "SPDX"}
    unnamed = {**made, "serialNumber": "1"}
    for wrong in (stale, unlisted, twice, foreign, unnamed):
        assert list(problems(wrong, lock))
    (said,) = problems(made, {**lock, "fastapi": "0"})
    assert said.endswith("is installed and 0 is locked")


def test_it_is_written_where_it_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "new" / "sbom.json")]) == 0
    assert json.loads((tmp_path / "new" / "sbom.json").read_text())["bomFormat"] == "CycloneDX"
    assert "components" in capsys.readouterr().out
    assert main(["--check"]) == 0
