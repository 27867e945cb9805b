"""The smoke test can fail: on a tour that did not pass, a driver that is gone, a line that nobody foresaw."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gui.strings import NAMES
from installer import freeze, smoke
from installer.steps import BuildStopped

PASS = {"result": "pass", "intents": 6, "effects": 6, "lost": 0, "doubled": 0, "orders": 1, "tickets": 1}


def program(folder: Path, lines: str) -> None:
    path = folder / "cata-bridge"
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(0o755)


def test_a_tour_that_passed() -> None:
    smoke.refuse_failed_tour(f"Open  something\n{json.dumps(PASS)}\n")


@pytest.mark.parametrize("last", ["", "[]", "Scan", json.dumps(PASS | {"result": "fail"}), json.dumps(PASS | {"lost": 1})])
def test_a_tour_that_did_not(last: str) -> None:
    with pytest.raises(BuildStopped):
        smoke.refuse_failed_tour(f"Open  something\n{last}\n")


def drivers(**why_unavailable: str) -> str:
    return json.dumps({"drivers": [{"kind": kind, "why_unavailable": why} for kind, why in why_unavailable.items()]})


@pytest.mark.parametrize("frozen", [drivers(square="The component square is not installed."), drivers(revel="")])
def test_a_driver_that_freezing_broke_is_named(frozen: str) -> None:
    with pytest.raises(BuildStopped, match="square"):
        smoke.refuse_lost_drivers(frozen, here=drivers(square=""))


def test_a_driver_for_another_system_says_so_frozen_as_well() -> None:
    here = drivers(windows="This needs Windows.", square="")
    smoke.refuse_lost_drivers(here, here=here)


def test_the_screen_is_painted_in_every_language_that_it_speaks() -> None:
    assert set(freeze.LANGUAGES) == set(NAMES)


def test_lines_that_qt_always_writes_are_expected_and_others_are_not() -> None:
    assert smoke.unexpected("This plugin does not support propagateSizeHints()\n\n") == ""
    assert smoke.unexpected("This plugin does not support propagateSizeHints()\nTraceback\n") == "Traceback"


@pytest.mark.parametrize("lines", ["exit 3", "echo oops >&2"])
def test_a_program_that_fails_or_complains_stops_the_build(tmp_path: Path, lines: str) -> None:
    program(tmp_path, lines)
    with pytest.raises(BuildStopped):
        smoke.expect(tmp_path, ["cata-bridge", "version"], tmp_path)


def test_a_program_gets_nothing_of_the_builds_environment(tmp_path: Path) -> None:
    program(tmp_path, "env")
    out = smoke.expect(tmp_path, ["cata-bridge"], tmp_path / "home").out
    assert f"CATA_BRIDGE_HOME={tmp_path / 'home'}" in out
    assert (
        smoke.environment(tmp_path, {"PYTHONPATH": "x", "VIRTUAL_ENV": "y", "PATH": "z"}).keys() & {"PYTHONPATH", "VIRTUAL_ENV"}
        == set()
    )
