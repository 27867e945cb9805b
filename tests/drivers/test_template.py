"""The template of a driver package: installed beside us it is found, listed, and passes the contract suite unchanged."""

from __future__ import annotations

import configparser
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "docs" / "driver-template"


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    """An environment in which the package is installed, as far as Python can tell."""
    project = tomllib.loads((TEMPLATE / "pyproject.toml").read_text("utf-8"))["project"]
    info = tmp_path / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    points = configparser.ConfigParser()
    points.read_dict(project["entry-points"])
    with (info / "entry_points.txt").open("w") as file:
        points.write(file)
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(TEMPLATE), str(ROOT)])}


def run(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=100
    )


def test_it_is_listed_like_our_own(installed: dict[str, str], tmp_path: Path) -> None:
    listed = json.loads(run(installed, "agent", "--home", str(tmp_path), "--json", "devices", "--drivers").stdout)["drivers"]
    (acme,) = [driver for driver in listed if driver["kind"] == "acme-pos"]
    assert (acme["role"], acme["why_unavailable"]) == ("pos", "")
    assert {setting["name"] for setting in acme["settings"]} == {"base_url", "timeout_s", "poll_s"}


def test_it_passes_the_contract_suite(installed: dict[str, str]) -> None:
    suite = run(installed, "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "tests/contract", "-k", "acme-pos")
    assert suite.returncode == 0, suite.stdout
    assert " passed" in suite.stdout
