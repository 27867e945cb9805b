"""The board: New, Preparing and Ready, kept in step with the agent, worked by keys 1 to 9, Enter and Backspace."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from gui import formats
from gui.board.dialogs import BoardDialogs
from gui.board.flow import BoardFlow
from gui.board.to_make import ToMake
from gui.session import Session
from gui.strings import tr
from gui.style import Look
from gui.tickets import flash
from gui.tickets.shelf import Shelf
from gui.tickets.ticket import FoldedTicket, KitchenTicket, NewTicket, Presses, ReadyTicket, Spec, Ticket
from gui.widgets.buttons import CONFIRM_KEYS
from gui.widgets.panels import column, holder, row
from gui.widgets.text import Text
from gui.wire.orders import OrderSeen
from gui.wire.status import Limits

WIDTHS = {"new": 368, "ready": 284}
NARROW_WIDTHS = {"new": 328, "ready": 264}
LEAST_TICKET = 270
ONCE = (*CONFIRM_KEYS, Qt.Key.Key_Backspace, Qt.Key.Key_Space, Qt.Key.Key_Delete)
"""Held down these count once: a heavy hand must not walk an order through the kitchen."""


class TicketPage(QWidget):
    """What the board and the kitchen have in common: specs of the flow, digits, and the keys."""

    def __init__(self, look: Look, session: Session, flow: BoardFlow, name: str) -> None:
        super().__init__()
        self._look, self._session, self.flow = look, session, flow
        self._shown: object = None
        self.specs: list[Spec] = []
        self.asks = BoardDialogs(look, session, flow, self)
        self.setProperty("part", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self.presses = Presses(
            pick=lambda order: flow.pick(order.id),
            step=lambda order: flow.advance(order.id),
            strike=flow.strike,
            print=lambda order: flow.print_copy(order.id),
            reject=self.asks.reject,
            minutes=flow.change_minutes,
        )
        self._turn = QTimer(self)
        """The next time that something lit goes dark, or the other way round."""
        self._turn.setSingleShot(True)
        self._turn.setTimerType(Qt.TimerType.PreciseTimer)
        self._turn.timeout.connect(self.turn)
        flow.changed.connect(self.refresh_if_shown)

    def limits(self) -> Limits:
        """When tickets of this page turn due and late."""
        return self.flow.rules.counter

    def tickets(self) -> dict[str, Ticket]:
        """The tickets that exist as widgets."""
        raise NotImplementedError

    def drawn(self) -> Iterable[Ticket]:
        """Every ticket that is painted, parts of one ticket included."""
        return self.tickets().values()

    def refresh_if_shown(self) -> None:
        """A page behind another one is shown fresh when it comes to the front."""
        if self.isVisible():
            self.refresh()

    def refresh(self) -> None:
        """Show what is; tickets that stay the same are not touched."""
        state = self._session.state
        orders = self.flow.orders()
        self.specs = self._specs(orders)
        if self.flow.picked not in {order.id for order in orders}:
            self.flow.picked = ""
        self._show(orders, state.status.timezone if state.status else "Asia/Singapore")
        self.tick()

    def _specs(self, orders: Sequence[OrderSeen]) -> list[Spec]:
        state, flow, seen_new = self._session.state, self.flow, False
        limits, where, at_deadline = self.limits(), self._session.where(), flow.rules.at_deadline
        specs = []
        for order in orders:
            kind = flow.column_of(order)
            if kind == "new" and seen_new:
                kind = "folded"
            seen_new |= kind == "new"
            specs.append(
                Spec(
                    order,
                    kind,
                    state.news.get(order.id),
                    flow.struck(order.id),
                    flow.is_brought_back(order.id),
                    limits,
                    where,
                    state.devices if order.problems else (),
                    at_deadline if kind == "new" else "",
                )
            )
        return specs

    def _show(self, orders: Sequence[OrderSeen], where: str) -> None:
        raise NotImplementedError

    def keys(self) -> dict[str, str]:
        """The digits that pick tickets."""
        return {spec.order.id: str(at) for at, spec in enumerate(self.specs[:9], 1)}

    def tick(self) -> None:
        """Ages and countdowns, now."""
        now, chosen = self._session.now(), self.chosen()
        for ticket in self.drawn():
            ticket.choose(ticket.order.id == chosen, self.flow.line)
            ticket.tick(now)
            if isinstance(ticket, NewTicket):
                ticket.show_minutes(self.flow.minutes, now)
        self._await_turn()

    def turn(self) -> None:
        """A flash begins or ends."""
        for ticket in self.drawn():
            if ticket.spec.news is not None:
                ticket.tick(self._session.now())
        self._await_turn()

    def _await_turn(self) -> None:
        now = self._session.now()
        turns = [turn for news in self._session.state.news.values() if (turn := flash.turns_in(news.changed_at, now))]
        if turns and not self._look.still:
            self._turn.start(max(1, round(min(turns).total_seconds() * 1000)))

    def chosen(self) -> str:
        """The ticket that Enter moves on: the picked one, else the first new order."""
        if self.flow.picked:
            return self.flow.picked
        first = self.specs[0] if self.specs else None
        return first.order.id if first and first.kind == "new" and not self.flow.is_moving(first.order.id) else ""

    def pick_first(self) -> None:
        """Pick the oldest ticket, which the next Enter then moves on: a step is never taken unseen."""
        found = [order_id for order_id in self.in_reach() if not self.flow.is_moving(order_id)]
        if found:
            self.reveal(found[0])

    def in_reach(self) -> list[str]:
        """Ids of what Enter may pick, oldest first."""
        return [spec.order.id for spec in self.specs]

    def reveal(self, order_id: str) -> None:
        """Pick a ticket, in sight."""
        self.flow.pick(order_id)

    def busy_words(self) -> str:
        """Until when the outlet is busy, or nothing."""
        status = self._session.state.status
        if status is None or status.busy_until is None or status.busy_until <= self._session.now():
            return ""
        return tr("busy.until", time=formats.clock(status.busy_until, formats.zone(status.timezone)))

    def end_busy(self) -> None:
        """Not busy any more."""
        self._session.busy(0, lambda answer: self._session.noticed.emit(tr("busy.saved") if answer.ok else answer.message))

    def print_picked(self) -> None:
        """F9: one more copy of the ticket that is picked."""
        self.flow.print_copy(self.chosen())

    def _chosen_order(self) -> OrderSeen | None:
        return next((spec.order for spec in self.specs if spec.order.id == self.chosen()), None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """1 to 9 pick, Enter moves on, Backspace and 0 bring back, arrows and Space strike dishes, Esc lets go."""
        text, key, order = event.text(), event.key(), self._chosen_order()
        if event.isAutoRepeat() and key in ONCE:
            return
        if text.isdigit() and text.isascii() and 1 <= int(text) <= len(self.specs):
            self.flow.pick(self.specs[int(text) - 1].order.id)
        elif text == "0":
            self.asks.recall()
        elif key == Qt.Key.Key_Backspace:
            self.flow.bring_back()
        elif text in {"+", "-"}:
            self.flow.change_minutes(5 if text == "+" else -5)
        elif key == Qt.Key.Key_Escape:
            self.flow.pick("")
        elif order is None and key in CONFIRM_KEYS:
            self.pick_first()
        elif order is None or not self._key_for(order, key):
            super().keyPressEvent(event)

    def _key_for(self, order: OrderSeen, key: int) -> bool:
        """A key that means the chosen ticket."""
        flow = self.flow
        if key in CONFIRM_KEYS:
            flow.advance(order.id)
        elif key == Qt.Key.Key_Space and flow.line >= 0:
            flow.strike(order, flow.line)
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            flow.step_line(order, 1 if key == Qt.Key.Key_Down else -1)
        elif key == Qt.Key.Key_Delete and order.status == "PAID":
            self.asks.reject(order)
        else:
            return False
        return True


class BoardPage(TicketPage):
    """Three columns; what is brought back is only shown earlier again, Cata was already told."""

    def __init__(self, look: Look, session: Session, flow: BoardFlow) -> None:
        super().__init__(look, session, flow, tr("page.orders"))
        self.to_make = ToMake(look, self.asks.to_make, self.asks.recall, self.end_busy)
        self._titles = {name: self._title(name) for name in ("new", "preparing", "ready")}
        self.shelves = {name: Shelf(look, tr(f"board.{name}"), self._make, self._made) for name in self._titles}
        self._build()

    def _title(self, name: str) -> tuple[Text, Text]:
        return Text(self._look, tr(f"board.{name}"), size=20, weight=600), Text(self._look, "", size=20, weight=600, tone="ink2")

    def _build(self) -> None:
        self._columns = {name: self._column(name) for name in self.shelves}
        columns = row(list(self._columns.values()), gap=16, margins=(16, 12, 16, 4))
        columns.setStretch(1, 1)
        outer = column([self.to_make, columns])
        outer.setStretch(1, 1)
        self.setLayout(outer)

    def _column(self, name: str) -> QWidget:
        title, count = self._titles[name]
        head = row([title, self._look.gap(10), count, None])
        layout = column([head, self._look.gap(10), self.shelves[name]])
        layout.setStretch(2, 1)
        return holder(layout)

    def tickets(self) -> dict[str, Ticket]:
        """In the order of the board."""
        every = {key: ticket for shelf in self.shelves.values() for key, ticket in shelf.widgets().items()}
        return {spec.order.id: every[spec.order.id] for spec in self.specs if spec.order.id in every}

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Column widths of the window's class."""
        widths = NARROW_WIDTHS if self.width() < 1120 else WIDTHS
        for name, width in widths.items():
            self._columns[name].setFixedWidth(min(self._look.gap(width), self.width() // 2))
        self._columns["ready"].setVisible(not self._look.folded)
        self.refresh_if_shown()

    def across(self) -> int:
        """How many tickets stand beside each other in Preparing."""
        free = self.width() - sum(self._columns[name].width() for name in WIDTHS if not self._columns[name].isHidden())
        return max(1, min(3 if self.width() >= 1440 else 2, free // self._look.gap(LEAST_TICKET)))

    def _show(self, orders: Sequence[OrderSeen], where: str) -> None:
        self.to_make.refresh(orders, self.flow.minutes, self.busy_words())
        wanted = (tuple(self.specs), self.across(), self.width())
        if wanted == self._shown:
            return
        self._shown = wanted
        groups: dict[str, list[Spec]] = {"new": [], "preparing": [], "ready": []}
        for spec in self.specs:
            groups["new" if spec.kind == "folded" else spec.kind].append(spec)
        for name, (_, count) in self._titles.items():
            count.setText(str(len(groups[name])) if groups[name] else "")
        if self._look.folded:  # ready tickets follow below the ones that are prepared
            groups = {"new": groups["new"], "preparing": [*groups["preparing"], *groups["ready"]], "ready": []}
        for name, shelf in self.shelves.items():
            shelf.show_items(groups[name], self.across() if name == "preparing" else 1)
            shelf.show_keys(self.keys())

    def _make(self, spec: Spec) -> Ticket:
        kinds = {"new": NewTicket, "folded": FoldedTicket, "ready": ReadyTicket}
        return kinds.get(spec.kind, KitchenTicket)(self._look, spec, self.presses)

    def _made(self, ticket: Ticket) -> None:
        now = self._session.now()
        ticket.show_key(self.keys().get(ticket.order.id, ""))
        ticket.tick(now)
        ticket.choose(ticket.order.id == self.chosen(), self.flow.line)
        if isinstance(ticket, NewTicket):
            ticket.show_minutes(self.flow.minutes, now)

    def reveal(self, order_id: str) -> None:
        """Pick a ticket and scroll to it."""
        self.flow.pick(order_id)
        for shelf in self.shelves.values():
            shelf.reveal(shelf.place_of(order_id))
