"""Orders that nobody answers: said on the order at its deadline or, where the outlet chose so, accepted or rejected."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from agent.core.clock import Clock
from agent.core.errors import CataBridgeError
from agent.core.events import OrderChanged
from agent.core.order import Order
from agent.core.order_status import OrderStatus
from agent.core.sentence import Sentence
from agent.db.orders import Orders
from agent.flows.bus import Bus
from agent.flows.orders.tickets import NoReason, Tickets

log = logging.getLogger(__name__)

LATE = Sentence("Nobody has answered this order in time.", "order_unanswered")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRules:
    """What the outlet's settings say about unanswered orders."""

    accept_within: timedelta
    auto_accept: bool = False
    """Taken as accepted when nobody has said no by then."""
    auto_reject: bool = False


class Deadlines:
    """Every order with a 2xx from our side is answered, or shouted about, or rejected: there is no fourth state."""

    def __init__(self, orders: Orders, tickets: Tickets, bus: Bus, *, clock: Clock, rules: DeadlineRules) -> None:
        self._orders = orders
        self._tickets = tickets
        self._bus = bus
        self._clock = clock
        self._rules = rules

    async def sweep(self) -> None:
        """Look at every open order; raises NotSaved, and the next sweep tries again."""
        now = self._clock.now()
        for order in await self._orders.open():
            if order.unacknowledged and now - order.received_at >= self._rules.accept_within:
                await self._overdue(order)

    async def _overdue(self, order: Order) -> None:
        if self._rules.auto_accept and order.status is OrderStatus.PAID:
            await self._move(order, OrderStatus.ACCEPTED, "")
            return
        if LATE not in order.problems:
            log.warning("order unanswered at its deadline order=%s", order.id)
            self._bus.publish(OrderChanged(await self._orders.note_problem(order.id, LATE)))
        if self._rules.auto_reject:
            await self._move(order, OrderStatus.REJECTED, f"{NoReason.TOO_BUSY}: {LATE}")

    async def _move(self, order: Order, status: OrderStatus, reason: str) -> None:
        try:
            await self._tickets.move(order.id, status, reason, "deadline")
        except CataBridgeError as error:
            log.warning("unanswered order not %s order=%s reason=%s", status, order.id, error.reason)
