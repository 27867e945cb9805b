"""Devices out of the settings: one with bad settings never keeps the others from working."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.core.device import Role
from agent.paths import Home
from agent.plugging import REPEAT_WINDOW_S, DeviceDrawer, plug_in
from agent.secrets import Secrets
from agent.settings import DeviceSettings
from drivers.spec import Pocket
from tests.support.device_sink import context


def device(name: str, driver: str, **options: object) -> DeviceSettings:
    return DeviceSettings(name=name, driver=driver, options=options)


def test_a_bad_device_is_kept_with_its_sentence_and_the_good_ones_are_built(tmp_path: Path) -> None:
    found = plug_in(
        [
            device("oven", "toaster-9000"),
            device("kitchen", "simulated-printer", folder=str(tmp_path / "tickets"), colour="red"),
            device("bar", "simulated-printer", folder=str(tmp_path / "tickets")),
        ],
        context(tmp_path),
        {},
        lambda _name: Pocket(),
    )
    assert [(one.name, one.role, one.device is not None, one.reason) for one in found] == [
        ("oven", Role.SCANNER, False, "unknown_driver"),
        ("kitchen", Role.PRINTER, False, "invalid_setting"),
        ("bar", Role.PRINTER, True, ""),
    ]
    assert "toaster-9000" in found[0].problem
    assert "colour" in found[1].problem


@pytest.mark.parametrize(
    ("given", "window"), [({}, REPEAT_WINDOW_S), ({"repeat_window_s": 4}, 4.0), ({"repeat_window_s": 0.5}, 0.5)]
)
def test_each_scanner_has_its_own_repeat_window(tmp_path: Path, given: dict[str, object], window: float) -> None:
    scanner = device("front", "tcp-scanner", mode="connect", host="127.0.0.1", port=9, **given)
    (one,) = plug_in([scanner], context(tmp_path), {}, lambda _name: Pocket())
    assert (one.device is not None, one.repeat_window_s) == (True, window)


async def test_what_a_device_renews_by_itself_survives_in_the_store_and_wins_over_what_it_was_given(tmp_path: Path) -> None:
    home = Home(tmp_path).prepare()
    env = {"CATA_BRIDGE_SECRETS": "file", "CATA_BRIDGE_SECRET_DEVICE_POS_REFRESH_TOKEN": "first"}
    drawer = DeviceDrawer(Secrets(home, env), "pos")
    assert await drawer.read("refresh-token") == "first"
    await drawer.keep("refresh-token", "second")
    again = DeviceDrawer(Secrets(home, env), "pos")
    assert await again.read("refresh-token") == "second"
    assert await DeviceDrawer(Secrets(home, env), "other").read("refresh-token") is None
    assert not held_in_plain(tmp_path, b"second")


def held_in_plain(folder: Path, secret: bytes) -> bool:
    return any(secret in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_printer_names_the_one_that_takes_over(tmp_path: Path) -> None:
    (kitchen,) = plug_in([device("kitchen", "simulated-printer", backup="bar")], context(tmp_path), {}, lambda _name: Pocket())
    assert kitchen.backup == "bar"
