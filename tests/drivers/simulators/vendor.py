"""What all simulated vendors share: a real HTTP server on a loopback port that can fail in the ways vendors do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from agent.core.clock import Clock, SystemClock
from agent.sandbox import rawjson

HTML = b"<!DOCTYPE html><html><body><h1>Sorry</h1></body></html>"
ABSURD: tuple[Any, ...] = (None, True, -1, 10**30, 1.005, "", "x", "9" * 50, "a" * 2000, "\0", [], {}, [{}], [None, 1, "x"])
"""What stands where a vendor's contract says something else."""
DRIP_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that arrived."""

    method: str
    path: str
    parts: tuple[str, ...]
    """The path's segments, each unescaped on its own."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def json(self) -> Any:
        """The body; numbers with a point are Decimals, so that nobody's floats slip through unseen."""
        return rawjson.read(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One response."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Table(dict[str, Any]):
    """An object of a vendor's JSON whose keys are data: nothing unknown is ever added to it."""


class Stop(Exception):
    """Raised inside a simulator to answer at once."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def as_json(value: object, status: int = 200, **headers: str) -> Answer:
    """A JSON answer with a field in every object that no contract names."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status=status, body=rawjson.write(_with_news(value)), headers={"Content-Type": "application/json"} | named)


def as_html(status: int) -> Answer:
    return Answer(status=status, body=HTML, headers={"Content-Type": "text/html; charset=utf-8"})


def too_many(wait: int | datetime | None = None) -> Answer:
    """429, told to wait in seconds, until a date, or not told."""
    if wait is None:
        return as_json({"message": "slow down"}, 429)
    until = format_datetime(wait.astimezone(UTC), usegmt=True) if isinstance(wait, datetime) else str(wait)
    return as_json({"message": "slow down"}, 429, Retry_After=until)


class Vendor:
    """Serves `answer` of its subclass; the switches are the same for all vendors."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.skew = timedelta()
        """How far the vendor's clock is ahead."""
        self.calls: list[Call] = []
        self.canned: list[Answer] = []
        """Given one by one instead of the real answers."""
        self.lost_answers = 0
        """So many orders are taken without an answer coming back."""
        self.lost_change: int | None = None
        """So many more changes of any kind are answered, then one is carried out and the connection breaks."""
        self.always: Answer | None = None
        """Given instead of every real answer."""
        self.amounts_as_text = False
        """Amounts come as text where the vendor's page shows numbers."""
        self.down = False
        """Every call gets 503 and a page for people."""
        self.noise: Random | None = None
        """JSON answers but tokens come with fields that are missing, of another type or absurd, by this chance."""
        self.drips = False
        """Bodies come byte by byte, slower than anybody waits."""
        self.port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[Any]] = set()

    def answer(self, call: Call) -> Answer:
        """What the vendor answers; may raise Stop."""
        raise NotImplementedError

    def is_order(self, call: Call) -> bool:
        """Whether this call puts in an order."""
        raise NotImplementedError

    def is_change(self, call: Call) -> bool:
        """Whether this call changes something in the POS; a search by POST, or fetching a token, does not."""
        return call.method != "GET"

    def amount(self, value: Any) -> Any:
        """An amount as the vendor writes it, or as text where that is switched on."""
        return str(value) if self.amounts_as_text and value is not None else value

    def now(self) -> datetime:
        """The vendor's time."""
        return self.clock.now() + self.skew

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=2**22)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open.discard(writer)
            self._serving.discard(task)
            writer.transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        call = await _read(reader)
        self.calls.append(call)
        answer = self._one(call)
        if self.lost_answers and answer.status < 300 and self.is_order(call):
            self.lost_answers -= 1
            return False
        if answer.status < 300 and self.is_change(call) and self._is_lost():
            return False
        headers = {"Content-Length": str(len(answer.body))} | dict(answer.headers)
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {answer.status} X\r\n{head}\r\n".encode())
        for start in range(0, len(answer.body), 1 if self.drips else len(answer.body) or 1):
            writer.write(answer.body[start : start + 1] if self.drips else answer.body)
            await writer.drain()
            if self.drips:
                await asyncio.sleep(DRIP_S)
        return True

    def _is_lost(self) -> bool:
        left = self.lost_change
        if left is not None:
            self.lost_change = left - 1 if left else None
        return left == 0

    def _one(self, call: Call) -> Answer:
        if self.down:
            return as_html(503)
        if self.canned:
            return self.canned.pop(0)
        if self.always is not None:
            return self.always
        try:
            answer = self.answer(call)
        except Stop as stop:
            return stop.answer
        if self.noise is None or call.path.endswith(("token", "login")) or not answer.body.startswith((b"{", b"[")):
            return answer
        return replace(answer, body=json.dumps(_spoilt(json.loads(answer.body), self.noise)).encode())


async def _read(reader: asyncio.StreamReader) -> Call:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    url = urlsplit(target)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    parts = tuple(unquote(part) for part in url.path.strip("/").split("/"))
    return Call(method=method, path=unquote(url.path), parts=parts, query=query, headers=headers, body=body)


def _spoilt(value: Any, noise: Random) -> Any:
    if noise.random() < 0.1:
        return noise.choice(ABSURD)
    if isinstance(value, dict):
        return {key: _spoilt(item, noise) for key, item in value.items() if noise.random() > 0.05}
    return [_spoilt(item, noise) for item in value] if isinstance(value, list) else value


def _with_news(value: object) -> object:
    if isinstance(value, Mapping):
        inner = {key: _with_news(item) for key, item in value.items()}
        return inner if isinstance(value, Table) else inner | {"added_later": {"deep": [1]}}
    return [_with_news(item) for item in value] if isinstance(value, list | tuple) else value
