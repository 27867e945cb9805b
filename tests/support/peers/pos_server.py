"""A POS with a JSON interface over HTTP, strict about credentials, able to misbehave in the ways that servers do."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "pos-token"
PORTAL = b"<html><body>Sign in to the shop's Wi-Fi</body></html>"


@dataclass
class PosServer:
    """Orders under POST /orders, found under GET /orders?ref=, the menu under GET /menu."""

    menu: list[Any] = field(default_factory=list)
    pages: int = 1
    """Into how many pages the menu is cut; the next one is named by its cursor."""
    orders: dict[str, Any] = field(default_factory=dict)
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    is_portal: bool = False
    status: int = 0
    """Answer everything with this status."""
    resets_after_order: bool = False
    """Take the next order, then break the connection without an answer."""
    never_answers: bool = False
    drips: bool = False
    """Answer one byte at a time, slower than anybody waits."""
    raw_answer: bytes | None = None
    conflicts: bool = False
    """Answer an order that is there with 409 and no body."""
    port: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.transport.abort()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.requests.append((method, target, headers, body))
        if self.never_answers:
            await reader.read()
            return False
        status, answer = self._answer(method, target, headers, body)
        if self.resets_after_order and method == "POST":
            self.resets_after_order = False
            return False
        data = f"HTTP/1.1 {status} X\r\nContent-Length: {len(answer)}\r\n\r\n".encode() + answer
        for start in range(0, len(data), 1 if self.drips else len(data)):
            writer.write(data[start : start + 1] if self.drips else data)
            await writer.drain()
            if self.drips:
                await asyncio.sleep(0.05)
        return True

    def _answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        if self.is_portal:
            return 200, PORTAL
        if self.status:
            return self.status, b"{}"
        if headers.get("authorization") != f"Bearer {TOKEN}":
            return 401, b'{"error":"no"}'
        if self.raw_answer is not None:
            return 200, self.raw_answer
        url = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path == "/menu":
            return 200, json.dumps(self._page(query)).encode()
        if url.path == "/orders" and method == "POST":
            return self._keep(json.loads(body))
        if url.path == "/orders":
            known = self.orders.get(unquote(query["ref"]))
            return (200, json.dumps(known).encode()) if known else (404, b"{}")
        return 200, b'{"ok":true}'

    def _keep(self, order: Any) -> tuple[int, bytes]:
        if order["ref"] in self.orders and self.conflicts:
            return 409, b""
        kept = self.orders.setdefault(order["ref"], {"id": f"POS-{len(self.orders) + 1}", "ok": True, "order": order})
        return 201, json.dumps(kept).encode()

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        place = int(query.get("cursor") or query.get("page") or 1)
        size = max(1, -(-len(self.menu) // self.pages))
        rows = self.menu[(place - 1) * size : place * size]
        following = place + 1 if place < self.pages else None
        return {"items": rows, "next": following, "unknown": {"deep": [1]}}
