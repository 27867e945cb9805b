"""A caller that keeps one connection open and does as little as possible itself."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

from tests.support.raw_http import Reply, read_reply, request_bytes


class Caller:
    """One connection to a port of this computer."""

    def __init__(self, port: int, headers: Mapping[str, str] | None = None) -> None:
        self.port = port
        self._headers = dict(headers or {})

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._writer.close()

    async def get(self, path: str) -> Reply:
        return await self._call("GET", path, None, {})

    async def post(self, path: str, body: object, headers: Mapping[str, str] | None = None) -> Reply:
        """`body` is bytes or becomes JSON; raises AssertionError for anything but success."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self._call("POST", path, content, {"Content-Type": "application/json", **(headers or {})})

    async def _call(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        host = f"127.0.0.1:{self.port}"
        self._writer.write(request_bytes(method, path, host=host, headers={**self._headers, **headers}, body=body))
        reply = await read_reply(self._reader)
        assert 200 <= reply.status < 300, (method, path, reply.status, reply.body)
        return reply


async def timed(call: Callable[[], Awaitable[object]], count: int, *, warm_up: int = 0) -> list[float]:
    """Seconds of each of `count` calls, one after the other."""
    for _ in range(warm_up):
        await call()
    taken = []
    for _ in range(count):
        started = time.perf_counter()
        await call()
        taken.append(time.perf_counter() - started)
    return taken


async def together(calls: Sequence[Callable[[], Awaitable[object]]], count: int) -> float:
    """Calls a second when all callers call at the same time, `count` in all."""

    async def repeat(call: Callable[[], Awaitable[object]], times: int) -> None:
        for _ in range(times):
            await call()

    each = max(1, count // len(calls))
    started = time.perf_counter()
    await asyncio.gather(*(repeat(call, each) for call in calls))
    return each * len(calls) / (time.perf_counter() - started)
