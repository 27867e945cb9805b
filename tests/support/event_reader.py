"""A reader of one event stream, as a screen has one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from tests.support.raw_http import DEADLINE_S, read_chunk, read_head, request_bytes


@dataclass(frozen=True, slots=True)
class Told:
    """One event."""

    id: str
    kind: str
    data: Any


class EventReader:
    """Reads blocks off a stream; comments come as kind `comment`."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._text = ""

    async def next(self) -> Told:
        """The next event, comments left out."""
        while (told := await self.block()).kind == "comment":
            pass
        return told

    async def until(self, kind: str) -> Told:
        """The next event of a kind."""
        while (told := await self.next()).kind != kind:
            pass
        return told

    async def end(self) -> None:
        """Read on until the stream is over."""
        with suppress(EOFError, ConnectionError):
            while True:
                await self.block()

    async def block(self) -> Told:
        """The next block, whatever it is; raises EOFError at the end."""
        async with asyncio.timeout(DEADLINE_S):
            while "\n\n" not in self._text:
                chunk = await read_chunk(self._reader)
                if not chunk:
                    raise EOFError
                self._text += chunk.decode()
        block, _, self._text = self._text.partition("\n\n")
        if "data: " not in block:
            return Told("", "comment", block)
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        return Told(fields["id"], fields["event"], json.loads(fields["data"]))


@asynccontextmanager
async def listening(port: int, token: str = "screen-token", last_event_id: str = "") -> AsyncIterator[EventReader]:
    """An open stream."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    fields = {"Authorization": f"Bearer {token}"} | ({"Last-Event-ID": last_event_id} if last_event_id else {})
    try:
        writer.write(request_bytes("GET", "/v1/events", host=f"127.0.0.1:{port}", headers=fields))
        async with asyncio.timeout(DEADLINE_S):
            status, headers = await read_head(reader)
        assert (status, headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        yield EventReader(reader)
    finally:
        writer.close()
