"""Codes that the screen holds up to a scanner: black on white in every theme, for that is what a scanner reads."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.style import Look

QUIET_BARS, QUIET_SQUARES = 10, 4
"""White on each side, in modules: what the standards of Code 128 and QR ask for."""


@lru_cache(maxsize=16)
def bars(text: str) -> str:
    """The modules of a Code 128, `1` is black."""
    from barcode.codex import Code128  # with it comes Pillow, for which no screen should wait that shows no code

    return str(Code128(text).build()[0])


def width_of_bars(text: str) -> int:
    """Modules of a Code 128 at most: 11 a letter, start and check, and the longer stop."""
    return 11 * (len(text) + 2) + 13


@lru_cache(maxsize=16)
def squares(text: str) -> tuple[tuple[bool, ...], ...]:
    """The modules of a QR code, rows of black or not."""
    import qrcode

    code = qrcode.QRCode(border=0, error_correction=qrcode.ERROR_CORRECT_M)
    code.add_data(text, optimize=0)
    code.make(fit=True)
    return tuple(tuple(bool(cell) for cell in line) for line in code.get_matrix())


class ScanMe(QWidget):
    """One code, as large as whole pixels for each module allow."""

    def __init__(self, look: Look, text: str, *, is_linear: bool, name: str) -> None:
        super().__init__()
        self.text, self._linear = text, is_linear
        self._side = look.gap(152)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(self._side)
        self.setMinimumWidth(width_of_bars(text) + 2 * QUIET_BARS if is_linear else self._side)
        self.setAccessibleName(name)

    def sizeHint(self) -> QSize:
        """As wide as the code wants to be."""
        return QSize(self.minimumWidth(), self._side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Whole pixels only: a blurred edge is a misread."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.white)
        if self._linear:
            self._paint_bars(painter)
        else:
            self._paint_squares(painter)

    def _paint_bars(self, painter: QPainter) -> None:
        modules = bars(self.text)
        size = max(1, self.width() // (len(modules) + 2 * QUIET_BARS))
        left, height = (self.width() - size * len(modules)) // 2, self.height() * 2 // 3
        for at, module in enumerate(modules):
            if module == "1":
                painter.fillRect(left + at * size, (self.height() - height) // 2, size, height, Qt.GlobalColor.black)

    def _paint_squares(self, painter: QPainter) -> None:
        cells = squares(self.text)
        size = max(1, min(self.width(), self.height()) // (len(cells) + 2 * QUIET_SQUARES))
        left, top = (self.width() - size * len(cells)) // 2, (self.height() - size * len(cells)) // 2
        for y, line in enumerate(cells):
            for x, black in enumerate(line):
                if black:
                    painter.fillRect(QRectF(left + x * size, top + y * size, size, size), Qt.GlobalColor.black)
