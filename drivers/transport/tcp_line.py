"""A TCP connection as a line of bytes that also reports silence."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from agent.core.errors import Unreachable

MOST_BYTES = 4096


@dataclass(slots=True)
class TcpLine:
    """One open connection."""

    peer: str
    """`host:port`, for people."""
    _reader: asyncio.StreamReader
    _idle_s: float
    _reading: asyncio.Task[bytes] | None = None

    async def read(self) -> bytes:
        """The next bytes, or none after a silence; raises Unreachable `device_gone` when the other side is gone."""
        # The read goes on across a silence: cancelling it would race with bytes that have just arrived.
        self._reading = self._reading or asyncio.ensure_future(self._reader.read(MOST_BYTES))
        await asyncio.wait({self._reading}, timeout=self._idle_s)
        if not self._reading.done():
            return b""
        reading, self._reading = self._reading, None
        try:
            data = reading.result()
        except OSError as error:
            raise self._gone(type(error).__name__) from None
        if not data:
            raise self._gone("closed")
        return data

    def stop(self) -> None:
        """Give up the read that is under way."""
        if self._reading is not None:
            self._reading.cancel()

    def _gone(self, details: str) -> Unreachable:
        return Unreachable("device_gone", f"The connection to {self.peer} has ended.", maybe_applied=False, details=details)


@asynccontextmanager
async def open_tcp(host: str, port: int, *, idle_s: float, within_s: float) -> AsyncIterator[TcpLine]:
    """A connection, closed on every way out; raises Unreachable when nothing answers in time."""
    peer = f"{host}:{port}"
    try:
        async with asyncio.timeout(within_s):
            reader, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError) as error:
        sentence = f"Nothing answers at {peer}; check that the device is on and its address is right."
        raise Unreachable("device_missing", sentence, maybe_applied=False, details=type(error).__name__) from None
    async with line_over(reader, writer, idle_s) as line:
        yield line


@asynccontextmanager
async def line_over(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, idle_s: float) -> AsyncIterator[TcpLine]:
    """A line over a connection that is open already; closes it."""
    _keep_alive(writer)
    host, port = (writer.get_extra_info("peername") or ("device", 0))[:2]
    line = TcpLine(f"{host}:{port}", reader, idle_s)
    try:
        yield line
    finally:
        line.stop()
        writer.transport.abort()


def _keep_alive(writer: asyncio.StreamWriter) -> None:
    """A device whose power was cut is noticed within a minute."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 20), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
