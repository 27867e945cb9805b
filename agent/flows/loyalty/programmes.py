"""How a cloud's programme counts: what an earn or a burn is worth here, and what it has to carry there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from typing import Protocol

from agent.core.clock import to_wire
from agent.core.clouds import CATA, COCKATO, Ability, CloudTraits
from agent.core.errors import InvalidInput, Refused
from agent.core.member import MemberRef
from agent.core.money import NO_POINTS, Money, Points, points_for
from agent.db.cache import Cache
from agent.flows.loyalty.intents import BurnRequest, EarnRequest

LARGEST_POINTS = 1_000_000
"""More in one entry is a slip of the finger."""
MOST_PUNCHES = 100
DEAL = ("amount", "punches", "reward", "welcome_offer")
"""What makes two intents under one receipt different, besides points and member."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What an intent comes to."""

    points: Points
    """Those that move; where the cloud counts by itself, those that are expected to."""
    carried: dict[str, object] = field(default_factory=dict)
    """What its entry carries for the cloud."""


class Programme(Protocol):
    """One cloud's way of counting."""

    @property
    def traits(self) -> CloudTraits:
        """The cloud it belongs to."""
        ...

    def earn(self, request: EarnRequest) -> Worth:
        """What an earn comes to; raises InvalidInput, or Refused `not_offered`."""
        ...

    def burn(self, request: BurnRequest) -> Worth:
        """What a burn comes to; raises as `earn` does."""
        ...

    async def whom(self, asked: MemberRef, found: MemberRef) -> dict[str, object]:
        """What the entry has to carry so that the cloud knows the member; raises Refused `member_unknown`."""
        ...


class ByPoints:
    """Cata's: the till counts, the cloud is told how many points, of whom by uuid."""

    traits = CATA

    def __init__(self, points_per_unit: Decimal) -> None:
        self._points_per_unit = points_per_unit

    def earn(self, request: EarnRequest) -> Worth:
        """The points, or those of the amount."""
        if request.punches:
            self.traits.require(Ability.PUNCHES)
        if (request.points is None) == (request.amount is None):
            raise InvalidInput("invalid", "Give either points or an amount.", field="points")
        points = request.points if request.amount is None else points_for(request.amount, self._points_per_unit)
        assert points is not None, "one of the two was given"
        if points == 0 and request.amount is not None:
            raise InvalidInput("nothing_to_earn", "This amount is too small to earn a point.", field="amount")
        return Worth(_checked(points), _noted(request))

    def burn(self, request: BurnRequest) -> Worth:
        """The points."""
        if request.reward or request.welcome_offer:
            self.traits.require(Ability.REWARDS)
        return Worth(_checked(request.points))

    async def whom(self, asked: MemberRef, found: MemberRef) -> dict[str, object]:
        """Nothing: the uuid says it."""
        return {}


class ByVisit:
    """Cockato's: the cloud counts from the amount and is told who was there by card, phone or e-mail."""

    traits = COCKATO

    def __init__(self, cache: Cache, *, currency_per_point: Decimal, points_per_currency: int) -> None:
        """The two rates are those of the programme; here they only say what to expect."""
        self._cache = cache
        self._currency_per_point = currency_per_point
        self._points_per_currency = points_per_currency

    def earn(self, request: EarnRequest) -> Worth:
        """An amount, punches, or both; the points are what is expected."""
        if request.points is not None:
            self.traits.require(Ability.POINTS)
        counts = request.punches.values() if isinstance(request.punches, Mapping) else [request.punches]
        if any(not 0 <= count <= MOST_PUNCHES for count in counts):
            raise InvalidInput("invalid_punches", f"Punches must be between 1 and {MOST_PUNCHES}.", field="punches")
        if request.amount is not None and request.amount.minor < 0:
            raise InvalidInput("invalid_amount", "An amount cannot be less than nothing.", field="amount")
        if not any(counts) and (request.amount is None or request.amount.minor == 0):
            raise InvalidInput("nothing_to_earn", "Give an amount, or punches.", field="amount")
        carried: dict[str, object] = _noted(request)
        if request.amount is not None:
            carried["amount"] = {"minor": request.amount.minor, "currency": request.amount.currency}
        if any(counts):
            carried["punches"] = dict(request.punches) if isinstance(request.punches, Mapping) else request.punches
        if request.occurred_at is not None:
            carried["at"] = to_wire(request.occurred_at)
        return Worth(self.expected(request.amount), carried)

    def burn(self, request: BurnRequest) -> Worth:
        """Points, a reward or the welcome offer; one of them."""
        if sum((request.points > 0, bool(request.reward), request.welcome_offer)) != 1:
            raise InvalidInput("invalid", "Redeem points, a reward or the welcome offer: one at a time.", field="points")
        if request.reward:
            return Worth(NO_POINTS, {"reward": request.reward})
        if request.welcome_offer:
            return Worth(NO_POINTS, {"welcome_offer": True})
        return Worth(_checked(request.points))

    async def whom(self, asked: MemberRef, found: MemberRef) -> dict[str, object]:
        """What the cloud finds the member by, sealed with the entry; the id alone tells it nothing."""
        if found.identifier is not None:
            return {}
        if asked.identifier is not None:
            return {"who": asked.identifier}
        known = await self._cache.member(found.uuid or "")
        who = (known.profile.code or next(iter(known.identifiers), "")) if known else ""
        if not who:
            raise Refused("member_unknown", "This till does not remember the member. Scan the card, or type phone or e-mail.")
        return {"who": who}

    def expected(self, amount: Money | None) -> Points:
        """Points that the programme gives for an amount, if it rounds down as is assumed."""
        if amount is None:
            return NO_POINTS
        spends = (amount.major() / self._currency_per_point).to_integral_value(ROUND_FLOOR)
        return Points(int(spends) * self._points_per_currency)


def deal(payload: Mapping[str, object]) -> dict[str, object]:
    """What of a payload makes it another intent."""
    return {name: payload[name] for name in DEAL if name in payload}


def _noted(request: EarnRequest) -> dict[str, object]:
    return {"note": request.note} if request.note else {}


def _checked(points: Points) -> Points:
    if not 1 <= points <= LARGEST_POINTS:
        raise InvalidInput("invalid_points", f"Points must be between 1 and {LARGEST_POINTS:,}.", field="points")
    return points
