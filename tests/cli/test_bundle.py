from __future__ import annotations

import json
import os
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.cli import bundle
from agent.cli.bundle import default_name, packed
from agent.core.ids import RandomIds
from agent.paths import Home
from agent.secrets import API_KEY, Secrets
from tests.cli.conftest import Run
from tests.support.agent_peer import STATUS, TOKEN, AgentPeer

PLANTED = [
    "ck_live_planted-key",
    "hunter2-pass",
    "s3cret-header",
    "+65 9123 4567",
    "91234567",
    "mei.lin@example.com",
    "natsuser:natspass",
    "querysecret",
    "Toa Payoh Lorong 4",
    TOKEN,
]
CONFIG = """
[outlet]
id = "o-1"
name = "Kopi & Toast"
phone = "+65 9123 4567"
street = "Toa Payoh Lorong 4"
[cloud]
base_url = "http://127.0.0.1:9/base?key=querysecret"
[relay]
nats_url = "tls://natsuser:natspass@relay.example:4222"
[[devices]]
name = "pos"
driver = "pos-http"
password = "hunter2-pass"
headers = { X-Auth = "s3cret-header" }
port = 8080
owner = "mei.lin@example.com"
ratio = 1.5
tags = ["kitchen", "call 91234567"]
"""


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 11, 22, 4, 0, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        """Never waits."""


@pytest.fixture
def planted(home: Home) -> Home:
    home.prepare()
    home.config.write_text(CONFIG)
    Secrets(home).set(API_KEY, PLANTED[0])
    lines = [f"2026-11-22T04:00:00.000Z INFO agent line={number} key=ck_live_planted-key" for number in range(700)]
    (home.logs / "agent.log").write_text("\n".join([*lines, "phone +65 9123 4567 mail mei.lin@example.com", ""]))
    return home


def opened(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_bundle_holds_no_secret_and_nothing_personal(run: Run, planted: Home, peer: AgentPeer, tmp_path: Path) -> None:
    device = {"name": "pos", "driver": "pos-http", "role": "pos", "state": "attention", "sentence": "Call 91234567."}
    peer.answers["GET /v1/status"] = (200, {**STATUS, "devices": [device]})
    ended = run("bundle", str(tmp_path / "b.zip"))
    assert (ended.code, ended.out) == (0, f"{tmp_path / 'b.zip'}\n")
    parts = opened(tmp_path / "b.zip")
    for name, text in parts.items():
        assert [word for word in PLANTED if word in text] == [], name
    assert sorted(parts) == ["READ-ME.txt", "logs/agent.log", "summary.json"]
    assert len(parts["logs/agent.log"].splitlines()) == bundle.LOG_LINES


def test_the_summary_says_how_the_till_is(run: Run, planted: Home, peer: AgentPeer, tmp_path: Path) -> None:
    run("bundle", str(tmp_path / "b.zip"))
    summary: dict[str, Any] = json.loads(opened(tmp_path / "b.zip")["summary.json"])
    assert summary["agent"] == {"running": True, "version": "1.2.3"}
    assert summary["status"]["outbox"] == {"pending": 2, "parked": 1, "oldest_s": 30}
    assert summary["devices"][0]["name"] == "printer"
    assert summary["config"]["outlet"]["name"] == "Kopi & Toast"
    assert summary["config"]["devices"][0]["port"] == 8080
    assert summary["disk"]["free"] > 0


def test_without_an_agent_the_bundle_still_tells(run: Run, planted: Home, tmp_path: Path) -> None:
    assert run("bundle", str(tmp_path)).code == 0
    (path,) = tmp_path.glob("*.zip")
    parts = opened(path)
    assert json.loads(parts["summary.json"])["agent"] == {"running": False}
    assert "Agent     not running" in parts["READ-ME.txt"]
    assert "Who can fix it" in parts["READ-ME.txt"]


def test_a_silent_agent_does_not_stop_the_bundle(run: Run, planted: Home, tmp_path: Path) -> None:
    AgentPeer(url="http://127.0.0.1:1").announce(planted.root)
    run("bundle", str(tmp_path / "b.zip"))
    agent = json.loads(opened(tmp_path / "b.zip")["summary.json"])["agent"]
    assert agent["silent"] == "Cata Bridge is running on this till but does not answer."


def test_a_bundle_of_a_broken_configuration(run: Run, home: Home, tmp_path: Path) -> None:
    home.prepare()
    home.config.write_text("not toml")
    assert run("bundle", str(tmp_path / "b.zip")).code == 0
    assert json.loads(opened(tmp_path / "b.zip")["summary.json"])["config"].startswith("config.toml cannot be read")


def test_by_default_it_lies_in_the_current_folder(
    run: Run, planted: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = run("bundle", "--json")
    path = Path(json.loads(ended.out)["path"])
    assert path.parent == tmp_path
    assert re.fullmatch(r"Kopi-Toast_\d{4}-\d\d-\d\d_\d{6}\.zip", path.name)
    assert os.name != "posix" or path.stat().st_mode & 0o777 == 0o600


def test_an_outlet_without_a_name_has_one_for_its_bundle() -> None:
    assert re.fullmatch(r"outlet_2026-11-22_\d{6}\.zip", default_name({"config": "unreadable"}, FixedClock(), RandomIds()))


def test_a_folder_that_is_not_there_ends_with_5(run: Run, planted: Home, tmp_path: Path) -> None:
    ended = run("bundle", str(tmp_path / "no" / "b.zip"))
    assert ended.code == 5
    assert ended.err.startswith("The bundle cannot be written")


def test_it_never_gets_larger_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "LARGEST", 2000)
    noise = os.urandom(5000).hex()
    parts = {"summary.json": "{}", "READ-ME.txt": "", "logs/agent.log": "short", "logs/screen.log": noise}
    content = packed(parts)
    assert len(content) <= 2000
    assert packed({"summary.json": noise, "READ-ME.txt": ""})


def test_a_bundle_without_findings_says_so(run: Run, planted: Home, peer: AgentPeer, tmp_path: Path) -> None:
    peer.answers["GET /v1/doctor"] = (200, {"probes": []})
    run("bundle", str(tmp_path / "b.zip"))
    assert "No broken link." in opened(tmp_path / "b.zip")["READ-ME.txt"]
