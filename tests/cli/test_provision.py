from __future__ import annotations

import json
import tomllib
from pathlib import Path
from subprocess import Popen

import pytest

from agent.cli.in_force import AT_THE_START, IN_FORCE
from agent.paths import Home
from agent.secrets import API_KEY, Secrets
from agent.settings import load
from tests.cli.conftest import Ended, Run

KEY = "ck_live_provisioned"
FILE = """
[outlet]
id = "o-1"
name = "Kopi"
[cloud]
base_url = "https://tenant.example/base"
[loyalty]
points_per_unit = 1.5
[[devices]]
name = "front"
driver = "simulated-scanner"
poll_s = 0.5
[menu]
source = ""
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "till.toml"
    path.write_text(FILE)
    return path


def refused(run: Run, file: Path, text: str) -> str:
    file.write_text(text)
    ended: Ended = run("provision", str(file))
    assert (ended.code, ended.out) == (1, "")
    return ended.err


def test_a_till_is_set_up_and_a_second_time_nothing_changes(run: Run, home: Home, file: Path) -> None:
    assert "cloud.base_url" in run("provision", str(file)).out
    settings = load(home)
    assert (settings.outlet.id, settings.devices[0].options) == ("o-1", {"poll_s": 0.5})
    before = home.config.read_bytes()
    assert run("provision", str(file)).out == "Everything was so already.\n"
    assert home.config.read_bytes() == before


def test_what_the_file_does_not_name_stays(run: Run, set_up: Home, file: Path) -> None:
    file.write_text('[outlet]\ntill = "till-2"\n')
    assert json.loads(run("provision", str(file), "--json").out) == {"changed": ["outlet.till"], "in_force": False}
    assert json.loads(run("provision", str(file), "--json").out) == {"changed": [], "in_force": None}
    assert tomllib.loads(set_up.config.read_text())["cloud"]["base_url"] == "http://127.0.0.1:9"


def test_secrets_come_from_where_the_file_says(
    run: Run, home: Home, file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ROLLOUT_KEY", KEY)
    (tmp_path / "hook").write_text("whsec_from-a-file\n")
    file.write_text('[secrets]\napi-key = { env = "ROLLOUT_KEY" }\nwebhook-secret = { file = "hook" }\n')
    ended = run("provision", str(file))
    assert ended.out == f"Changed: secrets.api-key, secrets.webhook-secret.\n{AT_THE_START.sentence}\n"
    assert Secrets(home).get(API_KEY) == KEY
    assert Secrets(home).get("webhook-secret") == "whsec_from-a-file"
    assert run("provision", str(file)).out == "Everything was so already.\n"


def test_a_running_agent_works_with_it_at_once(
    run: Run, set_up: Home, agent: Popen[bytes], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROLLOUT_KEY", KEY)
    file.write_text('[outlet]\ntill = "till-2"\n[secrets]\napi-key = { env = "ROLLOUT_KEY" }\n')
    assert run("provision", str(file)).out == f"Changed: outlet.till, secrets.api-key.\n{IN_FORCE.sentence}\n"
    assert json.loads(run("status", "--json").out)["outlet"]["till"] == "till-2"
    file.write_text('[outlet]\ntill = "till-3"\n')
    assert json.loads(run("provision", str(file), "--json").out) == {"changed": ["outlet.till"], "in_force": True}
    file.write_text('[relay]\nurl = "https://relay.example"\n')
    ended = run("provision", str(file))
    assert (ended.code, ended.err.endswith("This till goes on with its earlier settings. CFG-02\n")) == (1, True), ended
    assert json.loads(run("status", "--json").out)["outlet"]["till"] == "till-3"
    assert agent.poll() is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[outlet]\nnam = 'x'\n", "There is no setting outlet.nam; the nearest is outlet.name."),
        ("[secrets]\napi-kee = {}\n", "There is no setting secrets.api-kee; the nearest is secrets.api-key."),
        ("[secrets]\nxyzzy = {}\n", "There is no setting secrets.xyzzy."),
        ("[secrets]\nseal-key = {}\n", "This key belongs to Cata Bridge itself and cannot be changed."),
        ("secrets = 1\n", "secrets must be a table."),
        ("[[devices]]\nname = 'a'\ndriver = 'serial-scaner'\n", "There is no driver named serial-scaner"),
        ("[[devices]]\nname = 'a'\ndriver = 'simulated-scanner'\npol_s = 1\n", "no setting named pol_s; the nearest is poll_s"),
        ("[menu]\nsource = 'pos'\n", "there is no device named 'pos'"),
        ("not toml", "cannot be read"),
        ("#" * (1024 * 1024 + 1), "far too large"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_written(run: Run, home: Home, file: Path, text: str, sentence: str) -> None:
    assert sentence in refused(run, file, text)
    assert not home.config.exists()


@pytest.mark.parametrize("given", [f'"{KEY}"', f'{{ value = "{KEY}" }}', f'{{ env = "{KEY}" }}', f'{{ file = "{KEY}" }}'])
def test_a_secret_written_into_the_file_is_refused_and_not_repeated(run: Run, file: Path, given: str) -> None:
    said = refused(run, file, f"[secrets]\napi-key = {given}\n")
    assert said.startswith("secrets.api-key")
    assert KEY not in said


def test_a_device_may_be_named_that_is_there_already(run: Run, home: Home, file: Path) -> None:
    run("provision", str(file))
    file.write_text('[menu]\nsource = "front"\n')
    assert run("provision", str(file)).code == 0
    assert load(home).menu.source == "front"


def test_a_file_that_is_not_there_is_said(run: Run, tmp_path: Path) -> None:
    assert run("provision", str(tmp_path / "none.toml")).err.endswith("cannot be read.\n")
