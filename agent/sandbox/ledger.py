"""The loyalty ledger: members, batches of points, and every effect with the refCode that caused it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from agent.core.clock import Clock
from agent.core.errors import Refused
from agent.core.money import Points
from agent.sandbox.envelopes import refusal

LARGEST_POINTS = 1_000_000_000


class Operation(StrEnum):
    """The two things that move points."""

    EARN = "earn"
    USE = "use"


class InsufficientPoints(Refused):
    """The balance does not cover a redemption."""

    def __init__(self) -> None:
        super().__init__("insufficient_points", "insufficient points", status=400)


@dataclass(frozen=True, slots=True)
class Batch:
    """Points that expire together."""

    points: Points
    expires_at: datetime | None = None
    """None never expires."""


@dataclass(slots=True)
class LedgerMember:
    """A member of the programme; the details are practice data."""

    uuid: str
    codes: tuple[str, ...] = ()
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    first_name: str = field(default="", repr=False)
    last_name: str = field(default="", repr=False)
    batches: list[Batch] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One movement of points that really happened."""

    seq: int
    at: datetime
    operation: Operation
    customer_uuid: str
    points: Points
    ref_code: str
    notes: str
    balance_after: Points


@dataclass(frozen=True, slots=True)
class Standing:
    """What a balance call says."""

    balance: Points
    expiring: Points
    expires_at: datetime | None


class Ledger:
    """Points of one tenant; every effect happens at most once per operation and refCode."""

    def __init__(self, clock: Clock, members: Iterable[LedgerMember] = ()) -> None:
        self._clock = clock
        self._members: dict[str, LedgerMember] = {}
        self._by_key: dict[tuple[Operation, str], Effect] = {}
        self.effects: list[Effect] = []
        self.requests: Counter[tuple[Operation, str]] = Counter()
        """How often each key was asked for, refused and repeated calls included."""
        for member in members:
            self.add(member)

    @property
    def members(self) -> list[LedgerMember]:
        """All members, oldest first."""
        return list(self._members.values())

    def add(self, member: LedgerMember) -> None:
        """Add a member; raises Refused 409 when the uuid, a code, the phone or the e-mail is taken."""
        names = {member.uuid, *member.codes, member.phone, member.email.casefold()} - {""}
        for other in self._members.values():
            if names & {other.uuid, *other.codes, other.phone, other.email.casefold()}:
                raise refusal(409, "member already exists")
        self._members[member.uuid] = member

    def member(self, uuid: str) -> LedgerMember | None:
        """The member with this uuid, letter case apart."""
        return self._members.get(uuid.lower())

    def find(self, identifier: str) -> LedgerMember | None:
        """Look up by e-mail (has an @), phone (has a +), code or uuid; spelling must be exact but for an e-mail's case."""
        for member in self._members.values():
            known = (member.email.casefold(),) if "@" in identifier else (member.phone, member.uuid, *member.codes)
            if identifier and (identifier.casefold() if "@" in identifier else identifier) in known:
                return member
        return None

    def standing(self, member: LedgerMember) -> Standing:
        """Balance and the batch that expires next, as of now."""
        live = self._live(member)
        dates = [batch.expires_at for batch in live if batch.expires_at]
        nearest = min(dates, default=None)
        expiring = sum(batch.points for batch in live if nearest and batch.expires_at == nearest)
        return Standing(Points(sum(batch.points for batch in live)), Points(expiring), nearest)

    def move(
        self, operation: Operation, uuid: str, points: Points, ref_code: str, notes: str, *, strict: bool = False
    ) -> Effect | None:
        """Apply once; a repeat returns the first effect. None for an unknown member; a failed try leaves the refCode free.

        Raises InsufficientPoints, and Refused 409 for another payload under a used refCode when `strict`.
        """
        key = (operation, ref_code)
        self.requests[key] += 1
        if (done := self._by_key.get(key)) is not None:
            if strict and (done.customer_uuid, done.points) != (uuid.lower(), points):
                raise refusal(409, "refCode already used")
            return done
        member = self.member(uuid)
        if member is None:
            return None
        self._change(member, operation, points)
        return self._record(key, member, points, notes)

    def effects_per_key(self) -> dict[str, dict[str, int]]:
        """For each `operation:refCode`: how many effects it had (never more than one) and how many requests."""
        counts = Counter((effect.operation, effect.ref_code) for effect in self.effects)
        return {f"{key[0]}:{key[1]}": {"effects": counts[key], "requests": asked} for key, asked in self.requests.items()}

    def _record(self, key: tuple[Operation, str], member: LedgerMember, points: Points, notes: str) -> Effect:
        effect = Effect(
            seq=len(self.effects) + 1,
            at=self._clock.now(),
            operation=key[0],
            customer_uuid=member.uuid,
            points=points,
            ref_code=key[1],
            notes=notes,
            balance_after=self.standing(member).balance,
        )
        self.effects.append(effect)
        self._by_key[key] = effect
        return effect

    def _live(self, member: LedgerMember) -> list[Batch]:
        now = self._clock.now()
        return [batch for batch in member.batches if batch.expires_at is None or batch.expires_at > now]

    def _change(self, member: LedgerMember, operation: Operation, points: Points) -> None:
        if operation is Operation.EARN:
            member.batches.append(Batch(points))
            return
        if self.standing(member).balance < points:
            raise InsufficientPoints
        member.batches = list(_spend(self._live(member), points))


def _spend(batches: list[Batch], points: int) -> Iterable[Batch]:
    """What is left after spending, the batch that expires first going first."""
    for batch in sorted(batches, key=lambda b: (b.expires_at is None, b.expires_at.timestamp() if b.expires_at else 0.0)):
        taken = min(points, batch.points)
        points -= taken
        if batch.points > taken:
            yield replace(batch, points=Points(batch.points - taken))
