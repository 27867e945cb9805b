"""Receipt printers on the network that speak ESC/POS, usually on port 9100."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from agent.core.clock import Clock
from agent.core.device import DeviceState, Role
from agent.core.errors import NeedsPerson, Unreachable
from agent.core.roles import DeviceSink
from agent.core.ticket import Ticket
from drivers.printer.connection import PrinterConnection, open_printer
from drivers.printer.encoder import Paper, encode
from drivers.printer.status import PAPER_OUT, Trouble, is_paper_low, trouble_of
from drivers.spec import DriverContext, DriverSettings, DriverSpec

log = logging.getLogger(__name__)


class EscposNetworkSettings(DriverSettings):
    """Settings of `escpos-network`."""

    host: Annotated[str, Field(min_length=1, description="Address of the printer.")]
    port: Annotated[int, Field(ge=1, le=65535, description="TCP port.")] = 9100
    width: Annotated[Literal[32, 42, 48], Field(description="Characters on a line: 32 (58 mm), 42 or 48 (80 mm).")] = 48
    codepage: Annotated[
        Literal["cp437", "cp850", "cp852", "cp858", "cp866", "cp1252"],
        Field(description="Code page of the printer; letters outside it are printed as pictures."),
    ] = "cp437"
    font: Annotated[str, Field(description="Font file for such letters; empty: the best one installed.")] = ""
    connect_timeout_s: Annotated[float, Field(gt=0, le=30, description="How long a connection may take.")] = 3.0
    timeout_s: Annotated[float, Field(gt=0, le=120, description="How long a whole ticket may take.")] = 20.0
    confirm_s: Annotated[float, Field(ge=0, le=60, description="How long to wait for the printer to say it is done; 0: not.")] = (
        5.0
    )
    poll_s: Annotated[float, Field(ge=1, le=600, description="How often to ask the printer how it is.")] = 15.0


@dataclass
class EscposNetwork:
    """A printer that is connected to for each ticket, so that several tills can share it."""

    settings: EscposNetworkSettings
    clock: Clock
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    _confirms: bool = True
    """It has not yet failed to answer in order."""
    _missing: frozenset[str] = frozenset()
    """Letters that the last ticket had and no font has."""

    async def run(self, sink: DeviceSink) -> None:
        """Ask every `poll_s` how it is, until cancelled; raises Unreachable when it does not answer at all."""
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
            return "The printer takes connections but does not say how it is; print a ticket to be sure."
        return self._sentence(answers)

    async def print_ticket(self, ticket: Ticket) -> None:
        """Print and cut; raises NeedsPerson before anything was sent when it has no paper, is open or off-line."""
        settings = self.settings
        paper = Paper(columns=settings.width, codepage=settings.codepage, font_file=settings.font)
        encoded = await asyncio.to_thread(encode, ticket, paper)
        self._missing = encoded.missing
        async with self._connected() as printer:
            answers = await printer.answers()
            if trouble := trouble_of(answers):
                raise NeedsPerson(trouble.reason, trouble.message)
            await printer.send(encoded.data)
            if answers and settings.confirm_s and self._confirms:
                await self._confirm(printer)
        log.info("ticket printed order=%s bytes=%d", ticket.order_id, len(encoded.data))

    async def _confirm(self, printer: PrinterConnection) -> None:
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
    async def _connected(self) -> AsyncIterator[PrinterConnection]:
        """The printer to ourselves, within the total deadline."""
        settings = self.settings
        printer: PrinterConnection | None = None
        async with self._busy:
            try:
                async with (
                    asyncio.timeout(settings.timeout_s),
                    open_printer(settings.host, settings.port, within_s=settings.connect_timeout_s) as printer,
                ):
                    yield printer
            except TimeoutError:
                sentence = "The printer took too long; it may be out of paper or off-line."
                was_sent = printer is not None and printer.sent
                raise Unreachable("printer_timeout", sentence, maybe_applied=was_sent) from None

    def _sentence(self, answers: dict[int, int]) -> str:
        if self._missing:
            return f"Ready, but no font on this computer has these letters: {''.join(sorted(self._missing))[:20]}."
        return "Ready; the paper is nearly at its end." if is_paper_low(answers) else "Ready."


def _why_unavailable() -> str:
    lacking = [name for name in ("escpos", "PIL") if importlib.util.find_spec(name) is None]
    return f"The component {lacking[0]} is not installed on this computer." if lacking else ""


def _build(settings: EscposNetworkSettings, context: DriverContext) -> EscposNetwork:
    return EscposNetwork(settings, context.clock)


SPEC = DriverSpec(
    kind="escpos-network",
    role=Role.PRINTER,
    summary="A receipt printer on the network that speaks ESC/POS.",
    settings=EscposNetworkSettings,
    build=_build,
    why_unavailable=_why_unavailable,
)
