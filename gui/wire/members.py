"""Members as the till API tells them, and the reward that waits for one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from gui.link.fields import EPOCH, Json, flag, moment, rows, section, text, whole


@dataclass(frozen=True, slots=True)
class ReadySeen:
    """A reward that can be redeemed now: of the punch card with this id, or, without one, the welcome offer."""

    card: str
    name: str

    @property
    def body(self) -> Json:
        """What the till API is asked for."""
        return {"reward": self.card} if self.card else {"welcome_offer": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSeen:
    """A member with balance."""

    uuid: str
    display: str = field(repr=False)
    balance: int = 0
    expiring: int = 0
    expires_at: datetime | None = None
    as_of: datetime = EPOCH
    fresh: bool = False
    pending_earn: int = 0
    pending_burn: int = 0
    phone_tail: str = field(default="", repr=False)
    ready: ReadySeen | None = None
    """The first reward or offer that waits."""
    punches: tuple[tuple[str, int, int], ...] = ()
    """Name, punches and how many fill it, of each punch card."""

    @property
    def is_looked_up(self) -> bool:
        """Cata has said who this is; points can be saved for others too, but nothing can be redeemed."""
        return bool(self.uuid)


def read_member(source: object) -> MemberSeen | None:
    """A member, or None when there is none."""
    if not text(source, "uuid"):
        return None
    return MemberSeen(
        uuid=text(source, "uuid"),
        display=text(source, "display"),
        balance=whole(source, "balance"),
        expiring=whole(source, "expiring"),
        expires_at=moment(source, "expires_at"),
        as_of=moment(source, "as_of") or EPOCH,
        fresh=flag(source, "fresh"),
        pending_earn=whole(source, "pending_earn"),
        pending_burn=whole(source, "pending_burn"),
        phone_tail=text(source, "phone_tail"),
        ready=_read_ready(section(source, "perks")),
        punches=_read_punches(section(source, "perks")),
    )


def _read_ready(perks: Json) -> ReadySeen | None:
    for card in rows(perks, "cards"):
        if whole(card, "rewards") and text(card, "id"):
            return ReadySeen(text(card, "id"), text(card, "name"))
    offer = text(perks, "welcome_offer")
    return ReadySeen("", offer) if offer else None


def _read_punches(perks: Json) -> tuple[tuple[str, int, int], ...]:
    return tuple((text(card, "name"), whole(card, "punches"), whole(card, "needed")) for card in rows(perks, "cards"))
