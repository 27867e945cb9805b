"""What no honest program sends to a listener, byte by byte; each case is a good request but for its one oddity."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

HANG_UP_S = 20.0
"""Whoever is refused is hung up on by then, at the latest."""
QUIET_S = 0.5
"""A connection that stays open after its answer has nothing more to say."""
CRLF = b"\r\n"


@dataclass(frozen=True)
class Target:
    """A call that would change something if it were let in."""

    port: int
    path: bytes
    lines: tuple[bytes, ...]
    """Header lines that make it good: who asks, and what proves it."""
    body: bytes

    @property
    def host(self) -> bytes:
        return f"Host: 127.0.0.1:{self.port}".encode()

    @property
    def length(self) -> bytes:
        return f"Content-Length: {len(self.body)}".encode()

    @property
    def chunks(self) -> bytes:
        return f"{len(self.body):x}".encode() + CRLF + self.body + CRLF + b"0" + CRLF + CRLF

    def request(
        self,
        *more: bytes,
        body: bytes | None = None,
        path: bytes | None = None,
        version: bytes = b"HTTP/1.1",
        host: bytes | None = None,
        end: bytes = CRLF,
    ) -> bytes:
        """The whole call; `more` are further header lines, none of them is there by itself."""
        first = b" ".join((b"POST", path or self.path, version))
        lines = (first, self.host if host is None else host, b"Content-Type: application/json", *self.lines, *more, b"", b"")
        return end.join(line for line in lines[:-2] if line) + end + end + (self.body if body is None else body)


def framing(to: Target) -> Mapping[str, bytes]:
    """Requests whose end two readers may see at different places."""
    chunked = b"Transfer-Encoding: chunked"
    return {
        "two lengths": to.request(to.length, b"Content-Length: 3"),
        "the same length twice": to.request(to.length, to.length),
        "a list of lengths": to.request(to.length + b", " + to.length.split()[1]),
        "a length with a sign": to.request(to.length.replace(b": ", b": +")),
        "a negative length": to.request(b"Content-Length: -1"),
        "a length in hex": to.request(b"Content-Length: 0x10"),
        "a length of forty digits": to.request(b"Content-Length: " + b"9" * 40),
        "length and chunks": to.request(to.length, chunked, body=to.chunks),
        "chunks and length": to.request(chunked, to.length, body=to.chunks),
        "chunked twice": to.request(chunked, chunked, body=to.chunks),
        "identity, then chunked": to.request(b"Transfer-Encoding: identity, chunked", body=to.chunks),
        "chunked, then identity": to.request(b"Transfer-Encoding: chunked, identity", body=to.chunks),
        "no such coding": to.request(b"Transfer-Encoding: xchunked", body=to.chunks),
        "a space before the colon": to.request(b"Transfer-Encoding : chunked", body=to.chunks),
        "a chunk without size": to.request(chunked, body=b"zz\r\n" + to.body + b"\r\n0\r\n\r\n"),
        "a chunk larger than memory": to.request(chunked, body=b"F" * 17 + CRLF + to.body),
        "chunks with bare line feeds": to.request(chunked, body=to.chunks.replace(CRLF, b"\n")),
        "bare line feeds": to.request(to.length, end=b"\n"),
        "bare carriage returns": to.request(to.length, end=b"\r"),
        "a folded header": to.request(to.length, b"X: a", b" folded"),
        "a folded length": to.request(b"X: a", b" " + to.length),
        "a header without colon": to.request(to.length, b"garbage"),
        "NUL in a header": to.request(to.length, b"X: a\0b"),
        "NUL in the name of a header": to.request(to.length, b"X\0: a"),
        "NUL in the path": to.request(to.length, path=to.path + b"\0"),
        "a change of protocol": to.request(to.length, b"Connection: Upgrade", b"Upgrade: h2c"),
        "a WebSocket": to.request(to.length, b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13"),
        "HTTP/0.9": b"POST " + to.path + CRLF + CRLF + to.body,
        "HTTP/2.0 in words": to.request(to.length, version=b"HTTP/2.0"),
        "HTTP/3.7": to.request(to.length, version=b"HTTP/3.7"),
        "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "a TLS greeting": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
    }


def sizes(to: Target, *, largest: int) -> Mapping[str, bytes]:
    """More than any honest program sends."""
    grown = b"8000\r\n" + b" " * 0x8000 + CRLF
    return {
        "a huge header": to.request(to.length, b"X: " + b"a" * 100_000),
        "a huge name of a header": to.request(to.length, b"X" * 100_000 + b": a"),
        "five thousand headers": to.request(to.length, *[b"X: a"] * 5_000),
        "a path of 200 kB": to.request(to.length, path=to.path + b"a" * 200_000),
        "an announced terabyte": to.request(b"Content-Length: 1000000000000"),
        "a body too large": to.request(f"Content-Length: {largest + 1}".encode(), body=b" " * (largest + 1)),
        "chunks too large": to.request(b"Transfer-Encoding: chunked", body=grown * (largest // 0x8000 + 1)),
    }


def paths(to: Target) -> Mapping[str, bytes]:
    """Ways to write an address that some servers take for another one."""
    head, _, tail = to.path[1:].rpartition(b"/")
    odd = {
        "a double slash": b"//" + to.path[1:],
        "dots": b"/v1/health/../" + tail,
        "encoded dots": b"/" + head + b"/%2e%2e/" + tail,
        "a backslash": b"/" + head + b"\\" + tail,
        "an encoded NUL": to.path + b"%00",
        "an overlong slash": b"/" + head + b"%c0%af" + tail,
        "a cut escape": to.path + b"%",
        "an escape of an escape": b"/" + head + b"/%25" + tail,
        "a parameter": to.path + b";x=1",
        "bytes beyond ASCII": b"/" + head + b"/\xff\xfe",
    }
    return {name: to.request(to.length, path=path) for name, path in odd.items()}


async def said(port: int, data: bytes) -> list[int]:
    """The statuses that were answered, in order, until hung up on or nothing more comes; empty when there was no answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    try:
        with suppress(ConnectionError):
            writer.write(data)
            while chunk := await _more(reader, QUIET_S if answer else HANG_UP_S):
                answer += chunk
    finally:
        writer.close()
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]


async def _more(reader: asyncio.StreamReader, within_s: float) -> bytes:
    try:
        async with asyncio.timeout(within_s):
            return await reader.read(1 << 16)
    except TimeoutError:
        return b""
