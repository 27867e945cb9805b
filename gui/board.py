"""The board: New, Preparing and Ready, kept in step with the agent, worked by keys 1 to 9, Enter and Backspace."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from gui import ticket_words
from gui.client import Answer
from gui.session import Session
from gui.strings import tr
from gui.style import Look
from gui.ticket import FoldedTicket, KitchenTicket, NewTicket, ReadyTicket, Ticket
from gui.widgets.buttons import CONFIRM_KEYS
from gui.widgets.dialogs import choose
from gui.widgets.panels import Piece, column, empty, holder, row, scrolling
from gui.widgets.text import Text
from gui.wire import OrderSeen

PREP_MINUTES, LEAST_MINUTES, MOST_MINUTES = 15, 5, 120
REJECT_REASONS = ("sold_out", "too_busy", "closing_soon", "allergy", "other")
WIDTHS = {"new": 368, "ready": 264}
NARROW_WIDTHS = {"new": 340, "ready": 254}
NEXT = {"new": "ACCEPTED", "preparing": "READY", "ready": "COMPLETED"}
BACK = {"ready": "IN_PROGRESS", "done": "READY"}
"""What an order is shown as after it was brought back; the cloud is not told, it cannot take a step back."""


class ToMake(QFrame):
    """How much of what is still to be made."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._shown: list[tuple[int, str]] | None = None
        self.setProperty("part", "bar")
        self.setFixedHeight(look.target(52))
        self._items = row([], gap=look.gap(28))
        self._prep = Text(look, tone="ink2")
        title = Text(look, tr("board.to_make"), size=18, weight=600, tone="ink2")
        pieces: list[Piece] = [title, look.gap(28), self._items, None, self._prep]
        self.setLayout(row(pieces, margins=(look.gap(24), 0, look.gap(24), 0)))

    def _most(self) -> int:
        return 3 if self._look.folded else 7 if self.width() >= 1120 else 5

    def refresh(self, orders: Iterable[OrderSeen], minutes: int) -> None:
        """Totals and the prep time in force."""
        self._prep.setVisible(not self._look.folded)
        totals = ticket_words.to_make(orders)
        self._prep.setText(tr("board.prep", minutes=minutes))
        if totals == self._shown:
            return
        self._shown = totals
        empty(self._items)
        for count, name in totals[: self._most()]:
            number = Text(self._look, str(count), size=24, weight=700)
            self._items.addWidget(holder(row([number, Text(self._look, name, size=18)], gap=self._look.gap(8))))
        if not totals:
            self._items.addWidget(Text(self._look, tr("board.nothing"), size=18, tone="ink2"))
        self.setAccessibleName(", ".join(f"{count} {name}" for count, name in totals))


