"""Erasing a member on request: everything this till keeps about them, with a line in the audit that does not name them."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from agent.core.errors import InvalidInput
from agent.core.order import Customer
from agent.db.audit import Audit
from agent.db.cache import Cache
from agent.db.erasure import Erased, Erasure, Person

log = logging.getLogger(__name__)

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Erasing:
    """Knows under which names a member is kept here."""

    def __init__(self, erasure: Erasure, cache: Cache, audit: Audit, *, normalise: Callable[[str], str]) -> None:
        """`normalise` reads a typed identifier and raises InvalidInput."""
        self._erasure = erasure
        self._cache = cache
        self._audit = audit
        self._normalise = normalise

    async def erase(self, identifier: str, *, by: str) -> Erased:
        """Forget the member behind a phone, an e-mail, a code or Cata's uuid; none of them known is nothing to erase.

        Raises InvalidInput, NotSaved, or Conflict `member_busy` while an entry or an order of theirs has not ended.
        """
        person = await self._person(identifier.strip())
        erased = await self._erasure.erase(person)
        await self._cache.forget(person.uuid, person.identifiers)
        counts = f"entries={erased.entries} orders={erased.orders} deliveries={erased.deliveries}"
        await self._audit.append(by, "member erased", "", counts)
        log.info("member erased %s", counts)
        return erased

    async def _person(self, given: str) -> Person:
        is_uuid = _UUID.fullmatch(given) is not None
        wanted = given if is_uuid else self._normalise(given)
        uuid = given if is_uuid else await self._cache.uuid_for(wanted)
        known = await self._cache.member(uuid) if uuid else None
        names = {wanted} | (set(known.identifiers) | {known.profile.phone, known.profile.email} if known else set())
        identifiers = frozenset(names - {""})
        return Person(
            uuid=uuid,
            identifiers=identifiers,
            ordered=lambda customer: self._is_one_of(customer, uuid, identifiers),
            is_in=lambda raw: _is_named(raw, {*identifiers, uuid or ""}),
        )

    def _is_one_of(self, customer: Customer, uuid: str | None, identifiers: frozenset[str]) -> bool:
        named = {self._read(customer.phone), self._read(customer.email)} - {""}
        return bool(named & identifiers) or (uuid is not None and customer.uuid.lower() == uuid.lower())

    def _read(self, text: str) -> str:
        try:
            return self._normalise(text)
        except InvalidInput:
            return ""


def _is_named(raw: bytes, names: set[str]) -> bool:
    """A phone counts by its digits, however it is written; better one delivery too many is forgotten than one too few."""
    low, digits = raw.lower(), re.sub(rb"\D", b"", raw)
    return any(name.lower().encode() in low or (name.startswith("+") and name[1:].encode() in digits) for name in names - {""})
