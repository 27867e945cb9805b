"""A cloud in memory that keeps a ledger by key and can be told to fail before or after it acts."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from agent.core.errors import CataBridgeError, KeyRefused, NotConfigured, Refused, Unreachable
from agent.core.member import Balance, Profile
from agent.core.money import Points
from agent.core.ref_code import RefCode

MEI, MEI_CODE, MEI_PHONE = "u-mei", "KK-MEI-001", "+6591230001"
RAJ, RAJ_CODE = "u-raj", "KK-RAJ-002"


@dataclass(frozen=True)
class Trouble:
    """What happens to one call: an error, and whether the cloud has acted before it."""

    error: BaseException
    acted: bool = False


def lost_answer() -> Trouble:
    """The cloud acts, and its answer never arrives."""
    return Trouble(Unreachable("timeout", "No answer.", maybe_applied=True, line_down=False), acted=True)


def lost_request() -> Trouble:
    """Bytes left, but the cloud never acted; nobody here can tell."""
    return Trouble(Unreachable("timeout", "No answer.", maybe_applied=True, line_down=False))


def never_left() -> Trouble:
    """The connection was refused: certainly nothing left."""
    return Trouble(Unreachable("connect_failed", "No connection.", maybe_applied=False, line_down=False))


def told_to_wait(seconds: float, *, maybe_applied: bool = False) -> Trouble:
    """The cloud is busy and says for how long."""
    return Trouble(Unreachable("busy", "Busy.", maybe_applied=maybe_applied, line_down=False, retry_after_s=seconds))


def key_refused() -> Trouble:
    return Trouble(KeyRefused("key_refused", "The key is not accepted."))


def no_loyalty() -> Trouble:
    return Trouble(NotConfigured("loyalty_not_configured", "Loyalty is not set up."))


def poison() -> Trouble:
    return Trouble(Refused("invalid", "The cloud does not take this.", status=400))


@dataclass
class LedgerCloud:
    """Every method of the role; the first planned trouble of a call's name (or of `*`) befalls it."""

    members: dict[str, str] = field(default_factory=lambda: {MEI_CODE: MEI, MEI_PHONE: MEI, RAJ_CODE: RAJ})
    """Identifier -> uuid."""
    points: Counter[str] = field(default_factory=lambda: Counter({MEI: 275, RAJ: 40}))
    effects: Counter[str] = field(default_factory=Counter)
    """How often each key had an effect; more than once would be a second effect."""
    calls: list[tuple[str, str]] = field(default_factory=list)
    """Name of the call and what it was about, in order of arrival."""
    plan: dict[str, deque[Trouble | None]] = field(default_factory=dict)
    gate: asyncio.Event | None = None
    """When set, every call waits for it."""
    heard: Callable[[BaseException | None], None] = lambda error: None
    """Told how each call went, as the wire tells the line."""
    forgets_keys: bool = False

    def trouble(self, call: str, *troubles: Trouble | None) -> None:
        """What befalls the next calls of a name; None lets one through."""
        self.plan.setdefault(call, deque()).extend(troubles)

    def sent(self, *names: str) -> list[str]:
        """What calls of these names were about."""
        return [about for name, about in self.calls if name in names]

    async def lookup(self, identifier: str) -> Profile:
        await self._call("lookup", identifier, lambda: None)
        uuid = self.members.get(identifier)
        if uuid is None:
            raise Refused("member_unknown", "There is no such member.", status=404)
        return Profile(uuid=uuid, name="Mei Ling" if uuid == MEI else "Raj", phone=MEI_PHONE if uuid == MEI else "")

    async def balance(self, uuid: str) -> Balance:
        await self._call("balance", uuid, lambda: None)
        return Balance(points=Points(self.points[uuid]), expiring=Points(0), expires_at=None)

    async def earn(self, uuid: str, points: int, ref_code: RefCode, note: str) -> None:
        await self._call("earn", ref_code, lambda: self._once(ref_code, uuid, points))

    async def burn(self, uuid: str, points: int, ref_code: RefCode) -> None:
        def act() -> None:
            if not self.effects[ref_code] and self.points[uuid] < points:
                raise Refused("insufficient_points", "Too few points.", status=400)
            self._once(ref_code, uuid, -points)

        await self._call("burn", ref_code, act)

    async def order_status(self, order_id: str, body: dict[str, object]) -> None:
        await self._call("order_status", f"{order_id} {body['status']}", lambda: None)

    async def push_menu(self, style: str, payload: dict[str, object]) -> None:
        await self._call("push_menu", style, lambda: None)

    async def product(self, item_code: str) -> dict[str, object] | None:
        return None

    async def snooze(self, outlet_id: str, items: list[dict[str, object]]) -> None:
        await self._call("snooze", str(items[0]["itemCode"]), lambda: None)

    async def outlet(self, outlet_id: str, verb: str, body: dict[str, object]) -> None:
        await self._call("outlet", verb, lambda: None)

    def _once(self, ref_code: str, uuid: str, points: int) -> None:
        if self.forgets_keys or not self.effects[ref_code]:
            self.effects[ref_code] += 1
            self.points[uuid] += points

    async def _call(self, name: str, about: str, act: Callable[[], Any]) -> None:
        self.calls.append((name, about))
        if self.gate is not None:
            await self.gate.wait()
        try:
            planned = self.plan.get(name) or self.plan.get("*")
            trouble = planned.popleft() if planned else None
            if trouble is None or trouble.acted:
                act()
            if trouble is not None:
                raise trouble.error
        except (CataBridgeError, RuntimeError) as error:
            self.heard(error)
            raise
        self.heard(None)
