"""Orders as the practice cloud keeps them: raw bytes, status history and deliveries (contract 6.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from agent.core.clock import Clock
from agent.core.order_status import TERMINAL, OrderStatus
from agent.sandbox.envelopes import refusal
from agent.sandbox.modes import Modes

_S = OrderStatus

FOLLOWERS: dict[OrderStatus, frozenset[OrderStatus]] = {
    _S.PAID: frozenset(_S) - {_S.PAID},
    _S.ACCEPTED: frozenset(_S) - {_S.PAID, _S.ACCEPTED},
    _S.IN_PROGRESS: frozenset({_S.READY, _S.DRIVER_PICKED_UP, _S.COMPLETED, _S.CANCELLED}),
    _S.READY: frozenset({_S.DRIVER_PICKED_UP, _S.COMPLETED, _S.CANCELLED}),
    _S.DRIVER_PICKED_UP: frozenset({_S.COMPLETED, _S.CANCELLED}),
    **{status: frozenset() for status in TERMINAL},
}
"""Which status may follow which; written out apart from the bridge's own table, so that one checks the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """One step of an order."""

    status: OrderStatus
    at: datetime
    by: str
    """`cloud` or `partner`."""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """One attempt to hand the order to the shop."""

    id: str
    at: datetime
    status: int | None
    """HTTP status of the receiver, None when there was no answer."""
    reason: str
    """Empty when it was taken."""


@dataclass(slots=True, kw_only=True)
class OrderRecord:
    """A paid order and what became of it."""

    id: str
    outlet_id: str
    ref_no: str
    raw: bytes = field(repr=False)
    status: OrderStatus = OrderStatus.PAID
    history: list[StatusChange] = field(default_factory=list)
    deliveries: list[DeliveryRecord] = field(default_factory=list)
    external_order_id: str | None = None
    pos_order_id: str | None = None
    dispatched: bool = False
    reason: str = ""
    unseen_times: int = 0
    """So many status calls still answer 404, as if the order were not stored yet."""
    conflict_times: int = 0
    """So many status calls still answer 409, as if somebody else had written at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusUpdate:
    """What a status call asks for."""

    literal: str
    pos_order_id: str | None = None
    at: datetime | None = None
    reason: str = ""


class Orders:
    """All orders of one tenant."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._orders: dict[str, OrderRecord] = {}

    def all(self) -> list[OrderRecord]:
        """Oldest first."""
        return list(self._orders.values())

    def get(self, order_id: str) -> OrderRecord:
        """The order; raises Refused 404."""
        if (order := self._orders.get(order_id.lower())) is None:
            raise refusal(404, "order not found")
        return order

    def persist(self, *, order_id: str, outlet_id: str, ref_no: str, raw: bytes) -> OrderRecord:
        """Store a paid order; the same id again keeps its status and history and takes the new bytes."""
        order = self._orders.get(order_id.lower())
        if order is None:
            order = OrderRecord(id=order_id, outlet_id=outlet_id, ref_no=ref_no, raw=raw)
            order.history.append(StatusChange(status=OrderStatus.PAID, at=self._clock.now(), by="cloud"))
            self._orders[order_id.lower()] = order
        order.raw = raw
        return order

    def update(self, order_id: str, update: StatusUpdate, modes: Modes) -> tuple[OrderStatus, OrderStatus, bool]:
        """Apply a partner's status: (previous, now, changed); raises Refused 400, 404 or 409."""
        order = self.get(order_id)
        if order.unseen_times > 0:
            order.unseen_times -= 1
            raise refusal(404, "order not found")
        status = read_status(update.literal, modes)
        if modes.reasons_required and status in (OrderStatus.REJECTED, OrderStatus.CANCELLED) and not update.reason:
            raise refusal(400, "invalid request", "reason is required")
        if order.conflict_times > 0:
            order.conflict_times -= 1
            raise refusal(409, "conflict", "order was changed by another writer")
        return self._apply(order, status, update)

    def move(self, order_id: str, status: OrderStatus, reason: str = "") -> OrderRecord:
        """The cloud's own change, such as a customer's cancellation: whatever the table says."""
        order = self.get(order_id)
        order.status = status
        order.history.append(StatusChange(status=status, at=self._clock.now(), by="cloud", reason=reason))
        return order

    def _apply(self, order: OrderRecord, status: OrderStatus, update: StatusUpdate) -> tuple[OrderStatus, OrderStatus, bool]:
        previous = order.status
        if status != previous and status not in FOLLOWERS[previous]:
            raise refusal(409, "invalid status transition", f"{previous} to {status}")
        order.pos_order_id = update.pos_order_id or order.pos_order_id
        if status == previous:
            return previous, status, False
        order.status = status
        at = update.at or self._clock.now()
        order.history.append(StatusChange(status=status, at=at, by="partner", reason=update.reason))
        return previous, status, True


def read_status(literal: str, modes: Modes) -> OrderStatus:
    """The status a literal stands for in this tenant's spelling; raises Refused 400."""
    spelled = {
        status.value.replace("_", " ") if modes.status_literals == "space" else status.value: status for status in OrderStatus
    }
    text = literal if modes.status_literals != "lenient" else literal.upper().replace(" ", "_")
    if (status := spelled.get(text)) is None:
        raise refusal(400, "invalid status", literal[:40])
    return status
