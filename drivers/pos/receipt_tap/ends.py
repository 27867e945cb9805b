"""The two ends of the wire between a POS and its printer, as TCP connections or serial ports, and the way between them."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

from agent.core.errors import Unreachable
from drivers.transport.serial_line import SerialLine

MOST_BYTES = 64 * 1024
LINGER = "hh" if os.name == "nt" else "ii"
"""How the system writes "close at once": two shorts on Windows, two ints elsewhere."""


class End(Protocol):
    """One side of the wire."""

    async def read(self) -> bytes:
        """The next bytes; none when the other side sends no more; raises OSError or Unreachable when it is gone."""
        ...

    async def write(self, data: bytes) -> None:
        """Pass all of it on; returns when it has left; raises OSError or Unreachable."""
        ...

    def finish(self) -> None:
        """Say that no more will be written; reading goes on."""
        ...


@dataclass(slots=True)
class TcpEnd:
    """A connection, read only when its bytes can be passed on, so that a busy printer is busy for the POS too."""

    connection: socket.socket

    async def read(self) -> bytes:
        """Bytes as they come."""
        return await asyncio.get_running_loop().sock_recv(self.connection, MOST_BYTES)

    async def write(self, data: bytes) -> None:
        """Returns when the system has taken all of it."""
        await asyncio.get_running_loop().sock_sendall(self.connection, data)

    def finish(self) -> None:
        """Half-close."""
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)

    def break_off(self) -> None:
        """Reset, as a printer does that loses power."""
        with suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(LINGER, 1, 0))
        self.connection.close()


@dataclass(slots=True)
class SerialEnd:
    """A port; it has no end but being unplugged."""

    line: SerialLine

    async def read(self) -> bytes:
        """Bytes as they come; silences are passed over."""
        while not (data := await self.line.read()):
            pass
        return data

    async def write(self, data: bytes) -> None:
        """Returns when the port has taken all of it."""
        await self.line.write(data)

    def finish(self) -> None:
        """A port knows no end."""


async def join(pos: End, printer: End, copy: Callable[[bytes], None]) -> None:
    """Carry bytes both ways until both sides have ended; what the POS sent is copied once it is passed on.

    Raises OSError or Unreachable when either side is gone.
    """
    ways = [asyncio.ensure_future(_carry(pos, printer, copy)), asyncio.ensure_future(_carry(printer, pos, _nothing))]
    try:
        await asyncio.gather(*ways)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def join_connections(pos: TcpEnd, printer: TcpEnd, copy: Callable[[bytes], None]) -> None:
    """The same, closing both: a side that broke is broken for the other one too; raises OSError."""
    try:
        await join(pos, printer, copy)
    except BaseException:
        pos.break_off()
        printer.break_off()
        raise
    pos.connection.close()
    printer.connection.close()


async def _carry(source: End, target: End, copy: Callable[[bytes], None]) -> None:
    while data := await source.read():
        await target.write(data)
        copy(data)
    target.finish()


def _nothing(_data: bytes) -> None:
    """The printer's answers are passed on and not read."""


async def connect(host: str, port: int, within_s: float) -> TcpEnd:
    """A connection to the printer; raises Unreachable `printer_missing`."""
    try:
        async with asyncio.timeout(within_s):
            return TcpEnd(await _connected(host, port))
    except (OSError, TimeoutError) as error:
        sentence = f"No printer answers at {host}:{port}; check that it is on and its network cable is plugged in."
        raise Unreachable("printer_missing", sentence, maybe_applied=False, details=type(error).__name__) from None


async def _connected(host: str, port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    last: OSError = OSError("no address")
    for family, kind, proto, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        made = socket.socket(family, kind, proto)
        try:
            made.setblocking(False)
            await loop.sock_connect(made, address)
        except OSError as error:
            made.close()
            last = error
        except BaseException:
            made.close()
            raise
        else:
            return keep_alive(made)
    raise last


def keep_alive(connection: socket.socket) -> socket.socket:
    """A peer whose power was cut is noticed within a minute, and small answers are not held back."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for name, value in (("TCP_KEEPIDLE", 20), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return connection


@asynccontextmanager
async def listening(host: str, port: int) -> AsyncIterator[socket.socket]:
    """A listening socket; raises Unreachable `port_in_use` or `cannot_listen`."""
    try:
        made = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=8)
    except OSError as error:
        sentence = f"The address {host}:{port} cannot be listened at; another program may use it."
        raise Unreachable("cannot_listen", sentence, maybe_applied=False, details=type(error).__name__) from None
    made.setblocking(False)
    try:
        yield made
    finally:
        made.close()
