"""The customer's display: welcomes a member, follows what is done for them, and forgets them when the next one comes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from agent.core.clock import Clock
from agent.core.display import NOTHING, Lines, of_entry, of_scan
from agent.core.entry import Entry
from agent.core.errors import CataBridgeError
from agent.core.events import EntryChanged, Event, ScanRouted
from agent.core.roles import CustomerDisplay
from agent.flows.bus import Bus, Lagged, Subscription

log = logging.getLogger(__name__)

SHOWN_S = 20.0
"""After so long without news the display is for the next customer."""
NEW = timedelta(seconds=10)
"""An older entry was made for somebody who has left."""
SHOW_DEADLINE_S = 2.0


class CustomerDisplays:
    """One task of the agent; it does nothing where no display is set up."""

    def __init__(self, displays: Callable[[], Mapping[str, CustomerDisplay]], bus: Bus, *, clock: Clock) -> None:
        self._displays = displays
        self._bus = bus
        self._clock = clock
        self._entry_id = ""
        """The entry of the customer who stands here."""
        self._shown = NOTHING
        self._until = 0.0
        """Monotonic time at which the customer is forgotten."""

    async def run(self) -> None:
        """Show until cancelled."""
        if not self._displays():
            return
        with self._bus.subscribe() as heard:
            while True:
                try:
                    lines = self._lines(await self._next(heard))
                except Lagged:
                    continue
                if lines is not None:
                    await self._show(lines)

    async def _next(self, heard: Subscription) -> Event | None:
        """The next fact, or None when it is time to forget the customer."""
        hearing = asyncio.ensure_future(heard.next())
        waits: set[asyncio.Future[Any]] = {hearing}
        if self._shown != NOTHING:
            waits.add(asyncio.ensure_future(self._clock.sleep(self._until - self._clock.monotonic())))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            return hearing.result() if hearing.done() else None
        finally:
            for wait in waits:
                wait.cancel()

    def _lines(self, event: Event | None) -> Lines | None:
        if event is None:
            self._entry_id = ""
            return NOTHING
        if isinstance(event, ScanRouted):
            lines = of_scan(event.scan)
            self._entry_id = "" if lines else self._entry_id
            return lines
        return of_entry(event.entry) if isinstance(event, EntryChanged) and self._is_theirs(event.entry) else None

    def _is_theirs(self, entry: Entry) -> bool:
        """Whether an entry belongs to the customer who stands here: the one recorded last, and what becomes of it."""
        lines = of_entry(entry)
        if lines is not None and entry.attempts == 0 and self._clock.now() - entry.created_at <= NEW:
            self._entry_id = entry.id
        return entry.id == self._entry_id

    async def _show(self, lines: Lines) -> None:
        self._until = self._clock.monotonic() + SHOWN_S
        if lines == self._shown:
            return
        self._shown = lines
        await asyncio.gather(*(self._show_on(name, display, lines) for name, display in self._displays().items()))

    async def _show_on(self, name: str, display: CustomerDisplay, lines: Lines) -> None:
        try:
            async with asyncio.timeout(SHOW_DEADLINE_S):
                await display.show(*lines)
        except (CataBridgeError, TimeoutError) as error:
            log.debug("display shows nothing device=%s error=%s", name, type(error).__name__)
