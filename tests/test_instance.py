"""One agent a home, found by its note, and never mistaken when it died."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.core.errors import NeedsPerson, NotSaved
from agent.instance import Instance, running
from agent.paths import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_a_second_start_is_refused_until_the_first_ends(home: Home) -> None:
    with Instance(home) as first:
        with pytest.raises(NeedsPerson, match="already_running"):
            Instance(home)
        first.close()
        Instance(home).close()
    assert not home.run_file.exists()


def test_the_note_is_private_and_goes_with_the_agent(home: Home) -> None:
    with Instance(home) as agent:
        assert running(home) is None
        agent.announce(version="0.1.0", url="http://127.0.0.1:8723", token="secret-token")
        found = running(home)
        assert found is not None
        assert (found.pid, found.url, found.token) == (os.getpid(), "http://127.0.0.1:8723", "secret-token")
        assert "secret-token" not in repr(found)
        assert home.run_file.stat().st_mode & 0o777 == 0o600
    assert running(home) is None


def test_a_service_leaves_a_second_note_for_its_group_alone(home: Home, tmp_path: Path) -> None:
    env = {"CATA_BRIDGE_SERVICE": "1", "RUNTIME_DIRECTORY": str(tmp_path)}
    note = tmp_path / "agent.json"
    with Instance(home, env) as agent:
        agent.announce(version="0.1.0", url="http://127.0.0.1:8723", token="secret-token")
        assert json.loads(note.read_bytes()) == json.loads(home.run_file.read_bytes())
        assert note.stat().st_mode & 0o777 == 0o640
    assert not note.exists()


def test_an_agent_that_is_no_service_leaves_one_note(home: Home, tmp_path: Path) -> None:
    with Instance(home, {"RUNTIME_DIRECTORY": str(tmp_path)}) as agent:
        agent.announce(version="0.1.0", url="http://127.0.0.1:8723", token="secret-token")
        assert not (tmp_path / "agent.json").exists()


def test_an_agent_that_was_killed_frees_the_home_and_its_note_does_not_count(home: Home) -> None:
    script = (
        "import sys; from pathlib import Path; from agent.paths import Home; from agent.instance import Instance\n"
        "agent = Instance(Home(Path(sys.argv[1]))); agent.announce(version='1', url='u', token='t'); print('up', flush=True)\n"
        "sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(home.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"up\n"
        note = running(home)
        assert note is not None
        assert note.pid == other.pid
        with pytest.raises(NeedsPerson):
            Instance(home)
        other.kill()
    assert home.run_file.exists()
    assert running(home) is None
    Instance(home).close()


@pytest.mark.parametrize(
    "note", ["", "{", "[]", "{}", '{"pid": "x"}', json.dumps({"pid": -1, "version": "", "url": "", "token": ""})]
)
def test_a_note_that_makes_no_sense_is_none(home: Home, note: str) -> None:
    home.prepare()
    home.run_file.write_text(note)
    assert running(home) is None


@pytest.mark.parametrize("pid", [1, 10**12])
def test_a_note_of_a_foreign_or_impossible_process(home: Home, pid: int) -> None:
    home.prepare()
    home.run_file.write_text(json.dumps({"pid": pid, "version": "", "url": "", "token": ""}))
    assert (running(home) is not None) is (pid == 1)


def test_a_home_that_cannot_be_written_is_said(home: Home) -> None:
    home.prepare()
    home.lock_file.mkdir()
    with pytest.raises(NotSaved):
        Instance(home)
    home.lock_file.rmdir()
    with Instance(home) as agent:
        home.run_file.mkdir()
        with pytest.raises(NotSaved):
            agent.announce(version="1", url="u", token="t")
        home.run_file.rmdir()
