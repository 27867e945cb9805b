"""A paid order as the shop needs it: what to make, for whom, by when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from agent.core.money import Money
from agent.core.order_status import OrderStatus


class Method(StrEnum):
    """How the order leaves the shop."""

    PICKUP = "PICKUP"
    DELIVERY = "DELIVERY"
    DINE_IN = "DINE_IN"
    TAKEAWAY = "TAKEAWAY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Modifier:
    """A choice on a line."""

    plu: str = ""
    name: str
    quantity: int = 1
    group: str = ""
    price: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One thing to make."""

    plu: str = ""
    """Product code, equal to the POS's item code."""
    name: str
    quantity: int
    notes: str = ""
    modifiers: tuple[Modifier, ...] = ()
    price: Money | None = None
    """Unit price, if the cloud gave one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who ordered; personal data throughout."""

    uuid: str = ""
    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    address: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidOrder:
    """What a delivery carries, read once and never changed."""

    id: str
    """Cata's order id: the key of the ticket and of every status."""
    ref_no: str
    """What customer and staff call the order."""
    outlet_id: str | None
    """Cata's outlet id inside the order; None when the order does not say."""
    method: Method
    placed_at: datetime | None
    promised_at: datetime | None
    """None means as soon as possible."""
    lines: tuple[OrderLine, ...]
    total: Money | None
    customer: Customer = Customer()
    notes: str = ""
    table: str = ""
    problems: tuple[str, ...] = ()
    """What does not add up, in words; a paid order is shown with its problems, never refused for them."""
    source: str = ""
    """Name of the POS device that brought an order of another channel; empty for the cloud's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A paid order with what became of it here."""

    paid: PaidOrder
    status: OrderStatus
    received_at: datetime
    deliveries: int
    """How often the cloud has delivered it."""
    printed: int
    """How many copies were printed."""
    pos_order_id: str | None
    unacknowledged: bool
    """Nobody, and no rule, has answered it yet."""
    problems: tuple[str, ...] = ()
    """Problems of the order and of its hand-offs to printer and POS."""
    status_at: datetime | None = None
    """When the status last moved."""

    @property
    def id(self) -> str:
        """Cata's order id."""
        return self.paid.id


class HandoffTarget(StrEnum):
    """What a ticket is handed to."""

    PRINTER = "printer"
    POS = "pos"


class HandoffState(StrEnum):
    """How far a hand-off is."""

    DUE = "due"
    STARTED = "started"
    DONE = "done"
    UNCERTAIN = "uncertain"
    """It was started when the program died: ask the POS, or reprint with a banner."""
    FAILED = "failed"
    """It needs a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """One ticket to one device: durable, so that a crash neither loses nor silently repeats it."""

    id: int
    order_id: str
    target: HandoffTarget
    device: str
    """Name of the printer or POS device."""
    copy: int
    """1 for the first print, 2 and more for reprints; always 1 for a POS."""
    state: HandoffState
    attempts: int = 0
    error: str = ""
