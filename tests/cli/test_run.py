from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent.cli.practice import address
from agent.cli.run import has_display
from agent.core.errors import InvalidInput
from agent.instance import Instance
from agent.paths import Home
from tests.cli.conftest import Run

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 30.0
posix_only = pytest.mark.skipif(os.name != "posix", reason="stops a process with a signal")


def test_a_second_agent_ends_with_3(run: Run, home: Home) -> None:
    with Instance(home):
        ended = run("agent")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err


@pytest.mark.parametrize("code", [0, 1, 5])
def test_the_agents_exit_code_is_ours(run: Run, home: Home, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    async def run_agent(where: Home, *, announce: Callable[[str], None]) -> int:
        await asyncio.sleep(0)
        announce(f"running on {where.root}")
        return code

    monkeypatch.setitem(sys.modules, "agent.runtime", SimpleNamespace(run_agent=run_agent))
    ended = run("agent")
    assert (ended.code, ended.out, ended.err) == (code, "", f"running on {home.root}\n")


@pytest.mark.parametrize(("typed", "headless"), [(["demo"], False), (["demo", "--headless"], True)])
def test_the_demo_plays(run: Run, home: Home, monkeypatch: pytest.MonkeyPatch, typed: list[str], headless: bool) -> None:
    seen: list[dict[str, Any]] = []

    def run_demo(**options: Any) -> int:
        seen.append(options)
        return 1

    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setitem(sys.modules, "agent.demo", SimpleNamespace(run_demo=run_demo))
    assert run(*typed).code == 1
    assert seen == [{"headless": headless, "home": home.root}]


def test_a_demo_stays_out_of_the_home_of_the_environment(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from agent.cli.app import main

    seen: list[dict[str, Any]] = []

    def run_demo(**options: Any) -> int:
        seen.append(options)
        return 0

    monkeypatch.setenv("CATA_BRIDGE_HOME", str(home.root))
    monkeypatch.setitem(sys.modules, "agent.demo", SimpleNamespace(run_demo=run_demo))
    assert main(["demo", "--headless"]) == 0
    assert seen == [{"headless": True, "home": None}]


@pytest.mark.parametrize(
    ("env", "platform", "expected"),
    [
        ({}, "win32", True),
        ({}, "darwin", True),
        ({}, "linux", False),
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
    ],
)
def test_a_display_is_found(env: dict[str, str], platform: str, expected: bool) -> None:
    assert has_display(env, platform) is expected


def test_without_qt_there_is_no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert not has_display({"DISPLAY": ":0"}, "linux")


@pytest.mark.parametrize(
    ("listen", "expected"), [("127.0.0.1:0", ("127.0.0.1", 0)), ("[::1]:8799", ("::1", 8799)), ("localhost:1", ("localhost", 1))]
)
def test_an_address_is_read(listen: str, expected: tuple[str, int]) -> None:
    assert address(listen) == expected


@pytest.mark.parametrize("listen", ["", "8799", ":8799", "host", "host:", "host:x", "host:70000", "::1:8799", "[::1:8799"])
def test_what_is_no_address_is_refused(listen: str) -> None:
    with pytest.raises(InvalidInput):
        address(listen)


def test_a_bad_seed_is_one_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "seed.toml").write_text("nonsense = 1\n")
    ended = run("sandbox", "--listen", "127.0.0.1:0", "--seed", str(tmp_path / "seed.toml"))
    assert ended.code == 1
    assert ended.err.count("\n") == 1


@posix_only
def test_the_practice_cloud_serves_until_it_is_stopped(home: Home) -> None:
    command = [sys.executable, "-m", "agent", "sandbox", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        assert process.stdout.readline().startswith("Look inside at http://127.0.0.1:")
        with urllib.request.urlopen(f"{url}/health", timeout=DEADLINE_S) as answer:
            assert json.load(answer)["status"] == "healthy"
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=DEADLINE_S)
    assert (process.returncode, err) == (0, "")
