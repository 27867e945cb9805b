"""Not sent yet: one right button each, and nothing is discarded by accident."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit

from gui.outbox.steps import Step, step_for
from gui.session import Session
from gui.state import with_event
from gui.widgets.buttons import Button
from gui.widgets.dialogs import Question
from gui.window.main import MainWindow
from gui.window.top_bar import Page
from gui.wire.entries import read_entry
from tests.gui import sample
from tests.gui.test_counter import keys

DOWN, ENTER, DELETE = Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Delete


@pytest.fixture
def outbox(window: MainWindow, session: Session) -> MainWindow:
    session.state = with_event(session.state, "snapshot", {"entries": sample.OUTBOX}, sample.NOW)
    window.show_page(Page.OUTBOX)
    return window


def dialog() -> Question:
    found = QApplication.activeModalWidget()
    assert isinstance(found, Question)
    return found


def press(question: Question, label: str) -> None:
    next(button for button in question.findChildren(Button) if button.label() == label).click()


def test_what_needs_a_person_comes_first(outbox: MainWindow) -> None:
    assert [row.entry.id for row in outbox.outbox.rows] == ["p1", "p2", "w1", "w2", "w3", "w4"]
    assert outbox.top.tabs[Page.OUTBOX].accessibleDescription() == "2"


@pytest.mark.parametrize(("id_", "step"), [
    ("p1", Step.CHOOSE_MEMBER), ("p2", Step.MARK_CANCELLED), ("w1", Step.ASK_AGAIN), ("w2", Step.SEND_NOW),
])  # fmt: skip
def test_each_entry_has_its_one_right_button(id_: str, step: Step) -> None:
    assert step_for(next(read_entry(each) for each in sample.OUTBOX if each["id"] == id_)) is step


def test_a_reason_nobody_knows_can_be_sent_again() -> None:
    odd = sample.entry("x", "12:00", "earn", "u", 1, "", state="parked", error={"reason": "moon_phase", "message": "Odd."})
    assert step_for(read_entry(odd)) is Step.SEND_AGAIN


def test_down_and_enter_send_a_waiting_entry_now(outbox: MainWindow, agent: sample.SilentAgent) -> None:
    keys(outbox, DOWN, DOWN, DOWN, DOWN, ENTER)
    assert agent.posts()[-1][0] == "/v1/outbox/w2/retry"


def test_discarding_needs_a_reason_and_brings_the_pin(outbox: MainWindow, agent: sample.SilentAgent) -> None:
    keys(outbox, DOWN, DOWN, DOWN, DELETE)
    question = dialog()
    press(question, "Discard")
    assert agent.posts() == []
    reason, pin = question.findChildren(QLineEdit)
    assert pin.echoMode() is QLineEdit.EchoMode.Password
    reason.setText("Customer left")
    press(question, "Discard")
    assert agent.posts()[-1][:2] == ("/v1/outbox/w1/discard", {"reason": "Customer left"})
    agent.refuse("pin_required", "The manager’s PIN is needed.", 403)
    assert question.isVisible()
    pin.setText("2468")
    press(question, "Discard")
    assert agent.posts()[-1][1] == {"reason": "Customer left", "pin": "2468"}
    agent.answer({**sample.OUTBOX[2], "state": "discarded"})
    outbox.refresh()
    assert "w1" not in [row.entry.id for row in outbox.outbox.rows]


def test_escape_discards_nothing(outbox: MainWindow, agent: sample.SilentAgent) -> None:
    keys(outbox, DOWN, DELETE)
    dialog().reject()
    assert agent.posts() == []


def test_another_member_gets_the_points_before_the_old_entry_goes(outbox: MainWindow, agent: sample.SilentAgent) -> None:
    keys(outbox, DOWN, ENTER)
    question = dialog()
    question.findChildren(QLineEdit)[0].setText("91234567")
    press(question, "Give the points")
    agent.answer(sample.MEMBERS[0])
    path, body, key = agent.posts()[-1]
    assert (path, body["points"], key) == ("/v1/loyalty/earn", 18, "instead-p1")
    agent.answer(sample.entry("n1", "12:41", "earn", sample.MEI, 18, "", state="pending", outcome="queued"), 201)
    assert agent.posts()[-1][0] == "/v1/outbox/p1/discard"


def test_a_cancelled_order_is_marked_and_its_entry_leaves(outbox: MainWindow, agent: sample.SilentAgent) -> None:
    keys(outbox, DOWN, DOWN, Qt.Key.Key_Up, DOWN, ENTER)
    assert agent.posts()[-1][0] == "/v1/orders/A104/status"
    agent.refuse("illegal_status", "The order has ended.")
    assert agent.posts()[-1][0] == "/v1/outbox/p2/discard"


def test_a_discount_without_points_stands_there_until_a_manager_has_seen_it(
    outbox: MainWindow, session: Session, agent: sample.SilentAgent
) -> None:
    grant = {"id": "g", "points": 20, "value": {"minor": 20, "currency": "SGD"}, "slip": "7K2M"}
    error = {"reason": "shortfall", "message": "A discount of SGD 0.20 was given without a connection. The outlet bears it."}
    short = sample.entry("s1", "12:00", "burn", sample.MEI, 20, "", state="settled", outcome="declined", error=error)
    session.hear("entry", {**short, "grant": grant})
    status = {**sample.status(), "offline_burn": {"unseen": 1}}
    session.hear("status", status)
    outbox.refresh()
    (row,) = [each for each in outbox.outbox.rows if each.entry.id == "s1"]
    assert "7K2M" not in row.accessibleName()
    assert "SGD 0.20" in row.accessibleName()
    assert step_for(row.entry) is Step.SEEN
    row.button.click()
    field = dialog().findChild(QLineEdit)
    assert field is not None
    field.setText("4711")
    press(dialog(), "Seen")
    assert agent.posts()[-1][:2] == ("/v1/offline-burn/seen", {"pin": "4711"})
    session.hear("status", {**status, "offline_burn": {"unseen": 0}})
    outbox.refresh()
    assert "s1" not in [each.entry.id for each in outbox.outbox.rows]
