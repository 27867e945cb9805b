"""An order as staff see it."""

from __future__ import annotations

from pydantic import Field

from agent.api.schema.answers import Customer, Money
from agent.api.schema.shape import Answer, Time, Told
from agent.core.order import Method
from agent.core.order_status import OrderStatus


class Modifier(Answer):
    """A choice on a line."""

    plu: str
    name: str
    quantity: int
    group: str
    price: Money | None


class OrderLine(Answer):
    """One thing to make."""

    plu: str
    name: str
    quantity: int
    notes: str
    modifiers: list[Modifier]
    price: Money | None


class Order(Answer):
    """A paid order with what became of it here."""

    id: str
    ref_no: str
    status: OrderStatus
    method: Method
    placed_at: Time | None
    promised_at: Time | None
    """None means as soon as possible."""
    received_at: Time
    customer: Customer
    notes: str
    table: str
    lines: list[OrderLine]
    total: Money | None
    printed: int
    pos_order_id: str | None
    unacknowledged: bool
    deliveries: int
    problems: list[str]
    problems_told: list[Told] = Field(default_factory=list)
    """What each of the problems says, in their order."""
    accept_by: Time | None
    """Until when somebody has to answer; None once it is answered."""
    status_at: Time | None
    source: str = ""
    """Device that brought an order of another channel and hears of its steps; empty for the cloud's own."""


class Orders(Answer):
    """Orders, oldest first."""

    orders: list[Order]
