"""A home of its own for every test, and the command line run in this process."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.cli.app import main
from agent.instance import running
from agent.paths import Home
from tests.support.agent_peer import AgentPeer, agent_peer


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


DEADLINE_S = 60.0
Run = Callable[..., Ended]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    for name in [name for name in os.environ if name.startswith("CATA_BRIDGE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CATA_BRIDGE_SECRETS", "file")
    monkeypatch.setenv("COLUMNS", "200")
    return Home(tmp_path / "home")


@pytest.fixture
def run(home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def typed(*arguments: str, stdin: str = "") -> Ended:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        code = main(["--home", str(home.root), *arguments])
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    return typed


@pytest.fixture
def peer(home: Home) -> Iterator[AgentPeer]:
    with agent_peer() as running:
        running.announce(home.root)
        yield running


@pytest.fixture
def agent(set_up: Home) -> Iterator[subprocess.Popen[bytes]]:
    """A real one, in a process of its own, that has announced itself."""
    set_up.config.write_text(set_up.config.read_text() + '[till_api]\nlisten = "127.0.0.1:0"\n[webhook]\nlisten = ""\n')
    command = [sys.executable, "-m", "agent", "--home", str(set_up.root), "agent"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            ends = time.monotonic() + DEADLINE_S
            while running(set_up) is None:
                assert process.poll() is None
                assert time.monotonic() < ends
                time.sleep(0.05)
            yield process
        finally:
            process.terminate()


@pytest.fixture
def set_up(home: Home) -> Home:
    home.prepare()
    home.config.write_text('[outlet]\nid = "o-1"\nname = "Kopi"\n[cloud]\nbase_url = "http://127.0.0.1:9"\n')
    return home
