from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.cli.logs import followed, tail
from agent.paths import Home
from tests.cli.conftest import Run

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 20.0


@pytest.fixture
def log(home: Home) -> Path:
    path = home.prepare().logs / "agent.log"
    path.write_text("one\ntwo\nthree\n")
    return path


def test_the_last_lines_are_printed(run: Run, log: Path) -> None:
    assert run("logs").out == "one\ntwo\nthree\n"
    assert run("logs", "-n", "2").out == "two\nthree\n"
    assert json.loads(run("logs", "-n", "1", "--json").out) == "three"


def test_the_screens_log_is_another_one(run: Run, log: Path) -> None:
    log.with_name("screen.log").write_text("window opened\n")
    assert run("logs", "--screen").out == "window opened\n"


def test_a_log_that_is_not_there_yet_is_said(run: Run, home: Home) -> None:
    ended = run("logs")
    assert (ended.code, ended.err) == (1, f"There is no log yet at {home.logs / 'agent.log'}.\n")


def test_lines_from_before_the_last_rotation_are_printed_too(run: Run, log: Path) -> None:
    for ended, text in {"99": "oldest\n", "100": "older\nold\n", "bak": "foreign\n"}.items():
        log.with_name(f"agent.log.{ended}").write_text(text)
    assert run("logs", "-n", "5").out == "older\nold\none\ntwo\nthree\n"
    assert run("logs", "-n", "50").out == "oldest\nolder\nold\none\ntwo\nthree\n"


def test_half_a_line_waits_for_its_end(log: Path) -> None:
    log.write_text("one\ntw")
    assert tail(log, 10) == (["one"], 4)


@pytest.fixture
def following(log: Path) -> Iterator[Callable[[], str]]:
    """Lines as `followed` gives them, each waited for."""
    stop = threading.Event()
    lines = followed(log, log.stat().st_size, stop)
    waiting = threading.Timer(DEADLINE_S, stop.set)
    waiting.start()
    yield lambda: next(lines)
    stop.set()
    waiting.cancel()
    assert list(lines) == []


def test_new_lines_are_followed(log: Path, following: Callable[[], str]) -> None:
    with log.open("a") as file:
        file.write("four\nfi")
    assert following() == "four"
    with log.open("a") as file:
        file.write("ve\n")
    assert following() == "five"


def test_rotation_is_followed(log: Path, following: Callable[[], str]) -> None:
    log.rename(log.with_name("agent.log.1"))
    log.write_text("fresh\n")
    assert following() == "fresh"
    log.write_text("")
    os.truncate(log, 0)
    with log.open("a") as file:
        file.write("x\n")
    assert following() == "x"


def test_a_log_that_goes_away_and_comes_back_is_followed(log: Path, following: Callable[[], str]) -> None:
    log.unlink()
    threading.Timer(0.5, lambda: log.write_text("back\n")).start()
    assert following() == "back"


def test_a_log_that_begins_later_is_followed(home: Home) -> None:
    path = home.prepare().logs / "agent.log"
    assert tail(path, 5) == ([], 0)
    stop = threading.Event()
    lines = followed(path, 0, stop)
    threading.Timer(0.5, lambda: path.write_text("first\n")).start()
    assert next(lines) == "first"
    stop.set()
    assert list(lines) == []


def _heed_ctrl_c() -> None:
    """A shell starts what runs in its background deaf to Ctrl-C, and so would be what the tests start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_ctrl_c_ends_following_with_0(home: Home, log: Path) -> None:
    command = [sys.executable, "-m", "agent", "--home", str(home.root), "logs", "-f", "-n", "1"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=_heed_ctrl_c
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "three\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=DEADLINE_S)
    assert (process.returncode, out, err) == (0, "", "")
