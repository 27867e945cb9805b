"""The package: its papers, its files and modes, and a unit that lets the agent do its work and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from agent.paths import MACHINE_WIDE_POSIX
from gui.link.address import APP
from installer.linux import control, deb
from installer.linux.try_deb import settings
from installer.steps import BuildStopped, version

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a Debian package is made and read on such systems")
UNIT = (control.PACKAGE / "cata-bridge.service").read_text(encoding="utf-8")


@pytest.fixture
def frozen(tmp_path: Path) -> Path:
    folder = tmp_path / "frozen"
    (folder / "lib").mkdir(parents=True)
    (folder / "lib" / "data.json").write_text("{}")
    for name in ("cata-bridge", "cata-bridge-screen"):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o775)
    return folder


def test_control_has_every_field_and_no_empty_one() -> None:
    text = control.control("1.2.3", installed_bytes=2049, libc="2.36", arch="amd64")
    fields = dict(line.split(": ", 1) for line in text.splitlines() if not line.startswith(" "))
    assert fields["Package"] == "cata-bridge"
    assert fields["Version"] == "1.2.3"
    assert fields["Architecture"] == "amd64"
    assert fields["Installed-Size"] == "3"
    assert fields["Depends"].startswith("libc6 (>= 2.36), ")
    assert all(fields.values())
    assert text.endswith("\n")


@pytest.mark.parametrize(("machine", "word"), [("x86_64", "amd64"), ("aarch64", "arm64"), ("riscv64", "riscv64")])
def test_debians_word_for_the_processor(machine: str, word: str) -> None:
    assert control.architecture(machine) == word


def test_files_get_their_places_and_modes(frozen: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    deb.fill(tree, frozen)
    deb.describe(tree)
    for placed in control.PLACED:
        assert (tree / placed.target).stat().st_mode & 0o777 == placed.mode
    assert (tree / "opt/cata-bridge/cata-bridge").stat().st_mode & 0o777 == 0o755
    assert (tree / "opt/cata-bridge/lib/data.json").stat().st_mode & 0o777 == 0o644
    assert all((tree / "DEBIAN" / name).stat().st_mode & 0o777 == 0o755 for name in control.SCRIPTS)
    assert f"Version: {version()}\n" in (tree / "DEBIAN/control").read_text()
    assert not [path for path in tree.rglob("*") if not path.is_symlink() and path.stat().st_mode & 0o022]


def test_a_build_without_frozen_programs_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BuildStopped, match="make build"):
        deb.build(tmp_path / "absent", tmp_path)


@pytest.mark.parametrize(
    "script", sorted(path for path in control.PACKAGE.iterdir() if path.read_bytes().startswith(b"#!/bin/sh"))
)
def test_scripts_are_shell(script: Path) -> None:
    assert subprocess.run(["sh", "-n", script], capture_output=True, check=False).returncode == 0


def test_every_file_of_the_package_folder_is_used() -> None:
    assert {path.name for path in control.PACKAGE.iterdir()} == {placed.source for placed in control.PLACED} | set(
        control.SCRIPTS
    )


def test_the_unit_runs_the_agent_as_its_own_user_in_the_home_that_the_agent_takes() -> None:
    assert settings(UNIT, "User") == settings(UNIT, "Group") == ["cata-bridge"]
    assert settings(UNIT, "ExecStart") == [f"/{control.PROGRAMS}/cata-bridge agent"]
    assert "CATA_BRIDGE_SERVICE=1" in settings(UNIT, "Environment")
    assert settings(UNIT, "StateDirectory") == [MACHINE_WIDE_POSIX.name]
    assert Path("/", control.STATE) == MACHINE_WIDE_POSIX
    assert settings(UNIT, "StateDirectoryMode") == ["0700"]
    assert settings(UNIT, "RuntimeDirectory") == [APP]
    assert settings(UNIT, "RuntimeDirectoryMode") == ["0750"]


@pytest.mark.parametrize("name", ["NoNewPrivileges", "RestrictSUIDSGID", "ProtectKernelModules", "LockPersonality", "PrivateTmp"])
def test_the_unit_is_hardened(name: str) -> None:
    assert settings(UNIT, name) == ["yes"]


@pytest.mark.parametrize("name", ["PrivateDevices", "DevicePolicy", "DeviceAllow", "ProtectClock"])
def test_nothing_in_the_unit_shuts_scanners_out(name: str) -> None:
    assert settings(UNIT, name) == []


def test_the_service_never_gives_up() -> None:
    assert settings(UNIT, "Restart") == ["always"]
    assert settings(UNIT, "StartLimitIntervalSec") == ["0"]


@pytest.mark.skipif(shutil.which("desktop-file-validate") is None, reason="desktop-file-utils is not installed")
@pytest.mark.parametrize("name", ["cata-bridge.desktop", "cata-bridge-screen.desktop"])
def test_menu_entries_are_valid(name: str) -> None:
    told = subprocess.run(["desktop-file-validate", control.PACKAGE / name], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (0, "")
