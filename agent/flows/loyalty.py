"""Members, earn, burn and reverse: an intent is durable before anybody is told, and happens once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from agent.core.clock import Clock, business_day
from agent.core.entry import Draft, Entry, EntryError, EntryKind, EntryState, Outcome
from agent.core.errors import Conflict, InvalidInput, KeyRefused, NotConfigured, Refused, Unreachable
from agent.core.events import EntryChanged, StatusChanged
from agent.core.ids import Ids
from agent.core.member import ERASED, Member, MemberRef, Profile, phone_tail, profile_display
from agent.core.money import Money, Points, points_for
from agent.core.ref_code import RefCode, ref_code_for_entry, ref_code_for_reversal, ref_code_for_sale
from agent.core.roles import Cloud
from agent.db.cache import Cache
from agent.db.outbox import Outbox, Recorded
from agent.flows.bus import Bus
from agent.flows.line import Line
from agent.flows.sender import Sender

log = logging.getLogger(__name__)

LARGEST_POINTS = 1_000_000
"""More in one entry is a slip of the finger."""
OFFLINE = EntryError("offline", "There is no connection, so points cannot be redeemed now. They are safe. Give no discount.")


@dataclass(frozen=True, slots=True)
class LoyaltyTerms:
    """What the outlet's settings say about earning."""

    outlet_id: str
    till: str
    zone: ZoneInfo
    business_day_ends: time
    currency: str
    points_per_unit: Decimal


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


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnRequest:
    """Points to spend now, with the customer waiting."""

    member: MemberRef
    points: Points
    receipt: str | None = None
    key: str | None = None
    wait_s: float = 4.5


