"""Deliverect's numbers for how far an order is, and ours; pure."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from agent.core.order_status import OrderStatus
from agent.core.pos import PosStatus
from drivers.pos.wire_values import Table, moment, whole, word

CANCEL_REQUESTED = 100
"""Comes on the address of orders, as an order: the channel calls it off."""

HEARD = {
    1: OrderStatus.PAID,
    2: OrderStatus.PAID,
    4: OrderStatus.PAID,
    10: OrderStatus.PAID,
    20: OrderStatus.ACCEPTED,
    25: OrderStatus.ACCEPTED,
    35: OrderStatus.REJECTED,
    40: OrderStatus.ACCEPTED,
    50: OrderStatus.IN_PROGRESS,
    60: OrderStatus.READY,
    70: OrderStatus.READY,
    87: OrderStatus.DRIVER_PICKED_UP,
    89: OrderStatus.DRIVER_PICKED_UP,
    90: OrderStatus.COMPLETED,
    95: OrderStatus.COMPLETED,
    110: OrderStatus.CANCELLED,
    120: OrderStatus.REJECTED,
}
"""What a number means for an order of ours; courier steps before the door, duplicates and numbers unknown say nothing."""

BAD_ENDS = frozenset(number for number, status in HEARD.items() if status in (OrderStatus.REJECTED, OrderStatus.CANCELLED))
ENDS = BAD_ENDS | {90, 95}
"""Numbers after which nothing is made any more."""

TOLD = {
    OrderStatus.ACCEPTED: 20,
    OrderStatus.IN_PROGRESS: 50,
    OrderStatus.READY: 70,
    OrderStatus.DRIVER_PICKED_UP: 80,
    OrderStatus.COMPLETED: 90,
    OrderStatus.REJECTED: 120,
    OrderStatus.CANCELLED: 110,
}
"""What a POS has to tell."""


def heard(row: Table, zone: ZoneInfo) -> PosStatus | None:
    """Where an order stands by what came in; None for a number that says nothing."""
    number = whole(row.get("status"))
    status = HEARD.get(number) if number is not None else None
    if status is None:
        return None
    at = moment(row.get("timeStamp") or row.get("_updated"), zone)
    return PosStatus(status=status, at=at, reason=word(row.get("reason"))[:200])
