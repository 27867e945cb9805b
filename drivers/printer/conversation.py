"""One conversation with a printer that can answer: how it is, the ticket, and whether it was worked off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from agent.core.errors import Unreachable
from drivers.printer.status import FAULT, IN_ORDER, OFFLINE, PAPER, PRINTER, ask, is_status

ANSWER_S = 0.7
"""A printer that answers status requests does so within milliseconds; a sleepy network gets a little longer."""


class Link(Protocol):
    """An open way to a printer and back; whoever opened it closes it."""

    @property
    def where(self) -> str:
        """Where the printer is, as part of a sentence."""
        ...

    async def write(self, data: bytes) -> None:
        """Returns when the last byte has left this computer; raises OSError when the printer is gone."""
        ...

    async def read(self, within_s: float) -> int | None:
        """The next byte, None when none comes in time; raises OSError or EOFError when the printer is gone."""
        ...


@dataclass
class Conversation:
    """What is asked and told over a link."""

    link: Link
    sent: bool = False
    """Bytes of a ticket may have left."""

    async def answers(self) -> dict[int, int]:
        """The status bytes by kind; empty when the printer does not answer such requests."""
        found: dict[int, int] = {}
        for kind in (PRINTER, OFFLINE, FAULT, PAPER):
            await self._write(ask(kind))
            byte = await self._status_byte(ANSWER_S)
            if byte is None:
                break
            found[kind] = byte
        return found

    async def send(self, data: bytes) -> None:
        """Send a ticket; returns when the last byte is out."""
        self.sent = True
        await self._write(data)

    async def worked_off(self, within_s: float) -> bool | None:
        """Ask in order: True when all was printed, False when paper ran out, None when the printer does not say."""
        await self._write(IN_ORDER)
        byte = await self._read(within_s)
        return None if byte is None else not byte & 0x0C

    async def _write(self, data: bytes) -> None:
        try:
            await self.link.write(data)
        except OSError as error:
            raise self._gone(error) from None

    async def _status_byte(self, within_s: float) -> int | None:
        """The next byte that is a status answer; others (automatic reports) are passed over."""
        for _ in range(64):
            byte = await self._read(within_s)
            if byte is None or is_status(byte):
                return byte
        return None

    async def _read(self, within_s: float) -> int | None:
        try:
            return await self.link.read(within_s)
        except (OSError, EOFError) as error:
            raise self._gone(error) from None

    def _gone(self, error: Exception) -> Unreachable:
        sentence = f"The connection to the printer at {self.link.where} broke."
        return Unreachable("printer_gone", sentence, maybe_applied=self.sent, details=type(error).__name__)
