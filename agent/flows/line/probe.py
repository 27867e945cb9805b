"""Proof of life: asks the cloud who we are, often enough that green is never older than half a minute."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime

from agent.core.clock import Clock
from agent.core.errors import CataBridgeError
from agent.flows.line.state import Line

log = logging.getLogger(__name__)

FRESH_FOR_S = 20.0
"""A success this recent needs no probe: sending is proof too."""
LOOK_EVERY_S = 1.0
"""How closely the line is watched while somebody waits for it to come back."""
EARLY_S = (0.0, 2.0, 5.0)
"""When to ask after the network of this computer has changed: it may take a moment until it carries anything."""
EARLY_MOST, EARLY_PER_S = 6, 60.0
"""A network that comes and goes all the time is no reason to ask all the time."""

WhoAmI = Callable[[], Awaitable[datetime | None]]
"""Asks the cloud who we are; returns when the key expires; raises as `roles.Cloud` does."""


class Prober:
    """The only one that talks to the cloud while the line is down or the key is refused."""

    def __init__(self, whoami: WhoAmI, line: Line, *, clock: Clock, has_changed: Callable[[], bool]) -> None:
        """`has_changed` tells whether this computer itself notices that the way to the cloud may be another one."""
        self._has_changed = has_changed
        self._planned: list[float] = []
        self._early: deque[float] = deque(maxlen=EARLY_MOST)
        self._whoami = whoami
        self._line = line
        self._clock = clock
        self._now = asyncio.Event()
        self._last_probe = float("-inf")

    async def run(self) -> None:
        """Probe until cancelled."""
        while True:
            if self._is_due() or self._is_early_due():
                await self.probe()
            self._now.clear()
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._now.wait()
            except TimeoutError:
                continue
            await self.probe()

    def probe_soon(self) -> None:
        """There is a new key, or a person asks: do not wait for the next turn."""
        self._now.set()

    async def probe(self) -> None:
        """Ask once; the line remembers how it went."""
        self._last_probe = self._clock.monotonic()
        try:
            self._line.key_expires_at = await self._whoami()
        except CataBridgeError as error:
            log.debug("probe failed reason=%s", error.reason)
        else:
            self._planned.clear()
            self._line.accept_key()

    def _is_due(self) -> bool:
        if self._line.wait_s() > 0:
            return False
        if self._line.is_down or self._line.key_refused:
            return True
        return self._clock.monotonic() - self._last_probe >= FRESH_FOR_S

    def _is_early_due(self) -> bool:
        """Soon after a sign on this computer, whatever the line is held for."""
        now = self._clock.monotonic()
        if self._has_changed():
            log.info("the network of this computer has changed, the cloud is asked")
            self._planned = [now + after for after in EARLY_S]
        is_due = any(moment <= now for moment in self._planned)
        self._planned = [moment for moment in self._planned if moment > now]
        if not is_due or (len(self._early) == EARLY_MOST and now - self._early[0] < EARLY_PER_S):
            return False
        self._early.append(now)
        return True
