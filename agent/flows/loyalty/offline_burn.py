"""Redeeming while the cloud cannot be asked: what the till knows, put to the ledger of grants; what a manager has to hear."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from agent.core.clock import Clock, business_day
from agent.core.entry import Draft, Entry, EntryKind
from agent.core.errors import Conflict, Refused
from agent.core.events import StatusChanged
from agent.core.money import Money
from agent.core.offline_burn import OfflineTerms, Seen
from agent.core.sentence import Sentence
from agent.db.cache import CachedMember
from agent.db.grants import Asked, Grants, Standing
from agent.db.outbox import Recorded
from agent.flows.bus import Bus
from agent.flows.line.state import Line
from agent.flows.loyalty.intents import BurnRequest, LoyaltyTerms
from agent.flows.loyalty.members import Members

log = logging.getLogger(__name__)

BY_ITSELF = {
    "cap_hit": "this till reached its limit",
    "shortfalls": "three redemptions were short of points within 30 days",
    "given_up": "a redemption was given up after its discount was given",
    "rebuilt": "the data of this till was restored",
}
"""Why the mode may switch itself off."""
NOT_YET = Standing(is_on=False, why="", since=None, agreed="", granted_minor=0, unsettled=0, losses=0, lost_minor=0, unseen=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineBurnView:
    """How the mode stands, for people."""

    allowed: bool
    """The settings allow it; a manager still has to switch it on."""
    on: bool
    why: str
    """Why it is off: `denied`, `never_on`, `by_hand`, `terms_changed`, or why it switched itself off; empty when it is on."""
    since: datetime | None
    worst_case: Money | None
    """What the outlet can lose in one outage over all its tills."""
    device_cap: Money | None
    devices: int
    granted: Money | None
    """Granted by this till and still counted."""
    unsettled: int
    losses: int
    lost: Money | None
    """Discounts of the last 30 days that no points were there for."""
    unseen: int


class OfflineBurn:
    """The bounded mode."""

    def __init__(
        self,
        grants: Grants,
        members: Members,
        line: Line,
        bus: Bus,
        *,
        clock: Clock,
        terms: OfflineTerms | None,
        loyalty: LoyaltyTerms,
        proven: Callable[[str], str | None],
    ) -> None:
        """`terms` is None where the settings deny it; `proven` tells whose code a scan has read just now."""
        self._grants = grants
        self._members = members
        self._line = line
        self._bus = bus
        self._clock = clock
        self._terms = terms
        self._loyalty = loyalty
        self._proven = proven
        self._standing = NOT_YET

    async def load(self) -> None:
        """At start: how the ledger stands."""
        self._standing = await self._grants.standing()

    def takes(self, request: BurnRequest) -> bool:
        """Whether a burn without the cloud is worth a look at the ledger: points only, since nothing else has a known value."""
        is_points = not request.reward and not request.welcome_offer
        return is_points and self._terms is not None and self._standing.is_on

    async def decide(self, draft: Draft, request: BurnRequest) -> Recorded:
        """Record a burn that the cloud cannot be asked for: granted, or declined with the reason."""
        assert self._terms is not None, "the mode is offered"
        member = draft.member.uuid if draft.member else None
        known = await self._members.known(member) if member else None
        day = business_day(self._clock.now(), self._loyalty.zone, self._loyalty.business_day_ends)
        asked = Asked(
            draft=draft,
            business_day=day.isoformat(),
            identifiers=known.identifiers if known else (),
            balance_as_of=known.as_of if known else None,
        )
        recorded = await self._grants.decide(asked, self._terms, self._seen(request, member, known))
        log.info("burn without the cloud entry=%s granted=%s", recorded.entry.id, recorded.entry.grant is not None)
        await self._look()
        return recorded

    async def settled(self, entry: Entry) -> None:
        """A burn has ended, by the cloud or by a person; what the end of a grant does to the mode is said aloud."""
        if entry.kind is EntryKind.BURN and entry.grant is not None:
            await self._look()

    async def switch_on(self, worst_case: Money, *, by: str) -> None:
        """A manager agrees to the worst case; Conflict where it is another one or the settings do not allow it."""
        if self._terms is None:
            sentence = "The settings of this till do not allow it: loyalty.offline_burn is deny."
            raise Conflict("offline_burn_denied", sentence, status=409)
        if worst_case != self._terms.worst_case:
            worst = self._terms.worst_case
            sentence = f"The worst case is {worst.currency} {worst}. Say exactly that to switch it on."
            raise Conflict("worst_case_differs", sentence, status=409)
        await self._grants.switch_on(self._terms, by=by)
        await self._look()

    async def switch_off(self, *, by: str) -> None:
        """Nothing is granted any more."""
        await self._grants.switch_off("by_hand", by=by)
        await self._look()

    async def acknowledge(self, *, by: str) -> None:
        """A person has seen the losses."""
        if not await self._grants.acknowledge(by=by):
            raise Refused("nothing_to_see", "There is no loss that nobody has seen.", status=404)
        await self._look()

    def view(self) -> OfflineBurnView:
        """How the mode stands, as of the last change."""
        terms, now = self._terms, self._standing
        return OfflineBurnView(
            allowed=terms is not None,
            on=not self._why(),
            why=self._why(),
            since=now.since,
            worst_case=terms.worst_case if terms else None,
            device_cap=terms.device_cap if terms else None,
            devices=terms.devices if terms else 0,
            granted=self._money(now.granted_minor),
            unsettled=now.unsettled,
            losses=now.losses,
            lost=self._money(now.lost_minor),
            unseen=now.unseen,
        )

    def complaint(self) -> str:
        """What a manager has to know; empty when nothing."""
        now = self._standing
        if now.unseen:
            count = "1 discount has" if now.unseen == 1 else f"{now.unseen} discounts have"
            lost = Money(now.lost_minor, self._loyalty.currency)
            words = (
                f"{count} no points behind: {lost.currency} {lost}, given without a connection. A manager has to see it. OFB-02"
            )
            return Sentence(words, "offline_burn_losses", count=now.unseen, lost=f"{lost.currency} {lost}")
        if self._terms is not None and (why := BY_ITSELF.get(now.why)) and not now.is_on:
            words = f"Redeeming without a connection has switched itself off: {why}. A manager can switch it on again. OFB-01"
            return Sentence(words, "offline_burn_off")
        return ""

    def _seen(self, request: BurnRequest, member: str | None, known: CachedMember | None) -> Seen:
        now, line = self._clock.now(), self._line
        scanned = self._proven(request.scan_id) if request.scan_id else None
        age = max(known.age, now - known.as_of) if known and known.age is not None else None
        return Seen(
            now=now,
            is_line_broken=line.is_broken and not line.key_refused and not line.loyalty_unconfigured,
            is_clock_right=line.is_clock_right,
            silent_for=line.silent_for,
            down_for=line.down_for,
            is_scanned=scanned is not None and scanned == member,
            is_approved=request.is_approved,
            balance=known.balance if known else None,
            balance_age=age,
        )

    async def _look(self) -> None:
        """Read how the ledger stands; a switch that the database threw gets its line in the audit here."""
        before, self._standing = self._standing, await self._grants.standing()
        if before.is_on and not self._standing.is_on and self._standing.why in {"shortfalls", "given_up"}:
            await self._grants.audit_off(self._standing.why)
        if before != self._standing:
            self._bus.publish(StatusChanged())

    def _why(self) -> str:
        if self._terms is None:
            return "denied"
        if not self._standing.is_on:
            return self._standing.why or "never_on"
        return "" if self._standing.agreed == self._terms.mark else "terms_changed"

    def _money(self, minor: int) -> Money | None:
        return Money(minor, self._loyalty.currency) if self._terms is not None or minor else None
