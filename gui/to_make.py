"""The strip over the board: how much of what is still to be made, what else can be done, and whether the outlet is busy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QFrame

from gui import ticket_words
from gui.strings import tr
from gui.style import Look
from gui.widgets.buttons import Button, Kind
from gui.widgets.panels import Piece, column, empty, holder, row
from gui.widgets.text import Text
from gui.wire import OrderSeen


class ToMake(QFrame):
    """As many totals as fit, most first; the rest behind one button."""

    def __init__(
        self,
        look: Look,
        on_all: Callable[[], None],
        on_recall: Callable[[], None],
        on_free: Callable[[], None],
        *,
        large: bool = False,
    ) -> None:
        super().__init__()
        self._look, self._large = look, large
        self._totals: Sequence[tuple[int, str]] = ()
        self._shown: object = None
        self.setProperty("part", "bar")
        self._items = row([], gap=look.gap(28))
        self._title = Text(look, tr("board.to_make"), size=28 if large else 18, weight=600, tone="ink2")
        self._prep = Text(look, tone="ink2")
        self._busy = Text(look, weight=600, tone="attention")
        self._all = Button(look, tr("board.all"), kind=Kind.QUIET, on_press=on_all)
        self._recall = Button(look, tr("board.recall"), kind=Kind.QUIET, key=tr("key.zero"), on_press=on_recall)
        self._free = Button(look, tr("busy.over"), kind=Kind.QUIET, on_press=on_free)
        gap = look.gap(12)
        pieces: list[Piece] = [self._title, look.gap(28), self._items, self._all, None]
        others: list[Piece] = [self._busy, self._free, gap, self._prep, gap, self._recall]
        right = row([*others, None] if look.folded else others)
        line = row(pieces) if look.folded else row([*pieces, right])
        line.addStrut(look.target(76 if large else 48))
        self._side = look.gap(24)
        stacked = column([line, right] if look.folded else [line], margins=(self._side, look.gap(2), look.gap(12), look.gap(2)))
        self.setLayout(stacked)

    def refresh(self, orders: Iterable[OrderSeen], minutes: int, busy: str) -> None:
        """Totals, the prep time in force, and until when the outlet is busy."""
        self._totals = ticket_words.to_make(orders)
        self._prep.setText(tr("board.prep", minutes=minutes))
        self._prep.setVisible(not self._large and not busy)
        self._busy.show_text(busy)
        self._free.setVisible(bool(busy))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many as there is room for."""
        self._fit()

    def _fit(self) -> None:
        look, size = self._look, 44 if self._large else 24
        number, name = QFontMetrics(look.font(size, 700)), QFontMetrics(look.font(28 if self._large else 18))
        taken = self._title.sizeHint().width() + self._all.sizeHint().width() + self._side + look.gap(52)
        if not look.folded:
            others = (self._busy, self._free, self._prep, self._recall)
            taken += sum(each.sizeHint().width() + look.gap(12) for each in others if not each.isHidden())
        room, shown = self.width() - taken, []
        for count, dish in self._totals:
            room -= number.horizontalAdvance(str(count)) + name.horizontalAdvance(dish) + look.gap(36)
            if room < 0:
                break
            shown.append((count, dish))
        self._all.setVisible(len(shown) < len(self._totals))
        self._show(tuple(shown))

    def _show(self, shown: tuple[tuple[int, str], ...]) -> None:
        if shown == self._shown:
            return
        self._shown = shown
        empty(self._items)
        look, size = self._look, 44 if self._large else 24
        for count, dish in shown:
            number = Text(look, str(count), size=size, weight=700)
            words = Text(look, dish, size=28 if self._large else 18)
            self._items.addWidget(holder(row([number, words], gap=look.gap(8))))
        if not self._totals:
            self._items.addWidget(Text(look, tr("board.nothing"), size=18, tone="ink2"))
        self.setAccessibleName(", ".join(f"{count} {dish}" for count, dish in self._totals))
