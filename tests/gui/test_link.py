"""The screen and an agent that comes, goes and comes back, over real HTTP."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gui.link.address import Address, agent_command, read_address
from gui.link.client import Answer, Client
from gui.link.stream import AgentLink
from gui.session import Session
from gui.state import Link
from gui.taste import Taste, keep_taste, load_taste
from tests.gui import sample
from tests.support.till_api_peer import TillApiPeer

Live = tuple[Session, AgentLink]


def test_the_snapshot_fills_the_screen(live: Live) -> None:
    state = live[0].state
    assert state.link is Link.CONNECTED
    assert len(state.open_orders()) == 9
    assert state.status is not None
    assert state.status.outlet == "Toa Payoh Lor 4"


def test_events_arrive(live: Live, peer: TillApiPeer, qtbot: QtBot) -> None:
    session, _ = live
    with qtbot.waitSignal(session.scanned) as heard:
        peer.tell("scan", {"scan_id": "s5", "device": "front-scanner", "kind": "member", "member": sample.MEMBERS[0]})
    assert heard.args is not None
    assert heard.args[0].member.display == "Mei L."
    assert "u-mei" in session.state.members


def test_an_agent_that_restarts_elsewhere_is_found_again(live: Live, peer: TillApiPeer, qtbot: QtBot, tmp_path: Path) -> None:
    session, _ = live
    peer.tell("status", sample.status("working"))
    qtbot.waitUntil(lambda: session.state.status is not None and session.state.status.state == "working")
    peer.stop()
    qtbot.waitUntil(lambda: session.state.link is Link.GONE, timeout=5000)
    second = TillApiPeer({**peer.snapshot, "status": sample.status("paused")}, token="another-token")
    second.announce(tmp_path)
    try:
        qtbot.waitUntil(lambda: session.state.link is Link.CONNECTED, timeout=10_000)
        qtbot.waitUntil(lambda: session.state.status is not None and session.state.status.state == "paused", timeout=5000)
        assert second.resumed[-1] == "run-1"
    finally:
        second.stop()


def test_a_refusal_brings_its_reason_and_its_sentence(live: Live, peer: TillApiPeer, qtbot: QtBot) -> None:
    session, _ = live
    refusal = {"error": {"code": 409, "reason": "receipt_already_used", "message": "This receipt has earned already."}}
    peer.on("POST", "/v1/loyalty/earn", refusal, 409)
    answers: list[Answer] = []
    session.earn({"member": {"uuid": "u"}, "points": 1}, "key-1", answers.append)
    qtbot.waitUntil(lambda: bool(answers))
    assert (answers[0].reason, answers[0].message) == ("receipt_already_used", "This receipt has earned already.")
    assert peer.requests[-1][3] == "key-1"


def test_a_call_ends_at_its_deadline(qtbot: QtBot, peer: TillApiPeer) -> None:
    client, answers = Client(), list[Answer]()
    client.aim(Address(peer.url, peer.token))
    client.call("GET", "/v1/events", done=answers.append, deadline_s=0.2)
    qtbot.waitUntil(lambda: bool(answers), timeout=5000)
    assert answers[0].status in {0, 200}


def test_without_an_agent_a_call_still_ends(qtbot: QtBot) -> None:
    answers: list[Answer] = []
    Client().call("GET", "/v1/status", done=answers.append)
    client = Client()
    client.call("GET", "/v1/status", done=answers.append)
    qtbot.waitUntil(lambda: bool(answers))
    assert answers[0].reason == "agent_gone"


def test_an_address_file_that_makes_no_sense_is_no_address(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    for content in ("", "{", "[]", json.dumps({"url": 5}), json.dumps({"url": "http://x"})):
        (tmp_path / "run" / "agent.json").write_text(content)
        assert read_address(tmp_path) is None


def test_the_agent_is_started_in_the_same_home(tmp_path: Path) -> None:
    assert agent_command(tmp_path)[-5:] == ["-m", "agent", "--home", str(tmp_path), "agent"]


def test_the_smoke_run_ends_with_nought_after_a_painted_snapshot(peer: TillApiPeer, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gui", "--home", str(tmp_path), "--no-start", "--offscreen-smoke"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)


def test_zoom_and_colours_are_kept(tmp_path: Path) -> None:
    taste = Taste().changed("larger").changed("contrast")
    keep_taste(tmp_path, taste)
    assert load_taste(tmp_path) == Taste("contrast", 110)
    assert stat.S_IMODE((tmp_path / "screen.json").stat().st_mode) == 0o600
    (tmp_path / "screen.json").write_text("nonsense")
    assert load_taste(tmp_path) == Taste()


def scan_of_mei() -> dict[str, object]:
    return {"scan_id": "s7", "kind": "member", "code": "KK-MEI-001", "at": sample.at("12:41"), "member": sample.MEMBERS[0]}


def test_a_scan_that_the_snapshot_overtook_still_reaches_the_counter(session: Session, agent: sample.SilentAgent) -> None:
    heard: list[object] = []
    session.scanned.connect(heard.append)
    session.scan("KK-MEI-001")
    scanned = agent.waiting.pop(0)
    session.hear("snapshot", {"status": sample.status(), "orders": [], "entries": [], "devices": [], "scans": [scan_of_mei()]})
    assert heard == []
    scanned(Answer(200, scan_of_mei()))
    session.hear("scan", scan_of_mei())
    assert len(heard) == 1


def test_an_agent_that_stays_away_is_started_once_not_at_every_try(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Path] = []
    monkeypatch.setattr("gui.link.stream.start_agent", started.append)
    link, losses = AgentLink(tmp_path, Client(), sample.CountingIds()), list[bool]()
    link.lost.connect(lambda: losses.append(True))
    link.connect_now()
    qtbot.waitUntil(lambda: len(losses) >= 6, timeout=10_000)
    link.close()
    assert started == [tmp_path]
