"""A printer that is talked to byte by byte: asked before a ticket, asked after it, one ticket at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from agent.core.clock import Clock
from agent.core.device import DeviceState
from agent.core.errors import NeedsPerson, Unreachable
from agent.core.roles import DeviceSink
from agent.core.sentence import Sentence
from agent.core.ticket import Ticket
from drivers.printer.conversation import Conversation, Link
from drivers.printer.encoder import encode
from drivers.printer.paper import PrinterSettings
from drivers.printer.status import PAPER_LOW, PAPER_OUT, READY, Trouble, is_paper_low, trouble_of, without_letters

log = logging.getLogger(__name__)


class TalkingPrinterSettings(PrinterSettings):
    """Settings of printers that can answer."""

    confirm_s: Annotated[float, Field(ge=0, le=60, description="How long to wait for the printer to say it is done; 0: not.")] = (
        5.0
    )


@dataclass
class EscposPrinter:
    """Its link is opened for each ticket, so that several tills and programs can share it."""

    settings: TalkingPrinterSettings
    clock: Clock
    open_link: Callable[[], AbstractAsyncContextManager[Link]]
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    _confirms: bool = True
    """It has not yet failed to answer in order."""
    _missing: frozenset[str] = frozenset()
    """Letters that the last ticket had and no font has."""

    async def run(self, sink: DeviceSink) -> None:
        """Ask every `poll_s` how it is, until cancelled; raises Unreachable when it cannot be reached."""
        while True:
            async with self._connected() as printer:
                answers = await printer.answers()
            trouble = trouble_of(answers)
            if trouble:
                sink.state(DeviceState.ATTENTION, trouble.message)
            else:
                sink.state(DeviceState.READY, self._sentence(answers))
            await self.clock.sleep(self.settings.poll_s)

    async def test(self) -> str:
        """Ask it how it is; prints nothing."""
        async with self._connected() as printer:
            answers = await printer.answers()
        if trouble := trouble_of(answers):
            raise NeedsPerson(trouble.reason, trouble.message)
        if not answers:
            words = "The printer takes connections but does not say how it is; print a ticket to be sure."
            return Sentence(words, "printer_mute")
        return self._sentence(answers)

    async def print_ticket(self, ticket: Ticket) -> None:
        """Print and cut; raises NeedsPerson before anything was sent when it has no paper, is open or off-line."""
        encoded = await asyncio.to_thread(encode, ticket, self.settings.paper())
        self._missing = encoded.missing
        async with self._connected() as printer:
            answers = await printer.answers()
            if trouble := trouble_of(answers):
                raise NeedsPerson(trouble.reason, trouble.message)
            await printer.send(encoded.data)
            if answers and self.settings.confirm_s and self._confirms:
                await self._confirm(printer)
        log.info("ticket printed order=%s bytes=%d", ticket.order_id, len(encoded.data))

    async def _confirm(self, printer: Conversation) -> None:
        done = await printer.worked_off(self.settings.confirm_s)
        trouble: Trouble | None = PAPER_OUT if done is False else None
        if done is None:
            answers = await printer.answers()
            trouble = trouble_of(answers)
            # A healthy printer that never answers in order is of a make that cannot: it is not asked again.
            self._confirms = trouble is not None
        if trouble is not None:
            raise Unreachable(trouble.reason, trouble.message, maybe_applied=True, line_down=False)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Conversation]:
        """The printer to ourselves, within the total deadline."""
        printer: Conversation | None = None
        async with self._busy:
            try:
                async with asyncio.timeout(self.settings.timeout_s), self.open_link() as link:
                    printer = Conversation(link)
                    yield printer
            except TimeoutError:
                sentence = "The printer took too long; it may be out of paper or off-line."
                was_sent = printer is not None and printer.sent
                raise Unreachable("printer_timeout", sentence, maybe_applied=was_sent) from None

    def _sentence(self, answers: dict[int, int]) -> str:
        if self._missing:
            return without_letters(self._missing)
        return PAPER_LOW if is_paper_low(answers) else READY
