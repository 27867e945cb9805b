"""A sheet on the screen: the same words in the same order as on paper."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from gui.sheets.sheet import Line, Section, Sheet
from gui.style import Look
from gui.widgets.marks import Badge, Mark
from gui.widgets.panels import Piece, column, empty, holder, row, rule
from gui.widgets.text import Text

GLYPHS = {"ok": "ready", "attention": "diamond", "late": "attention", "offline": "clock"}


class SheetView(QFrame):
    """Rebuilt when the sheet is another one."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._shown: Sheet | None = None
        self._body = QVBoxLayout()
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(look.gap(16))
        self.setLayout(column([self._body]))

    def show_sheet(self, sheet: Sheet) -> None:
        """Show this one."""
        if sheet == self._shown:
            return
        self._shown = sheet
        empty(self._body)
        for section in sheet.sections:
            self._body.addWidget(self._section(section))

    def _section(self, section: Section) -> QWidget:
        look = self._look
        pieces: list[Piece] = []
        for index, line in enumerate(section.lines):
            pieces += [rule(look)] if index else []
            pieces.append(self._line(line))
        if not section.lines:
            pieces.append(holder(column([Text(look, section.nothing, tone="ink2", wrap=True)], margins=(20, 12, 20, 12))))
        title = Text(look, section.title, size=20, weight=600, wrap=True)
        return holder(column([title, look.gap(8), holder(column(pieces, margins=(2, 2, 2, 2)), "panel")]))

    def _line(self, line: Line) -> QWidget:
        look = self._look
        words: list[Piece] = [None, Text(look, line.title, weight=600, wrap=True)]
        if line.sub:
            words.append(Text(look, line.sub, size=14, tone="ink2", wrap=True))
        pieces: list[Piece] = [holder(column([*words, None]))]
        if line.mark:
            pieces += [look.gap(12), Badge(look, Mark(line.mark, GLYPHS.get(line.tone, ""), line.tone))]
        layout = row(pieces, margins=(look.gap(20), look.gap(6), look.gap(20), look.gap(6)))
        layout.setStretch(0, 1)
        frame = holder(layout)
        frame.setMinimumHeight(look.gap(52))
        frame.setAccessibleName(" ".join(part for part in (line.title, line.sub, line.mark) if part))
        return frame
