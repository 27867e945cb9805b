"""The counter by keyboard alone: look up, earn, redeem, take back, claim."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from gui.counter.desk import Desk, Mode, Verdict, answered, serving, typed
from gui.session import Session
from gui.state import with_event
from gui.widgets.buttons import Button
from gui.widgets.dialogs import Question
from gui.window.main import MainWindow
from gui.wire.entries import read_entry
from tests.gui import sample


def key_of(char: str) -> Qt.Key:
    """The key that types a character."""
    return Qt.Key(ord(char.upper()))


def keys(window: MainWindow, *pressed: str | Qt.Key) -> None:
    """Press keys as the platform delivers them."""
    for key in pressed:
        if isinstance(key, Qt.Key):
            QTest.keyClick(window.windowHandle(), key)
            continue
        for char in key:
            QTest.keyClick(window.windowHandle(), key_of(char))


ENTER, F2, F3, ESC, BACK = Qt.Key.Key_Return, Qt.Key.Key_F2, Qt.Key.Key_F3, Qt.Key.Key_Escape, Qt.Key.Key_Backspace


@pytest.fixture
def served(window: MainWindow, session: Session) -> MainWindow:
    """Mei stands at the counter."""
    session.hear("scan", {"scan_id": "s1", "kind": "member", "member": sample.MEMBERS[0]})
    return window


def test_a_typed_number_finds_the_member(window: MainWindow, agent: sample.SilentAgent) -> None:
    keys(window, F2, "91234567", ENTER)
    assert agent.posts()[-1][:2] == ("/v1/members/lookup", {"identifier": "91234567"})
    agent.answer(sample.MEMBERS[0])
    assert window.flow.desk.member is not None
    assert window.counter.card.isVisible()


def test_an_unknown_number_is_said_and_stays_typed(window: MainWindow, agent: sample.SilentAgent) -> None:
    keys(window, F2, "91234567", ENTER)
    agent.refuse("member_unknown", "There is no member with this number.", 404)
    assert window.counter.empty.field.text() == "91234567"
    assert window.status_line.accessibleName() == "There is no member with this number."


def test_cents_come_from_the_right_and_enter_earns(served: MainWindow, agent: sample.SilentAgent) -> None:
    keys(served, "2450", ENTER)
    path, body, key = agent.posts()[-1]
    assert (path, body["amount"], bool(key)) == ("/v1/loyalty/earn", "24.50", True)
    agent.answer(sample.entry("n1", "12:41", "earn", sample.MEI, 24, "", state="pending", outcome="queued"), 201)
    assert served.flow.desk.digits == 0
    assert served.flow.desk.undo is not None
    assert "n1" in served._session.state.entries


def test_enter_does_nothing_while_the_amount_is_zero(served: MainWindow, agent: sample.SilentAgent) -> None:
    keys(served, ENTER, "7", BACK, ENTER)
    assert agent.posts() == []


def test_enter_twice_earns_once(served: MainWindow, agent: sample.SilentAgent) -> None:
    keys(served, "2450", ENTER, ENTER)
    assert len(agent.posts()) == 1


def test_an_unanswered_earn_is_asked_again_under_the_same_key(served: MainWindow, agent: sample.SilentAgent) -> None:
    keys(served, "2450", ENTER)
    agent.refuse("agent_gone", "No answer.", 0)
    keys(served, ENTER)
    first, second = agent.posts()
    assert first == second
    agent.refuse("agent_gone", "No answer.", 0)
    keys(served, "0", ENTER)
    assert agent.posts()[-1][2] != first[2]


def test_a_declined_redemption_says_so_and_lets_go(served: MainWindow, agent: sample.SilentAgent) -> None:
    keys(served, F3, "200", ENTER)
    assert agent.posts()[-1][1] == {"member": {"uuid": sample.MEI}, "points": 200, "wait_s": 4.5, "scan_id": "s1"}
    error = {"reason": "insufficient_points", "message": "Mei L. has only 180 points."}
    agent.answer(sample.entry("b1", "12:41", "burn", sample.MEI, 200, "", outcome="declined", error=error))
    answer = served.flow.desk.answer
    assert answer is not None
    assert answer.verdict is Verdict.DECLINED
    assert served.counter.answer.isVisible()
    keys(served, ENTER)
    assert served.flow.desk.answer is None


GRANT = {"id": "g1", "points": 200, "value": {"minor": 200, "currency": "SGD"}, "slip": "7K2M"}


def test_a_granted_redemption_says_so_in_its_own_words(served: MainWindow, agent: sample.SilentAgent, session: Session) -> None:
    keys(served, F3, "200", ENTER)
    granted = {**sample.entry("b1", "12:41", "burn", sample.MEI, 200, "", state="pending", outcome="queued"), "grant": GRANT}
    agent.answer(granted)
    said = served.counter.answer._meaning.text()
    assert "Granted without connection. Give the discount. Slip 7K2M." in said
    assert "Confirmed" not in said
    assert served.counter.answer._title.text() == "200 points granted, slip 7K2M"
    for outcome, verdict in (("declined", Verdict.GRANTED), ("confirmed", Verdict.CONFIRMED)):
        session.hear("entry", {**granted, "state": "settled", "outcome": outcome})
        answer = served.flow.desk.answer
        assert answer is not None
        assert answer.verdict is verdict


def test_a_redemption_that_needs_a_manager_is_asked_again_with_the_pin(
    served: MainWindow, agent: sample.SilentAgent, qtbot: QtBot
) -> None:
    keys(served, F3, "400", ENTER)
    error = {"reason": "offline_pin", "message": "This needs the manager's PIN."}
    agent.answer(sample.entry("b1", "12:41", "burn", sample.MEI, 400, "", outcome="declined", error=error))
    keys(served, F3)
    question = served.findChild(Question)
    assert question is not None
    field = question.findChild(QLineEdit)
    assert field is not None
    field.setText("4711")
    question.findChildren(Button)[-1].click()
    assert agent.posts()[-1][1]["pin"] == "4711"
    assert agent.posts()[-1][2] != agent.posts()[-2][2]


def test_who_was_typed_brings_no_scan(window: MainWindow, agent: sample.SilentAgent) -> None:
    keys(window, F2, "91234567", ENTER)
    agent.answer(sample.MEMBERS[0])
    keys(window, F3, "100", ENTER)
    assert "scan_id" not in agent.posts()[-1][1]


def test_an_unknown_redemption_turns_when_the_word_comes(served: MainWindow, agent: sample.SilentAgent, session: Session) -> None:
    keys(served, F3, "200", ENTER)
    unknown = sample.entry("b1", "12:41", "burn", sample.MEI, 200, "", state="pending", outcome="unknown")
    agent.answer(unknown)
    key = agent.posts()[-1][2]
    keys(served, F3)
    assert agent.posts()[-1][2] == key
    agent.answer(unknown)
    session.hear("entry", {**unknown, "state": "settled", "outcome": "confirmed"})
    answer = served.flow.desk.answer
    assert answer is not None
    assert answer.verdict is Verdict.CONFIRMED


def test_a_redemption_without_an_answer_is_unknown_and_never_a_discount(served: MainWindow, agent: sample.SilentAgent) -> None:
    keys(served, F3, "200", ENTER)
    agent.refuse("agent_gone", "No answer.", 0)
    answer = served.flow.desk.answer
    assert answer is not None
    assert answer.verdict is Verdict.UNKNOWN


def test_take_back_is_offered_for_ten_seconds(served: MainWindow, agent: sample.SilentAgent, session: Session) -> None:
    keys(served, "2450", ENTER)
    agent.answer(sample.entry("n1", "12:41", "earn", sample.MEI, 24, ""), 201)
    QTest.keyClick(served.windowHandle(), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert agent.posts()[-1][:2] == ("/v1/loyalty/n1/reverse", {"reason": "taken_back"})
    clock = session._clock
    assert isinstance(clock, sample.FrozenClock)
    agent.answer({})
    keys(served, "100", ENTER)
    agent.answer(sample.entry("n2", "12:41", "earn", sample.MEI, 1, ""), 201)
    clock.moment += timedelta(seconds=10)
    served.tick()
    assert served.flow.desk.undo is None


def test_a_sale_is_claimed_by_the_member_who_comes(window: MainWindow, agent: sample.SilentAgent, session: Session) -> None:
    window.counter._claim(session.state.sales[0])
    session.hear("scan", {"scan_id": "s1", "kind": "member", "member": sample.MEMBERS[0]})
    keys(window, ENTER)
    assert agent.posts()[-1][:2] == ("/v1/sales/R-2041/claim", {"member": {"uuid": sample.MEI}})


def test_pending_points_never_enter_the_balance(served: MainWindow) -> None:
    assert served.counter.card._balance.text() == "1,240"
    assert "+12" in served.counter.card._way._title.text()


def test_escape_goes_one_step_back_and_sends_nothing(served: MainWindow, agent: sample.SilentAgent) -> None:
    keys(served, F3, "200", ESC)
    assert served.flow.desk.mode is Mode.AMOUNT
    keys(served, ESC)
    assert (served.flow.desk.member, agent.posts()) == (None, [])


def test_another_member_never_inherits_the_amount() -> None:
    desk = typed(serving(Desk(), sample.known(sample.MEI)), "2450")
    assert serving(desk, sample.known(sample.RAVI)).digits == 0
    assert serving(desk, sample.known(sample.MEI)).digits == 2450


def test_an_outcome_nobody_knows_is_unknown() -> None:
    odd = read_entry(sample.entry("x", "12:00", "burn", "u", 5, "", outcome="maybe"))
    answer = answered(Desk(), odd).answer
    assert answer is not None
    assert answer.verdict is Verdict.UNKNOWN


def test_what_is_typed_survives_another_zoom(served: MainWindow, qtbot: QtBot) -> None:
    from gui.style import Look

    keys(served, "2450")
    served.set_look(Look(zoom=150))
    assert served.flow.desk.digits == 2450
    assert served.counter.keypad._primary.label() == "Earn 24 points"


def test_an_offline_member_shows_when_the_balance_was_true(window: MainWindow, session: Session) -> None:
    session.state = with_event(session.state, "status", sample.status("offline", **sample.OFFLINE), sample.NOW)
    cached = {**sample.MEMBERS[1], "fresh": False, "as_of": sample.at("12:28")}
    session.hear("scan", {"scan_id": "s2", "kind": "member", "member": cached})
    assert window.counter.card._proof.text() == "As it was at 12:28, before the line was lost"


def test_a_confirmed_earn_asks_for_the_new_balance(window: MainWindow, agent: sample.SilentAgent, session: Session) -> None:
    session.hear("scan", {"scan_id": "s1", "kind": "member", "code": "KK-MEI-001", "member": sample.MEMBERS[0]})
    session.hear("entry", sample.entry("n1", "12:41", "earn", sample.MEI, 24, ""))
    assert agent.posts()[-1][:2] == ("/v1/members/lookup", {"identifier": "KK-MEI-001"})
    agent.answer({**sample.MEMBERS[0], "balance": 1264, "pending_earn": 0})
    window.refresh()
    assert window.counter.card._balance.text() == "1,264"


def test_entries_of_others_ask_for_nothing(served: MainWindow, agent: sample.SilentAgent, session: Session) -> None:
    session.hear("entry", sample.entry("n1", "12:41", "earn", sample.RAVI, 24, ""))
    assert agent.posts() == []
