"""A printer behind the system's spooler: the spooler is asked how it is, takes the ticket, and is asked what became of it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import Field

from agent.core.clock import Clock
from agent.core.device import DeviceState
from agent.core.errors import CataBridgeError, NeedsPerson, Unreachable
from agent.core.roles import DeviceSink
from agent.core.ticket import Ticket
from drivers.printer.encoder import encode
from drivers.printer.paper import PrinterSettings
from drivers.printer.status import READY, Trouble, without_letters

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 0.2
"""How often a job is looked at."""


class SpooledPrinterSettings(PrinterSettings):
    """Settings of printers behind a spooler."""

    queue: Annotated[str, Field(min_length=1, description="Name of the printer as the system lists it.")]


class JobState(StrEnum):
    """How far a spooler is with a ticket."""

    WAITING = "waiting"
    PRINTING = "printing"
    DONE = "done"
    FAILED = "failed"


class Spooler(Protocol):
    """The system's way to one printer; every call raises Unreachable when the spooler or the printer is not there."""

    async def trouble(self) -> Trouble | None:
        """Why it does not print, or None."""
        ...

    async def submit(self, title: str, data: bytes) -> int:
        """Hand over the bytes as they are; returns the job's number."""
        ...

    async def state(self, job: int) -> JobState:
        """What became of a job; one that is no longer known is done."""
        ...

    async def cancel(self, job: int) -> None:
        """Take a job back."""
        ...


@dataclass
class SpooledPrinter:
    """One ticket at a time: the next one is not handed over before the spooler is done with the last."""

    settings: SpooledPrinterSettings
    clock: Clock
    spooler: Spooler
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    _missing: frozenset[str] = frozenset()
    """Letters that the last ticket had and no font has."""

    async def run(self, sink: DeviceSink) -> None:
        """Ask every `poll_s` how it is, until cancelled; raises Unreachable when it is not there."""
        while True:
            if trouble := await self.spooler.trouble():
                sink.state(DeviceState.ATTENTION, trouble.message)
            else:
                sink.state(DeviceState.READY, self._sentence())
            await self.clock.sleep(self.settings.poll_s)

    async def test(self) -> str:
        """Ask how it is; prints nothing."""
        await self._check()
        return self._sentence()

    async def print_ticket(self, ticket: Ticket) -> None:
        """Print and cut; raises NeedsPerson before anything was handed over, Unreachable when the spooler did not finish."""
        encoded = await asyncio.to_thread(encode, ticket, self.settings.paper())
        self._missing = encoded.missing
        async with self._busy:
            await self._check()
            # A hand-over that has begun is waited for even by who is cancelled: only a number can be taken back.
            handing_over = asyncio.ensure_future(self.spooler.submit(f"Order {ticket.order_id}", encoded.data))
            try:
                await self._finished(await asyncio.shield(handing_over))
            except BaseException:
                await self._take_back(handing_over)
                raise
        log.info("ticket printed order=%s bytes=%d", ticket.order_id, len(encoded.data))

    async def _check(self) -> None:
        if trouble := await self.spooler.trouble():
            raise NeedsPerson(trouble.reason, trouble.message)

    async def _take_back(self, handing_over: asyncio.Future[int]) -> None:
        """A job that was given up must not print by itself tomorrow, beside the one that is printed instead."""
        with suppress(CataBridgeError):
            await asyncio.shield(self.spooler.cancel(await handing_over))

    async def _finished(self, job: int) -> None:
        deadline = self.clock.monotonic() + self.settings.timeout_s
        state = await self._state(job)
        while state in (JobState.WAITING, JobState.PRINTING) and self.clock.monotonic() < deadline:
            await self.clock.sleep(LOOK_AGAIN_S)
            state = await self._state(job)
        if state is not JobState.DONE:
            sentence = "The printer did not finish the ticket; it may be out of paper or off-line."
            raise Unreachable("printer_timeout", sentence, maybe_applied=state is not JobState.WAITING, line_down=False)

    async def _state(self, job: int) -> JobState:
        try:
            return await self.spooler.state(job)
        except Unreachable as error:
            raise Unreachable(error.reason, error.message, maybe_applied=True, details=error.details) from None

    def _sentence(self) -> str:
        if self._missing:
            return without_letters(self._missing)
        return READY
