"""Reads the agent's event stream, as a POS program would: one connection, one JSON object an event."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit


class Events:
    """An open stream."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader

    async def next(self, kind: str) -> Any:
        """The data of the next event of a kind; others pass by."""
        name = ""
        while True:
            line = (await self._reader.readline()).decode().rstrip("\r\n")
            if line.startswith("event:"):
                name = line[6:].strip()
            elif line.startswith("data:") and name == kind:
                return json.loads(line[5:])


@asynccontextmanager
async def listening(url: str, token: str) -> AsyncIterator[Events]:
    """The event stream of the till API at `url`, past its first snapshot."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        request = f"GET /v1/events HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n"
        writer.write(request.encode())
        events = Events(reader)
        await events.next("snapshot")
        yield events
    finally:
        writer.close()
