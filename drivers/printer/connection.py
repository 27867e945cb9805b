"""One conversation with a network printer: how it is, the ticket, and whether it was worked off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from agent.core.errors import Unreachable
from drivers.printer.status import FAULT, IN_ORDER, OFFLINE, PAPER, PRINTER, ask, is_status

ANSWER_S = 0.7
"""A printer that answers status requests does so within milliseconds; a sleepy network gets a little longer."""
GOODBYE_S = 0.5
"""How long the printer may take to hang up, so that closing cannot cut off what is under way."""


@dataclass
class PrinterConnection:
    """An open connection."""

    where: str
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter
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
        byte = await self._byte(within_s)
        return None if byte is None else not byte & 0x0C

    async def goodbye(self) -> None:
        """End the sending side and let the printer hang up."""
        with suppress(OSError, TimeoutError):
            self._writer.write_eof()
            async with asyncio.timeout(GOODBYE_S):
                while await self._reader.read(256):
                    pass

    async def _write(self, data: bytes) -> None:
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError as error:
            raise self._gone(error) from None

    async def _status_byte(self, within_s: float) -> int | None:
        """The next byte that is a status answer; others (automatic reports) are passed over."""
        for _ in range(64):
            byte = await self._byte(within_s)
            if byte is None or is_status(byte):
                return byte
        return None

    async def _byte(self, within_s: float) -> int | None:
        try:
            async with asyncio.timeout(within_s):
                data = await self._reader.read(1)
        except TimeoutError:
            return None
        except OSError as error:
            raise self._gone(error) from None
        if not data:
            raise self._gone(EOFError())
        return data[0]

    def _gone(self, error: Exception) -> Unreachable:
        sentence = f"The connection to the printer at {self.where} broke."
        return Unreachable("printer_gone", sentence, maybe_applied=self.sent, details=type(error).__name__)


@asynccontextmanager
async def open_printer(host: str, port: int, *, within_s: float) -> AsyncIterator[PrinterConnection]:
    """A connection, closed on every way out; raises Unreachable `printer_missing` when nothing answers in time."""
    where = f"{host}:{port}"
    try:
        async with asyncio.timeout(within_s):
            reader, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError) as error:
        sentence = f"No printer answers at {where}; check that it is on and its network cable is plugged in."
        raise Unreachable("printer_missing", sentence, maybe_applied=False, details=type(error).__name__) from None
    # Waiting for an empty buffer is then waiting until the last byte is out of this process.
    writer.transport.set_write_buffer_limits(0)
    connection = PrinterConnection(where, reader, writer)
    try:
        yield connection
        await connection.goodbye()
    finally:
        writer.transport.abort()
