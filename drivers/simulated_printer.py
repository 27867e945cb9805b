"""A printer without hardware: every ticket becomes a text file."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field

from agent.core.clock import Clock
from agent.core.device import DeviceState, Role
from agent.core.errors import NeedsPerson, Unreachable
from agent.core.roles import DeviceSink
from agent.core.sentence import Sentence
from agent.core.ticket import Emphasis, Ticket, TicketLine
from drivers.spec import DriverContext, DriverSettings, DriverSpec

OUT_OF_PAPER = "OUT_OF_PAPER"
SWITCHED_OFF = "SWITCHED_OFF"
"""While a file of this name lies in the folder, the printer behaves like that."""
RULE_TEXT = "-" * 32


class SimulatedPrinterSettings(DriverSettings):
    """Settings of `simulated-printer`."""

    folder: Annotated[str, Field(description="Where tickets are written; empty: tickets in the device's folder.")] = ""
    poll_s: Annotated[float, Field(gt=0, le=60, description="How often the printer reports how it is.")] = 0.5
    backup: Annotated[str, Field(description="Name of the printer that takes over when this one cannot print.")] = ""


@dataclass
class SimulatedPrinter:
    """Writes tickets as `0001-ORDER.txt`, `0002-...`, in the order of printing."""

    folder: Path
    clock: Clock
    poll_s: float = 0.5
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self, sink: DeviceSink) -> None:
        """Report how it is until cancelled; raises Unreachable while it is switched off."""
        while True:
            try:
                sink.state(DeviceState.READY, await self.test())
            except NeedsPerson as error:
                sink.state(DeviceState.ATTENTION, error.message)
            await self.clock.sleep(self.poll_s)

    async def test(self) -> str:
        """How it is."""
        await asyncio.to_thread(self._check)
        return Sentence("Simulated printer, ready.", "simulated_ready")

    async def print_ticket(self, ticket: Ticket) -> None:
        """Write the file; it is whole as soon as it is there."""
        async with self._busy:
            await asyncio.to_thread(self._print, ticket)

    def _check(self) -> None:
        if (self.folder / SWITCHED_OFF).exists():
            raise Unreachable("printer_missing", "The simulated printer is switched off.", maybe_applied=False)
        if (self.folder / OUT_OF_PAPER).exists():
            raise NeedsPerson("paper_out", "The printer is out of paper; put in a new roll.")

    def _print(self, ticket: Ticket) -> None:
        self._check()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            number = 1 + sum(1 for _ in self.folder.glob("*.txt"))
            path = self.folder / f"{number:04d}-{re.sub(r'[^A-Za-z0-9_-]', '_', ticket.order_id)[:60]}.txt"
            unfinished = path.with_suffix(".tmp")
            unfinished.write_text("".join(as_text(line) + "\n" for line in ticket.lines), encoding="utf-8")
            os.replace(unfinished, path)
        except OSError as error:
            sentence = f"The tickets cannot be written to {self.folder}."
            raise Unreachable("printer_missing", sentence, maybe_applied=False, details=type(error).__name__) from None


def as_text(line: TicketLine) -> str:
    """A line of the file."""
    return RULE_TEXT if line.emphasis is Emphasis.RULE else line.text


def _build(settings: SimulatedPrinterSettings, context: DriverContext) -> SimulatedPrinter:
    folder = Path(settings.folder) if settings.folder else context.folder / "tickets"
    return SimulatedPrinter(folder, context.clock, settings.poll_s)


SPEC = DriverSpec(
    kind="simulated-printer",
    role=Role.PRINTER,
    summary="A practice printer: every ticket becomes a text file.",
    settings=SimulatedPrinterSettings,
    build=_build,
)
