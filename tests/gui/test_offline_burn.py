"""Redeeming without a connection, at the screen: the worst case in money comes first, then a manager's PIN."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from agent.paths import Home
from agent.secrets import Secrets
from gui.link.client import Answer
from gui.preferences.offline_burn import OfflineBurnPanel
from gui.strings import languages, tell_customer
from gui.widgets.dialogs import Question
from gui.widgets.pin import PinPad
from gui.window.main import MainWindow
from gui.wire.offline_burn import read_offline_burn
from tests.gui import gallery, sample
from tests.gui.test_truth import CONFIG, AgentProcess, Screens

BOUNDED = (
    CONFIG
    + """
[loyalty]
offline_burn = "bounded"
[loyalty.offline]
point_value = "0.01"
device_cap = "50.00"
devices = 10
"""
)


@pytest.fixture
def panel(window: MainWindow) -> OfflineBurnPanel:
    gallery.preferences(window)
    return window.preferences.offline_burn


def test_the_worst_case_stands_there_before_the_switch_and_in_the_question(panel: OfflineBurnPanel) -> None:
    assert "500.00" in panel.worst.text()
    assert panel.switch.label() == "Switch on…"
    question = panel.ask()
    assert any("500.00" in text for text in (each.text() for each in question.findChildren(type(panel.state))))


def test_what_was_shown_is_what_is_agreed_to_and_a_wrong_pin_is_said(panel: OfflineBurnPanel, agent: sample.SilentAgent) -> None:
    question = panel.ask()
    pad = question.findChild(PinPad)
    assert pad is not None
    assert pad.field.echoMode() is QLineEdit.EchoMode.Password
    QTest.keyClicks(pad.field, "1111")
    QTest.keyClick(pad.field, Qt.Key.Key_Return)
    assert agent.posts()[-1][:2] == ("/v1/offline-burn/on", {"worst_case": "500.00", "pin": "1111"})
    agent.waiting.pop()(Answer(403, {}, "pin_required", "This needs the manager’s PIN."))
    assert question.isVisible()
    assert not panel.seen.on


@pytest.mark.parametrize(("locked", "said"), [("policy", "this computer’s policy"), ("", "has to allow it first")])
def test_where_the_settings_deny_it_there_is_no_switch(panel: OfflineBurnPanel, locked: str, said: str) -> None:
    panel.open(locked)
    panel.show_seen(read_offline_burn({"allowed": False, "on": False, "why": "denied"}))
    assert not panel.switch.isVisibleTo(panel)
    assert said in panel.state.text()


def test_a_mode_that_switched_itself_off_says_why(panel: OfflineBurnPanel) -> None:
    panel.show_seen(read_offline_burn({**sample.OFFLINE_BURN, "why": "cap_hit"}))
    assert "reached its limit" in panel.state.text()


def test_a_granted_discount_is_told_to_the_customer_and_is_not_called_confirmed(window: MainWindow) -> None:
    gallery.granted(window)
    window.tick()
    answer = window.counter.answer
    assert answer._sentence.isVisible()
    assert "200" in answer._sentence.text()
    assert "7K2M" in answer._title.text()
    assert "onfirmed" not in answer._title.text() + answer._meaning.text()
    for code, _ in languages():
        assert "200" in tell_customer(code, "granted", points="200", balance="1", pending="0")


@pytest.mark.xdist_group("truth")
def test_a_manager_switches_a_real_agent_on_and_anybody_off(tmp_path: Path, qtbot: QtBot) -> None:
    home = Home(tmp_path / "home").prepare()
    home.config.write_text(BOUNDED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CATA_BRIDGE_SECRETS", "file")
        Secrets(home).set("manager-pin", "2468")
    process = AgentProcess(home)
    process.start(qtbot)
    screens = Screens(home.root)
    try:
        one = screens.one()
        qtbot.waitUntil(lambda: one.session.state.status is not None, timeout=20_000)
        one.window.open_page("settings")
        panel = one.window.preferences.offline_burn
        qtbot.waitUntil(lambda: panel.seen.allowed, timeout=10_000)
        assert panel.worst.text().endswith("in one outage")
        question = panel.ask()
        pad = question.findChild(PinPad)
        assert pad is not None
        before = shown_in(question)
        pad.field.setText("1111")
        QTest.keyClick(pad.field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: shown_in(question) != before, timeout=10_000)
        pad.field.setText("2468")
        QTest.keyClick(pad.field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: panel.seen.on, timeout=10_000)
        panel.press()
        qtbot.waitUntil(lambda: not panel.seen.on, timeout=10_000)
    finally:
        for one in list(screens.open):
            screens.close(one)
        process.kill()


def shown_in(question: Question) -> list[str]:
    """Every line that can be read; a refusal is one more."""
    return [each.text() for each in question.findChildren(QLabel) if each.isVisible()]
