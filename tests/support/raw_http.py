"""A caller that writes HTTP by hand, so that tests can send what no library would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DEADLINE_S = 20.0


@dataclass(frozen=True, slots=True)
class Reply:
    """One response."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def reason(self) -> str:
        """The stable word of a refusal."""
        return str(self.json["error"]["reason"])


async def exchange(port: int, request: bytes) -> Reply:
    """Send bytes on a connection of their own and read one response."""
    async with asyncio.timeout(DEADLINE_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(request)
            return Reply(*await read_head(reader), b"") if request.startswith(b"HEAD ") else await read_reply(reader)
        finally:
            writer.close()


async def read_reply(reader: asyncio.StreamReader) -> Reply:
    """One response with its whole body."""
    status, headers = await read_head(reader)
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while chunk := await read_chunk(reader):
            body += chunk
        return Reply(status, headers, body)
    return Reply(status, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


async def read_head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Status and headers, names in lower case."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    fields = (line.partition(":") for line in head[1:] if line)
    return int(head[0].split(" ")[1]), {name.lower(): value.strip() for name, _, value in fields}


async def read_chunk(reader: asyncio.StreamReader) -> bytes:
    """One chunk of a chunked body; empty at its end."""
    size = int(await reader.readuntil(b"\r\n"), 16)
    data = await reader.readexactly(size)
    await reader.readexactly(2)
    return data


def request_bytes(
    method: str, target: str, *, host: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> bytes:
    """A request; Content-Length is added when there is a body."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


@dataclass(frozen=True, slots=True)
class Client:
    """Well-behaved calls to one port with one token."""

    port: int
    token: str = "screen-token"

    async def get(self, target: str, **headers: str) -> Reply:
        return await self.call("GET", target, headers=headers)

    async def post(self, target: str, body: object = None, **headers: str) -> Reply:
        raw = None if body is None else json.dumps(body).encode()
        return await self.call("POST", target, raw, headers=headers)

    async def call(
        self, method: str, target: str, body: bytes | None = None, *, headers: Mapping[str, str] | None = None
    ) -> Reply:
        fields = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if body is not None:
            fields["Content-Type"] = "application/json"
        fields |= {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        return await exchange(self.port, request_bytes(method, target, host=f"127.0.0.1:{self.port}", headers=fields, body=body))
