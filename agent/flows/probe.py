"""Proof of life: asks the cloud who we are, often enough that green is never older than half a minute."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from agent.core.clock import Clock
from agent.core.errors import CataBridgeError
from agent.flows.line import Line

log = logging.getLogger(__name__)

FRESH_FOR_S = 20.0
"""A success this recent needs no probe: sending is proof too."""
LOOK_EVERY_S = 1.0
"""How closely the line is watched while somebody waits for it to come back."""

WhoAmI = Callable[[], Awaitable[datetime | None]]
"""Asks the cloud who we are; returns when the key expires; raises as `roles.Cloud` does."""


class Prober:
    """The only one that talks to the cloud while the line is down or the key is refused."""

    def __init__(self, whoami: WhoAmI, line: Line, *, clock: Clock) -> None:
        self._whoami = whoami
        self._line = line
        self._clock = clock
        self._now = asyncio.Event()
        self._last_probe = float("-inf")

    async def run(self) -> None:
        """Probe until cancelled."""
        while True:
            if self._is_due():
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
            self._line.accept_key()

    def _is_due(self) -> bool:
        if self._line.wait_s() > 0:
            return False
        if self._line.is_down or self._line.key_refused:
            return True
        return self._clock.monotonic() - self._last_probe >= FRESH_FOR_S
