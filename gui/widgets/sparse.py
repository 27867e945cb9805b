"""Rows that scroll, however many: only those in sight, and those close to it, exist as widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QWidget

GUESSED = -1
"""In place of a width: nobody has measured this yet."""
TURNS = 4
"""Measuring a row moves the ones below it; so often the view is filled again before the next paint."""
ItemT = TypeVar("ItemT")
MadeT = TypeVar("MadeT", bound=QWidget)


@dataclass(slots=True)
class _Row:
    top: int
    height: int
    first: int
    """Index of its first item."""


@dataclass(frozen=True, slots=True)
class Maker(Generic[ItemT, MadeT]):
    """How items become widgets."""

    key: Callable[[ItemT], str]
    """What makes it the same item after it has changed."""
    make: Callable[[ItemT], MadeT]
    guess: Callable[[ItemT], int]
    """About its height, before anybody has seen it."""
    made: Callable[[MadeT], None] = lambda _widget: None


class Sparse(QScrollArea, Generic[ItemT, MadeT]):
    """Keeps a widget as long as its item stays equal."""

    def __init__(self, name: str, maker: Maker[ItemT, MadeT], gap: int) -> None:
        super().__init__()
        self._maker, self._gap = maker, gap
        self._items: Sequence[ItemT] = ()
        self._rows: list[_Row] = []
        self._across = 1
        self._heights: dict[str, tuple[ItemT, int, int]] = {}
        self.shown: dict[str, tuple[ItemT, MadeT]] = {}
        self.made = 0
        """How many widgets were ever made, for measuring."""
        self._inside = QWidget()
        self._inside.setProperty("part", "inside")
        self._inside.setAutoFillBackground(False)
        self.setWidget(self._inside)
        self.viewport().setAutoFillBackground(False)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(name)
        self.verticalScrollBar().valueChanged.connect(self._fill)

    def show_items(self, items: Sequence[ItemT], across: int = 1) -> None:
        """These, in this order, so many beside each other."""
        self._items, self._across = items, across
        kept = {self._maker.key(item) for item in items}
        for key in [key for key in self.shown if key not in kept]:
            self._drop(key)
        for key in [key for key in self._heights if key not in kept]:
            del self._heights[key]
        self._lay()

    def forget(self, key: str) -> None:
        """Make a widget anew although its item is the same."""
        self._drop(key)
        self._heights.pop(key, None)
        self._lay()

    def widgets(self) -> dict[str, MadeT]:
        """What exists, by key."""
        return {key: widget for key, (_, widget) in self.shown.items()}

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width is another height."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._lay()
        else:
            self._settle()

    def reveal(self, at: int) -> None:
        """Scroll to an item by its place."""
        if not 0 <= at < len(self._items):
            return
        row = self._rows[at // self._across]
        bar, room = self.verticalScrollBar(), self.viewport().height()
        if row.top < bar.value():
            bar.setValue(row.top)
        elif row.top + row.height > bar.value() + room:
            bar.setValue(row.top + row.height - room)

    def place_of(self, key: str) -> int:
        """Where an item stands; -1 when it does not."""
        return next((at for at, item in enumerate(self._items) if self._maker.key(item) == key), -1)

    def _width(self) -> int:
        return max(1, (self.viewport().width() - self._gap * (self._across - 1)) // self._across)

    def _lay(self) -> None:
        """Where each row stands, from what is measured and guessed, then fill what is in sight."""
        self._measure()
        self._settle()

    def _settle(self) -> None:
        """Fill what is in sight, and measure again while something there is not as high as was thought."""
        for _ in range(TURNS):
            if not self._fill():
                return
            self._measure()

    def _measure(self) -> None:
        top, width, self._rows = 0, self._width(), []
        for first in range(0, len(self._items), self._across):
            height = self._height(self._items[first], width)
            for item in self._items[first + 1 : first + self._across]:
                height = max(height, self._height(item, width))
            self._rows.append(_Row(top, height, first))
            top += height + self._gap
        self._inside.resize(self.viewport().width(), max(0, top - self._gap))

    def _height(self, item: ItemT, width: int) -> int:
        known = self._heights.get(self._maker.key(item))
        if known is None or known[1] not in (width, GUESSED) or (known[0] is not item and known[0] != item):
            known = self._heights[self._maker.key(item)] = (item, GUESSED, self._maker.guess(item))
        return known[2]

    def _fill(self, _value: int = 0) -> bool:
        """Make what is in sight, let go of what is far; whether a row turned out higher or lower than thought."""
        top, room, surprised, wanted = self.verticalScrollBar().value(), self.viewport().height(), False, set()
        for row in self._rows[self._first_row(top - room // 2) :]:
            if row.top > top + room + room // 2:
                break
            for at, item in enumerate(self._items[row.first : row.first + self._across]):
                wanted.add(self._maker.key(item))
                surprised |= self._place(item, at, row)
        focus = self.window().focusWidget() or self
        for key in [key for key, (_, widget) in self.shown.items() if key not in wanted and not widget.isAncestorOf(focus)]:
            self._drop(key)
        return surprised

    def _first_row(self, top: int) -> int:
        """Index of the first row that reaches below a height, by halving."""
        low, high = 0, len(self._rows)
        while low < high:
            middle = (low + high) // 2
            row = self._rows[middle]
            low, high = (middle + 1, high) if row.top + row.height < top else (low, middle)
        return low

    def _place(self, item: ItemT, at: int, row: _Row) -> bool:
        key, width = self._maker.key(item), self._width()
        widget = self._widget(key, item)
        known = self._heights.get(key)
        if known is None or known[1] != width or known[0] != item:
            known = self._heights[key] = (item, width, height_for(widget, width))
        widget.setGeometry(at * (width + self._gap), row.top, width, row.height)
        if widget.isHidden():
            widget.show()
        return known[2] > row.height or (self._across == 1 and known[2] != row.height)

    def _widget(self, key: str, item: ItemT) -> MadeT:
        known = self.shown.get(key)
        if known is not None and known[0] == item:
            return known[1]
        self._drop(key)
        widget = self._maker.make(item)
        widget.setParent(self._inside)
        self.shown[key] = (item, widget)
        self.made += 1
        self._maker.made(widget)
        return widget

    def _drop(self, key: str) -> None:
        known = self.shown.pop(key, None)
        if known is not None:
            known[1].hide()
            known[1].setParent(None)
            known[1].deleteLater()


def height_for(widget: QWidget, width: int) -> int:
    """What a widget needs in this width, whether or not its height depends on it."""
    layout = widget.layout()
    if layout is None:
        return widget.sizeHint().height()
    needs = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalSizeHint().height()
    return max(widget.minimumHeight(), needs)
