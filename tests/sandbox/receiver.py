"""A shop's end of a delivery: keeps the raw bytes and answers as told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Delivery:
    headers: dict[str, str]
    body: bytes
    first_line: str


@dataclass
class Receiver:
    url: str
    secret: str = ""
    status: int = 200
    answer: bytes = b'{"externalOrderId":"A-1"}'
    deliveries: list[Delivery] = field(default_factory=list)


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    state = Receiver("")

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip("\r\n").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers["content-length"]))
        state.deliveries.append(Delivery(headers, body, first))
        head = f"HTTP/1.1 {state.status} X\r\nContent-Length: {len(state.answer)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + state.answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    state.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/cata/orders/1?x=%20y"
    try:
        yield state
    finally:
        server.close()
        await server.wait_closed()