class BoardPage(QWidget):
    """Orders by state; what is brought back is only shown earlier again, Cata was already told."""

    def __init__(self, look: Look, session: Session) -> None:
        super().__init__()
        self._look, self._session = look, session
        self._minutes = PREP_MINUTES
        self._picked = ""
        self._brought_back: dict[str, str] = {}
        self._advanced: list[str] = []
        self._shown: object = None
        self.tickets: dict[str, Ticket] = {}
        self._order_of_keys: list[str] = []
        self.setProperty("part", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("page.orders"))
        self.to_make = ToMake(look)
        self._titles = {name: self._title(name) for name in ("new", "preparing", "ready")}
        self._new, self._ready, self._grid = QVBoxLayout(), QVBoxLayout(), QGridLayout()
        self._build()

    def _title(self, name: str) -> tuple[Text, Text]:
        return Text(self._look, tr(f"board.{name}"), size=20, weight=600), Text(self._look, "", size=20, weight=600, tone="ink2")

    def _build(self) -> None:
        gap = self._look.gap(12)
        for layout in (self._new, self._ready, self._grid):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(gap)
        self._columns = {
            "new": self._column("new", self._new),
            "preparing": self._column("preparing", self._grid),
            "ready": self._column("ready", self._ready),
        }
        columns = row(list(self._columns.values()), gap=16, margins=(16, 12, 16, 4))
        columns.setStretch(1, 1)
        outer = column([self.to_make, columns])
        outer.setStretch(1, 1)
        self.setLayout(outer)

    def _column(self, name: str, layout: QVBoxLayout | QGridLayout) -> QWidget:
        title, count = self._titles[name]
        inside = QWidget()
        outer = column([layout, None])
        inside.setLayout(outer)
        head = row([title, self._look.gap(10), count, None])
        return holder(column([head, self._look.gap(10), scrolling(inside, tr(f"board.{name}"))]))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Column widths of the window's class."""
        widths = NARROW_WIDTHS if self.width() < 1120 else WIDTHS
        for name, width in widths.items():
            self._columns[name].setFixedWidth(min(self._look.gap(width), self.width() // 2))
        self._columns["ready"].setVisible(not self._look.folded)
        self.refresh()

    def across(self) -> int:
        """How many tickets stand beside each other in Preparing."""
        free = self.width() - sum(self._columns[name].width() for name in WIDTHS if not self._columns[name].isHidden())
        return max(1, min(3 if self.width() >= 1440 else 2, free // self._look.gap(270)))

    def orders(self) -> list[OrderSeen]:
        """What is on the board, with what was brought back shown as it was."""
        every = list(self._session.state.orders.values())
        shown = [replace(order, status=self._brought_back.get(order.id, order.status)) for order in every]
        shown = [self._marked(order) for order in shown if ticket_words.column_of(order) != "done"]
        rank = {"new": 0, "preparing": 1, "ready": 2}
        return sorted(shown, key=lambda order: (rank[ticket_words.column_of(order)], self._age_key(order)))

    def _marked(self, order: OrderSeen) -> OrderSeen:
        if order.id not in self._brought_back:
            return order
        return replace(order, problems=(tr("board.brought_back"), *order.problems))

    def _age_key(self, order: OrderSeen) -> tuple[datetime, str]:
        if order.status == "PAID":
            return order.accept_by or order.received_at, order.ref_no
        if order.status == "READY":
            return order.status_at or order.received_at, order.ref_no
        return order.promised_at or order.received_at, order.ref_no

    def refresh(self) -> None:
        """Rebuild what changed; ages move on every second by `tick`."""
        orders = self.orders()
        if self._picked not in {order.id for order in orders}:
            self._picked = ""
        wanted = (tuple(orders), self.across())
        if wanted != self._shown:
            self._shown = wanted
            self._rebuild(orders)
        self.to_make.refresh(orders, self._minutes)
        self.tick()

    def tick(self) -> None:
        """Ages and countdowns, now."""
        now = self._session.now()
        status = self._session.state.status
        for key, ticket in self.tickets.items():
            ticket.choose(key == self._chosen())
            ticket.tick(now)
            if isinstance(ticket, NewTicket):
                ticket.show_minutes(self._minutes, now, status.timezone if status else "Asia/Singapore")

    def _chosen(self) -> str:
        """The ticket that Enter moves on: the picked one, else the first new order."""
        if self._picked:
            return self._picked
        first = self._order_of_keys[0] if self._order_of_keys else ""
        ticket = self.tickets.get(first)
        return first if isinstance(ticket, NewTicket) else ""

    def _rebuild(self, orders: list[OrderSeen]) -> None:
        for layout in (self._new, self._ready, self._grid):
            empty(layout)
        self.tickets = {}
        self._order_of_keys = [order.id for order in orders]
        groups: dict[str, list[OrderSeen]] = {"new": [], "preparing": [], "ready": []}
        for order in orders:
            groups[ticket_words.column_of(order)].append(order)
        for name, (_, count) in self._titles.items():
            count.setText(str(len(groups[name])) if groups[name] else "")
        self._fill_new(groups["new"])
        self._fill_grid(groups["preparing"])
        self._fill_ready(groups["ready"])

    def _fill_new(self, orders: list[OrderSeen]) -> None:
        for index, order in enumerate(orders):
            pick, step = self._presses(order)
            if index:
                self._new.addWidget(self._keep(FoldedTicket(self._look, order, self._key(order), pick)))
                continue
            ticket = NewTicket(
                self._look,
                order,
                self._key(order),
                pick,
                on_accept=step,
                on_reject=self._call(self.reject, order.id),
                on_minutes=self._change_minutes,
            )
            self._new.addWidget(self._keep(ticket))

    def _fill_grid(self, orders: list[OrderSeen]) -> None:
        across = self.across()
        for index, order in enumerate(orders):
            ticket = KitchenTicket(self._look, order, self._key(order), *self._presses(order))
            self._grid.addWidget(self._keep(ticket), index // across, index % across)
        for at in range(3):
            self._grid.setColumnStretch(at, 1 if at < across else 0)

    def _fill_ready(self, orders: list[OrderSeen]) -> None:
        """At large zooms ready tickets follow below the ones that are prepared."""
        for order in orders:
            ticket = self._keep(ReadyTicket(self._look, order, self._key(order), *self._presses(order)))
            if self._look.folded:
                self._grid.addWidget(ticket, self._grid.rowCount(), 0, 1, self.across())
            else:
                self._ready.addWidget(ticket)

    def _keep(self, ticket: Ticket) -> Ticket:
        self.tickets[ticket.order.id] = ticket
        return ticket

    def _key(self, order: OrderSeen) -> str:
        at = self._order_of_keys.index(order.id) + 1
        return str(at) if at <= 9 else ""

    def _presses(self, order: OrderSeen) -> tuple[Callable[[], None], Callable[[], None]]:
        return self._call(self.pick, order.id), self._call(self.advance, order.id)

    def _call(self, act: Callable[[str], None], order_id: str) -> Callable[[], None]:
        return lambda: act(order_id)

    def pick(self, order_id: str) -> None:
        """The next Enter is for this ticket."""
        self._picked = order_id
        self.tick()

    def advance(self, order_id: str) -> None:
        """One step on: accepted, ready, collected."""
        order = self._session.state.orders.get(order_id)
        if order is None:
            return
        self._picked = ""
        if self._brought_back.pop(order_id, ""):
            self.refresh()
            return
        status = NEXT.get(ticket_words.column_of(order))
        if status is not None:
            self._advanced.append(order_id)
            minutes = self._minutes if status == "ACCEPTED" else None
            self._session.move_order(order_id, status, _nothing, prep_minutes=minutes)

    def bring_back(self) -> None:
        """Show the ticket that was moved on last where it was before."""
        while self._advanced:
            order_id = self._advanced.pop()
            order = self._session.state.orders.get(order_id)
            back = BACK.get(ticket_words.column_of(order)) if order else None
            if back is not None and order_id not in self._brought_back:
                self._brought_back[order_id] = back
                self._picked = order_id
                self.refresh()
                return
        self._session.noticed.emit(tr("board.nothing_back"))

    def reject(self, order_id: str) -> None:
        """Ask for the reason, then reject."""
        order = self._session.state.orders.get(order_id)
        if order is None:
            return

        def chosen(reason: str) -> None:
            self._session.move_order(order_id, "REJECTED", _nothing, reason=reason)

        reasons = [(reason, tr(f"reject.{reason}")) for reason in REJECT_REASONS]
        choose(self._look, self.window(), tr("reject.title", ref=order.ref_no), tr("reject.sentence"), reasons, chosen)

    def _change_minutes(self, by: int) -> None:
        self._minutes = max(LEAST_MINUTES, min(MOST_MINUTES, self._minutes + by))
        self.refresh()

    def print_picked(self) -> None:
        """F9: one more copy of the ticket that is picked."""
        order = self._session.state.orders.get(self._chosen())
        if order is None:
            self._session.noticed.emit(tr("board.pick_first"))
            return

        def done(answer: Answer) -> None:
            self._session.noticed.emit(tr("board.printed", ref=order.ref_no) if answer.ok else answer.message)

        self._session.print_order(order.id, done)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """1 to 9 pick, Enter moves on, Backspace brings back, plus and minus change the prep time, Esc lets go."""
        text = event.text()
        if text.isdigit() and text.isascii() and 1 <= int(text) <= len(self._order_of_keys):
            self.pick(self._order_of_keys[int(text) - 1])
        elif event.key() in CONFIRM_KEYS and self._chosen():
            self.advance(self._chosen())
        elif event.key() == Qt.Key.Key_Backspace:
            self.bring_back()
        elif text in {"+", "-"}:
            self._change_minutes(5 if text == "+" else -5)
        elif event.key() == Qt.Key.Key_Delete and self._chosen():
            self.reject(self._chosen())
        elif event.key() == Qt.Key.Key_Escape:
            self.pick("")
        else:
            super().keyPressEvent(event)


def _nothing(answer: Answer) -> None:
    """The state tells what became of it; a refusal is said by the session."""
