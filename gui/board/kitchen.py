"""The kitchen screen: one rail of tickets to be read from two metres, oldest at the top left, new orders told at the end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from gui import formats
from gui.board.flow import BoardFlow
from gui.board.page import TicketPage
from gui.board.to_make import ToMake
from gui.session import Session
from gui.strings import tr
from gui.style import Look
from gui.tickets import words as ticket_words
from gui.tickets.ticket import KitchenTicket, Spec, Ticket
from gui.widgets.buttons import Button
from gui.widgets.dish import COUNTER, KITCHEN, Scale
from gui.widgets.panels import column, holder, row
from gui.widgets.sparse import height_for
from gui.widgets.text import Text
from gui.wire.orders import OrderSeen
from gui.wire.status import Limits

MARGIN, GAP, SPARE = 24, 16, 16
ROOMY = 640
"""Px in height that hold three dishes of two lines each."""
LARGEST = 150
"""Percent; at twice the counter's sizes more than this leaves no room for a ticket."""


def columns_for(width: int, zoom: int = 100) -> int:
    """3 at 1366, 4 at 1920, 5 from 2400; larger text needs wider columns."""
    room = width * 100 // max(100, zoom)
    return 1 if room < 700 else 2 if room < 1300 else 3 if room < 1600 else 4 if room < 2400 else 5


def column_width(width: int, zoom: int) -> int:
    """Of one column of the rail."""
    across = columns_for(width, zoom)
    return (width - 2 * MARGIN - (across - 1) * GAP) // across


class NewOrders(QFrame):
    """How many new orders wait at the counter, and how long the first of them still can; they are answered there."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setProperty("part", "panel")
        self.setProperty("state", "new")
        self._count = Text(look, size=44, weight=700, wrap=True, tone="on_accent")
        self._left = Text(look, size=30, weight=700, tone="on_accent", tabular=True)
        self._orders: Sequence[OrderSeen] = ()
        self._where = Text(look, tr("kitchen.waiting"), size=30, tone="ink2", wrap=True)
        self._lines = Text(look, size=32, weight=600, wrap=True)
        side, low = look.gap(18), look.gap(8)
        line = row([self._count, low, self._left], margins=(side, low, side, low))
        line.setStretch(0, 1)
        head = holder(line, "accent")
        below = column([self._where, self._lines], gap=low, margins=(side, low, side, side))
        self.setLayout(column([head, below]))

    def say(self, orders: Sequence[OrderSeen]) -> None:
        """Number and what is in them."""
        self._orders = orders
        self._count.setText(tr("kitchen.new", count=len(orders)))
        words = [f"{o.ref_no}, {formats.counted('item', sum(line.quantity for line in o.lines))}" for o in orders[:4]]
        self._lines.setText("\n".join(words))

    def tick(self, now: datetime) -> None:
        """The time of the one that has to be answered first."""
        first = min(self._orders, key=ticket_words.age_key, default=None)
        self._left.show_text(ticket_words.age(first, now).text if first else "")


class Rail(QWidget):
    """Columns filled downwards, then to the right; what does not fit is on the next page."""

    def __init__(self, page: KitchenPage) -> None:
        super().__init__()
        self._page = page
        self.first = 0
        self.shown: list[Ticket] = []
        self.left_over = 0
        self._specs: tuple[Spec, ...] = ()

    def show_specs(self, specs: Sequence[Spec], last: QWidget) -> None:
        """Tickets from the first of this page on, as many as fit whole."""
        self._specs = tuple(specs)
        self.first = min(self.first, max(0, len(specs) - 1))
        place = _Place(self.width(), self.height(), self._page.zoom())
        old = {ticket.spec: ticket for ticket in self.shown}
        self.shown = []
        for spec in specs[self.first :]:
            ticket = old.pop(spec, None) or self._page.make(spec, self)
            box = place.take(height_for(ticket, place.width) + SPARE)
            if box is None:
                old[spec] = ticket
                break
            ticket.setGeometry(box)
            ticket.show()
            self.shown.append(ticket)
        for ticket in old.values():
            ticket.hide()
            ticket.setParent(None)
            ticket.deleteLater()
        self.left_over = len(specs) - self.first - len(self.shown)
        self._end_with(last, place)

    def _end_with(self, last: QWidget, place: _Place) -> None:
        box = place.take(height_for(last, place.width)) if last.property("wanted") else None
        last.setVisible(box is not None)
        if box is not None:
            last.setGeometry(box)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another height holds other tickets."""
        self._page.measure_again()

    def turn(self, by: int) -> None:
        """Another page."""
        self.first = max(0, min(len(self._specs) - 1, self.first + by * max(1, len(self.shown))))


class _Place:
    """Where the next ticket goes."""

    def __init__(self, width: int, height: int, zoom: int) -> None:
        self._height, self._across = height - MARGIN, columns_for(width, zoom)
        self.width = column_width(width, zoom)
        self._column, self._top = 0, GAP

    def take(self, height: int) -> QRect | None:
        """Room of this height, or None when the page is full."""
        if self._top + height > self._height and self._top > GAP:
            self._column, self._top = self._column + 1, GAP
        if self._column >= self._across:
            return None
        left = MARGIN + self._column * (self.width + GAP)
        box = QRect(left, self._top, self.width, min(height, self._height - GAP))
        self._top += height + GAP
        return box