class Loyalty:
    """The counter's verbs."""

    def __init__(
        self,
        outbox: Outbox,
        cache: Cache,
        cloud: Cloud,
        sender: Sender,
        line: Line,
        bus: Bus,
        *,
        clock: Clock,
        ids: Ids,
        terms: LoyaltyTerms,
        normalise: Callable[[str], str],
        lane_of: Callable[[str], str],
    ) -> None:
        """`normalise` reads a typed or scanned identifier; `lane_of` names a lane without naming the member."""
        self._outbox = outbox
        self._cache = cache
        self._cloud = cloud
        self._sender = sender
        self._line = line
        self._bus = bus
        self._clock = clock
        self._ids = ids
        self.terms = terms
        self._normalise = normalise
        self._lane_of = lane_of

    async def lookup(self, identifier: str) -> Member:
        """The member behind what was typed or scanned; the cached one when the cloud cannot be asked.

        Raises InvalidInput, Refused `member_unknown`, or Unreachable `offline` when nothing is cached either.
        """
        wanted = self._normalise(identifier)
        try:
            if self._line.is_broken:
                raise Unreachable("offline", "There is no connection to Cata.", maybe_applied=False)
            return await self._ask(wanted)
        except (Unreachable, KeyRefused, NotConfigured) as error:
            uuid = await self._cache.uuid_for(wanted)
            member = await self.cached(uuid) if uuid else None
            if member is None:
                raise Unreachable(
                    "offline",
                    "There is no connection and this member has not been here lately.",
                    maybe_applied=False,
                    details=error.reason,
                ) from error
            return member

    async def cached(self, uuid: str) -> Member | None:
        """The member as the cloud last said, with what is pending here now."""
        known = await self._cache.member(uuid)
        if known is None:
            return None
        pending = await self._outbox.pending_points(uuid, known.identifiers)
        return Member(
            uuid=uuid,
            display=profile_display(known.profile),
            balance=known.balance.points,
            expiring=known.balance.expiring,
            expires_at=known.balance.expires_at,
            as_of=known.as_of,
            fresh=False,
            pending_earn=pending.earn,
            pending_burn=pending.burn,
            phone_tail=phone_tail(known.profile.phone),
        )

    async def earn(self, request: EarnRequest) -> Recorded:
        """Credit points: durable first, then sent by itself; the same intent again is the same entry."""
        recorded = await self.record(await self.earn_draft(request), asked_for=request.member)
        return await self._wait(recorded, request.wait_s)

    async def earn_draft(self, request: EarnRequest) -> Draft:
        """What an earn would record; raises InvalidInput, or Refused `member_unknown` when the cloud can be asked."""
        points = self._points(request)
        member = await self._resolve(request.member, ask=True)
        entry_id = self._ids.new()
        return Draft(
            id=entry_id,
            kind=EntryKind.EARN,
            lane=self._lane(member),
            ref_code=self.ref_code(EntryKind.EARN, request.receipt or request.key, entry_id, request.occurred_at),
            payload={"note": request.note} if request.note else {},
            created_at=self._clock.now(),
            member=member,
            points=points,
            receipt=request.receipt,
            urgent=request.wait_s > 0,
        )

    async def burn(self, request: BurnRequest) -> Recorded:
        """Spend points; a discount may be given only when the entry says confirmed."""
        self._check_points(request.points)
        member = await self._resolve(request.member, ask=True)
        entry_id = self._ids.new()
        draft = Draft(
            id=entry_id,
            kind=EntryKind.BURN,
            lane=self._lane(member),
            ref_code=self.ref_code(EntryKind.BURN, request.receipt or request.key, entry_id),
            payload={},
            created_at=self._clock.now(),
            member=member,
            points=request.points,
            receipt=request.receipt,
            urgent=True,
            declined=self._why_not_now(),
        )
        recorded = await self.record(draft, asked_for=request.member)
        waited = await self._wait(recorded, request.wait_s)
        if waited.entry.is_open and waited.entry.attempts == 0:
            ended = await self._outbox.decline_unsent(waited.entry.id, OFFLINE)
            self._bus.publish(EntryChanged(ended))
            return replace(waited, entry=ended)
        return waited

    async def reverse(self, entry_id: str, reason: str) -> Entry:
        """Take an entry back: cancelled if it never left, else compensated once, and only after it is confirmed."""
        original = await self._outbox.get(entry_id)
        if original is None or original.kind not in {EntryKind.EARN, EntryKind.BURN}:
            raise Refused("entry_unknown", "There is no such entry.", status=404)
        if original.attempts == 0 and original.state in {EntryState.PENDING, EntryState.PARKED}:
            cancelled = await self._outbox.discard(entry_id, reason=reason or "cancelled", by="till")
            self._bus.publish(EntryChanged(cancelled))
            self._bus.publish(StatusChanged())
            return cancelled
        if original.state is EntryState.DISCARDED:
            return original
        if original.outcome is not Outcome.CONFIRMED:
            raise Conflict("not_confirmed", "Cata has not confirmed this entry, so it cannot be taken back yet.", status=409)
        if original.member == MemberRef(uuid=ERASED):
            raise Conflict("not_reversible", "This member was erased here, so nobody can say whose points these are.", status=409)
        if original.reverses is not None:
            raise Conflict("not_reversible", "This entry already takes another one back.", status=409)
        return (await self.record(self._compensation(original, reason))).entry

    async def record(self, draft: Draft, *, asked_for: MemberRef | None = None) -> Recorded:
        """Make an intent durable, or find the same one; raises Conflict when its key stands for something else."""
        recorded = await self._outbox.record(draft)
        if not recorded.is_new:
            await self._check_same(recorded.entry, draft, asked_for)
            return recorded
        self.announce(recorded.entry)
        return recorded

    def announce(self, entry: Entry) -> None:
        """Tell screens and sender of an entry that has just become durable."""
        log.info("entry recorded entry=%s kind=%s state=%s", entry.id, entry.kind, entry.state)
        self._bus.publish(EntryChanged(entry))
        self._bus.publish(StatusChanged())
        self._sender.nudge()

    async def settled(self, entry: Entry) -> None:
        """Read the balance again after the cloud has moved it; a failure here costs nothing but freshness."""
        if entry.kind not in {EntryKind.EARN, EntryKind.BURN} or entry.outcome is not Outcome.CONFIRMED or entry.member is None:
            return
        uuid = entry.member.uuid or await self._cache.uuid_for(entry.member.identifier or "")
        known = await self._cache.member(uuid) if uuid else None
        if uuid is None or known is None:
            return
        try:
            await self._cache.put_member(known.profile, await self._cloud.balance(uuid), self._clock.now())
        except (Unreachable, Refused, KeyRefused, NotConfigured) as error:
            log.info("balance not read again reason=%s", error.reason)

    def ref_code(self, kind: EntryKind, receipt: str | None, entry_id: str, occurred_at: datetime | None = None) -> RefCode:
        """The key of an intent: from its receipt on its business day, else from the entry itself."""
        if not receipt:
            return ref_code_for_entry(entry_id)
        day = business_day(occurred_at or self._clock.now(), self.terms.zone, self.terms.business_day_ends)
        return ref_code_for_sale(
            outlet_id=self.terms.outlet_id, till=self.terms.till, business_day=day, receipt=receipt, kind=str(kind)
        )

    async def _ask(self, identifier: str) -> Member:
        profile = await self._cloud.lookup(identifier)
        balance = await self._cloud.balance(profile.uuid)
        await self._cache.put_member(profile, balance, self._clock.now())
        await self._cache.link(identifier, profile.uuid)
        member = await self.cached(profile.uuid)
        return replace(member, fresh=True) if member else await self._unsaved(profile, identifier)

    async def _unsaved(self, profile: Profile, identifier: str) -> Member:
        """The member when the cache could not keep it: the cache is a convenience, never a condition."""
        balance = await self._cloud.balance(profile.uuid)
        pending = await self._outbox.pending_points(profile.uuid, (identifier,))
        return Member(
            uuid=profile.uuid,
            display=profile_display(profile),
            balance=balance.points,
            expiring=balance.expiring,
            expires_at=balance.expires_at,
            as_of=self._clock.now(),
            fresh=True,
            pending_earn=pending.earn,
            pending_burn=pending.burn,
            phone_tail=phone_tail(profile.phone),
        )

    async def _resolve(self, member: MemberRef, *, ask: bool) -> MemberRef:
        """The uuid where it is known or can be asked for; else the normalised identifier, for the sender to resolve."""
        if member.identifier is None:
            return member
        identifier = self._normalise(member.identifier)
        uuid = await self._cache.uuid_for(identifier)
        if uuid is None and ask and not self._line.is_down and not self._line.key_refused:
            try:
                uuid = (await self._cloud.lookup(identifier)).uuid
                await self._cache.link(identifier, uuid)
            except (Unreachable, KeyRefused, NotConfigured) as error:
                log.info("member not resolved now, the sender will reason=%s", error.reason)
        return MemberRef(uuid=uuid) if uuid else MemberRef(identifier=identifier)

    async def _check_same(self, existing: Entry, draft: Draft, asked_for: MemberRef | None) -> None:
        if existing.points == draft.points and await self._is_same_member(existing.member, draft.member, asked_for):
            return
        raise Conflict("receipt_already_used", "This receipt has already been used for another amount or member.", status=409)

    async def _is_same_member(self, existing: MemberRef | None, wanted: MemberRef | None, asked_for: MemberRef | None) -> bool:
        if existing is None or wanted is None or existing == wanted:
            return existing == wanted
        if (
            existing.identifier
            and asked_for
            and asked_for.identifier
            and existing.identifier == self._normalise(asked_for.identifier)
        ):
            return True
        resolved = await self._resolve(existing, ask=False)
        return resolved == wanted

    async def _wait(self, recorded: Recorded, wait_s: float) -> Recorded:
        if wait_s <= 0 or not recorded.entry.is_open:
            return recorded
        return replace(recorded, entry=await self._sender.wait_settled(recorded.entry.id, wait_s))

    def _why_not_now(self) -> EntryError | None:
        if self._line.key_refused:
            return EntryError(
                "key_refused", "Cata no longer accepts this till's key, so points cannot be redeemed. Give no discount."
            )
        if self._line.is_down:
            return OFFLINE
        if self._line.loyalty_wait_s() > 0:
            return EntryError(
                "loyalty_not_configured", "Loyalty is not set up at Cata yet, so points cannot be redeemed. Give no discount."
            )
        return None

    def _points(self, request: EarnRequest) -> Points:
        if (request.points is None) == (request.amount is None):
            raise InvalidInput("invalid", "Give either points or an amount.", field="points")
        points = request.points if request.amount is None else points_for(request.amount, self.terms.points_per_unit)
        assert points is not None, "one of the two was given"
        if points == 0 and request.amount is not None:
            raise InvalidInput("nothing_to_earn", "This amount is too small to earn a point.", field="amount")
        self._check_points(points)
        return points

    @staticmethod
    def _check_points(points: Points) -> None:
        if not 1 <= points <= LARGEST_POINTS:
            raise InvalidInput("invalid_points", f"Points must be between 1 and {LARGEST_POINTS:,}.", field="points")

    def _lane(self, member: MemberRef) -> str:
        return f"member:{member.uuid}" if member.uuid else f"member:{self._lane_of(member.identifier or '')}"

    def _compensation(self, original: Entry, reason: str) -> Draft:
        opposite = EntryKind.BURN if original.kind is EntryKind.EARN else EntryKind.EARN
        note = f"Taken back: {reason}" if reason else "Taken back"
        return Draft(
            id=self._ids.new(),
            kind=opposite,
            lane=original.lane,
            ref_code=ref_code_for_reversal(original.ref_code),
            payload={"note": note} if opposite is EntryKind.EARN else {},
            created_at=self._clock.now(),
            member=original.member,
            points=original.points,
            receipt=original.receipt,
            reverses=original.id,
        )
