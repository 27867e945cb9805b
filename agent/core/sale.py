"""A sale that the POS made: it earns at once, or stays claimable for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from agent.core.member import MemberRef
from agent.core.money import Money


class SaleState(StrEnum):
    """What became of a sale."""

    CLAIMABLE = "claimable"
    CLAIMED = "claimed"
    VOIDED = "voided"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleSeen:
    """A sale as a POS reports it."""

    receipt: str
    amount: Money
    occurred_at: datetime | None = None
    """None means now."""
    member: MemberRef | None = None
    void: bool = False
    """The sale was taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A recorded sale."""

    receipt: str
    business_day: str
    """`YYYY-MM-DD`; a receipt number may come again on another day."""
    amount: Money
    occurred_at: datetime
    state: SaleState
    claimable_until: datetime
    entry_id: str | None = None
    """The earn entry that claimed it."""
