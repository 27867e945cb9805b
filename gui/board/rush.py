"""Watches the shop's own tickets and says once when the kitchen is about to fall behind; the choice stays with staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QObject, QTimer, Signal

from agent.core.rush import Forecast, OpenTicket, PastTicket, forecast
from gui.link.client import Answer
from gui.link.fields import rows
from gui.session import Session
from gui.strings import tr
from gui.wire.orders import OrderSeen, read_order

LOAD_MS = 300_000
LOOK_MS = 30_000
MADE = frozenset({"READY", "COMPLETED", "DRIVER_PICKED_UP"})
TO_MAKE = frozenset({"PAID", "ACCEPTED", "IN_PROGRESS"})


class RushWatch(QObject):
    """Asks for the past now and then; looks at what waits more often."""

    expected = Signal(str)
    """One sentence, once for each rush."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._past: list[PastTicket] = []
        self._said = False
        self.forecast = Forecast()
        self._timers = [self._timer(LOAD_MS, self.load), self._timer(LOOK_MS, self.look)]

    def _timer(self, every_ms: int, run: object) -> QTimer:
        timer = QTimer(self)
        timer.timeout.connect(run)
        timer.start(every_ms)
        return timer

    def load(self) -> None:
        """The tickets of the past."""

        def done(answer: Answer) -> None:
            if answer.ok:
                self._past = past_of([read_order(item) for item in rows(answer.body, "orders")])
                self.look()

        self._session.ask("GET", "/v1/orders?state=all", {}, done)

    def look(self) -> None:
        """Forecast anew; a rush is told once, until it is over."""
        state = self._session.state
        self.forecast = forecast(self._past, waiting_of(list(state.orders.values())), self._session.now())
        if not self.forecast.suggest_min:
            self._said = False
        elif not self._said:
            self._said = True
            self.expected.emit(self.sentence())

    def sentence(self) -> str:
        """The suggestion in words, or nothing."""
        found = self.forecast
        if not found.suggest_min:
            return ""
        return tr("rush.suggest", minutes=found.suggest_min, late=found.late, of=found.of)


def past_of(orders: Sequence[OrderSeen]) -> list[PastTicket]:
    """Tickets that were made; one handed out counts until then, since nobody noted when it was ready."""
    return [
        PastTicket(items=_items(order), received_at=order.received_at, done_at=end)
        for order in orders
        if order.status in MADE and (end := _end(order)) is not None
    ]


def _end(order: OrderSeen) -> datetime | None:
    return order.status_at if order.status_at and order.status_at > order.received_at else None


def waiting_of(orders: Sequence[OrderSeen]) -> list[OpenTicket]:
    """Tickets that are still to be made."""
    return [
        OpenTicket(items=_items(order), received_at=order.received_at, promised_at=order.promised_at)
        for order in orders
        if order.status in TO_MAKE
    ]


def _items(order: OrderSeen) -> int:
    return sum(line.quantity for line in order.lines)
