"""Which agent the installed screen belongs to: the machine's where there is a service, else the session's."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from installer.linux import control

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a shell script")


class Till:
    """The launcher with its three places moved into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.service = folder / "run-cata-bridge"
        self.desk = folder / "share" / "cata-bridge-desk"
        program = folder / "screen"
        program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
        program.chmod(0o755)
        script = (control.PACKAGE / "cata-bridge-screen.sh").read_text(encoding="utf-8")
        self.script = script.replace("/opt/cata-bridge/cata-bridge-screen", str(program)).replace(
            "=/run/cata-bridge", f"={self.service}"
        )

    def open(self, *words: str, **env: str) -> list[str]:
        place = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder / "share"), **env}
        command = ["sh", "-c", self.script, "cata-bridge-screen", *words]
        return subprocess.run(command, env=place, capture_output=True, text=True, check=True).stdout.split()


@pytest.fixture
def till(tmp_path: Path) -> Till:
    return Till(tmp_path)


def test_with_a_service_the_screen_is_its_client_and_starts_nothing(till: Till) -> None:
    till.service.mkdir()
    (till.service / "agent.json").write_text("{}")
    for _ in range(2):
        assert till.open("--extra") == ["--home", str(till.desk), "--no-start", "--extra"]
    assert (till.desk / "run" / "agent.json").read_text() == "{}"
    assert till.desk.stat().st_mode & 0o777 == 0o700


def test_without_a_service_the_screen_has_an_agent_of_its_own(till: Till) -> None:
    assert till.open() == []
    assert not till.desk.exists()


def test_a_home_that_is_named_is_taken(till: Till) -> None:
    till.service.mkdir()
    assert till.open("--home", "/somewhere") == ["--home", "/somewhere"]
    assert till.open(CATA_BRIDGE_HOME="/somewhere") == []
