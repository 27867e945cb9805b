"""What IT decided for a computer wins over its tills' own files, and everybody can see what decided what."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.core.errors import InvalidInput
from agent.paths import Home
from agent.policy import ENV, policy_file
from agent.settings import load, locked


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home").prepare()
    home.config.write_text('[outlet]\nname = "Own"\ntill = "till-2"\n[orders]\nprint_to = []\n')
    return home


def with_policy(folder: Path, text: str) -> dict[str, str]:
    (folder / "policy.toml").write_text(text)
    return {ENV: str(folder / "policy.toml")}


def test_the_policy_wins_over_file_and_environment_key_by_key(home: Home, tmp_path: Path) -> None:
    env = with_policy(tmp_path, '[outlet]\nname = "IT"\n[logs]\nlevel = "debug"\n')
    env |= {"CATA_BRIDGE_OUTLET__NAME": "Env", "CATA_BRIDGE_ORDERS__KEEP_DAYS": "7"}
    settings = load(home, env)
    assert (settings.outlet.name, settings.outlet.till, settings.logs.level, settings.orders.keep_days) == (
        "IT",
        "till-2",
        "debug",
        7,
    )
    assert locked(env) == {"outlet.name": "policy", "logs.level": "policy", "orders.keep_days": "environment"}


@pytest.mark.parametrize("text", ["[outlet\n", "x" * 1_100_000])
def test_a_policy_that_cannot_be_read_is_never_passed_over(home: Home, tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInput, match="unreadable_policy"):
        load(home, with_policy(tmp_path, text))
    with pytest.raises(InvalidInput, match="unreadable_policy"):
        load(home, {ENV: str(tmp_path)})


def test_a_policy_with_an_unknown_key_is_refused_by_name(home: Home, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"outlet\.nmae; the nearest is outlet\.name"):
        load(home, with_policy(tmp_path, '[outlet]\nnmae = "IT"\n'))


def test_no_policy_is_nothing_decided(home: Home, tmp_path: Path) -> None:
    assert policy_file({ENV: ""}) is None
    assert policy_file({}) is not None
    assert load(home, {ENV: str(tmp_path / "none.toml")}).outlet.name == "Own"
