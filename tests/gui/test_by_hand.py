"""Points without a receipt, where the outlet asks for a reason and the manager's PIN."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from gui.counter.by_hand import ByHandQuestion
from gui.session import Session
from gui.widgets.buttons import Button
from gui.window.main import MainWindow
from tests.gui import sample
from tests.gui.test_counter import keys

ENTER = Qt.Key.Key_Return


@pytest.fixture
def asked(window: MainWindow, agent: sample.SilentAgent) -> ByHandQuestion:
    window.flow._serve(sample.known(sample.MEI), "", "KK-MEI-001")
    keys(window, Qt.Key.Key_2, Qt.Key.Key_0, Qt.Key.Key_0, Qt.Key.Key_0, ENTER)
    agent.refuse("reason_needed", "Points without a receipt need a reason.", 422)
    (question,) = window.findChildren(ByHandQuestion)
    return question


def test_reason_and_pin_are_asked_by_keyboard_and_go_out_under_the_same_key(
    asked: ByHandQuestion, window: MainWindow, agent: sample.SilentAgent
) -> None:
    first = agent.posts()[-1]
    QTest.keyClicks(asked.note, "Receipt lost")
    QTest.keyClick(asked.note, ENTER)
    QTest.keyClicks(asked.pin.field, "2468")
    QTest.keyClick(asked.pin.field, ENTER)
    path, body, key = agent.posts()[-1]
    assert (path, key) == ("/v1/loyalty/earn", first[2])
    assert body == {**first[1], "note": "Receipt lost", "pin": "2468"}
    agent.answer(sample.entry("n1", "12:41", "earn", sample.MEI, 20, "", state="pending", outcome="queued"), 201)
    assert not asked.isVisible()
    assert window.flow.desk.digits == 0


def test_a_wrong_pin_is_said_in_place_and_the_reason_stays(asked: ByHandQuestion, agent: sample.SilentAgent) -> None:
    asked.note.setText("Receipt lost")
    asked.pin.field.setText("1111")
    asked.send()
    agent.refuse("pin_required", "This needs the manager’s PIN.", 403)
    assert asked.isVisible()
    assert (asked.note.text(), asked.pin.field.text()) == ("Receipt lost", "")
    assert "PIN" in asked._wrong.text()


def test_nothing_goes_out_without_a_reason(asked: ByHandQuestion, agent: sample.SilentAgent) -> None:
    before = len(agent.posts())
    asked.pin.field.setText("2468")
    asked.send()
    assert len(agent.posts()) == before


def test_the_pin_can_be_touched_and_is_never_shown(asked: ByHandQuestion) -> None:
    for digit in "2468":
        next(key for key in asked.pin.findChildren(Button) if key.label() == digit).click()
    assert asked.pin.field.text() == "2468"
    assert asked.pin.field.echoMode() is QLineEdit.EchoMode.Password


def test_going_back_keeps_what_was_typed(asked: ByHandQuestion, window: MainWindow, session: Session) -> None:
    asked.reject()
    assert (window.flow.desk.digits, window.flow.desk.sending) == (2000, False)
