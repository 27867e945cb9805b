"""The strip over the board: how much of what is still to be made, what else can be done, and whether the outlet is busy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from gui.strings import tr
from gui.style import Look
from gui.tickets import words as ticket_words
from gui.widgets.buttons import Button, Kind
from gui.widgets.panels import Piece, column, row
from gui.widgets.text import Text
from gui.wire.orders import OrderSeen


class Totals(QWidget):
    """Numbers with their dishes on one line, painted, because they change with every order."""

    def __init__(self, look: Look, *, large: bool) -> None:
        super().__init__()
        self._look = look
        self._number, self._dish = look.font(44 if large else 24, 700), look.font(28 if large else 18)
        self._shown: tuple[tuple[int, str], ...] = ()
        self._nothing = True
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def show_totals(self, totals: Sequence[tuple[int, str]], room: int, button: int) -> bool:
        """All of them in so many px, else as many as leave room for the button to the rest; whether all are shown."""
        shown = tuple(totals)
        if self.width_of(shown) > room:
            while shown and self.width_of(shown) + self._apart() + button > room:
                shown = shown[:-1]
        if (shown, not totals) != (self._shown, self._nothing):
            self._shown, self._nothing = shown, not totals
            self.updateGeometry()
            self.update()
        return len(shown) == len(totals)

    def width_of(self, totals: Sequence[tuple[int, str]]) -> int:
        """Px that these need beside each other."""
        return sum(map(self._width, totals)) + self._apart() * max(0, len(totals) - 1)

    def _apart(self) -> int:
        return self._look.gap(28)

    def _width(self, each: tuple[int, str]) -> int:
        number = QFontMetrics(self._number).horizontalAdvance(str(each[0]))
        return number + self._look.gap(8) + QFontMetrics(self._dish).horizontalAdvance(each[1]) + 1

    def sizeHint(self) -> QSize:
        """One line."""
        words = QFontMetrics(self._dish).horizontalAdvance(tr("board.nothing")) + 4 if self._nothing else 0
        return QSize(words or self.width_of(self._shown), QFontMetrics(self._number).height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Number bold, dish plain."""
        painter, left = QPainter(self), 0
        middle = Qt.AlignmentFlag.AlignVCenter
        if self._nothing:
            painter.setPen(self._look.colour("ink2"))
            painter.setFont(self._dish)
            painter.drawText(self.rect(), middle, tr("board.nothing"))
        painter.setPen(self._look.colour("ink"))
        for count, dish in self._shown:
            painter.setFont(self._number)
            painter.drawText(self.rect().adjusted(left, 0, 0, 0), middle, str(count))
            number = QFontMetrics(self._number).horizontalAdvance(str(count)) + self._look.gap(8)
            painter.setFont(self._dish)
            painter.drawText(self.rect().adjusted(left + number, 0, 0, 0), middle, dish)
            left += self._width((count, dish)) + self._apart()


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
        self.setProperty("part", "bar")
        self._items = Totals(look, large=large)
        self._title = Text(look, tr("board.to_make"), size=28 if large else 18, weight=600, tone="ink2")
        self._prep = Text(look, tone="ink2")
        self._busy = Text(look, weight=600, tone="attention")
        self._all = Button(look, tr("board.all"), kind=Kind.QUIET, size=20 if large else 16, on_press=on_all)
        self._recall = Button(
            look, tr("board.recall"), kind=Kind.QUIET, key=tr("key.zero"), size=20 if large else 16, on_press=on_recall
        )
        self._free = Button(look, tr("busy.over"), kind=Kind.QUIET, on_press=on_free)
        gap = look.gap(12)
        pieces: list[Piece] = [self._title, look.gap(28), self._items, look.gap(12), self._all, None]
        prep: list[Piece] = [] if large else [self._prep, gap]
        others: list[Piece] = [self._busy, self._free, gap, *prep, self._recall]
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
        self._all.setVisible(not self._items.show_totals(self._totals, self.room(), self._all.sizeHint().width()))
        self.setAccessibleName(", ".join(f"{count} {dish}" for count, dish in self._totals))

    def room(self) -> int:
        """Px for totals and for the button to the rest: what title, margins and the pieces at the right leave."""
        look = self._look
        taken = self._side + self._title.sizeHint().width() + look.gap(28) + 2 * look.gap(12)
        if not look.folded:
            others = (self._busy, self._free, self._prep, self._recall)
            taken += (1 if self._large else 2) * look.gap(12) + sum(
                each.sizeHint().width() for each in others if not each.isHidden()
            )
        return self.width() - taken
