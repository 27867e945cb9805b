"""Telling a cloud that counts for itself, once: what it may have heard before is never told again blind.

An earn whose answer was lost waits, then the member's standing is compared with what it was before: moved as expected is
done, unmoved is told again, anything else is for a person. A redemption whose answer was lost is for a person at once; when
they ask for it again, it is compared and never sent. Where the cloud does a repeated id once only, none of this is needed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from weakref import WeakValueDictionary

from agent.core.clock import Clock, from_wire
from agent.core.entry import Entry, EntryKind
from agent.core.errors import Doubtful, InvalidInput, NotSaved, Refused, Unreachable
from agent.core.member import Balance, MemberRef
from agent.core.money import Money
from agent.core.roles import VisitCloud
from agent.core.visit import Standing, Visit, punches_from
from agent.db.cache import Cache
from agent.db.traces import Trace, Traces
from agent.flows.line.sender import Action
from agent.flows.loyalty.doubt import Mark, Moved, has_moved, mark_from, mark_of, to_json

CHECK_THERE = "Look at the member in Cockato: is it there, discard this; is it not, discard this and do it again."
LOST = f"It is not known whether Cockato did this. {CHECK_THERE}"
UNCLEAR = f"The member's points have moved otherwise than this would have moved them. {CHECK_THERE}"
MIXED = f"Something else of this member was told meanwhile, so the count does not show whether this was done. {CHECK_THERE}"
BUSY = "Something else of this member is still on its way to Cockato. Try again in a moment."
BUSY_WAIT_S = 1.0
"""How soon it is looked again whether the member is free."""
NOT_DONE = "Cockato's own count shows that this was not redeemed. Give no discount; it can be asked for again."


class Visits:
    """The actions of earns and burns at such a cloud; what is of one member goes one after the other, whatever named them."""

    def __init__(
        self, cloud: VisitCloud, cache: Cache, traces: Traces, *, clock: Clock, idempotent: bool, doubt_wait: timedelta
    ) -> None:
        """`idempotent`: the cloud does a repeated id once only; `doubt_wait`: when its count is believed after a lost answer."""
        self._cloud = cloud
        self._cache = cache
        self._traces = traces
        self._clock = clock
        self._idempotent = idempotent
        self._doubt_wait_s = doubt_wait.total_seconds()
        self._started = clock.monotonic()
        self._lost_at: dict[str, float] = {}
        """When this process gave up waiting for the answer about an entry."""
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """By member; kept while somebody has it or waits for it."""

    def actions(self) -> Mapping[EntryKind, Action]:
        """The table from kind to call: this cloud is told nothing else."""
        return {EntryKind.EARN: self.tell, EntryKind.BURN: self.tell}

    async def tell(self, entry: Entry) -> None:
        """Tell of one entry; raises as `roles.VisitCloud` does, Doubtful when only a person can tell."""
        visit = visit_of(entry)
        if self._idempotent:
            await self._remember(visit, await self._cloud.visit(visit))
            return
        noted = await self._noted(entry)
        member = await self._whose(entry, visit)
        async with self._turns.setdefault(member, asyncio.Lock()):
            if await self._is_done(entry, visit, noted, member):
                return
            try:
                said = await self._cloud.visit(visit)
            except Unreachable as error:
                raise self._lost(entry, error) if error.maybe_applied else error from error
            except Refused:
                if entry.attempts == 1:
                    await self._never_was(entry)
                raise
        await self._remember(visit, said)

    async def _noted(self, entry: Entry) -> Trace | None:
        """What was noted at an earlier try, once it can be compared; None when nothing of the entry has left."""
        noted = await self._traces.get(entry.id) if entry.attempts > 1 else None
        if noted is None:
            if entry.attempts > 1 and await self._traces.may_have_none(entry.seq):
                raise Doubtful("outcome_unknown", LOST)
            return None
        if noted.mixed:
            raise Doubtful("outcome_unknown", MIXED)
        self._wait_out(entry)
        return noted

    async def _whose(self, entry: Entry, visit: Visit) -> str:
        known = entry.member.uuid if entry.member else None
        known = known or await self._cache.uuid_for(visit.identifier)
        return known or (await self._standing(visit)).profile.uuid

    async def _is_done(self, entry: Entry, visit: Visit, noted: Trace | None, member: str) -> bool:
        """Whether it was done by an earlier try; if it may be told now, what the member has is noted first."""
        if noted is None and await self._traces.is_member_busy(entry.id, member):
            raise _busy()
        standing = await self._standing(visit)
        if noted is not None and self._compared(entry, visit, mark_from(noted.mark), standing):
            return True
        await self._note(entry, standing)
        return False

    def _wait_out(self, entry: Entry) -> None:
        """What was told a moment ago may still be on its way into the count; when an earlier process died, nobody knows."""
        since = self._lost_at.get(entry.id, self._started)
        left_s = since + self._doubt_wait_s - self._clock.monotonic()
        if left_s > 0:
            raise Unreachable("outcome_unknown", LOST, maybe_applied=True, line_down=False, retry_after_s=left_s)
        self._lost_at.pop(entry.id, None)

    def _compared(self, entry: Entry, visit: Visit, before: Mark, standing: Standing) -> bool:
        moved = has_moved(before, mark_of(standing), visit, entry.points or 0)
        if moved is Moved.UNCLEAR:
            raise Doubtful("outcome_unknown", UNCLEAR)
        if moved is Moved.NO and entry.kind is EntryKind.BURN:
            raise Refused("not_redeemed", NOT_DONE)
        return moved is Moved.YES

    def _lost(self, entry: Entry, error: Unreachable) -> Exception:
        self._lost_at[entry.id] = self._clock.monotonic()
        if entry.kind is EntryKind.BURN:
            return Doubtful("outcome_unknown", LOST, details=error.reason)
        error.retry_after_s = max(error.retry_after_s or 0.0, self._doubt_wait_s) or None
        return error

    async def _standing(self, visit: Visit) -> Standing:
        try:
            profile = await self._cloud.lookup(visit.identifier)
        except Refused as error:
            # Nothing of the entry itself has left.
            raise InvalidInput(error.reason, error.message) from error
        standing = Standing(profile, await self._cloud.balance(profile.uuid))
        await self._remember(visit, standing)
        return standing

    async def _note(self, entry: Entry, standing: Standing) -> None:
        try:
            may_leave = await self._traces.leave(entry.id, standing.profile.uuid, to_json(mark_of(standing)))
        except NotSaved as error:
            sentence = "The disk of this till took no note of this, so it was not sent."
            raise Unreachable(error.reason, sentence, maybe_applied=False, line_down=False) from error
        if not may_leave:
            raise _busy()

    async def _never_was(self, entry: Entry) -> None:
        try:
            await self._traces.forget(entry.id)
        except NotSaved:  # then it is compared before it goes again
            return

    async def _remember(self, visit: Visit, standing: Standing | None) -> None:
        if standing is not None:
            balance: Balance = standing.balance
            await self._cache.put_member(standing.profile, balance, self._clock.now())
            await self._cache.link(visit.identifier, standing.profile.uuid)


def _busy() -> Unreachable:
    return Unreachable("member_in_turn", BUSY, maybe_applied=False, line_down=False, retry_after_s=BUSY_WAIT_S)


def visit_of(entry: Entry) -> Visit:
    """What an entry tells the cloud."""
    said = entry.payload
    amount, at, member = said.get("amount"), said.get("at"), entry.member or MemberRef(identifier="")
    is_burn = entry.kind is EntryKind.BURN
    return Visit(
        identifier=str(said.get("who") or member.identifier or ""),
        ref_code=entry.ref_code,
        at=from_wire(at) if isinstance(at, str) else entry.created_at,
        amount=Money(int(amount["minor"]), str(amount["currency"])) if isinstance(amount, Mapping) else None,
        punches=punches_from(said.get("punches")),
        receipt=entry.receipt,
        note=str(said.get("note", "")),
        points=(entry.points or 0) if is_burn else 0,
        reward=str(said.get("reward", "")),
        welcome_offer=said.get("welcome_offer") is True,
    )
