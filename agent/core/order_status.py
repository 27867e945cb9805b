"""The steps of an order and which of them may follow which."""

from __future__ import annotations

from enum import StrEnum


class OrderStatus(StrEnum):
    """Where an order stands; the names are Cata's (contract 6.2)."""

    PAID = "PAID"
    ACCEPTED = "ACCEPTED"
    IN_PROGRESS = "IN_PROGRESS"
    READY = "READY"
    DRIVER_PICKED_UP = "DRIVER_PICKED_UP"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


_STEPS = [
    OrderStatus.PAID,
    OrderStatus.ACCEPTED,
    OrderStatus.IN_PROGRESS,
    OrderStatus.READY,
    OrderStatus.DRIVER_PICKED_UP,
    OrderStatus.COMPLETED,
]

TERMINAL = frozenset({OrderStatus.COMPLETED, OrderStatus.REJECTED, OrderStatus.CANCELLED})

REJECTABLE = frozenset({OrderStatus.PAID, OrderStatus.ACCEPTED})
"""An order that is already being made is cancelled, not rejected."""


def may_follow(current: OrderStatus, new: OrderStatus) -> bool:
    """Whether an order may go from `current` to `new`; forward jumps are legal, staying is not a move."""
    if current in TERMINAL or current == new:
        return False
    if new is OrderStatus.CANCELLED:
        return True
    if new is OrderStatus.REJECTED:
        return current in REJECTABLE
    return _STEPS.index(new) > _STEPS.index(current)


def walk(current: OrderStatus, new: OrderStatus) -> list[OrderStatus]:
    """The steps the cloud is told of on the way to `new`: every one, but the courier's only when asked for."""
    if new not in _STEPS:
        return [new]
    between = _STEPS[_STEPS.index(current) + 1 : _STEPS.index(new)]
    return [step for step in between if step is not OrderStatus.DRIVER_PICKED_UP] + [new]
