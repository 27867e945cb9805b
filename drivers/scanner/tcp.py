"""Scanners on the network, and serial scanners behind a device server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from agent.core.device import DeviceState, Role
from agent.core.errors import Unreachable
from agent.core.roles import DeviceSink
from agent.core.scanner_learning import Lesson
from agent.core.scanner_profile import ScannerProfile
from agent.core.sentence import Sentence
from drivers.scanner.listening import QUIET_S, changed, framing_options, hear
from drivers.scanner.reading import ScannerSettings, read_codes
from drivers.spec import DriverContext, DriverSpec
from drivers.transport.tcp_line import TcpLine, line_over, open_tcp

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
"""Listening goes no further: a scan from the network would be anybody's."""


class TcpScannerSettings(ScannerSettings):
    """Settings of `tcp-scanner`."""

    mode: Annotated[
        Literal["connect", "listen"], Field(description="connect to the scanner, or listen on this computer for it.")
    ] = "connect"
    host: Annotated[str, Field(description="Address of the scanner; not used when listening.")] = ""
    port: Annotated[int, Field(ge=1, le=65535, description="TCP port.")]
    connect_timeout_s: Annotated[float, Field(gt=0, le=60, description="How long a connection may take.")] = 5.0

    @model_validator(mode="after")
    def _has_an_address(self) -> TcpScannerSettings:
        if (self.mode == "connect") != bool(self.host):
            raise ValueError("host is needed to connect, and has no place when listening on this computer.")
        return self


@dataclass
class TcpScanner:
    """A scanner at the other end of a TCP connection."""

    settings: TcpScannerSettings
    _where: str = ""
    """The open connection, or where it listens; empty while closed."""

    async def run(self, sink: DeviceSink) -> None:
        """Read until cancelled; raises Unreachable when the scanner is gone or the port is taken."""
        try:
            await (self._connect(sink) if self.settings.mode == "connect" else self._listen(sink))
        finally:
            self._where = ""

    async def test(self) -> str:
        """Connect for a moment, unless it is open already."""
        if self._where:
            return Sentence(f"The scanner is served at {self._where}; scan something.", "scanner_connected", port=self._where)
        settings = self.settings
        if settings.mode == "listen":
            server = await self._server(lambda _reader, writer: writer.transport.abort())
            server.close()
            return Sentence(f"The port {settings.port} is free to listen on.", "port_free", port=settings.port)
        async with self._line() as line:
            return Sentence(f"The scanner answers at {line.peer}; scan something.", "scanner_connected", port=line.peer)

    async def listen(self, lesson: Lesson) -> None:
        """Whatever the connection brings, up to a silence after each scan."""
        if self.settings.mode == "connect":
            async with self._line(QUIET_S) as line:
                await hear(line, lesson)
        else:
            await self._listen_for(lesson)

    async def _listen_for(self, lesson: Lesson) -> None:
        async with asyncio.TaskGroup() as clients:

            async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                async with line_over(reader, writer, QUIET_S) as line:
                    with suppress(Unreachable):
                        await hear(line, lesson)
                        learnt.set()

            learnt = asyncio.Event()
            serving: set[asyncio.Task[None]] = set()
            server = await self._server(lambda reader, writer: serving.add(clients.create_task(serve(reader, writer))))
            lesson.is_open = True
            try:
                await learnt.wait()
            finally:
                server.close()
                for client in serving:
                    client.cancel()

    def options_for(self, profile: ScannerProfile) -> Mapping[str, object]:
        """Framing; the speed is a matter of the box that the scanner is plugged into."""
        return changed(self.settings, framing_options(profile))

    async def _connect(self, sink: DeviceSink) -> None:
        async with self._line() as line:
            self._where = line.peer
            sink.state(DeviceState.READY, Sentence(f"Connected to {line.peer}.", "connected_to", peer=line.peer))
            await read_codes(line, self.settings.framing(), sink)

    async def _listen(self, sink: DeviceSink) -> None:
        clients: set[asyncio.Task[None]] = set()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            client = asyncio.ensure_future(self._serve(reader, writer, sink))
            clients.add(client)
            client.add_done_callback(clients.discard)

        server = await self._server(accept)
        try:
            self._where = f"{LOOPBACK}:{self.settings.port}"
            sink.state(DeviceState.READY, _waiting(self.settings.port))
            await asyncio.get_running_loop().create_future()
        finally:
            server.close()
            for client in clients:
                client.cancel()
            await asyncio.gather(*clients, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sink: DeviceSink) -> None:
        async with line_over(reader, writer, self.settings.idle_ms / 1000) as line:
            log.info("scanner connected peer=%s", line.peer)
            try:
                await read_codes(line, self.settings.framing(), sink)
            except Unreachable:
                log.info("scanner disconnected peer=%s", line.peer)

    async def _server(self, accept: Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]) -> asyncio.Server:
        port = self.settings.port
        try:
            return await asyncio.start_server(accept, LOOPBACK, port)
        except OSError as error:
            sentence = f"Port {port} of this computer is in use by another program; choose another port."
            raise Unreachable("port_in_use", sentence, maybe_applied=False, details=type(error).__name__) from None

    def _line(self, idle_s: float = 0.0) -> AbstractAsyncContextManager[TcpLine]:
        settings = self.settings
        idle_s = idle_s or settings.idle_ms / 1000
        return open_tcp(settings.host, settings.port, idle_s=idle_s, within_s=settings.connect_timeout_s)


def _build(settings: TcpScannerSettings, _context: DriverContext) -> TcpScanner:
    return TcpScanner(settings)


SPEC = DriverSpec(
    kind="tcp-scanner",
    role=Role.SCANNER,
    summary="A barcode scanner on the network, or one behind a serial device server.",
    settings=TcpScannerSettings,
    build=_build,
)


def _waiting(port: int) -> Sentence:
    return Sentence(f"Waiting for scans on port {port} of this computer.", "waiting_on_port", port=port)
