"""The demo keeps every promise in front of an audience, says so in its last line, and never plays in a shop's home."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from agent.core.errors import NeedsPerson
from agent.demo import run as demo_run
from agent.demo import run_demo
from agent.demo.ports import free_port
from agent.demo.scanner import TcpScanner
from agent.demo.stage import Stage
from agent.demo.tour import Reconciliation, _must
from tests.support.shop import eventually


def test_the_tour_reconciles_and_leaves_its_files_where_it_was_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_demo(headless=True, home=tmp_path / "stage") == demo_run.DONE
    lines = capsys.readouterr().out.splitlines()
    last = json.loads(lines[-1])
    assert (last["result"], last["lost"], last["doubled"], last["orders"], last["tickets"]) == ("pass", 0, 0, 1, 1)
    assert last["intents"] == last["effects"] > 0
    assert (tmp_path / "stage" / "tickets").is_dir()


def test_a_shops_own_home_is_never_played_in(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[outlet]\n")
    with pytest.raises(NeedsPerson, match="home_in_use"):
        run_demo(headless=True, home=tmp_path)
    assert (tmp_path / "config.toml").read_text() == "[outlet]\n"


def test_a_step_that_does_not_come_out_fails_the_tour_and_says_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def ends(stage: Stage) -> None:
        raise NeedsPerson("agent_ended", "The agent did not start (exit 1).")

    monkeypatch.setattr(Stage, "start_agent", ends)
    assert run_demo(headless=True, home=tmp_path / "stage") == demo_run.FAILED
    lines = capsys.readouterr().out.splitlines()
    assert json.loads(lines[-1]) == {"result": "fail", "reason": "agent_ended"}


def test_anything_lost_doubled_or_unprinted_is_a_failure() -> None:
    fine = Reconciliation(intents=6, effects=6, lost=0, doubled=0, orders=1, tickets=1)
    assert fine.as_json()["result"] == "pass"
    for wrong in (
        Reconciliation(intents=6, effects=5, lost=1, doubled=0, orders=1, tickets=1),
        Reconciliation(intents=6, effects=6, lost=1, doubled=1, orders=1, tickets=1),
        Reconciliation(intents=6, effects=6, lost=0, doubled=0, orders=1, tickets=2),
    ):
        assert wrong.as_json()["result"] == "fail"
    with pytest.raises(NeedsPerson, match="tour_failed"):
        _must(False, "nothing")


async def test_a_network_scanner_sends_a_frame_to_whoever_is_connected() -> None:
    scanner = await TcpScanner.open()
    try:
        port = int(scanner.device.rpartition("= ")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await eventually(lambda: bool(scanner._connected))
        await scanner.scan("KK-MEI-001")
        assert await reader.readline() == b"KK-MEI-001\r\n"
        writer.close()
    finally:
        scanner.close()
    assert free_port() > 0


def test_the_screen_ends_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    async def no_agent(stage: Stage) -> None:
        return None

    monkeypatch.setattr(Stage, "start_agent", no_agent)
    monkeypatch.setattr(demo_run, "program", lambda: ["true"])
    assert run_demo(headless=False, home=tmp_path / "stage") == demo_run.DONE
    monkeypatch.setattr(demo_run, "program", lambda: ["false"])
    assert run_demo(headless=False, home=tmp_path / "other") == demo_run.FAILED
    assert "practice cloud" in capsys.readouterr().out


@pytest.mark.timeout(20)
@pytest.mark.skipif(sys.platform == "win32", reason="a terminal is played by a pty")
def test_codes_typed_in_the_terminal_are_scanned_and_the_end_waits_for_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, terminal = os.openpty()
    scanned: list[str] = []

    async def scan(code: str) -> None:
        scanned.append(code)

    async def play() -> None:
        task = asyncio.create_task(demo_run._scan_typed_codes(SimpleNamespace(scanner=SimpleNamespace(scan=scan))))  # type: ignore[arg-type]
        os.write(ours, b"\nKK-MEI-001\n")
        await eventually(lambda: scanned == ["KK-MEI-001"])
        task.cancel()

    with open(terminal) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        asyncio.run(play())
        os.close(ours)
