"""A bad line: an HTTP proxy between agent and cloud that spoils a share of the exchanges, by a seed."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

FAULTS: Mapping[str, int] = {
    "refuse": 4,
    "reset before": 6,
    "reset after": 6,
    "corrupt": 4,
    "duplicate": 4,
    "portal": 4,
    "late": 2,
    "stall": 1,
    "drip": 1,
}
"""Every fault and its weight; the last three cost the caller its whole patience, so they are rarer."""
PORTAL = b"<!doctype html><title>Free Wi-Fi</title>Tap to accept the terms."
GARBAGE = b"\xff\x00\xfe"
"""In no valid JSON, so a spoilt answer can never be mistaken for another true one."""
LONGEST_HOLD_S = 5.0
"""A caller that has not given up by then never will."""
DRIP_S = 0.05
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass
class FaultProxy:
    """Listens on one port for as long as it lives; `rate` may be changed at any time."""

    target: tuple[str, int]
    seed: int = 0
    rate: float = 0.0
    """Share of the requests that meet a fault."""
    lag_s: float = 0.0
    """Longest time that a request is on its way."""
    away_s: float = 0.02
    """How long connections are refused when they are."""
    counts: Counter[str] = field(default_factory=Counter)
    """Requests by what happened to them; `fine` is one of the words."""
    port: int = field(default=0, init=False)
    _held: socket.socket = field(init=False)
    """Bound and never listening: it keeps the port while connections are refused."""
    _listening: socket.socket | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def faults(self) -> int:
        return self.counts.total() - self.counts["fine"]

    def start(self) -> None:
        self._held = bound(0)
        self.port = self._held.getsockname()[1]
        self._listen()

    async def close(self) -> None:
        self._stop_listening()
        await asyncio.sleep(0)  # a task that never began could not close its connection
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._stop_listening()  # one of them may just have come back
        self._held.close()

    def _listen(self) -> None:
        """By hand: `asyncio.Server.close` drops a connection that it has accepted and not yet handed over."""
        self._listening = bound(self.port)
        self._listening.setblocking(False)
        self._listening.listen()
        asyncio.get_running_loop().add_reader(self._listening, self._take)

    def _stop_listening(self) -> None:
        if self._listening is not None:
            asyncio.get_running_loop().remove_reader(self._listening)
            self._listening.close()
            self._listening = None

    def _take(self) -> None:
        assert self._listening is not None
        with contextlib.suppress(BlockingIOError, ConnectionAbortedError):
            taken, _ = self._listening.accept()
            task = asyncio.create_task(self._serve(taken))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, taken: socket.socket) -> None:
        with taken:
            reader, writer = await asyncio.open_connection(sock=taken)
            await self._answer(reader, writer)
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await read_message(reader):
                await asyncio.sleep(self._random.uniform(0, self.lag_s))
                if not await self._play(self._draw(), request, reader, writer):
                    return
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return  # the caller is gone, or the proxy closes; the cloud may be gone too
        finally:
            writer.transport.abort()

    def _draw(self) -> str:
        spoilt = self._random.random() < self.rate
        fault = self._random.choices(list(FAULTS), list(FAULTS.values()))[0] if spoilt else "fine"
        self.counts[fault] += 1
        return fault

    async def _play(self, fault: str, request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection goes on afterwards."""
        if fault in {"refuse", "reset before", "stall", "portal"}:
            return await self._unforwarded(fault, reader, writer)
        answer = await self._forward(request)
        if fault == "duplicate":
            answer = await self._forward(request)
        if fault in {"fine", "duplicate", "corrupt"}:
            writer.write(spoilt(answer) if fault == "corrupt" else answer)
            await writer.drain()
            return True
        if fault == "reset after":
            reset(writer)
        elif fault == "late":
            await until_gone(reader)
            writer.write(answer)
        else:
            await drip(answer, writer)
        return False

    async def _unforwarded(self, fault: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if fault == "portal":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(PORTAL), PORTAL))
            await writer.drain()
            return True
        if fault == "stall":
            await until_gone(reader)
            return False
        reset(writer)
        if fault == "refuse":
            await self._go_away()
        return False

    async def _go_away(self) -> None:
        """Nothing listens for a while."""
        if self._listening is None:
            return
        self._stop_listening()
        try:
            await asyncio.sleep(self.away_s)
        finally:
            self._listen()

    async def _forward(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(*self.target)
        try:
            writer.write(request)
            return await read_message(reader)
        finally:
            writer.transport.abort()


def bound(port: int) -> socket.socket:
    """A socket that shares its port with ours alone: while one of them is bound nobody else can take it."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(("127.0.0.1", port))
    return made


async def read_message(reader: asyncio.StreamReader) -> bytes:
    """One HTTP message with its length given; empty when the connection ends before it begins."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return head + await reader.readexactly(int(lengths[0]) if lengths else 0)


def spoilt(answer: bytes) -> bytes:
    """The answer with the second half of its body turned to garbage."""
    head, _, body = answer.partition(b"\r\n\r\n")
    kept = body[: len(body) // 2]
    return head + b"\r\n\r\n" + kept + (GARBAGE * len(body))[: len(body) - len(kept)]


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection as a broken line does."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()


async def until_gone(reader: asyncio.StreamReader) -> None:
    """Until the caller has given up."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LONGEST_HOLD_S):
            await reader.read()


async def drip(answer: bytes, writer: asyncio.StreamWriter) -> None:
    """Byte by byte, far more slowly than anybody waits."""
    for at in range(len(answer)):
        writer.write(answer[at : at + 1])
        await writer.drain()
        await asyncio.sleep(DRIP_S)


@asynccontextmanager
async def bad_line(base_url: str, *, seed: int = 0) -> AsyncIterator[FaultProxy]:
    """A proxy in front of a practice cloud, faultless until told otherwise."""
    host, _, port = base_url.removeprefix("http://").rpartition(":")
    proxy = FaultProxy((host, int(port)), seed)
    proxy.start()
    try:
        yield proxy
    finally:
        await proxy.close()
