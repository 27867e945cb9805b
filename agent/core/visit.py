"""A visit: what a programme that counts for itself is told of one purchase or one redemption."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from agent.core.member import Balance, Profile
from agent.core.money import Money
from agent.core.ref_code import RefCode

Punches = int | Mapping[str, int]
"""How many on the only card there is, or how many on each card by its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One thing to tell the cloud, under one key; an earn has an amount or punches, a redemption one of the last three."""

    identifier: str = field(repr=False)
    """Normalised e-mail, phone (E.164) or member code."""
    ref_code: RefCode
    at: datetime
    """When the customer stood at the till."""
    amount: Money | None = None
    punches: Punches = 0
    receipt: str | None = None
    note: str = ""
    points: int = 0
    """Points to redeem."""
    reward: str = ""
    """Id of the reward, or of the punch card it was earned with, to redeem."""
    welcome_offer: bool = False
    """Redeem the welcome offer."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the cloud says of a member after a visit."""

    profile: Profile
    balance: Balance


def punches_from(given: object) -> Punches:
    """Punches as they were kept as JSON; 0 for anything else."""
    if isinstance(given, Mapping):
        return {str(card): int(count) for card, count in given.items()}
    return given if isinstance(given, int) and not isinstance(given, bool) else 0
