"""HTTP over httpx2: one attempt, one total deadline, verified certificates, no redirects, no cookies, no logs."""

from __future__ import annotations

import asyncio
import io
import logging
import socket
import ssl
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpx2 as httpx

from agent.core.clock import Clock
from agent.core.errors import Unreachable
from agent.core.http import HttpRequest, HttpResponse

LARGEST_ANSWER = 32 * 1024 * 1024
"""Bytes of a body, unpacked; the menu of a POS with 10,000 items comes near half of it, and nothing else any near."""
CONNECTIONS = 20
SILENT_LOGGERS = ("httpx2", "httpcore2", "httpx", "httpcore")
"""They log whole URLs, and lookups carry phones."""
LOOPBACK = ("all://127.0.0.1", "all://localhost", "all://[::1]")


@dataclass(slots=True)
class _Progress:
    """How far an exchange got, as the transport reports it."""

    sent: bool = False
    """The first byte of the request may have left."""
    answered: bool = False

    async def trace(self, event: str, _info: dict[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):
            self.sent = True
        if event.endswith("receive_response_headers.complete"):
            self.answered = True


class HttpxClient:
    """Sends requests over one pool of connections; build it once and close it."""

    def __init__(self, clock: Clock, *, ca_file: Path | None = None, user_agent: str = "cata-bridge") -> None:
        """`ca_file`: certificates trusted besides the system's own, for a network with its own authority."""
        silence()
        self._clock = clock
        self._ca_file = ca_file
        self._user_agent = user_agent
        self._made: httpx.AsyncClient | None = self._make() if ca_file is not None else None

    async def send(self, request: HttpRequest) -> HttpResponse:
        """One attempt; raises Unreachable, with `maybe_applied` False only if no byte of the request can have arrived."""
        progress = _Progress()
        with _translated(progress):
            async with asyncio.timeout(request.timeout_s):
                return await self._exchange(request, progress)

    async def close(self) -> None:
        """Let go of all connections."""
        if self._made is not None:
            await self._made.aclose()

    @property
    def _client(self) -> httpx.AsyncClient:
        """Made for the first request: reading the system's certificates takes longer than all else of a start."""
        self._made = self._made or self._make()
        return self._made

    def _make(self) -> httpx.AsyncClient:
        trust = ssl.create_default_context()
        if self._ca_file is not None:
            trust.load_verify_locations(self._ca_file)
        return httpx.AsyncClient(
            verify=trust,
            follow_redirects=False,
            timeout=None,
            limits=httpx.Limits(max_connections=CONNECTIONS),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={"User-Agent": self._user_agent, "Accept-Encoding": "identity"},
            mounts=dict.fromkeys(LOOPBACK),  # what runs on this machine is never asked for through a proxy
        )

    async def _exchange(self, request: HttpRequest, progress: _Progress) -> HttpResponse:
        outgoing = self._client.build_request(
            request.method, request.url, headers=dict(request.headers), content=request.body, extensions={"trace": progress.trace}
        )
        if not 0 < (outgoing.url.port or 80) < 65_536:
            raise ValueError("no such port")
        started = self._clock.monotonic()
        answer = await self._client.send(outgoing, stream=True)
        try:
            body = await _whole_body(answer)
        finally:
            await answer.aclose()
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return HttpResponse(status=answer.status_code, headers=headers, body=body, elapsed_s=self._clock.monotonic() - started)


def silence() -> None:
    """Keep the libraries' own loggers quiet for good, whatever level somebody sets later."""
    for name in SILENT_LOGGERS:
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL)
        logger.propagate = False


async def _whole_body(answer: httpx.Response) -> bytes:
    encoding = answer.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "", "gzip", "x-gzip"}:
        raise _unusable("unreadable_answer", "The other side packed its answer in a way that was not asked for.")
    packed = encoding.endswith("gzip")
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
    body = io.BytesIO()
    async for chunk in answer.aiter_raw():
        body.write(unpack.decompress(chunk, LARGEST_ANSWER + 1 - body.tell()) if packed else chunk)
        if body.tell() > LARGEST_ANSWER:
            raise _unusable("answer_too_large", "The other side answered far more than it should.")
    return body.getvalue()  # without a copy, which a bytearray would need


def _unusable(reason: str, sentence: str) -> Unreachable:
    return Unreachable(reason, sentence, maybe_applied=True, line_down=False)


@contextmanager
def _translated(progress: _Progress) -> Iterator[None]:
    """The one place where the library's errors become ours."""
    try:
        yield
    except TimeoutError:
        raise Unreachable("timeout", "There was no answer in time.", maybe_applied=progress.sent) from None
    except zlib.error:
        raise _unusable("unreadable_answer", "The other side's answer arrived damaged.") from None
    except (httpx.UnsupportedProtocol, httpx.InvalidURL, ValueError) as error:
        raise _no_address(error, progress) from None
    except (httpx.HTTPError, OSError) as error:
        raise _lost(error, progress) if progress.sent else _no_connection(error) from None


def _no_address(error: Exception, progress: _Progress) -> Unreachable:
    sentence = "The address or a header of this request cannot be used."
    return Unreachable("bad_address", sentence, maybe_applied=progress.sent, line_down=False, details=type(error).__name__)


def _lost(error: Exception, progress: _Progress) -> Unreachable:
    sentence = (
        "The connection broke in the middle of the answer."
        if progress.answered
        else "The connection broke before an answer came."
    )
    return Unreachable("no_answer", sentence, maybe_applied=True, details=type(error).__name__)


def _no_connection(error: Exception) -> Unreachable:
    reason, sentence = "offline", "No connection could be made; the network may be down."
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLError):
            reason, sentence = "tls", "The other side could not prove who it is, so nothing was sent."
        elif isinstance(cause, socket.gaierror):
            reason, sentence = "dns", "The name of the other side could not be found; the network or its address may be wrong."
        elif isinstance(cause, ConnectionRefusedError):
            reason, sentence = "refused", "Nothing listens at the other side's address."
        elif isinstance(error, httpx.ProxyError):
            reason, sentence = "proxy", "The proxy of this network refused the connection."
    return Unreachable(reason, sentence, maybe_applied=False, details=type(error).__name__)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        if isinstance(seen, BaseExceptionGroup):
            for inner in seen.exceptions:
                yield from _causes(inner)
        seen = seen.__cause__ or seen.__context__
