"""A network printer that keeps every byte, and the POS that prints on it."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass, field


@dataclass
class ReceiptPrinter:
    """Listens on loopback; what arrives on each connection is kept apart."""

    answers: tuple[bytes, ...] = ()
    """Sent back one by one as bytes arrive."""
    last_answer: bytes = b""
    """Sent once the POS has ended its side."""
    is_stuck: bool = False
    """Takes connections and reads nothing until `unstick`."""
    resets_after: int | None = None
    """Bytes after which the connection is reset."""
    received: list[bytearray] = field(default_factory=list)
    ended: int = 0
    """Connections whose POS side was ended in order."""
    port: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _unstuck: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=1024)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.transport.abort()

    def unstick(self) -> None:
        self._unstuck.set()

    def paper(self) -> list[bytes]:
        """What arrived, without connections on which nothing came."""
        return [bytes(data) for data in self.received if data]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kept = bytearray()
        self.received.append(kept)
        self._open.add(writer)
        answers = list(self.answers)
        try:
            if self.is_stuck:
                await self._unstuck.wait()
            while data := await reader.read(777):
                kept += data
                if answers:
                    writer.write(answers.pop(0))
                if self.resets_after is not None and len(kept) >= self.resets_after:
                    reset(writer)
                    return
            self.ended += 1
            writer.write(b"".join(answers) + self.last_answer)
            await writer.drain()
        except ConnectionError:
            pass
        finally:
            self._open.discard(writer)
            writer.close()


def reset(writer: asyncio.StreamWriter) -> None:
    """Break a connection so that the other side sees it broken and not ended."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def send(port: int, *chunks: bytes) -> bytes:
    """Print as a POS does, end the sending side, and return all that came back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
            await asyncio.sleep(0)
        writer.write_eof()
        return await reader.read()
    finally:
        writer.transport.abort()
