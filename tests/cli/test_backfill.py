"""The command that tells of the past: what it says, what it leaves beside the file, and how fast it goes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.cli import backfill
from agent.cli.backfill import Pace
from agent.paths import Home
from tests.cli.conftest import Run
from tests.support.agent_peer import AgentPeer, Answer

CALL = "POST /v1/loyalty/backfill"
HEADING = "member,date,amount,receipt"


@pytest.fixture
def history(tmp_path: Path, set_up: Home, monkeypatch: pytest.MonkeyPatch) -> Path:
    set_up.config.write_text(set_up.config.read_text() + "[cloud.cockato]\nbackfill_per_s = 0\n")
    monkeypatch.setattr(backfill, "LOOK_EVERY_S", 0.01)
    path = tmp_path / "old.csv"
    path.write_text("\n".join([HEADING, *(f"CKT{at},2026-01-01,1.00,R-{at}" for at in range(60)), "CKT,never,1.00,R"]) + "\n")
    return path


def ends(states: Callable[[str], tuple[str, str]]) -> Callable[[object], Answer]:
    def answer(body: Any) -> Answer:
        rows = [dict(zip(("state", "reason", "message"), (*states(row["receipt"]), "Why."), strict=True)) for row in body["rows"]]
        return 200, {"rows": rows, "recorded": 0}

    return answer


def test_every_row_comes_to_its_end_and_what_was_not_taken_stands_in_the_report(run: Run, peer: AgentPeer, history: Path) -> None:
    peer.answers[CALL] = ends(lambda receipt: ("parked", "member_unknown") if receipt == "R-7" else ("confirmed", ""))
    ended = run("--json", "backfill", str(history))
    said = [json.loads(line) for line in ended.out.splitlines()]
    assert said[-1]["done"]
    assert {name: said[-1][name] for name in ("rows", "confirmed", "parked", "not_taken", "waiting")} == {
        "rows": 61,
        "confirmed": 59,
        "parked": 1,
        "not_taken": 2,
        "waiting": 0,
    }
    report = (history.parent / "old.rejected.csv").read_text().splitlines()
    assert [line.split(",")[1] for line in report] == ["reason", "member_unknown", "invalid_date"]
    assert (ended.code, said[-1]["report"]) == (1, str(history.parent / "old.rejected.csv"))


def test_people_are_told_in_sentences(run: Run, peer: AgentPeer, history: Path) -> None:
    peer.answers[CALL] = ends(lambda receipt: ("confirmed", ""))
    ended = run("backfill", str(history))
    assert "60 of 61 rows are confirmed." in ended.out
    assert "1 rows were not taken" in ended.err


def test_somebody_who_watches_sees_a_bar(run: Run, peer: AgentPeer, history: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    peer.answers[CALL] = ends(lambda receipt: ("confirmed", ""))
    monkeypatch.setattr(backfill, "is_watched", lambda: True)
    assert "Telling" in run("backfill", str(history)).out


def test_rows_that_do_not_move_are_left_to_another_run(
    run: Run, peer: AgentPeer, history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "PATIENCE_S", 0.05)
    peer.answers[CALL] = ends(lambda receipt: ("waiting", ""))
    ended = run("backfill", str(history))
    assert ended.code == 1
    assert "60 rows have not come to their end" in ended.err


def test_a_file_can_be_checked_without_an_agent(run: Run, history: Path) -> None:
    ended = run("backfill", "--check", str(history))
    assert "60 of 61 rows can be told." in ended.out
    assert ended.code == 1
    history.write_text(f"{HEADING}\nCKT1,2026-01-01,1.00,R-1\n")
    assert run("backfill", "--check", str(history)).code == 0


def test_an_agent_that_goes_away_leaves_the_report_behind(run: Run, peer: AgentPeer, history: Path) -> None:
    peer.answers[CALL] = (409, {"error": {"code": 409, "reason": "not_offered", "message": "Cata takes none.", "details": ""}})
    ended = run("backfill", str(history))
    assert (ended.code, "Cata takes none." in ended.err) == (1, True)
    assert (history.parent / "old.rejected.csv").exists()


def test_the_pace_is_kept_whatever_the_pauses() -> None:
    pace = Pace(2.0)
    assert pace.allowed(100.0) == 1
    pace.spend(1)
    assert pace.allowed(100.4) == 0
    assert pace.allowed(100.5) == 1
    assert pace.allowed(500.0) == 2
    assert Pace(0).allowed(1.0) == backfill.WINDOW
