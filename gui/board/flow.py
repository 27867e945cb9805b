"""What happens on the board: which ticket is picked, what was moved on, struck through, seen, or brought back."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import datetime

from PySide6.QtCore import QObject, Signal

from gui.alarms.rules import Alarm, alarms, level_of, loudest
from gui.link.client import Answer
from gui.session import Session
from gui.strings import tr
from gui.tickets import words as ticket_words
from gui.tickets.news import Line, line_key
from gui.wire.orders import OrderSeen
from gui.wire.status import BoardSeen

PREP_MINUTES, LEAST_MINUTES, MOST_MINUTES = 15, 5, 120
RECALLED = 50
"""So many tickets can be brought back."""
NEXT = {"new": "ACCEPTED", "preparing": "READY", "ready": "COMPLETED"}
BACK = {"ready": "IN_PROGRESS", "done": "READY"}
"""What an order is shown as after it was brought back; the cloud is not told, it cannot take a step back."""
RANK = {"new": 0, "preparing": 1, "ready": 2}


class BoardFlow(QObject):
    """Lives as long as the window; the board and the kitchen show it and press its methods."""

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.picked = ""
        self.line = -1
        """The dish of the picked ticket that Space strikes through; -1 is none."""
        self.minutes = PREP_MINUTES
        self._brought_back: dict[str, str] = {}
        self._advanced: deque[str] = deque(maxlen=RECALLED)
        self._struck: dict[str, frozenset[Line]] = {}
        self._moving: set[str] = set()
        """Orders whose next step is on its way to the agent."""
        self._hushes: dict[str, tuple[int, datetime]] = {}
        session.changed.connect(self.forget_ended)

    @property
    def rules(self) -> BoardSeen:
        """When tickets turn due and late."""
        status = self._session.state.status
        return status.board if status else BoardSeen()

    def now(self) -> datetime:
        """The session's time."""
        return self._session.now()

    def orders(self) -> list[OrderSeen]:
        """What is on the board, oldest first in each column; what was brought back is shown as it was."""
        shown = [self._as_shown(order) for order in self._session.state.orders.values()]
        placed = [(self.column_of(order), order) for order in shown]
        kept = [(RANK[column], *ticket_words.age_key(order), order) for column, order in placed if column != "done"]
        return [order for *_, order in sorted(kept, key=lambda place: place[:-1])]

    def _as_shown(self, order: OrderSeen) -> OrderSeen:
        back = self._brought_back.get(order.id)
        return replace(order, status=back) if back else order

    def column_of(self, order: OrderSeen) -> str:
        """`new`, `preparing`, `ready` or `done`; a cancelled order stays until somebody has seen it."""
        news = self._session.state.news.get(order.id)
        return "preparing" if news and news.is_cancelled else ticket_words.column_of(order)

    def is_brought_back(self, order_id: str) -> bool:
        """Whether it is shown earlier than Cata has it."""
        return order_id in self._brought_back

    def struck(self, order_id: str) -> frozenset[Line]:
        """The dishes that are done."""
        return self._struck.get(order_id, frozenset())

    def pick(self, order_id: str) -> None:
        """The next Enter is for this ticket."""
        self.picked, self.line = order_id, -1
        self.changed.emit()

    def step_line(self, order: OrderSeen, by: int) -> None:
        """The next or previous dish of the picked ticket."""
        self.line = max(0, min(len(order.lines) - 1, self.line + by))
        self.changed.emit()

    def strike(self, order: OrderSeen, at: int) -> None:
        """A dish is done, or not after all."""
        if 0 <= at < len(order.lines):
            key, struck = line_key(order.lines[at]), self.struck(order.id)
            self._struck[order.id] = struck - {key} if key in struck else struck | {key}
            self.changed.emit()

    def advance(self, order_id: str) -> None:
        """One step on: accepted, ready, collected; what is cancelled or changed counts as seen."""
        order = self._session.state.orders.get(order_id)
        if order is None or order_id in self._moving:
            return
        self.picked, self.line = "", -1
        news = self._session.state.news.get(order_id)
        if news is not None:
            self._session.see_order(order_id)
        if self._brought_back.pop(order_id, "") or (news is not None and news.is_cancelled):
            self.changed.emit()
            return
        status = NEXT.get(ticket_words.column_of(order))
        if status is not None:
            self._struck.pop(order_id, None)
            self._advanced.append(order_id)
            minutes = self.minutes if status == "ACCEPTED" else None
            self._move(order_id, status, prep_minutes=minutes)

    def _move(self, order_id: str, status: str, *, reason: str = "", prep_minutes: int | None = None) -> None:
        """The state tells what became of it; a refusal is said by the session."""

        def done(_answer: Answer) -> None:
            self._moving.discard(order_id)
            self.changed.emit()

        self._moving.add(order_id)
        self._session.move_order(order_id, status, done, reason=reason, prep_minutes=prep_minutes)
        self.changed.emit()

    def is_moving(self, order_id: str) -> bool:
        """Whether its next step is on its way, so that a second key press is not for it."""
        return order_id in self._moving

    def recallable(self) -> list[OrderSeen]:
        """What was moved on, the last one first."""
        orders = self._session.state.orders
        known = [orders[key] for key in dict.fromkeys(reversed(self._advanced)) if key in orders]
        others = [order for order in orders.values() if order.id not in self._advanced and order.status == "COMPLETED"]
        others.sort(key=lambda order: order.status_at or order.received_at, reverse=True)
        found = [order for order in (*known, *others) if self._can_return(order)]
        return found[:RECALLED]

    def _can_return(self, order: OrderSeen) -> bool:
        return order.id not in self._brought_back and order.status in {"READY", "COMPLETED", "DRIVER_PICKED_UP"}

    def bring_back(self, order_id: str = "") -> None:
        """Show a ticket, or the one that was moved on last, where it was before."""
        found = [order for order in self.recallable() if order_id in {"", order.id}]
        if not found:
            self._session.noticed.emit(tr("board.nothing_back"))
            return
        order = found[0]
        self._brought_back[order.id] = BACK[ticket_words.column_of(order)]
        self.picked = order.id
        self.changed.emit()

    def reject(self, order_id: str, reason: str) -> None:
        """No to an order, with its reason; what is new about it counts as seen."""
        self.picked = ""
        self._session.see_order(order_id)
        self._move(order_id, "REJECTED", reason=reason)

    def change_minutes(self, by: int) -> None:
        """More or less prep time."""
        self.minutes = max(LEAST_MINUTES, min(MOST_MINUTES, self.minutes + by))
        self.changed.emit()

    def print_copy(self, order_id: str) -> None:
        """One more copy of a ticket on paper."""
        order = self._session.state.orders.get(order_id)
        if order is None:
            self._session.noticed.emit(tr("board.pick_first"))
            return

        def done(answer: Answer) -> None:
            self._session.noticed.emit(tr("board.printed", ref=order.ref_no) if answer.ok else answer.message)

        self._session.print_order(order.id, done)

    def see(self, order_id: str) -> None:
        """Somebody has seen what is new: news end, a new order is quiet until it escalates."""
        order = self._session.state.orders.get(order_id)
        if order is not None and order.status == "PAID":
            self._hushes[order_id] = (level_of(order.received_at, self.now()), self.now())
        self._session.see_order(order_id)
        self.changed.emit()

    def alarms(self) -> list[Alarm]:
        """Everything that waits for a person."""
        return alarms(self._session.state, self.now())

    def sounding(self, found: list[Alarm]) -> Alarm | None:
        """The one to be heard."""
        return loudest(found, self._hushes, self.now())

    def forget_ended(self) -> None:
        """Let go of what is remembered about orders that are gone."""
        orders = self._session.state.orders
        self._brought_back = {key: kept for key, kept in self._brought_back.items() if key in orders}
        self._struck = {key: kept for key, kept in self._struck.items() if key in orders}
        self._hushes = {key: kept for key, kept in self._hushes.items() if key in orders}
