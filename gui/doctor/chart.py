"""Misreads in 100 scans, a bar a day, the number over it and the day under it: never colour alone."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.style import Look

MOST = 7
BAR = 0.55
"""Of a day's width."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One day."""

    label: str
    rate: float
    worse: bool = False


class Chart(QWidget):
    """The last days, oldest at the left."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._bars: tuple[Bar, ...] = ()
        self.setFixedHeight(look.gap(170))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_bars(self, bars: tuple[Bar, ...], name: str) -> None:
        """Show the newest of these."""
        self._bars = bars[-MOST:]
        self.setAccessibleName(f"{name}: " + ", ".join(f"{bar.label} {bar.rate:.0f}" for bar in self._bars))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bars on a line; worse days are amber with an edge and stand higher."""
        look, painter = self._look, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line, top = look.line(14), look.line(16)
        floor = self.height() - line - look.gap(6)
        painter.setPen(QPen(look.colour("edge"), 2))
        painter.drawLine(0, floor, self.width(), floor)
        most = max((bar.rate for bar in self._bars), default=0.0) or 1.0
        wide = self.width() / MOST
        for at, bar in enumerate(self._bars):
            height = max(4.0, (floor - top) * bar.rate / most)
            box = QRectF(at * wide + wide * (1 - BAR) / 2, floor - height, wide * BAR, height)
            painter.setPen(QPen(look.colour("attention.text"), 2) if bar.worse else Qt.PenStyle.NoPen)
            painter.setBrush(look.colour("attention.solid" if bar.worse else "edge"))
            painter.drawRoundedRect(box, 3, 3)
            painter.setPen(look.colour("ink"))
            painter.setFont(look.font(16, 600, tabular=True))
            painter.drawText(QRectF(at * wide, box.top() - top, wide, top), Qt.AlignmentFlag.AlignCenter, f"{bar.rate:.0f}")
            painter.setPen(look.colour("ink2"))
            painter.setFont(look.font(14))
            painter.drawText(QRectF(at * wide, floor + look.gap(4), wide, line), Qt.AlignmentFlag.AlignCenter, bar.label)
