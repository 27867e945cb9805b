"""History told afterwards: each past purchase is one intent with its own key and date, recorded once however often asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.core.clock import Clock
from agent.core.clouds import Ability
from agent.core.entry import Draft, Entry, EntryKind, EntryState, Outcome
from agent.core.errors import InvalidInput, Refused
from agent.core.history import HistoryRow, RowSeen, RowState, Told
from agent.core.ids import Ids
from agent.core.member import MemberRef
from agent.core.ref_code import RefCode, ref_code_for_history
from agent.db.outbox import Outbox
from agent.flows.loyalty.counter import Loyalty
from agent.flows.loyalty.intents import EarnRequest
from agent.flows.loyalty.members import Members
from agent.flows.loyalty.programmes import Programme


class Backfill:
    """Tells a cloud of the past that takes it."""

    def __init__(
        self, loyalty: Loyalty, members: Members, outbox: Outbox, programme: Programme, *, clock: Clock, ids: Ids
    ) -> None:
        self._loyalty = loyalty
        self._members = members
        self._outbox = outbox
        self._programme = programme
        self._clock = clock
        self._ids = ids

    async def tell(self, rows: Sequence[HistoryRow], *, record: int) -> Told:
        """What is known of each row, after recording up to `record` of those that are not here yet.

        Raises Refused `not_offered` where the cloud takes no history, and NotSaved; what came before that stays recorded.
        """
        self._programme.traits.require(Ability.HISTORY)
        seen: list[RowSeen] = []
        recorded = 0
        for row in rows:
            try:
                found = await self._one(row, may_record=recorded < record)
            except (InvalidInput, Refused) as error:
                seen.append(RowSeen(RowState.REFUSED, error.reason, error.message))
                continue
            recorded += found.is_new
            seen.append(found.seen)
        return Told(tuple(seen), recorded)

    async def _one(self, row: HistoryRow, *, may_record: bool) -> _Found:
        identifier = self._members.normalise(row.identifier)
        key = self._key(row, identifier)
        if not may_record and await self._outbox.by_ref_code(key) is None:
            return _Found(RowSeen(RowState.ABSENT), is_new=False)
        draft = await self._draft(row, identifier, key)
        recorded = await self._loyalty.record(draft, asked_for=MemberRef(identifier=identifier))
        return _Found(_seen(recorded.entry), is_new=recorded.is_new)

    async def _draft(self, row: HistoryRow, identifier: str, key: RefCode) -> Draft:
        asked = MemberRef(identifier=identifier)
        request = EarnRequest(member=asked, amount=row.amount, punches=row.punches, note=row.note, occurred_at=row.occurred_at)
        worth = self._programme.earn(request)
        member = await self._members.resolve(asked, ask=False)
        return Draft(
            id=self._ids.new(),
            kind=EntryKind.EARN,
            lane=self._members.lane(member),
            ref_code=key,
            payload=worth.carried | await self._programme.whom(asked, member),
            created_at=self._clock.now(),
            member=member,
            points=worth.points,
            receipt=row.receipt,
        )

    def _key(self, row: HistoryRow, identifier: str) -> RefCode:
        outlet_id = self._loyalty.terms.outlet_id
        return ref_code_for_history(outlet_id=outlet_id, at=row.occurred_at, receipt=row.receipt, member=identifier)


@dataclass(frozen=True, slots=True)
class _Found:
    seen: RowSeen
    is_new: bool


def _seen(entry: Entry) -> RowSeen:
    reason, message = (entry.error.reason, entry.error.message) if entry.error else ("", "")
    if entry.is_open:
        return RowSeen(RowState.WAITING, reason, message)
    if entry.state is EntryState.DISCARDED:
        return RowSeen(RowState.DISCARDED, reason, message)
    return RowSeen(RowState.CONFIRMED if entry.outcome is Outcome.CONFIRMED else RowState.PARKED, reason, message)
