"""A dialog says all it has to say on any display, keeps its answers in sight, and is answered by one key."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gui.session import Session
from gui.style import Look, Theme
from gui.widgets.buttons import Button
from gui.widgets.dialogs import Question
from gui.window.main import MainWindow
from gui.window.top_bar import Page
from tests.gui import sample
from tests.gui.clipping import cut
from tests.gui.test_counter import keys

LOOKS = [Look(), Look(zoom=200, language="ta"), Look(Theme.CONTRAST, 150, language="ms")]


def question() -> Question:
    found = QApplication.activeModalWidget()
    assert isinstance(found, Question)
    return found


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look.language}-{look.zoom}")
def test_rejecting_is_readable_whole_and_the_way_back_is_in_sight(window: MainWindow, look: Look, qapp: QApplication) -> None:
    window.set_look(look)
    window.show_page(Page.ORDERS)
    window.board.asks.reject(window.board.specs[0].order)
    qapp.processEvents()
    shown = question()
    assert list(cut(shown)) == []
    assert shown.height() <= shown.screen().availableGeometry().height()
    way_back = shown.findChildren(Button)[-1]
    assert shown.rect().contains(way_back.rect().translated(way_back.mapTo(shown, QPoint())))


def test_a_digit_chooses_and_a_held_one_chooses_once(window: MainWindow, agent: sample.SilentAgent) -> None:
    window.show_page(Page.ORDERS)
    keys(window, Qt.Key.Key_Delete)
    assert [button.key for button in question().findChildren(Button)] == ["1", "2", "3", "4", "5", "Esc"]
    QTest.keyClick(question(), Qt.Key.Key_2)
    assert agent.posts()[-1][:2] == ("/v1/orders/A118/status", {"status": "REJECTED", "reason": "too_busy"})


def test_fifty_tickets_to_bring_back_scroll_under_their_title(window: MainWindow, session: Session, qapp: QApplication) -> None:
    window.show_page(Page.ORDERS)
    for number in range(50):
        session.hear("order", {**sample.ORDERS[6], "id": f"D{number}", "ref_no": f"D{number}", "status": "COMPLETED"})
    keys(window, "0")
    qapp.processEvents()
    shown = question()
    assert shown.height() <= shown.screen().availableGeometry().height()
    last = shown._choices[-1]
    last.setFocus(Qt.FocusReason.TabFocusReason)
    shown._area.ensureWidgetVisible(last)
    QTest.keyClick(last, Qt.Key.Key_Return)
    assert any(window.orders.is_brought_back(f"D{number}") for number in range(50))
