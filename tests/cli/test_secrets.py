from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agent.cli import terminal
from agent.paths import Home
from agent.secrets import API_KEY, SEAL_KEY, Secrets
from tests.cli.conftest import Run
from tests.support.agent_peer import AgentPeer

KEY = "ck_live_very-secret-key"
ROOT = Path(__file__).resolve().parents[2]


def test_a_secret_comes_from_stdin_and_is_never_shown(home: Home) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "agent", "secret", "set", API_KEY, "--home", str(home.root)],
        cwd=ROOT,
        input=f"{KEY}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0
    assert KEY not in ended.stdout
    assert ended.stderr == ""
    assert "lie in a file" in ended.stdout
    assert Secrets(home).get(API_KEY) == KEY


def test_a_person_types_it_without_echo(run: Run, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "is_person", lambda: True)
    monkeypatch.setattr("getpass.getpass", lambda prompt: KEY)
    assert run("secret", "set", "device/pos-1").code == 0
    assert Secrets(home).get("device/pos-1") == KEY


def test_only_names_are_listed(run: Run) -> None:
    run("secret", "set", API_KEY, stdin=KEY)
    assert run("secret", "list").out == "api-key\n"
    assert json.loads(run("secret", "list", "--json").out) == {"secrets": ["api-key"], "weak": True}


def test_a_secret_can_be_forgotten(run: Run, home: Home) -> None:
    run("secret", "set", API_KEY, stdin=KEY)
    assert run("secret", "clear", API_KEY).out == "api-key is forgotten.\n"
    assert Secrets(home).get(API_KEY) is None


def test_nothing_entered_changes_nothing(run: Run, home: Home) -> None:
    run("secret", "set", API_KEY, stdin=KEY)
    ended = run("secret", "set", API_KEY, stdin="")
    assert (ended.code, ended.err) == (1, "Nothing was entered for: api-key.\n")
    assert Secrets(home).get(API_KEY) == KEY


@pytest.mark.parametrize("name", ["api-kee", SEAL_KEY])
def test_only_secrets_of_people_can_be_set(run: Run, home: Home, name: str) -> None:
    before = Secrets(home).seal_key()
    assert run("secret", "set", name, stdin=KEY).code == 1
    assert run("secret", "clear", name).code == 1
    assert Secrets(home).seal_key() == before


def test_a_running_agent_uses_the_new_secret_at_once(run: Run, peer: AgentPeer) -> None:
    peer.answers["POST /v1/cloud/probe"] = (200, {})
    run("secret", "set", API_KEY, stdin=KEY)
    assert peer.lines() == ["POST /v1/cloud/probe"]
    assert KEY not in json.dumps(peer.calls[0].body)


def test_an_agent_that_cannot_be_told_is_no_failure(run: Run, peer: AgentPeer) -> None:
    assert run("secret", "set", API_KEY, stdin=KEY).code == 0
    assert peer.lines() == ["POST /v1/cloud/probe"]
