"""List rows: time, title over reason, number, badge; rebuilt only when what they say has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from gui.style import Look
from gui.widgets.marks import Badge, Mark
from gui.widgets.panels import Piece, column, empty, holder, row, rule
from gui.widgets.text import Elided, Text

DENSE = 52


@dataclass(frozen=True, slots=True)
class RowData:
    """One row."""

    time: str
    title: str
    mark: Mark
    sub: str = ""
    number: str = ""
    struck: bool = False
    rest: str = ""
    """After the bold title, on the same line."""


class RowList(QWidget):
    """Rows with separators, from the top; what does not fit is left out."""

    def __init__(self, look: Look, *, height: int = 64, number_at: int = 0) -> None:
        super().__init__()
        self._look, self._height, self._number_at = look, height, number_at
        self._shown: object = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)

    def show_rows(self, rows: Sequence[RowData], *, dense: bool = False) -> None:
        """Show these; dense rows are 52 high."""
        wanted = tuple(rows)
        if (wanted, dense) == self._shown:
            return
        self._shown = (wanted, dense)
        height = self.row_height(dense=dense) - 1
        empty(self._layout)
        for index, data in enumerate(wanted):
            if index:
                self._layout.addWidget(rule(self._look))
            self._layout.addWidget(self._row(data, height))
        self._layout.addStretch(1)

    def row_height(self, *, dense: bool = False) -> int:
        """Height of a row with its separator; never less than its two lines need."""
        least = self._look.gap(DENSE if dense else self._height)
        folded = self._look.line(14) + self._look.gap(12) if self._look.folded else 0
        return max(least, self._look.line(16) + self._look.line(14) + 2 + folded)

    def _row(self, data: RowData, height: int) -> QFrame:
        look = self._look
        time = Text(look, data.time, tone="ink2", tabular=True)
        time.setMinimumWidth(look.px(56))
        if look.folded and not data.number:
            time.hide()
        words = self._words(data)
        if look.folded and not data.number:
            words = holder(column([None, words, row([Badge(look, data.mark), None]), None]))
        pieces: list[Piece] = [time, 0 if time.isHidden() else look.gap(12), words]
        if data.number:
            number = Text(look, data.number, size=20, weight=600, tone="ink2" if data.struck else "ink", tabular=True)
            font = number.font()
            font.setStrikeOut(data.struck)
            number.setFont(font)
            pieces += [number, look.gap(22)]
        if data.number or not look.folded:
            pieces += [self._badge(data)]
        inner = row(pieces)
        inner.setStretch(2, 1)
        frame = holder(inner)
        frame.setFixedHeight(height)
        frame.setAccessibleName(" ".join((data.time, data.title, data.rest, data.sub, data.number, data.mark.word)))
        return frame

    def _words(self, data: RowData) -> QWidget:
        look = self._look
        if not data.sub:
            words = row(
                [Text(look, data.title, weight=600), Elided(look, data.rest)] if data.rest else [Elided(look, data.title)]
            )
            return holder(words)
        return holder(
            column([None, Elided(look, data.title, weight=600), Elided(look, data.sub, size=14, tone="ink2"), None], gap=0)
        )

    def _badge(self, data: RowData) -> QWidget:
        badge = Badge(self._look, data.mark)
        if not data.number:
            return badge
        slot = holder(row([None, badge]))
        slot.setMinimumWidth(self._look.px(self._number_at or 160))
        return slot
