"""The test scan of set-up: opens one scanner by itself and waits for its first code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from agent.core.device import DeviceState
from agent.core.errors import Unreachable
from agent.core.ids import RandomIds
from agent.core.roles import Device
from agent.core.sale import SaleSeen
from agent.core.scan import Code
from agent.paths import Home
from agent.settings import DeviceSettings, Settings
from drivers.registry import DriverContext, build

WAIT_S = 30.0


class _Sink:
    """Keeps the first code; everything else a device reports is said aloud."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.first: asyncio.Future[Code] = asyncio.get_running_loop().create_future()
        self._tell = tell

    def state(self, state: DeviceState, sentence: str) -> None:
        """Said aloud."""
        self._tell(sentence)

    async def scan(self, code: Code) -> None:
        """The first one counts."""
        if not self.first.done():
            self.first.set_result(code)

    def refuse_sale(self, reason: str, message: str) -> None:
        """Not asked for."""

    def refuse_scan(self, reason: str, message: str) -> None:
        """Said aloud."""
        self._tell(message)

    async def sale(self, sale: SaleSeen) -> None:
        """No scanner makes sales."""


async def first_scan(
    home: Home, settings: Settings, device: DeviceSettings, tell: Callable[[str], None], *, wait_s: float = WAIT_S
) -> Code:
    """The first code that the scanner reads; raises what the device raises, or Unreachable `no_scan` after `wait_s`."""
    clock = SystemClock()
    http = HttpxClient(clock)
    context = DriverContext(
        name=device.name,
        clock=clock,
        ids=RandomIds(),
        http=http,
        folder=home.data / "devices" / device.name,
        currency=settings.outlet.currency,
        zone=settings.outlet.zone,
    )
    try:
        return await _waited(build(device.name, device.driver, device.options, context), _Sink(tell), wait_s)
    finally:
        await http.close()


async def _waited(scanner: Device, sink: _Sink, wait_s: float) -> Code:
    running = asyncio.create_task(scanner.run(sink))
    ends: set[asyncio.Future[Any]] = {running, sink.first}
    try:
        await asyncio.wait(ends, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        if not sink.first.done():
            raise Unreachable("no_scan", "The scanner read nothing.", maybe_applied=False)
        return sink.first.result()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
