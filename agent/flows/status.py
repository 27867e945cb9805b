"""What there is to know about an outlet at a glance, as values: gathered by `care.health`, shown by the till API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from agent.core.device import DeviceStatus
from agent.core.sentence import Values, reason_of, values_of
from agent.flows.loyalty.offline_burn import OfflineBurnView


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudHealth:
    """What is known about the way to the cloud."""

    name: str
    """As people call it."""
    abilities: tuple[str, ...]
    """What it can do of what not every cloud can."""
    reachable: bool
    last_ok_at: datetime | None
    latency_ms: int | None
    key_expires_at: datetime | None
    clock_skew_s: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxHealth:
    """What waits to be sent."""

    pending: int
    parked: int
    oldest_s: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersHealth:
    """What waits to be made."""

    open: int
    unacknowledged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuHealth:
    """How the menu push stands."""

    items: int
    synced_at: datetime | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletFacts:
    """Which shop and till this is."""

    name: str
    till: str
    currency: str
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoyaltyFacts:
    """Rules that the counter previews."""

    points_per_unit: Decimal
    undo_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardFacts:
    """When tickets turn due and late, in minutes, and what becomes of an order that nobody answers."""

    counter_due_min: int = 5
    counter_late_min: int = 8
    kitchen_due_min: int = 12
    kitchen_late_min: int = 18
    at_deadline: str = ""
    """`accept`, `reject`, or empty: a person has to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderHealth:
    """Whether the outbox is being emptied."""

    paused_reason: str | None
    next_try_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Everything at a glance."""

    state: str
    sentence: str
    version: str
    cloud: CloudHealth
    outbox: OutboxHealth
    orders: OrdersHealth
    devices: tuple[DeviceStatus, ...]
    menu: MenuHealth
    outlet: OutletFacts
    loyalty: LoyaltyFacts
    board: BoardFacts
    busy_until: datetime | None
    """When the outlet takes orders again by itself."""
    sender: SenderHealth
    sandbox: bool
    offline_burn: OfflineBurnView | None
    refused: Mapping[str, Mapping[str, int]]
    """Kind -> reason -> how often something was turned away since the start."""

    @property
    def reason(self) -> str:
        """Stable word of the sentence."""
        return reason_of(self.sentence)

    @property
    def values(self) -> Values:
        """What the sentence names."""
        return values_of(self.sentence)
