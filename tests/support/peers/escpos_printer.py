"""Printers that understand enough ESC/POS to give back what is on their paper: on the network, and at the end of a wire."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.peers.cable import Cable
from tests.support.peers.escpos_paper import Mechanism, Paper


@dataclass
class Switches:
    """How a printer is; its attributes are its switches."""

    codec: str = "cp437"
    is_paper_out: bool = False
    is_cover_open: bool = False
    is_offline: bool = False
    has_fault: bool = False
    is_paper_low: bool = False
    answers_status: bool = True
    answers_in_order: bool = True
    runs_out_while_printing: bool = False
    chatter: bytes = b""
    """Sent before every answer, as automatic status reports are."""
    paper: Paper = field(default_factory=Paper)

    def mechanism(self, send: Callable[[bytes], object]) -> Mechanism:
        """One conversation's worth of it; what it prints goes on the same paper."""

        def answer(kind: int) -> None:
            if self.answers_status:
                send(self.chatter + bytes([self._status(kind)]))

        def in_order() -> None:
            if self.answers_in_order and not self.is_paper_out:
                send(b"\x00")

        return Mechanism(answer, in_order, self.codec, self._prints, self.paper)

    def _prints(self) -> bool:
        had_paper = not self.is_paper_out
        self.is_paper_out |= self.runs_out_while_printing
        return had_paper

    def _status(self, kind: int) -> int:
        bits = {
            1: 0x08 * (self.is_offline or self.is_paper_out or self.is_cover_open),
            2: 0x04 * self.is_cover_open | 0x20 * self.is_paper_out | 0x40 * self.has_fault,
            3: 0x08 * self.has_fault,
            4: 0x60 * self.is_paper_out | 0x0C * self.is_paper_low,
        }
        return 0x12 | bits[kind]


@dataclass
class EscposPrinterPeer(Switches):
    """Listens on loopback."""

    reset_after: int | None = None
    """Bytes of a ticket after which the connection is reset."""
    is_stuck: bool = False
    """Takes connections and never reads."""
    port: int = 0
    connections: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> None:
        listener = socket.create_server(("127.0.0.1", self.port))
        # Little room, as in a printer: who writes more has to wait until it was read.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._server = await asyncio.start_server(self._serve, sock=listener, limit=1024)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        mechanism = self.mechanism(writer.write)
        taken = 0
        try:
            if self.is_stuck:
                await asyncio.get_running_loop().create_future()
            while data := await reader.read(512):
                mechanism.feed(data)
                taken += len(data)
                if self.reset_after is not None and taken > self.reset_after:
                    writer.transport.abort()
                    return
        except ConnectionError:
            pass
        finally:
            self._open.discard(writer)
            writer.close()


@dataclass
class WirePrinterPeer(Switches):
    """At the far end of a pseudo terminal, which stands for a serial port or for the printer file of a USB printer."""

    path: str = ""
    is_stuck: bool = False
    """Never reads."""
    hangs_up_after: int | None = None
    """Bytes after which it is unplugged."""
    _taken: int = 0
    _cable: Cable | None = None
    _mechanism: Mechanism | None = None

    async def start(self) -> None:
        self._cable = cable = Cable()
        os.set_blocking(cable.far, False)
        self.path = cable.path
        self._mechanism = self.mechanism(lambda data: os.write(cable.far, data))
        if not self.is_stuck:
            asyncio.get_running_loop().add_reader(cable.far, self._take)

    async def stop(self) -> None:
        """Switched off and unplugged: the path is gone."""
        self._unplug()

    def _take(self) -> None:
        assert self._mechanism is not None
        assert self._cable is not None
        data = os.read(self._cable.far, 512)
        self._taken += len(data)
        if self.hangs_up_after is not None and self._taken > self.hangs_up_after:
            self._unplug()
            return
        self._mechanism.feed(data)

    def _unplug(self) -> None:
        if self._cable is not None and self._cable.is_plugged:
            asyncio.get_running_loop().remove_reader(self._cable.far)
            self._cable.unplug()
