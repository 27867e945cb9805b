"""Sold out in the POS too: what staff asked for is kept until the POS has taken it, and taken back when its time is over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from agent.core.backoff import Backoff
from agent.core.clock import Clock, from_wire, rest, to_wire
from agent.core.errors import CataBridgeError, Refused, Unreachable
from agent.core.events import MenuChanged
from agent.core.ids import Ids
from agent.core.roles import SnoozesItems
from agent.db.facts import Facts
from agent.flows.bus import Bus
from agent.flows.devices.driver_edge import driver_edge
from agent.flows.devices.supervisor import Devices

log = logging.getLogger(__name__)

FACT = "pos.snoozes"
"""Fact: item code -> [until when or null, whether the POS knows]."""
SUBJECT = "sold out"
IDLE_WAIT_S = 60.0
DEADLINE_S = 60.0
"""No POS takes longer over one item."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the POS is to show for one item: sold out until then, or back."""

    until: datetime | None
    is_told: bool = False

    def now(self, moment: datetime) -> datetime | None:
        """What to tell the POS at this moment."""
        return self.until if self.until is not None and self.until > moment else None


class PosSnoozes:
    """One task of the agent; the device whose menu is pushed is told, since only its codes are the menu's."""

    def __init__(
        self, devices: Devices, facts: Facts, bus: Bus, *, clock: Clock, ids: Ids, backoff: Backoff, menu_source: str
    ) -> None:
        self._devices = devices
        self._facts = facts
        self._bus = bus
        self._clock = clock
        self._ids = ids
        self._backoff = backoff
        self._menu_source = menu_source
        self._wake = asyncio.Event()
        self._lock = asyncio.Lock()
        self._failures = 0

    async def want(self, code: str, until: datetime | None) -> None:
        """Keep what staff asked for, for the POS; nothing where the POS cannot be told. Raises NotSaved."""
        if self._pos() is None:
            return
        async with self._lock:
            await self._save(await self._load() | {code: _Wish(until)})
        self._wake.set()

    async def run(self) -> None:
        """Tell the POS until cancelled."""
        pos = self._pos()
        while pos is not None:
            self._wake.clear()
            error = await self._attempt(pos)
            self._devices.trouble(self._menu_source, SUBJECT, error)
            await rest(self._clock, await self._wait_s(error), self._wake)

    def _pos(self) -> SnoozesItems | None:
        pos = self._devices.pos_systems().get(self._menu_source)
        return pos if isinstance(pos, SnoozesItems) else None

    async def _attempt(self, pos: SnoozesItems) -> CataBridgeError | None:
        try:
            with driver_edge(self._menu_source, passing=(TimeoutError,)):
                await self.tell_due(pos)
        except CataBridgeError as error:
            return error
        except TimeoutError:
            return Unreachable("device_silent", f"{self._menu_source} does not answer.", maybe_applied=True)
        return None

    async def tell_due(self, pos: SnoozesItems) -> None:
        """Tell the POS everything that it does not know yet; an item that it refuses does not hold up the others."""
        now = self._clock.now()
        for code, wish in (await self._load()).items():
            wanted = wish.now(now)
            if wish.is_told and wanted is not None:
                continue
            try:
                async with asyncio.timeout(DEADLINE_S):
                    await pos.snooze(code, wanted)
            except Refused as error:
                log.warning("the POS does not take an item as sold out or back code=%s reason=%s", code, error.reason)
                self._bus.publish(MenuChanged((f"{code} in the POS: {error.message}",)))
                wanted = None
            await self._settle(code, wish, keep=wanted is not None)

    async def _settle(self, code: str, wish: _Wish, *, keep: bool) -> None:
        """The POS knows; what staff asked for in the meantime stays to be told."""
        async with self._lock:
            wishes = await self._load()
            if wishes.get(code) == wish:
                kept = {code: replace(wish, is_told=True)} if keep else {}
                await self._save({name: one for name, one in wishes.items() if name != code} | kept)

    async def _wait_s(self, error: CataBridgeError | None) -> float:
        if error is not None:
            self._failures += 1
            asked_s = error.retry_after_s if isinstance(error, Unreachable) else None
            return max(asked_s or 0.0, self._backoff.delay_s(self._failures, self._ids.fraction()))
        self._failures = 0
        now = self._clock.now()
        ends = [(wish.until - now).total_seconds() for wish in (await self._load()).values() if wish.until is not None]
        return max(0.0, min([IDLE_WAIT_S, *ends]))

    async def _load(self) -> dict[str, _Wish]:
        kept = cast("dict[str, tuple[str | None, bool]]", await self._facts.get(FACT) or {})
        return {code: _Wish(from_wire(until) if until else None, told) for code, (until, told) in kept.items()}

    async def _save(self, wishes: Mapping[str, _Wish]) -> None:
        rows = {code: [to_wire(wish.until) if wish.until else None, wish.is_told] for code, wish in wishes.items()}
        await self._facts.set(FACT, rows)
