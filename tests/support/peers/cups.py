"""A print server that speaks IPP over HTTP as CUPS does: one queue, which leads to a printer that understands ESC/POS."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass, field

from tests.support.peers.escpos_printer import Switches

PRINT_JOB, CANCEL_JOB, GET_JOB, GET_PRINTER = 2, 8, 9, 11
OK, NOT_POSSIBLE, NOT_FOUND, BAD_FORMAT = 0, 0x0404, 0x0406, 0x040A
HELD, PROCESSING, CANCELED, COMPLETED = 4, 5, 7, 9


@dataclass
class CupsPeer(Switches):
    """Listens on loopback."""

    queue: str = "kitchen"
    holds_jobs: bool = False
    """Takes tickets and does not print them."""
    takes_jobs: bool = True
    is_stopped: bool = False
    is_html: bool = False
    """Something else listens at the port."""
    jobs: dict[int, int] = field(default_factory=dict)
    """State by number."""
    titles: list[str] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"POST /printers/")
            lines = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
            named = {name.lower(): value for name, value in lines.items()}
            assert named[b"content-type"] == b"application/ipp"
            body = await reader.readexactly(int(named[b"content-length"]))
            answer = b"<html>" if self.is_html else self._work(body)
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/ipp\r\n")
            writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(answer), answer))
            await writer.drain()
        finally:
            writer.close()

    def _work(self, body: bytes) -> bytes:
        operation = int.from_bytes(body[2:4], "big")
        about, data = read_attributes(body)
        assert list(about)[:3] == ["attributes-charset", "attributes-natural-language", "printer-uri"]
        if not about["printer-uri"].endswith(f"/printers/{self.queue}".encode()):
            return answer(NOT_FOUND)
        if operation == GET_PRINTER:
            return answer(OK, *self._printer())
        if operation == PRINT_JOB:
            return self._print(about, data)
        job = int.from_bytes(about["job-id"], "big")
        if job not in self.jobs:
            return answer(NOT_FOUND)
        if operation == CANCEL_JOB:
            if self.jobs[job] in (CANCELED, COMPLETED):
                return answer(NOT_POSSIBLE)
            self.jobs[job] = CANCELED
        return answer(OK, (0x23, "job-state", struct.pack(">i", self.jobs[job])))

    def _printer(self) -> list[tuple[int, str, bytes]]:
        reasons = [b"media-empty-error"] * self.is_paper_out + [b"cover-open"] * self.is_cover_open
        reasons += [b"offline-report"] * self.is_offline + [b"media-low-warning"] * self.is_paper_low
        first, *more = reasons or [b"none"]
        state = struct.pack(">i", 5 if self.is_stopped else 3)
        return [(0x23, "printer-state", state), (0x44, "printer-state-reasons", first), *((0x44, "", word) for word in more)]

    def _print(self, about: dict[str, bytes], data: bytes) -> bytes:
        if not self.takes_jobs or about["document-format"] != b"application/vnd.cups-raw":
            return answer(BAD_FORMAT)
        number = len(self.jobs) + 1
        self.titles.append(about["job-name"].decode())
        self.jobs[number] = HELD if self.holds_jobs else COMPLETED
        if not self.holds_jobs:
            self.mechanism(lambda _: None).feed(data)
        return answer(OK, (0x21, "job-id", struct.pack(">i", number)), (0x23, "job-state", struct.pack(">i", self.jobs[number])))


def read_attributes(body: bytes) -> tuple[dict[str, bytes], bytes]:
    """The attributes of the first group, and the document."""
    found: dict[str, bytes] = {}
    place = 9
    assert body[8] == 1
    while body[place] != 3:
        name_length = int.from_bytes(body[place + 1 : place + 3], "big")
        name = body[place + 3 : place + 3 + name_length].decode()
        place += 3 + name_length
        length = int.from_bytes(body[place : place + 2], "big")
        found[name] = body[place + 2 : place + 2 + length]
        place += 2 + length
    return found, body[place + 1 :]


def answer(status: int, *attributes: tuple[int, str, bytes]) -> bytes:
    """An IPP answer."""
    coded = [
        struct.pack(">BH", tag, len(name)) + name.encode() + struct.pack(">H", len(value)) + value
        for tag, name, value in ((0x47, "attributes-charset", b"utf-8"), *attributes)
    ]
    return struct.pack(">BBHI", 1, 1, status, 1) + b"\x01" + coded[0] + b"\x04" + b"".join(coded[1:]) + b"\x03"
