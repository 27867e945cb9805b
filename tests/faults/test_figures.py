"""What harnesses count is seen at the end of the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import figures


def test_figures_of_several_processes_become_one_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(figures.FOLDER, str(tmp_path))
    figures.record("wall", "cases refused", "100 %")
    monkeypatch.setattr("os.getpid", lambda: 7)
    figures.record("kill", "rounds", 2000)
    figures.record("kill", "lost", 0)

    assert figures.table(figures.recorded(tmp_path)) == [
        "| harness | figure        | value |",
        "|---------|---------------|-------|",
        "| kill    | rounds        | 2,000 |",
        "| kill    | lost          | 0     |",
        "| wall    | cases refused | 100 % |",
    ]


def test_a_release_goes_round_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(figures.SIZE, raising=False)
    assert figures.size(push=100, release=2000) == 100
    monkeypatch.setenv(figures.SIZE, "release")
    assert figures.size(push=100, release=2000) == 2000
