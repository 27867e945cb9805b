"""Events that Cockato sends: only with a key that this till knows, each once, and newer balances go into the cache."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NoReturn

from agent.cloud.cockato_wire import CloudEvent, event
from agent.core.clock import Clock
from agent.core.errors import InvalidInput, Refused
from agent.db.cache import Cache

log = logging.getLogger(__name__)

KNOWN = frozenset({"transaction.completed", "punchcard.completed", "customer.created", "reward.redeemed"})
REMEMBERED = 1_000
"""Bodies that are recognised when they come again; one that was forgotten says nothing newer and changes nothing."""


class CloudEvents:
    """The receiver's flow; what it keeps is a convenience, so an event is answered without waiting for a disk."""

    def __init__(
        self, cache: Cache, *, keys: Callable[[], Sequence[str]], clock: Clock, refused: Counter[str] | None = None
    ) -> None:
        """`keys` are those that this till knows; the sender of an event has to hold one of them."""
        self._cache = cache
        self._keys = keys
        self._clock = clock
        self._seen: OrderedDict[str, None] = OrderedDict()
        self.refused: Counter[str] = Counter() if refused is None else refused
        self.unknown_events = 0
        """Events that mean nothing to us, since the start."""

    async def receive(self, headers: Mapping[str, str], body: bytes) -> None:
        """Take one event; raises Refused 401 `bad_key` or 422 `event_unreadable`. `headers` have lower-case names."""
        self._check_key(headers.get("x-api-key", ""))
        digest = hashlib.sha256(body).hexdigest()
        if digest in self._seen:
            return
        try:
            said = event(body)
        except InvalidInput as error:
            self._refuse(422, error.reason, error.message)
        await self._take(said)
        self._seen[digest] = None
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    async def _take(self, said: CloudEvent) -> None:
        if said.name not in KNOWN:
            self.unknown_events += 1
            log.info("event that means nothing to us event=%s count=%d", said.name, self.unknown_events)
            return
        known = await self._cache.member(said.member_uuid) if said.member_uuid else None
        if known is None or said.balance is None:
            return
        at = said.at or self._clock.now()
        if at > known.as_of:
            await self._cache.put_member(known.profile, replace(known.balance, points=said.balance), at)

    def _check_key(self, given: str) -> None:
        """Every key is compared, whichever fits, so that the time says nothing."""
        fits = [hmac.compare_digest(given.encode(), key.encode()) for key in self._keys() if key]
        if not given or not any(fits):
            self._refuse(401, "bad_key", "The key of this event does not fit.")

    def _refuse(self, status: int, reason: str, message: str) -> NoReturn:
        self.refused[reason] += 1
        level = logging.WARNING if self.refused[reason] == 1 else logging.DEBUG
        log.log(level, "event refused reason=%s count=%d", reason, self.refused[reason])
        raise Refused(reason, message, status=status)
