"""Reading a request's body whole, within size, time and depth, before anything looks at it."""

from __future__ import annotations

import asyncio
import re

from starlette.types import Message, Receive, Scope

from agent.api.settings import Limits
from agent.core.errors import Refused

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_OPENING = frozenset({b"[", b"{"})
VERSIONS = frozenset({"1.0", "1.1"})
"""Of HTTP; a proxy in front may still speak the older one."""


def turned(status: int, reason: str, message: str) -> Refused:
    """The refusal of a request before it reaches a route; its status is the one to answer."""
    return Refused(reason, message, status=status)


def headers_of(scope: Scope, name: bytes) -> list[bytes]:
    """All values of a header, in order."""
    return [value for key, value in scope["headers"] if key == name]


def announces_body(scope: Scope) -> bool:
    """Whether the headers say that a body follows."""
    return bool(headers_of(scope, b"transfer-encoding")) or headers_of(scope, b"content-length") not in ([], [b"0"])


def check_headers(scope: Scope, limits: Limits) -> None:
    """Refuse more, or larger, headers than any honest client sends, odd framing, and a body announced as too large."""
    _check_framing(scope)
    headers = scope["headers"]
    if len(headers) > limits.headers or sum(len(name) + len(value) for name, value in headers) > limits.header_bytes:
        raise turned(431, "headers_too_large", "The request has too many headers.")
    announced = headers_of(scope, b"content-length")
    if announced and int(announced[0]) > limits.body_bytes:
        raise _too_large()


def check_json(scope: Scope) -> None:
    """Refuse a body that is not announced as plain JSON."""
    kinds = headers_of(scope, b"content-type")
    if not kinds and not announces_body(scope):
        return
    kind, _, parameter = (kinds[0] if len(kinds) == 1 else b"").decode("latin-1").lower().partition(";")
    if kind.strip() != "application/json" or parameter.strip() not in {"", "charset=utf-8"}:
        raise turned(415, "not_json", "The body must be JSON.")
    check_unpacked(scope)


def check_unpacked(scope: Scope) -> None:
    """Refuse a compressed body: its size says nothing, and nothing that we serve needs one."""
    if headers_of(scope, b"content-encoding"):
        raise turned(415, "not_json", "The body must not be compressed.")


def check_encoding(body: bytes) -> None:
    """Refuse a body in a wide encoding: parsers would guess it, and what was checked byte by byte would mean something else."""
    if b"\0" in body:
        raise turned(415, "not_json", "The body must be JSON in UTF-8.")


async def read_body(receive: Receive, limits: Limits) -> bytes | None:
    """The whole body, None when the caller hung up; Refused 413 when it is too large and 408 when it comes too slowly."""
    try:
        async with asyncio.timeout(limits.read_timeout_s):
            return await _read(receive, limits.body_bytes)
    except TimeoutError:
        raise turned(408, "too_slow", "The request came too slowly.") from None


def check_depth(body: bytes, deepest: int) -> None:
    """Refuse JSON nested deeper than `deepest`; says nothing about whether it is JSON."""
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", body)):
        depth += 1 if bracket in _OPENING else -1
        if depth > deepest:
            raise turned(422, "too_deep", "The body is nested too deeply.")


def replay(body: bytes, receive: Receive) -> Receive:
    """A receive that gives a body already read, then whatever comes after it."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return left.pop() if left else await receive()

    return again


def _check_framing(scope: Scope) -> None:
    """Refuse what two readers could take for different requests."""
    if scope["http_version"] not in VERSIONS:
        raise turned(505, "http_version", "This address speaks HTTP/1.1.")
    if [coding.lower() for coding in headers_of(scope, b"transfer-encoding")] not in ([], [b"chunked"]):
        raise turned(400, "odd_framing", "The length of this request is not clear.")
    if headers_of(scope, b"upgrade"):
        raise turned(400, "upgrade_refused", "This address does not change to another protocol.")


async def _read(receive: Receive, most: int) -> bytes | None:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > most:
            raise _too_large()
        if not message.get("more_body", False):
            return bytes(body)


def _too_large() -> Refused:
    return turned(413, "too_large", "The request is too large.")
