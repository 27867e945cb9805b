"""The home directory: where it is and that it is private."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.core.errors import NeedsPerson, NotSaved
from agent.paths import MACHINE_WIDE_POSIX, Home, write_private


def test_the_option_wins_over_the_environment_over_the_platform(tmp_path: Path) -> None:
    env = {"CATA_BRIDGE_HOME": str(tmp_path / "env"), "CATA_BRIDGE_SERVICE": "1"}
    assert Home.find(tmp_path / "option", env).root == tmp_path / "option"
    assert Home.find(None, env).root == tmp_path / "env"
    assert Home.find(None, {"CATA_BRIDGE_SERVICE": "1"}).root == MACHINE_WIDE_POSIX
    assert Home.find(None, {}).root.name == "cata-bridge"
    assert Home.find("relative").root.is_absolute()


def test_files_lie_where_the_manual_says() -> None:
    home = Home(Path("/h"))
    places = [home.config, home.db, home.cache, home.journal, home.logs, home.run_file]
    assert [str(place) for place in places] == [
        "/h/config.toml", "/h/data/bridge.db", "/h/data/cache.db", "/h/data/journal.log", "/h/logs", "/h/run/agent.json",
    ]  # fmt: skip


def test_prepared_folders_are_private_even_when_they_were_not(tmp_path: Path) -> None:
    root = tmp_path / "a" / "home"
    root.mkdir(parents=True, mode=0o755)
    home = Home(root).prepare()
    for folder in (root, home.data, home.logs, home.run, home.secrets):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_home_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotSaved, match="home_not_writable"):
        Home(tmp_path / "file" / "home").prepare()


def test_a_home_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: mine + 1)
    with pytest.raises(NeedsPerson, match="home_not_ours"):
        Home(tmp_path).prepare()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a link away")
@pytest.mark.parametrize("planted", ["", "logs", "data"])
def test_a_link_that_somebody_else_laid_is_not_followed(tmp_path: Path, planted: str) -> None:
    """T18: it would have us write, and change modes, wherever it leads."""
    ours, home = tmp_path / "ours", tmp_path / "home"
    ours.mkdir(mode=0o755)
    if planted:
        home.mkdir()
    link = home / planted if planted else home
    link.symlink_to(ours)
    os.lchown(link, 12_345, 12_345)
    with pytest.raises(NeedsPerson, match="home_not_ours"):
        Home(home).prepare()
    assert ours.stat().st_mode & 0o777 == 0o755
    os.lchown(link, os.getuid(), os.getgid())
    Home(home).prepare()


def test_private_files_are_replaced_whole_and_leave_nothing(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, b"new")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o600)
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        write_private(tmp_path / "folder", b"x")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["f", "folder"]
