"""A sheet on A4, in the screen's own fonts, so that every script is on it; saved as PDF or sent to a printer of the system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMarginsF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPagedPaintDevice, QPageLayout, QPageSize, QPainter, QPdfWriter

from gui.sheets.sheet import Line, Section, Sheet
from gui.style import PALETTES, Look, Theme, token

DPI = 150
MARGIN_MM = 18
SIGN_WIDTH = 0.5
"""Of the page's width."""
WRAP = Qt.TextFlag.TextWordWrap
INK = PALETTES[Theme.LIGHT]
"""Paper is light whatever the screen is."""


def save_pdf(sheet: Sheet, path: Path) -> bool:
    """Write a sheet; False when it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return False
    writer = QPdfWriter(str(path))
    writer.setTitle(sheet.title)
    writer.setCreator("Cata Bridge")
    writer.setResolution(DPI)
    writer.setPageLayout(_layout())
    return paint(sheet, writer, writer.newPage) and path.exists() and path.stat().st_size > 0


def paint(sheet: Sheet, device: QPagedPaintDevice, new_page: Callable[[], bool]) -> bool:
    """Draw a sheet on any paper; False when the device takes nothing."""
    painter = QPainter()
    if not painter.begin(device):
        return False
    scale = device.logicalDpiY() / DPI
    _Pen(painter, QRectF(0, 0, device.width(), device.height()), scale, new_page).sheet(sheet)
    return painter.end()


def _layout() -> QPageLayout:
    margins = QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM)
    return QPageLayout(QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter)


@dataclass
class _Pen:
    """Where the next line goes."""

    painter: QPainter
    page: QRectF
    scale: float
    new_page: Callable[[], bool]
    y: float = 0.0

    def sheet(self, sheet: Sheet) -> None:
        self._words(sheet.title, 36, 700)
        self._words(sheet.place, 22, 600)
        self._words(sheet.made, 20, tone="ink2")
        for section in sheet.sections:
            self._section(section)
        if sheet.signature:
            self._sign(sheet.signature)

    def _section(self, section: Section) -> None:
        self._room(150)
        self.y += self._px(36)
        self._words(section.title, 26, 600)
        self._rule()
        for line in section.lines:
            self._line(line)
        if not section.lines and section.nothing:
            self._words(section.nothing, 20, tone="ink2")

    def _line(self, line: Line) -> None:
        painter, width = self.painter, self.page.width()
        painter.setFont(self._font(20, 600))
        mark = painter.fontMetrics().horizontalAdvance(line.mark) + self._px(12) if line.mark else 0
        room = QRectF(0, 0, width - mark - self._px(16), 10_000)
        first = painter.boundingRect(room, WRAP, line.title)
        painter.setFont(self._font(18))
        second = painter.boundingRect(room, WRAP, line.sub) if line.sub else QRectF()
        height = first.height() + second.height() + self._px(14)
        self._room(height / self.scale)
        top = self.y + self._px(7)
        self._draw(QRectF(0, top, room.width(), first.height()), line.title, self._font(20, 600), "ink")
        if line.sub:
            self._draw(QRectF(0, top + first.height(), room.width(), second.height()), line.sub, self._font(18), "ink2")
        if line.mark:
            box = QRectF(width - mark, top, mark, first.height())
            self._draw(box, line.mark, self._font(20, 600), line.tone or "ink2", Qt.AlignmentFlag.AlignRight)
        self.y += height
        self._rule()

    def _sign(self, words: str) -> None:
        self._room(140)
        self.y += self._px(90)
        painter, right = self.painter, self.page.width() * SIGN_WIDTH
        painter.setPen(QColor(INK.edge))
        painter.drawLine(0, round(self.y), round(right), round(self.y))
        self._words(words, 18, tone="ink2")

    def _words(self, words: str, size: int, weight: int = 400, *, tone: str = "ink") -> None:
        if not words:
            return
        font = self._font(size, weight)
        self.painter.setFont(font)
        box = self.painter.boundingRect(QRectF(0, 0, self.page.width(), 10_000), WRAP, words)
        self._room(box.height() / self.scale)
        self._draw(QRectF(0, self.y, self.page.width(), box.height()), words, font, tone)
        self.y += box.height() + self._px(6)

    def _draw(self, box: QRectF, words: str, font: QFont, tone: str, side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft) -> None:
        self.painter.setFont(font)
        self.painter.setPen(QColor(token(INK, tone)))
        self.painter.drawText(box, int(WRAP | side), words)

    def _rule(self) -> None:
        self.painter.setPen(QColor(INK.line))
        self.painter.drawLine(0, round(self.y), round(self.page.width()), round(self.y))

    def _room(self, height: float) -> None:
        """Another page where this one ends."""
        if self.y and self.y + self._px(height) > self.page.height():
            self.new_page()
            self.y = 0.0

    def _font(self, size: int, weight: int = 400) -> QFont:
        font = QFont(Look().font(16, weight))
        font.setPixelSize(max(1, round(self._px(size))))
        return font

    def _px(self, size: float) -> float:
        return size * self.scale
