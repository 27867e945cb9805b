"""The public door of the practice cloud: a TCP front that can be cut, so that callers see a connection refused."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from dataclasses import dataclass

from agent.core.errors import NeedsPerson

CHUNK = 65536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def bound_socket(host: str, port: int) -> socket.socket:
    """A TCP socket that holds the port without listening; raises NeedsPerson `port_taken`."""
    # Named as TCP, or asyncio leaves Nagle's algorithm on and answers wait for the caller's delayed ACK.
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError as problem:
        bound.close()
        raise NeedsPerson("port_taken", f"Nothing can listen on {host} port {port}: {problem.strerror}.") from None
    return bound


@dataclass(frozen=True, slots=True)
class _Pair:
    """A caller's connection and its other half to the app."""

    caller: asyncio.StreamWriter
    app: asyncio.StreamWriter

    def abort(self) -> None:
        """Reset both halves: no answer, and nothing that looks like an orderly end."""
        for writer in (self.caller, self.app):
            sock = writer.get_extra_info("socket")
            if not writer.transport.is_closing() and sock is not None:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            writer.transport.abort()


class Line:
    """Listens where partners call, passes bytes to the app's inner port, and knows who is behind each inner connection."""

    def __init__(self, host: str, port: int, inner_port: int) -> None:
        self._host = host
        self._port = port
        self._inner_port = inner_port
        self._server: asyncio.Server | None = None
        self._held: socket.socket | None = None
        self._pairs: dict[int, _Pair] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_up(self) -> bool:
        """Whether callers get through."""
        return self._server is not None

    @property
    def connections(self) -> int:
        """Connections of callers that are open."""
        return len(self._pairs)

    @property
    def port(self) -> int:
        """The public port; the same for as long as the line lives."""
        return self._port

    async def restore(self) -> None:
        """Listen, again or for the first time; raises NeedsPerson `port_taken`."""
        if self._server is not None:
            return
        held = self._held or bound_socket(self._host, self._port)
        self._held = None
        self._port = held.getsockname()[1]
        self._server = await asyncio.start_server(self._accept, sock=held)

    def cut(self) -> None:
        """Refuse new connections and reset all there are; the port stays ours, unlistened."""
        if self._server is not None:
            self._server.close()
            self._server = None
            self._held = bound_socket(self._host, self._port)
        for pair in list(self._pairs.values()):
            pair.abort()

    def drop(self, inner_port: int) -> None:
        """Reset the caller whose inner connection has this local port."""
        if pair := self._pairs.get(inner_port):
            pair.abort()

    def caller(self, inner_port: int) -> str | None:
        """Address of the caller behind an inner connection; None when it did not come through this door."""
        pair = self._pairs.get(inner_port)
        return pair.caller.get_extra_info("peername")[0] if pair else None

    async def close(self) -> None:
        """Stop listening, reset everybody and let the port go."""
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._held is not None:
            self._held.close()
            self._held = None

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._join(reader, writer)
        except OSError:
            writer.transport.abort()
        finally:
            self._tasks.discard(task)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        app_reader, app_writer = await asyncio.open_connection("127.0.0.1", self._inner_port)
        inner_port = app_writer.get_extra_info("sockname")[1]
        pair = self._pairs[inner_port] = _Pair(writer, app_writer)
        if not self.is_up:
            pair.abort()
        up = asyncio.create_task(_pump(reader, app_writer))
        try:
            await _pump(app_reader, writer)
        finally:
            del self._pairs[inner_port]
            writer.close()
            app_writer.close()
            await asyncio.gather(up, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass bytes on until one side ends."""
    try:
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
    except OSError:
        pass
    if not writer.is_closing():
        writer.close()
