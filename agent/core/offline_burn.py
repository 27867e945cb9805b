"""Whether points may be redeemed without the cloud: one decision over stated facts, and what it can cost at worst."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from functools import lru_cache

from agent.core.member import Balance
from agent.core.money import Money, Points
from agent.core.ref_code import payload_hash

SETTLED_WITHIN = timedelta(hours=24)
"""Points that expire sooner may be gone before the grant is settled, so they do not count."""


class Why(StrEnum):
    """Why a burn is not granted; stable machine words."""

    OFF = "offline_off"
    TERMS_CHANGED = "offline_terms_changed"
    LINE_UNSURE = "offline_line_unsure"
    CLOCK = "offline_clock"
    NO_SESSION = "offline_no_session"
    TOO_LONG = "offline_too_long"
    NOT_SCANNED = "offline_not_scanned"
    OLD_BALANCE = "offline_old_balance"
    TOO_MUCH = "offline_too_much"
    TOO_FEW = "offline_too_few"
    MEMBER_LIMIT = "offline_member_limit"
    NEEDS_PIN = "offline_pin"
    DEVICE_CAP = "offline_device_cap"


SENTENCES = {
    Why.OFF: "There is no connection, so points cannot be redeemed now. They are safe. Give no discount.",
    Why.TERMS_CHANGED: "The limits for redeeming without a connection have changed; a manager has to switch it on again.",
    Why.LINE_UNSURE: "The connection has only just been lost. Ask again in a moment. Give no discount yet.",
    Why.CLOCK: "This PC's clock cannot be trusted, so nothing is redeemed without a connection. Give no discount.",
    Why.NO_SESSION: "Cata has not answered this till for too long to redeem without a connection. Give no discount.",
    Why.TOO_LONG: "The connection has been gone for too long, so nothing more is redeemed without it. Give no discount.",
    Why.NOT_SCANNED: "Without a connection only a scanned member code can be redeemed for. Scan it, then ask again.",
    Why.OLD_BALANCE: "This member's balance was not seen recently enough to redeem without a connection. Give no discount.",
    Why.TOO_MUCH: "This is more than may be redeemed at once without a connection. Give no discount.",
    Why.TOO_FEW: "Without a connection only a part of the balance can be redeemed, and this is more. Give no discount.",
    Why.MEMBER_LIMIT: "This member has redeemed without a connection already. Give no discount.",
    Why.NEEDS_PIN: "Redeeming this much without a connection needs the manager's PIN.",
    Why.DEVICE_CAP: "This till has reached its limit for redeeming without a connection. Give no discount.",
}
"""One sentence for staff each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineTerms:
    """The limits that an outlet has set."""

    point_value: Decimal
    """Minor units of money that one point is worth."""
    redemption_points: Points
    redemption: Money
    """Most for one redemption."""
    balance_percent: int
    """Most of the known balance for one redemption."""
    device_cap: Money
    """Most for this till until all its grants are settled."""
    devices: int
    """Tills that may grant at the same time, for the worst case."""
    outage: timedelta
    balance_age: timedelta
    session_age: timedelta
    member_grants_a_day: int
    pin_above: Money

    def value_of(self, points: int) -> Money:
        """What points are worth; a fraction of a minor unit counts as a whole one."""
        minor = (self.point_value * points).to_integral_value(ROUND_CEILING)
        return Money(int(minor), self.device_cap.currency)

    @property
    def worst_case(self) -> Money:
        """What the outlet can lose in one outage, if every till grants all it may and no member has a point left."""
        return self.device_cap * self.devices

    @property
    def mark(self) -> str:
        """Tells these terms from any others: what a manager has agreed to."""
        return _mark(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the till says of itself and of the customer; a span of time is None when it cannot be proven."""

    now: datetime
    is_line_broken: bool
    """The network is gone, and nothing else: neither a refused key nor trouble of the cloud's own."""
    is_clock_right: bool
    silent_for: timedelta | None
    """Since the cloud last answered."""
    down_for: timedelta | None
    """Since the first failure of this outage."""
    is_scanned: bool
    is_approved: bool
    """A manager's PIN came with it."""
    balance: Balance | None = None
    balance_age: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the ledger of grants says, read in the transaction that records the next one."""

    is_on: bool
    agreed: str
    """Mark of the terms that a manager has switched on."""
    exposure: Money
    """Granted and not known to be settled, by this till."""
    granting_for: timedelta | None
    """Since the first of these grants; zero without one, None when it cannot be proven."""
    member_grants: int
    """Of these, for this member."""
    member_grants_today: int
    burned: Points
    """The member's burns that the balance may not know of."""


def decide(points: Points, terms: OfflineTerms, seen: Seen, kept: Kept) -> Money | Why:
    """The value to grant, or the first reason against it; the till's cap comes last, since to hit it switches the mode off."""
    value = terms.value_of(points)
    spendable = _spendable(seen, kept)
    reasons = (
        (Why.OFF, not kept.is_on),
        (Why.TERMS_CHANGED, kept.agreed != terms.mark),
        (Why.LINE_UNSURE, not seen.is_line_broken),
        (Why.NO_SESSION, _over(seen.silent_for, terms.session_age)),
        (Why.CLOCK, not seen.is_clock_right),
        (Why.TOO_LONG, _over(seen.down_for, terms.outage) or _over(kept.granting_for, terms.outage)),
        (Why.NOT_SCANNED, not seen.is_scanned),
        (Why.OLD_BALANCE, seen.balance is None or _over(seen.balance_age, terms.balance_age)),
        (Why.TOO_MUCH, points > terms.redemption_points or value.minor > terms.redemption.minor),
        (Why.TOO_FEW, points * 100 > spendable * terms.balance_percent),
        (Why.MEMBER_LIMIT, kept.member_grants > 0 or kept.member_grants_today >= terms.member_grants_a_day),
        (Why.NEEDS_PIN, value.minor > terms.pin_above.minor and not seen.is_approved),
        (Why.DEVICE_CAP, (kept.exposure + value).minor > terms.device_cap.minor),
    )
    return next((why for why, holds in reasons if holds), value)


@lru_cache(maxsize=8)
def _mark(terms: OfflineTerms) -> str:
    return payload_hash({"terms": repr(terms)})


def _over(span: timedelta | None, limit: timedelta) -> bool:
    return span is None or span > limit


def _spendable(seen: Seen, kept: Kept) -> int:
    """Points that are surely there when the grant is settled; what is still to be earned is not among them."""
    if seen.balance is None:
        return 0
    expires_at = seen.balance.expires_at
    is_lasting = expires_at is not None and expires_at > seen.now + SETTLED_WITHIN
    return max(0, seen.balance.points - kept.burned - (0 if is_lasting else seen.balance.expiring))
