"""A small screen on a bad day: no connection, a demo, an order that nobody answers; the counter can still be worked whole."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gui.counter.desk import Desk
from gui.practice import Practice
from gui.session import Session
from gui.style import Look
from gui.window.main import MainWindow
from gui.window.top_bar import Page
from tests.gui import sample
from tests.gui.clipping import cut

WIDTH, HEIGHT = 1366, 768


def crowded(qtbot: QtBot, session: Session, look: Look) -> MainWindow:
    """A member at the counter below three bands."""
    practice = Practice("http://127.0.0.1:9", sample.SilentAgent(), session)  # type: ignore[arg-type]
    window = MainWindow(look, session, practice)
    qtbot.addWidget(window)
    window.resize(WIDTH, HEIGHT)
    window.show()
    session.state = sample.base(sample.status("offline", outbox={"pending": 4, "parked": 0, "oldest_s": 560}, **sample.OFFLINE))
    window.flow.desk = Desk(member=session.state.members[sample.MEI], digits=2450, receipt="R-2042")
    window.show_page(Page.COUNTER)
    for _ in range(5):
        window.tick()
        QApplication.processEvents()
    assert window.banner.isVisible()
    assert window.alarm_band.isVisible()
    return window


def unseen(each: QWidget, window: MainWindow) -> int:
    """Px of a widget that some widget around it cuts off."""
    box = seen = QRect(each.mapTo(window, QPoint()), each.size())
    holder = each.parentWidget()
    while holder is not None and holder is not window:
        seen = seen.intersected(QRect(holder.mapTo(window, QPoint()), holder.size()))
        holder = holder.parentWidget()
    return box.width() * box.height() - max(0, seen.width()) * max(0, seen.height())


@pytest.mark.parametrize("language", ["en", "ta", "zh", "ms", "id"])
def test_every_key_of_the_counter_is_seen_whole_below_three_bands(qtbot: QtBot, session: Session, language: str) -> None:
    window = crowded(qtbot, session, Look(language=language))
    keypad = window.counter.keypad
    parts = [*keypad._digit_keys, keypad._field, keypad._primary, keypad._other]
    assert len(keypad._digit_keys) == 12
    assert [part.accessibleName() for part in parts if not part.isVisible() or unseen(part, window)] == []
    assert {key.height() >= 44 for key in keypad._digit_keys} == {True}
    bottoms = [key.mapTo(window, QPoint(0, key.height())).y() for key in keypad._digit_keys]
    assert max(bottoms) <= keypad._primary.mapTo(window, QPoint()).y()
    assert list(cut(keypad)) == []
