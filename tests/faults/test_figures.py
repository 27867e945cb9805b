"""What harnesses count is seen at the end of the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import figures


def test_figures_of_several_processes_become_one_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(figures.FOLDER, str(tmp_path))
    figures.record("wall", "cases refused", "100 %")
    monkeypatch.setattr("os.getpid", lambda: 7)
    figures.record("kill", "rounds", 1000)
    figures.record("kill", "rounds", 1000)
    figures.record("kill", "lost", 0)
    figures.planted("kill", "new key per try", found=True)

    assert figures.table(figures.recorded(tmp_path)) == [
        "| harness | figure                         | value |",
        "|---------|--------------------------------|-------|",
        "| kill    | rounds                         | 2,000 |",
        "| kill    | lost                           | 0     |",
        "| kill    | planted bug: new key per try   | red   |",
        "| wall    | cases refused                  | 100 % |",
        "| ~ all   | bugs planted                   | 1     |",
        "| ~ all   | bugs planted that stayed green | 0     |",
    ]


def test_a_release_goes_round_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(figures.SIZE, raising=False)
    assert figures.size(push=100, release=2000) == 100
    monkeypatch.setenv(figures.SIZE, "release")
    assert figures.size(push=100, release=2000) == 2000
