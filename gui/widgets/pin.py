"""A manager's PIN: dots, ten digits for a finger, and the same from a keyboard; no scanner ever types here."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QGridLayout, QWidget

from gui.strings import tr
from gui.style import Look
from gui.widgets.buttons import Button, Kind
from gui.widgets.field import Field
from gui.widgets.panels import column, holder

DIGITS = (("7", "8", "9"), ("4", "5", "6"), ("1", "2", "3"), ("", "0", "erase"))
MOST = 12


class PinPad(QWidget):
    """A secret field over its digits."""

    def __init__(self, look: Look, name: str) -> None:
        super().__init__()
        self._look = look
        self.field = Field(look, name, secret=True)
        self.field.setMaxLength(MOST)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(look.gap(8))
        for y, line in enumerate(DIGITS):
            for x, digit in enumerate(line):
                if digit:
                    grid.addWidget(self._key(digit), y, x)
        self.setLayout(column([self.field, holder(grid)], gap=look.gap(8)))

    def _key(self, digit: str) -> Button:
        if digit == "erase":
            return Button(
                self._look, "", kind=Kind.KEY, glyph="backspace", name=tr("keypad.erase"), on_press=self.field.backspace
            )
        name = tr("keypad.digit", digit=digit)
        return Button(self._look, digit, kind=Kind.KEY, size=20, name=name, on_press=partial(self.field.insert, digit))
