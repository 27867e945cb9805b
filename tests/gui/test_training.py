"""Training runs beside the till, never meets its cloud, and ends with it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from agent.demo import stage
from gui.practice import Practice
from gui.session import Session
from gui.style import Look
from gui.training import MARK, Training, training_command
from gui.widgets.buttons import Button
from gui.window.main import MainWindow
from tests.gui import sample
from tests.gui.test_practice import ControlPlane

STAND_IN = """
import json, os, sys, time
json.dump({name: value for name, value in os.environ.items() if name.startswith("CATA_BRIDGE")}, open(sys.argv[1] + ".new", "w"))
os.replace(sys.argv[1] + ".new", sys.argv[1])
time.sleep(600)
"""


def test_it_is_the_demo_with_a_home_of_its_own_and_ends_with_the_screen(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CATA_BRIDGE_HOME", "/a/real/shop")
    training = Training([sys.executable, "-c", STAND_IN, str(tmp_path / "told")])
    training.toggle()
    qtbot.waitUntil(lambda: (tmp_path / "told").exists(), timeout=30_000)
    assert training.is_on
    told = json.loads((tmp_path / "told").read_text())
    assert (told[MARK], "CATA_BRIDGE_HOME" in told) == ("1", False)
    assert training_command()[-1] == "demo"
    assert "--home" not in training_command()
    training.close()
    assert not training.is_on


def test_no_setting_secret_or_policy_of_a_real_shop_reaches_a_practice(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CATA_BRIDGE_CLOUD__BASE_URL", "CATA_BRIDGE_SECRET_MANAGER_PIN", "CATA_BRIDGE_POLICY"):
        monkeypatch.setenv(name, "real")
    monkeypatch.setenv(MARK, "1")
    around = stage.Stage.surroundings.fget(None)  # type: ignore[attr-defined]
    ours = {name: value for name, value in around.items() if name.startswith("CATA_BRIDGE")}
    assert "real" not in ours.values()
    assert (ours["CATA_BRIDGE_POLICY"], ours[MARK]) == ("", "1")


def test_a_screen_in_training_says_so_in_a_solid_band_and_ends_it(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MARK, "1")
    session: Session = sample.session(sample.base())
    window = MainWindow(Look(), session, Practice("http://cloud/", ControlPlane(), session))
    qtbot.addWidget(window)
    window.show()
    end = next(button for button in window.findChildren(Button) if button.label() == "End training")
    assert window.windowTitle() == "TRAINING."
    with qtbot.waitSignal(window.training_wanted):
        end.click()
