"""Every control can be reached by Tab, is named and large enough; every text stands out from what is really behind it."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from gui.outbox.page import EntryRow
from gui.style import Look, Theme, contrast, token
from gui.tickets.head import TicketHead
from gui.tickets.ticket import Ticket
from gui.widgets.buttons import Button, Kind
from gui.widgets.marks import Badge
from gui.widgets.tabs import TextTab
from gui.window.main import MainWindow
from tests.gui import gallery, sample

TARGET, PRIMARY = 48, 64
LEAST = 4.5
MOST_TABS = 400
PAINTED = (
    "01-counter-ready",
    "02-counter-member",
    "03-counter-offline",
    "04b-board-alarms",
    "05-kitchen",
    "06-not-sent-yet",
    "08-devices",
)


def controls(window: QWidget) -> list[QWidget]:
    """What can be pressed, picked or typed into, and is in sight."""
    found = [each for kind in (QAbstractButton, QLineEdit, Ticket) for each in window.findChildren(kind)]
    return [each for each in found if each.isVisible() and each.isEnabled()]


def shown(qtbot: QtBot, look: Look, name: str) -> MainWindow:
    window = MainWindow(look, sample.session(sample.base()))
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    gallery.SCENES[name](window)
    QApplication.processEvents()
    return window


@pytest.mark.parametrize("name", list(gallery.SCENES))
def test_tab_reaches_every_control_and_each_has_a_name(qtbot: QtBot, name: str) -> None:
    window = shown(qtbot, Look(), name)
    wanted, reached = set(controls(gallery.front(window))), set()
    for _ in range(MOST_TABS):
        focus = QApplication.focusWidget() or window
        QTest.keyClick(focus, Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        if now is None or now in reached:
            break
        reached.add(now)
    assert [each.accessibleName() for each in wanted - reached] == []
    assert [type(each).__name__ for each in wanted if not each.accessibleName()] == []


@pytest.mark.parametrize("name", list(gallery.SCENES))
def test_targets_are_as_large_as_a_finger(qtbot: QtBot, name: str) -> None:
    window = shown(qtbot, Look(), name)
    buttons = [each for each in controls(gallery.front(window)) if isinstance(each, Button | TextTab)]
    small = [f"{each.label()} {each.width()}x{each.height()}" for each in buttons if min(each.height(), each.width()) < TARGET]
    assert small == []
    primary = [each for each in buttons if isinstance(each, Button) and each.kind is Kind.PRIMARY]
    assert [each.label() for each in primary if each.height() < PRIMARY and not (one_of_many(each) or in_a_row(each))] == []


def one_of_many(button: Button) -> bool:
    """The chosen one of a line of choices, which are all alike."""
    beside = button.parentWidget()
    others = beside.findChildren(Button) if beside is not None else []
    return any(other is not button and other.height() == button.height() for other in others)


def in_a_row(button: Button) -> bool:
    """The one button of a list's row."""
    return isinstance(button.parentWidget(), EntryRow)


def ground(picture: QImage, widget: QWidget, window: QWidget) -> str:
    """The colour that most of a widget shows."""
    corner, size = widget.mapTo(window, QPoint()), widget.size()
    seen = Counter(
        picture.pixelColor(corner.x() + x, corner.y() + y).name()
        for x in range(1, size.width() - 1, 3)
        for y in range(1, size.height() - 1, 2)
        if picture.valid(corner.x() + x, corner.y() + y)
    )
    return seen.most_common(1)[0][0] if seen else ""


def tone_of(widget: QWidget) -> str:
    """The token of a widget's text."""
    if isinstance(widget, Button):
        return widget._text_tone()
    if isinstance(widget, Badge):
        return f"{widget.mark.tone}.text" if widget.mark.tone else "ink2"
    if isinstance(widget, TextTab):
        return "accent" if widget.is_current() else "ink2"
    if isinstance(widget, TicketHead):
        return widget.text_tone()
    return str(widget.property("tone") or "ink")


@pytest.mark.parametrize("theme", Theme)
@pytest.mark.parametrize("name", PAINTED)
def test_every_text_stands_out_from_what_is_behind_it(qtbot: QtBot, theme: Theme, name: str) -> None:
    window = shown(qtbot, Look(theme), name)
    picture = window.grab().toImage()
    texts = [
        each for kind in (QLabel, Button, Badge, TextTab, TicketHead) for each in window.findChildren(kind) if each.isVisible()
    ]
    weak = []
    for each in texts:
        if isinstance(each, QLabel) and not each.text():
            continue
        behind, colour = ground(picture, each, window), token(window._look.palette, tone_of(each))
        if behind and contrast(colour, behind) < LEAST:
            weak.append(f"{type(each).__name__} {each.accessibleName() or getattr(each, 'text', str)()}: {colour} on {behind}")
    assert weak == []