def parted(spec: Spec, count: int) -> list[Spec]:
    """A ticket in so many parts, each with its share of the dishes."""
    lines = spec.order.lines
    step = math.ceil(len(lines) / count)
    firsts = range(0, len(lines), step)
    if len(firsts) <= 1:
        return [spec]
    orders = [replace(spec.order, lines=lines[first : first + step]) for first in firsts]
    parts = enumerate(zip(orders, firsts, strict=True), 1)
    return [replace(spec, order=order, part=(at, len(firsts)), first=first) for at, (order, first) in parts]


class KitchenPage(TicketPage):
    """No tabs and no lamp; the same keys as on the board."""

    def __init__(self, look: Look, session: Session, flow: BoardFlow, on_leave: Callable[[], None]) -> None:
        look = replace(look, zoom=min(look.zoom, LARGEST))
        super().__init__(look, session, flow, tr("kitchen.open"))
        self.to_make = ToMake(look, self.asks.to_make, self.asks.recall, self.end_busy, large=True)
        self._clock = Text(look, size=44, weight=700, tabular=True)
        self.leave = Button(look, tr("kitchen.leave"), key=tr("key.f11"), size=20, on_press=on_leave)
        self.rail = Rail(self)
        self.new = NewOrders(look)
        self.new.setParent(self.rail)
        self._more = Text(look, size=26, weight=600, tone="attention")
        self._parts: dict[Spec, list[Spec]] = {}
        self._scales: dict[str, Scale] = {}
        """Of orders that are whole only in smaller letters."""
        bar = row([self.to_make, self._clock, look.gap(16), self.leave], margins=(0, 0, look.gap(16), 0))
        bar.setStretch(0, 1)
        foot = row([None, self._more], margins=(MARGIN, 0, MARGIN, look.gap(6)))
        layout = column([holder(bar, "bar"), self.rail, foot])
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def limits(self) -> Limits:
        """Later than at the counter."""
        return self.flow.rules.kitchen

    def zoom(self) -> int:
        """Percent."""
        return self._look.zoom

    def tickets(self) -> dict[str, Ticket]:
        """The ones of this page; of a ticket in parts the last one."""
        return {ticket.order.id: ticket for ticket in self.rail.shown}

    def drawn(self) -> Iterable[Ticket]:
        """The ones of this page, each part."""
        return self.rail.shown

    def tick(self) -> None:
        """The countdown of what is new too."""
        super().tick()
        self.new.tick(self._session.now())

    def in_reach(self) -> list[str]:
        """Only what stands on this page."""
        return [ticket.order.id for ticket in self.rail.shown]

    def make(self, spec: Spec, rail: QWidget) -> Ticket:
        """A ticket in the rail."""
        ticket = KitchenTicket(self._look, spec, self.presses, self._scales.get(spec.order.id, KITCHEN))
        ticket.setParent(rail)
        ticket.show_key(self.keys().get(spec.order.id, ""))
        ticket.tick(self._session.now())
        return ticket

    def _specs(self, orders: Sequence[OrderSeen]) -> list[Spec]:
        return [spec for spec in super()._specs(orders) if spec.kind == "preparing"]

    def measure_again(self) -> None:
        """The rail has another size."""
        self._shown = None
        self._parts.clear()
        self._scales.clear()
        self.refresh_if_shown()

    def _show(self, orders: Sequence[OrderSeen], where: str) -> None:
        waiting = [order for order in orders if self.flow.column_of(order) == "new"]
        self._clock.setText(self._session.clock_text(self._session.now()))
        self.to_make.refresh(orders, self.flow.minutes, self.busy_words())
        wanted = (tuple(self.specs), tuple(order.id for order in waiting), self.rail.first, self.rail.size().toTuple())
        if wanted == self._shown:
            return
        self._shown = wanted
        self.new.setProperty("wanted", bool(waiting))
        self.new.say(waiting)
        self.new.tick(self._session.now())
        self.rail.show_specs([part for spec in self.specs for part in self._in_parts(spec)], self.new)
        left = self.rail.left_over
        self._more.setText(tr("kitchen.more", count=left) if left else "")
        for key, ticket in self.tickets().items():
            ticket.show_key(self.keys().get(key, ""))

    def _in_parts(self, spec: Spec) -> list[Spec]:
        """A ticket higher than a column goes on in the next one; measured once, and most are lower than any column."""
        if spec not in self._parts:
            self._parts[spec] = [spec] if self._is_surely_low(spec) else self._fitting(spec)
        return self._parts[spec]

    def _is_surely_low(self, spec: Spec) -> bool:
        order = spec.order
        says_more = order.problems or spec.news or ticket_words.allergies(order) or ticket_words.notes(order)
        return len(order.lines) < 4 and not says_more and self.zoom() <= 100 and self.rail.height() >= ROOMY

    def _fitting(self, spec: Spec) -> list[Spec]:
        """In as few parts as are whole; where warnings leave no room for a dish, in smaller letters."""
        room, width = self.rail.height() - MARGIN - 2 * GAP - SPARE, column_width(self.rail.width(), self.zoom())
        parts = [spec]
        for scale in (KITCHEN, COUNTER):
            self._scales[spec.order.id] = scale
            for count in range(1, len(spec.order.lines) + 1):
                parts = parted(spec, count)
                if max(self._measured(part, width) for part in parts) <= room:
                    return parts
        return parts

    def _measured(self, spec: Spec, width: int) -> int:
        trial = self.make(spec, self.rail)
        height = height_for(trial, width)
        trial.setParent(None)
        trial.deleteLater()
        return height

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Page Down and Page Up turn the pages."""
        if event.key() in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self.rail.turn(1 if event.key() == Qt.Key.Key_PageDown else -1)
            self.refresh()
        else:
            super().keyPressEvent(event)
