"""A network printer that understands enough ESC/POS to give back what is on its paper."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

SKIP = {b"\x1b@": 0, b"\x1bE": 1, b"\x1b!": 1, b"\x1ba": 1, b"\x1b-": 1, b"\x1d!": 1, b"\x1bG": 1, b"\x1bM": 1, b"\x1dB": 1}
"""Commands without effect on the text, and how many bytes follow."""


@dataclass
class Paper:
    """What came out so far."""

    lines: list[str] = field(default_factory=list)
    pictures: list[bytes] = field(default_factory=list)
    cuts: int = 0
    kicks: int = 0
    pages: list[int] = field(default_factory=list)
    unknown: list[bytes] = field(default_factory=list)


@dataclass
class EscposPrinterPeer:
    """Listens on loopback; its attributes are its switches."""

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
    reset_after: int | None = None
    """Bytes of a ticket after which the connection is reset."""
    is_stuck: bool = False
    """Takes connections and never reads."""
    paper: Paper = field(default_factory=Paper)
    port: int = 0
    connections: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=1024)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        pending = b""
        taken = 0
        try:
            if self.is_stuck:
                await asyncio.get_running_loop().create_future()
            while data := await reader.read(512):
                pending = self._work(pending + data, writer)
                taken += len(data)
                if self.reset_after is not None and taken > self.reset_after:
                    writer.transport.abort()
                    return
        except ConnectionError:
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    def _work(self, data: bytes, writer: asyncio.StreamWriter) -> bytes:
        """Takes whole commands; gives back what is unfinished."""
        while data:
            used = self._command(data, writer) if data[0] in b"\x1b\x1d\x10" else self._text(data)
            if used == 0:
                return data
            data = data[used:]
        return b""

    def _text(self, data: bytes) -> int:
        end = data.find(b"\n")
        if end < 0:
            return 0
        if not self.is_paper_out:
            self.paper.lines.append(data[:end].decode(self.codec))
            self.is_paper_out |= self.runs_out_while_printing
        return end + 1

    def _command(self, data: bytes, writer: asyncio.StreamWriter) -> int:
        if len(data) < 3:
            return 2 if data[:2] == b"\x1b@" else 0
        code, after = data[:2], data[2:]
        if code == b"\x10\x04":
            self._answer(writer, self._status(after[0]))
            return 3
        if code == b"\x1dr":
            if self.answers_in_order and not self.is_paper_out:
                writer.write(b"\x00")
            return 3
        if code == b"\x1bt":
            self.paper.pages.append(after[0])
            return 3
        if code == b"\x1bd":
            return 3
        if code == b"\x1dV":
            self.paper.cuts += 1
            return 3 if after[0] in (0, 1, 48, 49) else 4
        if code == b"\x1bp":
            self.paper.kicks += 1
            return 5
        if data[:3] == b"\x1dv0":
            return self._picture(data)
        if code not in SKIP:
            self.paper.unknown.append(code)
        return 2 + SKIP.get(code, 0)

    def _picture(self, data: bytes) -> int:
        size = 8 + int.from_bytes(data[4:6], "little") * int.from_bytes(data[6:8], "little")
        if len(data) < 8 or len(data) < size:
            return 0
        self.paper.pictures.append(data[8:size])
        return size

    def _answer(self, writer: asyncio.StreamWriter, byte: int) -> None:
        if self.answers_status:
            writer.write(self.chatter + bytes([byte]))

    def _status(self, kind: int) -> int:
        bits = {
            1: 0x08 * (self.is_offline or self.is_paper_out or self.is_cover_open),
            2: 0x04 * self.is_cover_open | 0x20 * self.is_paper_out | 0x40 * self.has_fault,
            3: 0x08 * self.has_fault,
            4: 0x60 * self.is_paper_out | 0x0C * self.is_paper_low,
        }
        return 0x12 | bits[kind]
