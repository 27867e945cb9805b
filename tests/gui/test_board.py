"""The board by keys alone, and what tickets say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gui.alarms.rules import Sound
from gui.board.page import TicketPage
from gui.session import Session
from gui.tickets import words as ticket_words
from gui.tickets.ticket import NewTicket
from gui.tickets.words import Pace
from gui.widgets.buttons import Button
from gui.widgets.text import Text
from gui.window.main import MainWindow
from gui.window.top_bar import Page
from gui.wire.orders import OrderSeen, read_order
from gui.wire.status import Limits
from tests.gui import sample
from tests.gui.test_counter import keys

ENTER, BACK = Qt.Key.Key_Return, Qt.Key.Key_Backspace


def order(ref: str) -> OrderSeen:
    return next(read_order(each) for each in sample.ORDERS if each["id"] == ref)


@pytest.fixture
def board(window: MainWindow) -> MainWindow:
    window.show_page(Page.ORDERS)
    return window


def test_tickets_stand_new_preparing_ready_oldest_first(board: MainWindow) -> None:
    assert [spec.order.id for spec in board.board.specs] == [
        "A118",
        "A119",
        "A109",
        "A112",
        "A114",
        "A116",
        "A107",
        "A108",
        "A110",
    ]


def test_enter_accepts_the_first_new_order_with_the_prep_time(board: MainWindow, agent: sample.SilentAgent) -> None:
    keys(board, "+", ENTER)
    assert agent.posts()[-1][:2] == ("/v1/orders/A118/status", {"status": "ACCEPTED", "reason": "", "prep_minutes": 20})


def press(button: Button) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_enter_goes_on_after_the_mouse_has_accepted(board: MainWindow, agent: sample.SilentAgent) -> None:
    """The next new order, then the oldest ticket: picked first, moved on by the Enter after that."""
    for at in (0, 1):
        ticket = board.board.tickets()[("A118", "A119")[at]]
        assert isinstance(ticket, NewTicket)
        press(ticket.accept) if at == 0 else keys(board, ENTER)
        agent.answer({**sample.ORDERS[at], "status": "ACCEPTED", "unacknowledged": False})
    assert [body["status"] for _, body, _ in agent.posts()] == ["ACCEPTED", "ACCEPTED"]
    keys(board, ENTER)
    assert board.orders.picked == board.board.specs[0].order.id == "A109"
    assert board.board.tickets()["A109"]._chosen
    assert len(agent.posts()) == 2, "nothing is moved on unseen"
    keys(board, ENTER)
    assert agent.posts()[-1][:2] == ("/v1/orders/A109/status", {"status": "READY", "reason": ""})


def test_a_step_on_its_way_is_not_taken_twice(board: MainWindow, agent: sample.SilentAgent) -> None:
    ticket = board.board.tickets()["A118"]
    assert isinstance(ticket, NewTicket)
    press(ticket.accept)
    press(ticket.accept)
    keys(board, ENTER)
    assert [path for path, _, _ in agent.posts()] == ["/v1/orders/A118/status"]
    assert board.orders.picked == "A119", "the second Enter is for the next order"
    agent.refuse("timeout", "No answer.", 504)
    board.orders.pick("")
    keys(board, ENTER)
    assert [path for path, _, _ in agent.posts()] == ["/v1/orders/A118/status"] * 2, "after a refusal it can be tried again"


def test_a_held_enter_takes_one_step(board: MainWindow, agent: sample.SilentAgent) -> None:
    for repeats in (False, True, True, True):
        kind = QEvent.Type.KeyPress
        event = QKeyEvent(kind, ENTER, Qt.KeyboardModifier.NoModifier, "\r", repeats)
        QApplication.sendEvent(board.board, event)
    assert len(agent.posts()) == 1
    assert board.orders.picked == ""


def test_a_digit_and_enter_move_a_ticket_on(board: MainWindow, agent: sample.SilentAgent) -> None:
    keys(board, "3", ENTER)
    assert agent.posts()[-1][:2] == ("/v1/orders/A109/status", {"status": "READY", "reason": ""})
    agent.answer({**sample.ORDERS[2], "status": "READY"})
    board.refresh()
    assert board.board.tickets()["A109"].age_shown().pace is Pace.READY


def test_backspace_brings_the_last_ticket_back_without_telling_anybody(board: MainWindow, agent: sample.SilentAgent) -> None:
    keys(board, "7", ENTER)
    agent.answer({**sample.ORDERS[6], "status": "COMPLETED"})
    board.refresh()
    assert "A107" not in board.board.tickets()
    sent = len(agent.posts())
    keys(board, BACK)
    assert "A107" in board.board.tickets()
    keys(board, ENTER)
    assert "A107" not in board.board.tickets()
    assert len(agent.posts()) == sent


def test_rejecting_asks_for_a_reason(board: MainWindow, agent: sample.SilentAgent) -> None:
    keys(board, Qt.Key.Key_Delete)
    dialog = QApplication.activeModalWidget()
    assert dialog is not None
    buttons = {button.label(): button for button in dialog.findChildren(Button)}
    buttons["Sold out"].click()
    assert agent.posts()[-1][:2] == ("/v1/orders/A118/status", {"status": "REJECTED", "reason": "sold_out"})


def test_what_was_new_about_a_rejected_order_is_quiet(board: MainWindow, session: Session) -> None:
    session.hear("order", {**sample.ORDERS[0], "problems": ["square-pos: no."]})
    assert sample.ORDERS[0]["id"] in session.state.news
    board.orders.reject(str(sample.ORDERS[0]["id"]), "other")
    assert session.state.news == {}


def test_f9_prints_the_picked_ticket(board: MainWindow, agent: sample.SilentAgent) -> None:
    keys(board, "5", Qt.Key.Key_F9)
    assert agent.posts()[-1][0] == "/v1/orders/A114/print"


def test_a_refused_step_is_said(board: MainWindow, agent: sample.SilentAgent) -> None:
    keys(board, "3", ENTER)
    agent.refuse("illegal_status", "The order was cancelled.")
    assert board.status_line.accessibleName() == "The order was cancelled."


def test_an_unanswered_order_rings_until_it_is_answered(board: MainWindow, session: Session) -> None:
    assert board.bell.rung == [(Sound.NEW, 0)]
    for ref in ("A118", "A119"):
        body = next(each for each in sample.ORDERS if each["id"] == ref)
        session.hear("order", {**body, "status": "ACCEPTED", "unacknowledged": False})
    board.refresh()
    assert not board.bell.is_ringing


def test_two_hundred_open_tickets_fit_in(board: MainWindow, session: Session) -> None:
    many = [{**sample.ORDERS[2], "id": f"B{number}", "ref_no": f"B{number}"} for number in range(200)]
    session.hear("snapshot", {"orders": many})
    board.refresh()
    assert len(board.board.specs) == 200
    assert len(board.board.tickets()) < 40, "only what is in sight exists"


def test_an_allergy_stands_before_any_dish_and_once() -> None:
    assert ticket_words.allergies(order("A118")) == ("Allergy: peanuts",)
    assert ticket_words.notes(order("A118")) == "Pack the sambal apart, please."


@pytest.mark.parametrize(("ref", "pace", "text"), [
    ("A109", Pace.LATE, "LATE 3 min"), ("A112", Pace.DUE, "2 min left"), ("A114", Pace.CALM, "8 min left"),
    ("A107", Pace.READY, "Waits 4 min"), ("A118", Pace.NEW, "3:12"),
])  # fmt: skip
def test_the_age_of_a_ticket(ref: str, pace: Pace, text: str) -> None:
    age = ticket_words.age(order(ref), sample.NOW)
    assert (age.pace, age.text) == (pace, text)


def test_without_a_promise_the_age_counts_up() -> None:
    seen = read_order({**sample.ORDERS[2], "promised_at": None, "received_at": sample.at("12:41")})
    paces = [ticket_words.age(seen, sample.NOW + timedelta(minutes=minutes)).pace for minutes in (0, 6, 13)]
    assert paces == [Pace.CALM, Pace.DUE, Pace.LATE]
    kitchen = [ticket_words.age(seen, sample.NOW + timedelta(minutes=minutes), Limits(12, 18)).pace for minutes in (6, 13, 19)]
    assert kitchen == [Pace.CALM, Pace.DUE, Pace.LATE]


def test_to_make_counts_what_is_accepted_and_not_ready() -> None:
    totals = ticket_words.to_make(read_order(each) for each in sample.ORDERS)
    assert (2, "Laksa") in totals
    assert not any(name == "Kaya Toast" for _, name in totals)


def test_every_ticket_names_its_channel_on_board_and_in_the_kitchen(board: MainWindow, session: Session) -> None:
    def named(page: TicketPage) -> dict[str, bool]:
        found = {key: [text.text() for text in ticket.findChildren(Text)] for key, ticket in page.tickets().items()}
        return {key: "Deliverect" in texts and "Cata" not in texts for key, texts in found.items() if key in {"A112", "A109"}}

    board.resize(1280, 800)
    QApplication.processEvents()
    assert named(board.board) == {"A109": False, "A112": True}
    assert "Deliverect" in board.board.tickets()["A112"].accessibleName()
    assert "Cata" in board.board.tickets()["A109"].accessibleName()
    board.toggle_kitchen()
    board.showNormal()
    board.resize(1920, 1080)
    QApplication.processEvents()
    assert named(board.kitchen) == {"A109": False, "A112": True}
    session.hear("status", sample.status(cloud={"name": "Cockato", "reachable": True}))
    assert ticket_words.came_by(order("A109")) == "Cockato"
    session.hear("status", sample.status())
    assert ticket_words.came_by(order("A109")) == "Cata"


def test_digits_reach_the_board_and_not_a_scroll_area(board: MainWindow) -> None:
    keys(board, "4")
    assert board.orders.picked == "A112"
