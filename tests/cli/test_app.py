from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from agent import __version__
from agent.cli import support
from agent.cli.app import hoisted, main
from agent.cli.exits import code_of
from agent.core.errors import CataBridgeError, DamagedData, NeedsPerson, NotSaved, Refused
from agent.paths import Home
from tests.cli.conftest import Run

ROOT = Path(__file__).resolve().parents[2]


def shell(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agent", "--home", str(home.root), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_the_version_is_printed(home: Home) -> None:
    ended = shell(home, "version")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"Cata Bridge {__version__}\n", "")


def test_the_version_is_json_on_request(run: Run) -> None:
    assert json.loads(run("version", "--json").out)["version"] == __version__


def test_a_cold_start_loads_nothing_heavy() -> None:
    program = """
import sys
from agent.cli.app import main
main(["version"])
heavy = {"fastapi", "httpx2", "sqlite3", "PySide6", "rich", "keyring", "cryptography"} & set(sys.modules)
sys.exit(str(heavy) if heavy else 0)
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("typed", [["--json", "version"], ["version", "--json"]])
def test_json_may_stand_before_or_after_the_command(run: Run, typed: list[str]) -> None:
    assert json.loads(run(*typed).out)["version"]


def test_global_options_come_first_wherever_they_were_typed() -> None:
    typed = ["outbox", "list", "--home", "/a", "--limit", "3", "--debug", "--home=/b", "--", "--json"]
    assert hoisted(typed) == ["--home", "/a", "--debug", "--home=/b", "outbox", "list", "--limit", "3", "--", "--json"]


def test_a_home_without_its_folder_is_wrong_usage(run: Run) -> None:
    assert run("version", "--home").code == 2


@pytest.mark.parametrize("typed", [["nonsense"], ["version", "--nonsense"], ["outbox", "discard", "e-1"]])
def test_wrong_usage_ends_with_2(run: Run, typed: list[str]) -> None:
    ended = run(*typed)
    assert ended.code == 2
    assert ended.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Refused("no", "No."), 1),
        (NeedsPerson("already_running", "It runs."), 3),
        (NeedsPerson("not_set_up", "Not yet."), 4),
        (NotSaved("disk", "The disk is full."), 5),
        (DamagedData("damaged", "It is damaged."), 5),
    ],
)
def test_every_refusal_has_its_exit_code(error: CataBridgeError, code: int) -> None:
    assert code_of(error) == code


def test_what_nobody_expected_is_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(home: Home) -> None:
        raise RuntimeError("Traceback bait")

    monkeypatch.setattr(support, "till_api", broken)
    ended = run("status")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "Something went wrong inside Cata Bridge. Run it again with --debug and send logs/command.log.\n"


def test_debug_writes_the_traceback_to_the_log_and_not_to_the_terminal(home: Home) -> None:
    home.prepare()
    home.config.write_text("[outlet]\nnam = 1\n")
    ended = shell(home, "status", "--debug")
    assert ended.returncode == 1
    assert ended.stderr == "There is no setting outlet.nam; the nearest is outlet.name.\n"
    assert "Traceback" in (home.logs / "command.log").read_text()


def test_debug_that_cannot_be_written_ends_with_5(home: Home, run: Run) -> None:
    home.root.write_text("a file where the folder should be")
    assert run("version", "--debug").code == 5


def test_a_log_that_is_a_folder_ends_with_5(home: Home) -> None:
    (home.prepare().logs / "command.log").mkdir()
    assert shell(home, "version", "--debug").returncode == 5


def test_ctrl_c_ends_quietly(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(home: Home) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(support, "till_api", interrupted)
    ended = run("status")
    assert (ended.code, ended.out, ended.err) == (130, "", "")


def test_without_a_command_the_screen_opens(home: Home, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    def window(arguments: list[str]) -> int:
        seen.append(arguments)
        return 0

    monkeypatch.setitem(sys.modules, "gui.app", SimpleNamespace(main=window))
    assert run().code == 0
    assert seen == [["--home", str(home.root)]]


def test_without_qt_the_screen_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gui.app", None)
    ended = run()
    assert ended.code == 1
    assert "cata-bridge agent" in ended.err


def test_the_description_of_the_till_api_needs_no_agent(run: Run) -> None:
    described = json.loads(run("openapi").out)
    assert "/v1/status" in described["paths"]


def test_the_console_script_is_the_command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from agent.__main__ import main as script

    monkeypatch.setattr("sys.argv", ["cata-bridge", "version"])
    assert script() == 0
    assert capsys.readouterr().out == f"Cata Bridge {__version__}\n"
    assert main(["version"]) == 0
