"""Everything at a glance: the shape of the status."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from agent.api.schema.answers import Device
from agent.api.schema.offline_burn import OfflineBurn
from agent.api.schema.shape import Answer, Time, Whole


class Cloud(Answer):
    """Which cloud it is, and what is known about the way there."""

    name: str = Field(default="Cata", description="As people call it.")
    abilities: list[str] = Field(
        default=["menu", "once", "orders", "outlet", "points", "reverse"],
        description="What it can do of orders, menu, outlet, points, reverse, once, punches, rewards and history.",
    )
    reachable: bool
    last_ok_at: Time | None
    latency_ms: Whole | None
    key_expires_at: Time | None
    clock_skew_s: Whole | None


class Counts(Answer):
    """What waits in the outbox."""

    pending: int
    parked: int
    oldest_s: Whole | None


class OrderCounts(Answer):
    """What waits in the kitchen."""

    open: int
    unacknowledged: int


class MenuProgress(Answer):
    """How the menu push stands."""

    items: int
    synced_at: Time | None
    next_at: Time | None


class Outlet(Answer):
    """Which shop and till this is."""

    name: str
    till: str
    currency: str
    timezone: str


class Loyalty(Answer):
    """Rules that the counter applies."""

    points_per_unit: Decimal = Field(description="Points per major unit of money, for a preview only.")
    undo_s: Whole


class Board(Answer):
    """When tickets turn due and late, in minutes since their arrival."""

    counter_due_min: int
    counter_late_min: int
    kitchen_due_min: int
    kitchen_late_min: int
    at_deadline: str = Field(description="What becomes of an order that nobody answers: accept, reject, or nothing.")


class Sender(Answer):
    """Whether the outbox is being emptied."""

    paused_reason: str | None
    next_try_at: Time | None


class Status(Answer):
    """Everything at a glance."""

    state: str = Field(description="ready, working, offline, attention, paused or setup.")
    sentence: str
    reason: str = ""
    """Stable word of the sentence, for a screen that says it in its own language; empty or unknown: show the sentence."""
    values: dict[str, str | int] = Field(default_factory=dict)
    """What the sentence names, such as a port or seconds; `device` is whom it is about."""
    version: str
    cloud: Cloud
    outbox: Counts
    orders: OrderCounts
    devices: list[Device]
    menu: MenuProgress
    outlet: Outlet
    loyalty: Loyalty
    board: Board
    busy_until: Time | None = Field(description="When the outlet takes orders again by itself.")
    sender: Sender
    sandbox: bool
    offline_burn: OfflineBurn | None = None
    refused: dict[str, dict[str, int]] = Field(
        default_factory=dict,
        description="Since the start, by kind (scan, sale, catalogue, delivery, setting, call) and by reason.",
    )
