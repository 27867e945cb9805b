"""Statuses that a POS tells, asked or by itself: the order walks on where that is legal, and the cloud hears of every step."""

from __future__ import annotations

import logging
from datetime import datetime

from agent.core.clock import Clock
from agent.core.errors import Conflict
from agent.core.order import Order
from agent.core.order_status import OrderStatus, may_follow
from agent.core.pos import OrderMove, PosStatus
from agent.db.orders import Orders
from agent.flows.orders.tickets import ENDS_BADLY, Tickets

log = logging.getLogger(__name__)

NO_WORD = "OTHER: said by the POS"
"""The reason when the POS gives none."""


class PosMoves:
    """What the POS says counts like what staff say: forward only, and never over what is at its end."""

    def __init__(self, orders: Orders, tickets: Tickets, *, clock: Clock) -> None:
        self._orders = orders
        self._tickets = tickets
        self._clock = clock

    async def apply(self, device: str, move: OrderMove) -> Order | None:
        """Walk an order that was handed to this device, or that it brought; None for any other. Raises NotSaved."""
        order = await self._orders.handed_to(device, order_id=move.order_id, pos_order_id=move.pos_order_id)
        if order is None and move.order_id:
            brought = await self._orders.get(move.order_id)
            order = brought if brought is not None and brought.paid.source == device else None
        if order is None:
            log.debug("status of an order that is not ours device=%s", device)
            return None
        return await self.walk(device, order, move.status)

    async def walk(self, device: str, order: Order, said: PosStatus) -> Order:
        """Move the order to what the POS says, or leave it where that does not follow. Raises NotSaved."""
        status = _next(order.status, said.status)
        if status is None:
            return order
        reason = (said.reason or NO_WORD) if status in ENDS_BADLY else said.reason
        try:
            return await self._tickets.move(order.id, status, reason, by=device, at=self._when(order, said.at))
        except Conflict as conflict:
            log.info("staff were faster than the POS order=%s reason=%s", order.id, conflict.reason)
            return order

    def _when(self, order: Order, said: datetime | None) -> datetime | None:
        """The POS's time where it can be true: its clock may be wrong."""
        before = order.status_at or order.received_at
        return said if said is not None and before <= said <= self._clock.now() else None


def _next(current: OrderStatus, said: OrderStatus) -> OrderStatus | None:
    """The step to take, or None; an order that is being made already can only be cancelled."""
    if may_follow(current, said):
        return said
    if said is OrderStatus.REJECTED and may_follow(current, OrderStatus.CANCELLED):
        return OrderStatus.CANCELLED
    return None
