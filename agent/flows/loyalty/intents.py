"""What the counter is asked for, and the outlet's terms for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from agent.core.member import MemberRef
from agent.core.money import NO_POINTS, Money, Points
from agent.core.visit import Punches
from agent.flows.loyalty.by_hand import ByHandLimits


@dataclass(frozen=True, slots=True)
class LoyaltyTerms:
    """What the outlet's settings say about earning."""

    outlet_id: str
    till: str
    zone: ZoneInfo
    business_day_ends: time
    currency: str
    points_per_unit: Decimal
    by_hand: ByHandLimits = field(default=ByHandLimits())


@dataclass(frozen=True, slots=True, kw_only=True)
class EarnRequest:
    """Points for a purchase, by number or by amount."""

    member: MemberRef
    points: Points | None = None
    amount: Money | None = None
    receipt: str | None = None
    note: str = ""
    key: str | None = None
    """The caller's own idempotency key, where there is no receipt."""
    wait_s: float = 0.0
    occurred_at: datetime | None = None
    """When the sale was made, which decides its business day; None means now."""
    punches: Punches = 0
    """For clouds that have punch cards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnRequest:
    """Points to spend now, or something else to redeem, with the customer waiting."""

    member: MemberRef
    points: Points = NO_POINTS
    receipt: str | None = None
    key: str | None = None
    wait_s: float = 4.5
    reward: str = ""
    """Id of a reward to redeem instead of points, for clouds that have such."""
    welcome_offer: bool = False
    """Redeem the welcome offer instead, likewise."""
    scan_id: str | None = None
    """The scan by which the member was found; without the cloud's word only a scanned code counts."""
    is_approved: bool = False
    """The manager's PIN came with it."""
