"""Who is who: members asked for at the cloud, remembered here, and resolved from what was scanned or typed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from agent.core.clock import Clock
from agent.core.entry import LOYALTY_KINDS, Entry, Outcome
from agent.core.errors import KeyRefused, NotConfigured, Refused, Unreachable
from agent.core.member import Member, MemberRef, Profile, phone_tail, profile_display
from agent.core.roles import MemberCloud
from agent.db.cache import Cache, CachedMember
from agent.db.outbox import Outbox
from agent.flows.line.state import Line

log = logging.getLogger(__name__)


class Members:
    """The members that this till meets."""

    def __init__(
        self,
        outbox: Outbox,
        cache: Cache,
        cloud: MemberCloud,
        line: Line,
        *,
        clock: Clock,
        normalise: Callable[[str], str],
        lane_of: Callable[[str], str],
        cloud_name: str = "Cata",
    ) -> None:
        """`normalise` reads a typed or scanned identifier; `lane_of` names a lane without naming the member."""
        self._outbox = outbox
        self._cache = cache
        self._cloud = cloud
        self._line = line
        self._clock = clock
        self.normalise = normalise
        self._lane_of = lane_of
        self._cloud_name = cloud_name

    async def lookup(self, identifier: str) -> Member:
        """The member behind what was typed or scanned; the cached one when the cloud cannot be asked.

        Raises InvalidInput, Refused `member_unknown`, or Unreachable `offline` when nothing is cached either.
        """
        wanted = self.normalise(identifier)
        try:
            if self._line.is_broken:
                raise Unreachable("offline", f"There is no connection to {self._cloud_name}.", maybe_applied=False)
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
            perks=known.profile.perks,
        )

    async def known(self, uuid: str) -> CachedMember | None:
        """What the cloud last said of a member, and how long ago that surely is at most."""
        return await self._cache.member(uuid)

    async def resolve(self, member: MemberRef, *, ask: bool) -> MemberRef:
        """The uuid where it is known or can be asked for; else the normalised identifier, for the sender to resolve."""
        if member.identifier is None:
            return member
        identifier = self.normalise(member.identifier)
        uuid = await self._cache.uuid_for(identifier)
        if uuid is None and ask and not self._line.is_down and not self._line.key_refused:
            try:
                uuid = (await self._cloud.lookup(identifier)).uuid
                await self._cache.link(identifier, uuid)
            except (Unreachable, KeyRefused, NotConfigured) as error:
                log.info("member not resolved now, the sender will reason=%s", error.reason)
        return MemberRef(uuid=uuid) if uuid else MemberRef(identifier=identifier)

    def lane(self, member: MemberRef) -> str:
        """The lane that keeps this member's entries in order; it names nobody."""
        return f"member:{member.uuid}" if member.uuid else f"member:{self._lane_of(member.identifier or '')}"

    async def settled(self, entry: Entry) -> None:
        """Read the balance again after the cloud has moved it; a failure here costs nothing but freshness."""
        if entry.kind not in LOYALTY_KINDS or entry.outcome is not Outcome.CONFIRMED or entry.member is None:
            return
        uuid = entry.member.uuid or await self._cache.uuid_for(entry.member.identifier or "")
        known = await self._cache.member(uuid) if uuid else None
        if uuid is None or known is None:
            return
        self._cache.outdate(uuid)
        try:
            await self._cache.put_member(known.profile, await self._cloud.balance(uuid), self._clock.now())
        except (Unreachable, Refused, KeyRefused, NotConfigured) as error:
            log.info("balance not read again reason=%s", error.reason)

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
            perks=profile.perks,
        )
