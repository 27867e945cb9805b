"""Earn, burn and reverse: an intent is durable before anybody is told, and happens once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from agent.core.clock import Clock, business_day
from agent.core.clouds import Ability
from agent.core.entry import Draft, Entry, EntryError, EntryKind, EntryState, Outcome
from agent.core.errors import Conflict, Refused
from agent.core.events import EntryChanged, StatusChanged
from agent.core.ids import Ids
from agent.core.member import ERASED, Member, MemberRef
from agent.core.money import Points
from agent.core.ref_code import RefCode, ref_code_for_entry, ref_code_for_reversal, ref_code_for_sale
from agent.db.database import Transaction
from agent.db.outbox import Outbox, Recorded
from agent.flows.bus import Bus
from agent.flows.line.sender import Sender
from agent.flows.line.state import Line
from agent.flows.loyalty.by_hand import ByHand
from agent.flows.loyalty.intents import BurnRequest, EarnRequest, LoyaltyTerms
from agent.flows.loyalty.members import Members
from agent.flows.loyalty.offline_burn import OfflineBurn
from agent.flows.loyalty.programmes import ByPoints, Programme, deal

log = logging.getLogger(__name__)

TOLD_AGAIN_WITHIN = timedelta(hours=2)
"""A POS that repeats a receipt of the day before does so soon."""
OFFLINE = EntryError("offline", "There is no connection, so points cannot be redeemed now. They are safe. Give no discount.")


class Loyalty:
    """The counter's verbs."""

    def __init__(
        self,
        members: Members,
        outbox: Outbox,
        sender: Sender,
        line: Line,
        bus: Bus,
        offline_burn: OfflineBurn,
        *,
        clock: Clock,
        ids: Ids,
        terms: LoyaltyTerms,
        programme: Programme | None = None,
    ) -> None:
        """`programme` is the cloud's way of counting; Cata's when it is left out."""
        self._offline_burn = offline_burn
        self._members = members
        self._outbox = outbox
        self._sender = sender
        self._line = line
        self._bus = bus
        self._clock = clock
        self._ids = ids
        self.terms = terms
        self._programme = programme or ByPoints(terms.points_per_unit)
        self._by_hand = ByHand(terms.by_hand, clock=clock, zone=terms.zone, business_day_ends=terms.business_day_ends)

    async def lookup(self, identifier: str) -> Member:
        """As `Members.lookup`."""
        return await self._members.lookup(identifier)

    async def earn(self, request: EarnRequest) -> Recorded:
        """Credit points: durable first, then sent by itself; the same intent again is the same entry."""
        draft = await self.earn_draft(request)
        check = self._by_hand.check_in if draft.receipt is None else None
        recorded = await self.record(draft, asked_for=request.member, check=check)
        return await self._wait(recorded, request.wait_s)

    async def earn_draft(self, request: EarnRequest) -> Draft:
        """What an earn would record; raises InvalidInput, or Refused `member_unknown` when the cloud can be asked."""
        worth = self._programme.earn(request)
        member = await self._members.resolve(request.member, ask=True)
        entry_id = self._ids.new()
        return Draft(
            id=entry_id,
            kind=EntryKind.EARN,
            lane=self._members.lane(member),
            ref_code=await self._key(EntryKind.EARN, request, entry_id, member, worth.points, request.occurred_at),
            payload=worth.carried | await self._whom(request.member, member),
            created_at=self._clock.now(),
            member=member,
            points=worth.points,
            receipt=request.receipt,
            urgent=request.wait_s > 0,
        )

    async def burn(self, request: BurnRequest) -> Recorded:
        """Spend points; a discount may be given only when the entry says confirmed, or carries a grant."""
        worth = self._programme.burn(request)
        member = await self._members.resolve(request.member, ask=True)
        entry_id = self._ids.new()
        draft = Draft(
            id=entry_id,
            kind=EntryKind.BURN,
            lane=self._members.lane(member),
            ref_code=await self._key(EntryKind.BURN, request, entry_id, member, worth.points),
            payload=worth.carried | await self._whom(request.member, member),
            created_at=self._clock.now(),
            member=member,
            points=worth.points,
            receipt=request.receipt,
            urgent=True,
            declined=self._why_not_now(),
        )
        if draft.declined is OFFLINE and self._offline_burn.takes(request):
            return await self._burn_offline(draft, request)
        recorded = await self.record(draft, asked_for=request.member)
        waited = await self._wait(recorded, request.wait_s)
        if waited.entry.is_open and waited.entry.attempts == 0:
            ended = await self._outbox.decline_unsent(waited.entry.id, OFFLINE)
            self._bus.publish(EntryChanged(ended))
            return replace(waited, entry=ended)
        return waited

    async def _burn_offline(self, draft: Draft, request: BurnRequest) -> Recorded:
        recorded = await self._offline_burn.decide(replace(draft, declined=None), request)
        if recorded.is_new:
            self.announce(recorded.entry)
        else:
            await self._check_same(recorded.entry, draft, request.member)
        return recorded

    async def reverse(self, entry_id: str, reason: str) -> Entry:
        """Take an entry back: cancelled if it never left, else compensated once, and only after it is confirmed."""
        original, traits = await self._outbox.get(entry_id), self._programme.traits
        if original is None or original.kind not in {EntryKind.EARN, EntryKind.BURN}:
            raise Refused("entry_unknown", "There is no such entry.", status=404)
        is_unsent = original.attempts == 0 and original.state in {EntryState.PENDING, EntryState.PARKED}
        if is_unsent and original.grant is None:
            cancelled = await self._outbox.discard(entry_id, reason=reason or "cancelled", by="till")
            self._bus.publish(EntryChanged(cancelled))
            self._bus.publish(StatusChanged())
            return cancelled
        if original.state is EntryState.DISCARDED:
            return original
        if original.outcome is not Outcome.CONFIRMED:
            sentence = f"{traits.name} has not confirmed this entry, so it cannot be taken back yet."
            raise Conflict("not_confirmed", sentence, status=409)
        if not traits.can(Ability.REVERSE):
            raise Conflict("not_reversible", traits.without(Ability.REVERSE), status=409)
        if original.member == MemberRef(uuid=ERASED):
            raise Conflict("not_reversible", "This member was erased here, so nobody can say whose points these are.", status=409)
        if original.reverses is not None:
            raise Conflict("not_reversible", "This entry already takes another one back.", status=409)
        return (await self.record(self._compensation(original, reason))).entry

    async def record(
        self, draft: Draft, *, asked_for: MemberRef | None = None, check: Callable[[Transaction], None] | None = None
    ) -> Recorded:
        """Make an intent durable, or find the same one; raises Conflict when its key stands for something else.

        What `check` raises, in the same transaction, undoes a new one.
        """
        recorded = await self._outbox.record(draft, also=check)
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

    def ref_code(self, kind: EntryKind, receipt: str | None, entry_id: str, occurred_at: datetime | None = None) -> RefCode:
        """The key of an intent: from its receipt on its business day, else from the entry itself."""
        if not receipt:
            return ref_code_for_entry(entry_id)
        day = business_day(occurred_at or self._clock.now(), self.terms.zone, self.terms.business_day_ends)
        return ref_code_for_sale(
            outlet_id=self.terms.outlet_id, till=self.terms.till, business_day=day, receipt=receipt, kind=str(kind)
        )

    async def _key(
        self,
        kind: EntryKind,
        request: EarnRequest | BurnRequest,
        entry_id: str,
        member: MemberRef,
        points: Points,
        occurred_at: datetime | None = None,
    ) -> RefCode:
        """As `ref_code`; but what is told again while the business day ends keeps the key that it had.

        Receipt numbers start anew with the day, so only the very same thing, told a short while ago, is the same one.
        """
        receipt, told_after = request.receipt or request.key, self._clock.now() - TOLD_AGAIN_WITHIN
        key = self.ref_code(kind, receipt, entry_id, occurred_at)
        before = self.ref_code(kind, receipt, entry_id, told_after)
        if occurred_at is not None or before == key:
            return key
        found = await self._outbox.by_ref_code(before)
        if found is None or found.created_at < told_after or found.points != points:
            return key
        return before if await self._is_same_member(found.member, member, request.member) else key

    async def _check_same(self, existing: Entry, draft: Draft, asked_for: MemberRef | None) -> None:
        is_same_deal = existing.points == draft.points and deal(existing.payload) == deal(draft.payload)
        if is_same_deal and await self._is_same_member(existing.member, draft.member, asked_for):
            return
        raise Conflict("receipt_already_used", "This receipt has already been used for another amount or member.", status=409)

    async def _is_same_member(self, existing: MemberRef | None, wanted: MemberRef | None, asked_for: MemberRef | None) -> bool:
        if existing is None or wanted is None or existing == wanted:
            return existing == wanted
        if (
            existing.identifier
            and asked_for
            and asked_for.identifier
            and existing.identifier == self._members.normalise(asked_for.identifier)
        ):
            return True
        resolved = await self._members.resolve(existing, ask=False)
        return resolved == wanted

    async def _wait(self, recorded: Recorded, wait_s: float) -> Recorded:
        if wait_s <= 0 or not recorded.entry.is_open:
            return recorded
        return replace(recorded, entry=await self._sender.wait_settled(recorded.entry.id, wait_s))

    def _why_not_now(self) -> EntryError | None:
        cloud = self._programme.traits
        if self._line.key_refused:
            sentence = f"{cloud.name} no longer accepts this till's key, so points cannot be redeemed. Give no discount."
            return EntryError("key_refused", sentence)
        if self._line.is_down:
            return OFFLINE
        if self._line.loyalty_wait_s() > 0:
            sentence = f"{cloud.unconfigured}, so points cannot be redeemed. Give no discount."
            return EntryError("loyalty_not_configured", sentence)
        return None

    async def _whom(self, asked: MemberRef, found: MemberRef) -> dict[str, object]:
        named = asked if asked.identifier is None else MemberRef(identifier=self._members.normalise(asked.identifier))
        return await self._programme.whom(named, found)

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
