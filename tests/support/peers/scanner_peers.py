"""Scanners at the other end of a pty and of a TCP connection."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field

from agent.core.scanner_profile import Line
from tests.support.peers.cable import Cable
from tests.support.peers.uart import as_read, speed_of


class PtyScanner:
    """A serial scanner: writes go out of its side of a pseudo terminal."""

    def __init__(self) -> None:
        self._cable = Cable()
        self.path = self._cable.path

    async def write(self, data: bytes) -> None:
        await asyncio.to_thread(self._write_all, data)

    async def scan(self, code: bytes, set_to: Line, port: Line) -> None:
        """Send a code as a scanner set so to a port that is open so; a pseudo terminal itself carries no parity."""
        assert speed_of(self._cable.near) == port.baud
        await self.write(as_read(code, set_to, port))

    @property
    def speed(self) -> int:
        """How fast whoever opened the port reads it."""
        return speed_of(self._cable.near)

    def unplug(self) -> None:
        self._cable.unplug()

    def _write_all(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._cable.far, data) :]


@dataclass
class TcpScannerPeer:
    """A network scanner that waits for the till to connect."""

    port: int = 0
    _server: asyncio.Server | None = None
    _clients: list[asyncio.StreamWriter] = field(default_factory=list)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._greet, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def write(self, data: bytes) -> None:
        self._clients[-1].write(data)
        await self._clients[-1].drain()

    @property
    def connected(self) -> int:
        return sum(not writer.is_closing() for writer in self._clients)

    def drop(self) -> None:
        for writer in self._clients:
            writer.transport.abort()

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        self.drop()

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.append(writer)
        await reader.read()
        writer.close()
