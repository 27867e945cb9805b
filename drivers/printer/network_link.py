"""A network printer's connection, made for one conversation and ended without cutting off what is under way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from agent.core.errors import Unreachable

GOODBYE_S = 0.5
"""How long the printer may take to hang up, so that closing cannot cut off what is under way."""


@dataclass
class NetworkLink:
    """An open connection."""

    where: str
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter

    async def write(self, data: bytes) -> None:
        """Returns when the last byte is out of this process."""
        self._writer.write(data)
        await self._writer.drain()

    async def read(self, within_s: float) -> int | None:
        """The next byte, None when none comes in time."""
        try:
            async with asyncio.timeout(within_s):
                data = await self._reader.read(1)
        except TimeoutError:
            return None
        if not data:
            raise EOFError
        return data[0]

    async def goodbye(self) -> None:
        """End the sending side and let the printer hang up."""
        with suppress(OSError, TimeoutError):
            self._writer.write_eof()
            async with asyncio.timeout(GOODBYE_S):
                while await self._reader.read(256):
                    pass


@asynccontextmanager
async def open_network(host: str, port: int, *, within_s: float) -> AsyncIterator[NetworkLink]:
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
    link = NetworkLink(where, reader, writer)
    try:
        yield link
        await link.goodbye()
    finally:
        writer.transport.abort()
