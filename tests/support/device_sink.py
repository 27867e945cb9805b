"""A sink that remembers what a device reported, and a way to run a device and to wait for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.core.clock import Clock, SystemClock
from agent.core.device import DeviceState
from agent.core.errors import CataBridgeError
from agent.core.http import Http, HttpRequest, HttpResponse
from agent.core.ids import RandomIds
from agent.core.roles import Device
from agent.core.sale import SaleSeen
from agent.core.scan import Code
from drivers.spec import Drawer, DriverContext, Pocket

DEADLINE_S = 20.0


@dataclass
class Recorded:
    """Keeps everything that a device says, in order."""

    states: list[tuple[DeviceState, str]] = field(default_factory=list)
    codes: list[Code] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    refused_sales: list[str] = field(default_factory=list)
    sales: list[SaleSeen] = field(default_factory=list)
    sale_errors: list[CataBridgeError] = field(default_factory=list)
    """Raised one by one instead of taking a sale."""
    on_scan: Callable[[], object] = lambda: None

    def state(self, state: DeviceState, sentence: str) -> None:
        self.states.append((state, sentence))

    async def scan(self, code: Code) -> None:
        self.codes.append(code)
        self.on_scan()

    def refuse_sale(self, reason: str, message: str) -> None:
        self.refused_sales.append(reason)

    def refuse_scan(self, reason: str, message: str) -> None:
        self.refusals.append(reason)

    async def sale(self, sale: SaleSeen) -> None:
        if self.sale_errors:
            raise self.sale_errors.pop(0)
        self.sales.append(sale)

    @property
    def texts(self) -> list[str]:
        return [code.text for code in self.codes]

    def is_ready(self) -> bool:
        return bool(self.states) and self.states[-1][0] is DeviceState.READY


class NoHttp:
    """For drivers that have no business with HTTP."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        raise AssertionError(request)

    async def close(self) -> None:
        return None


def context(
    folder: Path,
    *,
    secret: str | None = None,
    http: Http | None = None,
    clock: Clock | None = None,
    drawer: Drawer | None = None,
) -> DriverContext:
    return DriverContext(
        name="device",
        clock=clock or SystemClock(),
        ids=RandomIds(),
        http=http or NoHttp(),
        folder=folder / "private",
        currency="SGD",
        zone=ZoneInfo("Asia/Singapore"),
        secret=secret,
        drawer=drawer or Pocket(),
    )


async def until(condition: Callable[[], object], what: str = "the condition") -> None:
    """Waits until the condition holds; fails after a generous deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited too long for {what}"
        await asyncio.sleep(0.005)


async def until_scans(sink: Recorded, count: int) -> None:
    """Waits until the device has read that many codes."""
    await until(lambda: len(sink.codes) >= count, f"{count} scans")


@asynccontextmanager
async def running(device: Device) -> AsyncIterator[tuple[Recorded, asyncio.Task[None]]]:
    """A device that has reported ready, with what it said; cancelled at the end."""
    sink = Recorded()
    task = asyncio.ensure_future(device.run(sink))
    try:
        await until(lambda: sink.is_ready() or task.done(), "the device to be ready")
        if task.done():
            task.result()
        yield sink, task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
