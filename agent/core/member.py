"""A member of the loyalty programme as the till sees one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from agent.core.money import NO_POINTS, Points
from agent.core.perks import NO_PERKS, Perks

ERASED = "erased"
"""Stands for the uuid of a member who was forgotten here."""


@dataclass(frozen=True, slots=True)
class MemberRef:
    """Whom a loyalty entry is for: the cloud's uuid, or what was scanned or typed while the cloud could not be asked."""

    uuid: str | None = None
    """Cata's `customerUuid`, when known."""
    identifier: str | None = None
    """Normalised e-mail, phone (E.164) or member code, when the uuid is not known; personal data."""

    def __post_init__(self) -> None:
        if (self.uuid is None) == (self.identifier is None):
            raise ValueError("a member is named by a uuid or by an identifier, not by both or neither")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What the cloud's lookup says about a member."""

    uuid: str
    """Cata's `customerUuid`."""
    name: str = ""
    """Full name if the cloud gave one; personal data."""
    phone: str = ""
    """E.164 if the cloud gave one; personal data."""
    email: str = ""
    """Lower case if the cloud gave one; personal data."""
    code: str = ""
    """The code on the member's card, if the cloud gave one; personal data."""
    perks: Perks = NO_PERKS
    """Punch cards and offers, where the cloud has such."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What the cloud says a member can spend."""

    points: Points
    """Usable points."""
    expiring: Points
    """Points in the batch that expires next."""
    expires_at: datetime | None
    """When that batch expires."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member with balance, as shown at the counter."""

    uuid: str
    """Cata's `customerUuid`."""
    display: str
    """Masked name, fit for a screen a queue can read: `Mei L.` or `Phone ending 4567`."""
    balance: Points
    """Usable points as the cloud last said; pending entries are not in it."""
    expiring: Points
    """Points that expire next."""
    expires_at: datetime | None
    """When they expire."""
    as_of: datetime
    """When the cloud said so."""
    fresh: bool
    """False when this comes from the cache."""
    pending_earn: Points = NO_POINTS
    """Points saved here that the cloud has not confirmed."""
    pending_burn: Points = NO_POINTS
    """Points asked for here that the cloud has not confirmed."""
    phone_tail: str = field(default="", repr=False)
    """Last four digits of the phone number that the cloud gave; empty when it gave none."""
    perks: Perks = NO_PERKS
    """Punch cards and offers, where the cloud has such."""


def phone_tail(phone: str) -> str:
    """The last four digits of a phone number; empty when it has no more than those, for they would be all of it."""
    digits = [char for char in phone if char.isdigit()]
    return "".join(digits[-4:]) if len(digits) > 4 else ""


def masked_name(first: str, last: str = "") -> str:
    """`Mei Ling`, `Tan` becomes `Mei Ling T.`; one name alone keeps its first word and the next initial."""
    words = (first.split() + last.split()) or [""]
    if last.split():
        return f"{first.strip()} {last.strip()[0]}.".strip()
    return words[0] if len(words) == 1 else f"{words[0]} {words[1][0]}."


def masked_identifier(identifier: str) -> str:
    """A typed or scanned identifier with all but its tail hidden."""
    if "@" in identifier:
        return f"E-mail of {identifier[0]}…"
    if identifier.startswith("+"):
        return f"Phone ending {identifier[-4:]}"
    return f"Code ending {identifier[-4:].lstrip('-')}"


def profile_display(profile: Profile) -> str:
    """The masked words a counter shows for a profile: name, else phone, else the end of the uuid."""
    if profile.name.strip():
        return masked_name(profile.name)
    if profile.phone:
        return masked_identifier(profile.phone)
    return f"Member {profile.uuid[-4:]}"
