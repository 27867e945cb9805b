"""Tickets in rows that scroll: only those in sight, and those close to it, exist as widgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QWidget

from gui import ticket_words
from gui.style import Look
from gui.ticket import Spec, Ticket

TURNS = 4
"""Measuring a ticket moves the ones below it; so often the view is filled again before the next paint."""


@dataclass(slots=True)
class _Row:
    top: int
    height: int
    first: int
    """Index of its first ticket."""


class Shelf(QScrollArea):
    """Keeps a ticket as long as what it shows stays the same."""

    def __init__(self, look: Look, name: str, make: Callable[[Spec], Ticket], on_made: Callable[[Ticket], None]) -> None:
        super().__init__()
        self._look, self._make, self._on_made = look, make, on_made
        self._specs: list[Spec] = []
        self._rows: list[_Row] = []
        self._across = 1
        self._heights: dict[str, tuple[Spec, int, int]] = {}
        self.tickets: dict[str, Ticket] = {}
        self.made = 0
        """How many tickets were ever made, for measuring."""
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

    def show_specs(self, specs: Sequence[Spec], across: int = 1) -> None:
        """These, in this order, so many beside each other."""
        self._specs, self._across = list(specs), across
        kept = {spec.order.id for spec in specs}
        for key in [key for key in self.tickets if key not in kept]:
            self._drop(key)
        for key in [key for key in self._heights if key not in kept]:
            del self._heights[key]
        self._lay()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width is another height."""
        super().resizeEvent(event)
        self._lay()

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """The digits that pick tickets."""
        for key, ticket in self.tickets.items():
            ticket.show_key(keys.get(key, ""))

    def reveal(self, order_id: str) -> None:
        """Scroll to a ticket."""
        at = next((index for index, spec in enumerate(self._specs) if spec.order.id == order_id), None)
        if at is None:
            return
        row = self._rows[at // self._across]
        bar, room = self.verticalScrollBar(), self.viewport().height()
        if row.top < bar.value():
            bar.setValue(row.top)
        elif row.top + row.height > bar.value() + room:
            bar.setValue(row.top + row.height - room)

    def _gap(self) -> int:
        return self._look.gap(12)

    def _width(self) -> int:
        return max(1, (self.viewport().width() - self._gap() * (self._across - 1)) // self._across)

    def _lay(self) -> None:
        """Where each row stands, from what is measured and guessed, then fill what is in sight."""
        for _ in range(TURNS):
            self._measure()
            if not self._fill():
                return

    def _measure(self) -> None:
        top, width, self._rows = 0, self._width(), []
        for first in range(0, len(self._specs), self._across):
            height = max(self._height(spec, width) for spec in self._specs[first : first + self._across])
            self._rows.append(_Row(top, height, first))
            top += height + self._gap()
        self._inside.resize(self.viewport().width(), max(0, top - self._gap()))

    def _height(self, spec: Spec, width: int) -> int:
        known = self._heights.get(spec.order.id)
        if known is not None and known[1] == width and known[0] == spec:
            return known[2]
        return _guess(self._look, spec)

    def _fill(self, _value: int = 0) -> bool:
        """Make what is in sight, let go of what is far; whether a ticket turned out higher or lower than thought."""
        top, room, surprised, wanted = self.verticalScrollBar().value(), self.viewport().height(), False, set()
        for row in self._rows:
            if row.top + row.height < top - room // 2 or row.top > top + room + room // 2:
                continue
            for at, spec in enumerate(self._specs[row.first : row.first + self._across]):
                wanted.add(spec.order.id)
                surprised |= self._place(spec, at, row)
        for key in [key for key, ticket in self.tickets.items() if key not in wanted and not ticket.isAncestorOf(_focus(self))]:
            self._drop(key)
        return surprised

    def _place(self, spec: Spec, at: int, row: _Row) -> bool:
        key, width = spec.order.id, self._width()
        ticket = self.tickets.get(key)
        if ticket is None or ticket.spec != spec:
            self._drop(key)
            ticket = self.tickets[key] = self._make(spec)
            ticket.setParent(self._inside)
            self.made += 1
            self._on_made(ticket)
        known = self._heights.get(key)
        if known is None or known[1] != width or known[0] != spec:
            layout = ticket.layout()
            height = layout.totalHeightForWidth(width) if layout is not None else 0
            known = self._heights[key] = (spec, width, height)
        ticket.setGeometry(at * (width + self._gap()), row.top, width, row.height)
        if ticket.isHidden():
            ticket.show()
        return known[2] > row.height or (self._across == 1 and known[2] != row.height)

    def _drop(self, key: str) -> None:
        ticket = self.tickets.pop(key, None)
        if ticket is not None:
            ticket.hide()
            ticket.setParent(None)
            ticket.deleteLater()


def _focus(inside: QWidget) -> QWidget:
    """The widget with the keyboard, or the shelf itself, which is inside of no ticket."""
    return inside.window().focusWidget() or inside


def _guess(look: Look, spec: Spec) -> int:
    """About the height of a ticket that nobody has seen yet."""
    order = spec.order
    if spec.kind in {"folded", "ready"}:
        return look.gap(100 if spec.kind == "folded" else 160)
    strips = len(ticket_words.allergies(order)) + len(order.problems) + bool(order.notes)
    return look.gap(140) + strips * look.gap(44) + len(order.lines) * max(look.gap(50), look.px(50))
