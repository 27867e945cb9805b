"""The kitchen screen: the same orders, larger, in a rail, worked by keys alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

from gui.board.kitchen import columns_for
from gui.session import Session
from gui.tickets.news import line_key
from gui.tickets.words import Pace
from gui.widgets.buttons import Button
from gui.widgets.dialogs import Question
from gui.window.main import MainWindow
from gui.window.top_bar import Page
from tests.gui import sample
from tests.gui.clipping import cut
from tests.gui.test_counter import keys

COLUMNS = [(1366, 100, 3), (1920, 100, 4), (2560, 100, 5), (1920, 200, 2), (1024, 200, 1)]
F11, ENTER, DOWN, SPACE = Qt.Key.Key_F11, Qt.Key.Key_Return, Qt.Key.Key_Down, Qt.Key.Key_Space


@pytest.fixture
def kitchen(window: MainWindow, qapp: QApplication) -> MainWindow:
    window.resize(1920, 1080)
    window.toggle_kitchen()
    window.showNormal()
    window.resize(1920, 1080)
    qapp.processEvents()
    window.tick()
    return window


def dialog_buttons() -> dict[str, Button]:
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, Question)
    return {button.label(): button for button in dialog.findChildren(Button)}


def test_f11_leads_to_the_kitchen_and_back(window: MainWindow) -> None:
    window.show_page(Page.ORDERS)
    keys(window, F11)
    assert (window.in_kitchen, window.top.isVisible(), window.stack.currentWidget() is window.kitchen) == (True, False, True)
    keys(window, F11)
    assert (window.in_kitchen, window.top.isVisible(), window.page) == (False, True, Page.ORDERS)


def test_the_rail_is_filled_downwards_oldest_first(kitchen: MainWindow) -> None:
    shown = kitchen.kitchen.rail.shown
    assert [ticket.order.id for ticket in shown] == ["A109", "A112", "A114", "A116"]
    places = [(ticket.x(), ticket.y()) for ticket in shown]
    assert places == sorted(places)
    assert kitchen.kitchen.new.isVisible()


@pytest.mark.parametrize(
    ("width", "zoom", "across"), [(1366, 100, 3), (1920, 100, 4), (2560, 100, 5), (1920, 200, 2), (1024, 200, 1)]
)
def test_columns_of_the_rail(width: int, zoom: int, across: int) -> None:
    assert columns_for(width, zoom) == across


def test_digit_arrows_and_space_strike_a_dish_and_enter_bumps_the_ticket(kitchen: MainWindow, agent: sample.SilentAgent) -> None:
    keys(kitchen, "1", DOWN, DOWN, SPACE)
    order = kitchen.kitchen.specs[0].order
    assert kitchen.orders.struck("A109") == {line_key(order.lines[1])}
    keys(kitchen, SPACE)
    assert kitchen.orders.struck("A109") == frozenset()
    keys(kitchen, ENTER)
    assert agent.posts()[-1][:2] == ("/v1/orders/A109/status", {"status": "READY", "reason": ""})


def test_enter_alone_picks_the_oldest_of_the_page_and_then_bumps_it(kitchen: MainWindow, agent: sample.SilentAgent) -> None:
    keys(kitchen, ENTER)
    assert (kitchen.orders.picked, agent.posts()) == ("A109", [])
    keys(kitchen, ENTER)
    assert agent.posts()[-1][:2] == ("/v1/orders/A109/status", {"status": "READY", "reason": ""})


def test_what_does_not_fit_is_on_the_next_page(kitchen: MainWindow, session: Session) -> None:
    many = [{**sample.ORDERS[2], "id": f"B{number}", "ref_no": f"B{number}", "promised_at": None} for number in range(30)]
    session.hear("snapshot", {"orders": many})
    kitchen.refresh()
    first = {ticket.order.id for ticket in kitchen.kitchen.rail.shown}
    assert kitchen.kitchen.rail.left_over == 30 - len(first)
    assert kitchen.kitchen._more.text() == f"{30 - len(first)} more, Page Down"
    keys(kitchen, Qt.Key.Key_PageDown)
    assert not first & {ticket.order.id for ticket in kitchen.kitchen.rail.shown}
    assert all(ticket.geometry().bottom() <= kitchen.kitchen.rail.height() for ticket in kitchen.kitchen.rail.shown)


def test_a_ticket_higher_than_a_column_goes_on_in_the_next(kitchen: MainWindow, session: Session) -> None:
    feast = {**sample.ORDERS[2], "id": "F1", "lines": [sample.line(1, f"Dish {number}", "Less spicy") for number in range(24)]}
    session.hear("snapshot", {"orders": [feast]})
    kitchen.refresh()
    parts = kitchen.kitchen.rail.shown
    assert len(parts) > 1
    assert [part.spec.part[0] for part in parts] == list(range(1, len(parts) + 1))
    assert sum(len(spec.order.lines) for spec in kitchen.kitchen.rail._specs) == 24
    keys(kitchen, "1", *[DOWN] * 12)
    assert [dish._name for part in parts for dish in part._dishes if dish._chosen] == ["Dish 11"]
    assert {part.age_shown().text for part in parts} == {"LATE 3 min"}, "each part tells the age"


def test_an_allergy_is_whole_on_the_smallest_till(kitchen: MainWindow, session: Session, qapp: QApplication) -> None:
    kitchen.resize(1366, 700)
    lines = [
        sample.line(1, "Nyonya laksa", "No cockles", notes="ALLERGY: peanuts, no peanut oil"),
        sample.line(1, "Kaya toast set", "Eggs hard-boiled"),
    ]
    notes = "Severe peanut allergy. Use a clean wok."
    session.hear("snapshot", {"orders": [sample.order("N1", "IN_PROGRESS", "PICKUP", "Siti R.", lines, notes=notes)]})
    kitchen.refresh()
    qapp.processEvents()
    assert sum(len(ticket.order.lines) for ticket in kitchen.kitchen.rail.shown) == 2
    assert list(cut(kitchen)) == []


def test_the_kitchen_has_its_own_limits(kitchen: MainWindow, session: Session) -> None:
    session.hear("snapshot", {"orders": [{**sample.ORDERS[2], "promised_at": None, "received_at": sample.at("12:31")}]})
    kitchen.refresh()
    assert kitchen.kitchen.tickets()["A109"].age_shown().pace is Pace.CALM
    kitchen.toggle_kitchen()
    kitchen.show_page(Page.ORDERS)
    assert kitchen.board.tickets()["A109"].age_shown().pace is Pace.LATE


def test_any_of_the_last_tickets_comes_back_from_the_list(
    window: MainWindow, session: Session, agent: sample.SilentAgent
) -> None:
    window.show_page(Page.ORDERS)
    for number in range(60):
        done = {**sample.ORDERS[6], "id": f"D{number}", "ref_no": f"D{number}", "status": "COMPLETED"}
        session.hear("order", {**done, "status_at": (sample.NOW - timedelta(minutes=number)).isoformat()})
    window.refresh()
    assert len(window.orders.recallable()) == 50
    keys(window, "0")
    dialog_buttons()["D30  Kopi C, Kaya Toast"].click()
    assert window.orders.is_brought_back("D30")
    assert "D30" in window.board.tickets()
    assert agent.posts() == []


def test_sold_out_dishes_are_marked_with_the_rejection(window: MainWindow, session: Session, agent: sample.SilentAgent) -> None:
    window.show_page(Page.ORDERS)
    lines = [{**sample.line(1, "Laksa"), "plu": "LK-01"}, {**sample.line(2, "Kopi"), "plu": "KP-01"}]
    session.hear("order", {**sample.ORDERS[0], "lines": lines})
    window.refresh()
    keys(window, Qt.Key.Key_Delete)
    dialog_buttons()["Sold out"].click()
    buttons = dialog_buttons()
    buttons["Reject the order"].click()
    assert agent.posts() == [], "nothing was chosen"
    buttons["Laksa"].click()
    buttons["Reject the order"].click()
    assert [path for path, _, _ in agent.posts()] == ["/v1/menu/items/LK-01/snooze", "/v1/orders/A118/status"]
    assert agent.posts()[0][1] == {"until": "2026-11-22T15:59:59Z"}
    assert agent.posts()[1][1]["reason"] == "sold_out"


def test_an_order_that_accepts_itself_counts_down(window: MainWindow, session: Session) -> None:
    window.show_page(Page.ORDERS)
    session.hear("status", sample.status(board={"at_deadline": "accept"}))
    window.refresh()
    shown = window.board.tickets()["A118"]._by_itself.text()  # type: ignore[attr-defined]
    assert shown == "Accepted by itself in 3:12"


def test_busy_is_shown_with_its_end_and_ends_at_a_touch(window: MainWindow, session: Session, agent: sample.SilentAgent) -> None:
    window.show_page(Page.ORDERS)
    session.hear("status", sample.status("paused", busy_until=sample.at("13:05")))
    window.refresh()
    assert window.board.busy_words() == "Busy until 13:05"
    window.board.to_make._free.click()
    assert agent.posts()[-1][:2] == ("/v1/outlet/busy", {"minutes": 0})
    session.hear("status", sample.status(busy_until=sample.at("12:00")))
    assert window.board.busy_words() == ""


def test_a_problem_says_what_to_do(window: MainWindow, session: Session) -> None:
    window.show_page(Page.ORDERS)
    session.hear("order", {**sample.ORDERS[3], "problems": ["square-pos: The POS refused the order."]})
    window.refresh()
    texts = [label.text() for label in window.board.tickets()["A112"].findChildren(type(window.status_line._word))]
    assert "Square POS: The POS refused the order.\nType this order into the POS by hand." in texts


def test_a_cancelled_ticket_stays_until_it_is_seen(window: MainWindow, session: Session, agent: sample.SilentAgent) -> None:
    window.show_page(Page.ORDERS)
    session.hear("order", {**sample.ORDERS[2], "status": "CANCELLED"})
    window.refresh()
    ticket = window.board.tickets()["A109"]
    assert (ticket.next.label(), ticket.age_shown().text) == ("Seen", "Cancelled")
    assert all(dish._struck for dish in ticket._dishes)
    keys(window, "3", ENTER)
    window.refresh()
    assert "A109" not in window.board.tickets()
    assert agent.posts() == []


def test_what_is_new_says_how_long_it_can_still_be_answered(kitchen: MainWindow) -> None:
    said = {label.text() for label in kitchen.kitchen.new.findChildren(QLabel)}
    assert {"2 new", "3:12"} <= said


def test_the_line_at_the_foot_is_read_from_two_metres_in_the_kitchen_alone(window: MainWindow) -> None:
    near = window.status_line._word.font().pixelSize()
    keys(window, F11)
    assert window.status_line._word.font().pixelSize() >= 24
    keys(window, F11)
    assert window.status_line._word.font().pixelSize() == near
