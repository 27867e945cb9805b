"""In a real window a scan presses nothing and lands nowhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.style import Look
from gui.wedge.filter import WedgeFilter
from gui.widgets.buttons import Button
from tests.gui.test_counter import key_of


@pytest.fixture
def form(qtbot: QtBot, qapp: QApplication) -> Iterator[tuple[QWidget, Button, QLineEdit, WedgeFilter]]:
    widget = QWidget()
    button, field = Button(Look(), "Earn"), QLineEdit()
    layout = QVBoxLayout(widget)
    layout.addWidget(button)
    layout.addWidget(field)
    qtbot.addWidget(widget)
    widget.show()
    widget.activateWindow()
    qtbot.waitUntil(widget.isActiveWindow)
    wedge = WedgeFilter()
    qapp.installEventFilter(wedge)
    yield widget, button, field, wedge
    qapp.removeEventFilter(wedge)


def press(widget: QWidget, text: str, *, enter: bool = False) -> None:
    window = widget.windowHandle()
    for char in text:
        QTest.keyClick(window, key_of(char))
    if enter:
        QTest.keyClick(window, Qt.Key.Key_Return)


def test_a_scan_presses_no_button_that_has_the_focus(qtbot: QtBot, form: tuple[QWidget, Button, QLineEdit, WedgeFilter]) -> None:
    widget, button, field, wedge = form
    pressed: list[bool] = []
    button.clicked.connect(lambda: pressed.append(True))
    button.setFocus()
    with qtbot.waitSignal(wedge.scanned) as heard:
        press(widget, "kk mei 001", enter=True)
    assert (heard.args, pressed, button.isDown(), field.text()) == (["kk mei 001"], [], False, "")


def test_a_scan_never_lands_in_a_field(qtbot: QtBot, form: tuple[QWidget, Button, QLineEdit, WedgeFilter]) -> None:
    widget, _, field, wedge = form
    field.setFocus()
    with qtbot.waitSignal(wedge.scanned):
        press(widget, "0123456789")
    assert field.text() == ""


def test_typed_characters_arrive_in_order(qtbot: QtBot, form: tuple[QWidget, Button, QLineEdit, WedgeFilter]) -> None:
    widget, _, field, _ = form
    field.setFocus()
    for char in "mei@ex":
        press(widget, char)
        qtbot.wait(60)
    qtbot.waitUntil(lambda: field.text() == "mei@ex")


def test_a_person_presses_a_focused_button_with_space_and_enter(
    qtbot: QtBot, form: tuple[QWidget, Button, QLineEdit, WedgeFilter]
) -> None:
    widget, button, _, _ = form
    pressed: list[bool] = []
    button.clicked.connect(lambda: pressed.append(True))
    button.setFocus()
    press(widget, " ")
    qtbot.waitUntil(lambda: len(pressed) == 1)
    press(widget, "", enter=True)
    qtbot.waitUntil(lambda: len(pressed) == 2)
    assert not button.isDown()


def test_a_secret_field_is_never_looked_at(qtbot: QtBot, form: tuple[QWidget, Button, QLineEdit, WedgeFilter]) -> None:
    widget, _, field, _ = form
    field.setEchoMode(QLineEdit.EchoMode.Password)
    field.setFocus()
    press(widget, "13572468")
    assert field.text() == "13572468"
