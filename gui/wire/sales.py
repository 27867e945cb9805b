"""Sales that may still be claimed, as the till API tells them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agent.core.money import Money
from gui.link.fields import EPOCH, Json, moment, money, text


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleSeen:
    """A sale that may still be claimed."""

    receipt: str
    amount: Money
    occurred_at: datetime
    claimable_until: datetime | None = None
    state: str = "claimable"


def read_sale(source: Json) -> SaleSeen | None:
    """A sale, or None when it has no amount."""
    amount = money(source, "amount")
    if amount is None:
        return None
    return SaleSeen(
        receipt=text(source, "receipt"),
        amount=amount,
        occurred_at=moment(source, "occurred_at") or EPOCH,
        claimable_until=moment(source, "claimable_until"),
        state=text(source, "state", "claimable"),
    )
