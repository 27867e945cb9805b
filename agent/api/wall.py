"""What stands before every route of the till API: only programs on this till, and listed pages, get through."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.api.errors import internal, refuse
from agent.api.origin import listed_origins, own_hosts, parse_origin
from agent.api.reading import (
    announces_body,
    check_depth,
    check_encoding,
    check_headers,
    check_json,
    headers_of,
    read_body,
    replay,
    turned,
)
from agent.api.settings import Limits
from agent.core.errors import Refused

log = logging.getLogger(__name__)

SAFE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Last-Event-ID",
    "Access-Control-Max-Age": "600",
}
OWN_FETCHES = frozenset({b"none", b"same-origin"})
"""Values of Sec-Fetch-Site that no foreign page can cause."""
ABSOLUTE_FORM = "cata.absolute_form"
"""Set by the listener on a request whose target is a whole URL, as only proxies get them."""


CARRIED = "/v1/outbox/import"
"""The one call whose body may be larger: an entry may hold a whole menu."""


class Wall:
    """Raw ASGI, so that nothing of a refused request is parsed."""

    def __init__(self, app: ASGIApp, allowed_origins: Iterable[str], limits: Limits, refused: Counter[str]) -> None:
        """`refused` counts what is turned away here, by reason."""
        self._app = app
        self._origins = listed_origins(allowed_origins)
        self._limits = limits
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge by the headers, read the body within its limits, then let through."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin: bytes | None = None
        try:
            limits = self._limits_of(scope)
            self._check_address(scope, limits)
            origin = self._check_page(scope)
            if origin is not None and _is_preflight(scope):
                await _preflight(scope, receive, _dressed(send, origin))
                return
            self._check_request(scope)
            body = await read_body(receive, limits)
            if body is None:
                return
            check_encoding(body)
            check_depth(body, limits.json_depth)
        except Refused as error:
            self._refused[error.reason] += 1
            await refuse(error, scope, receive, _dressed(send, origin))
        else:
            await self._pass(scope, replay(body, receive), _dressed(send, origin))

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # broad, as the outermost edge: nobody ever sees a traceback
            log.error("request failed method=%s type=%s", scope["method"], type(error).__name__)
            log.debug("request failed", exc_info=error)
            if not started:
                await internal()(scope, receive, send)

    def _limits_of(self, scope: Scope) -> Limits:
        return replace(self._limits, body_bytes=self._limits.carried_bytes) if scope["path"] == CARRIED else self._limits

    def _check_address(self, scope: Scope, limits: Limits) -> None:
        check_headers(scope, limits)
        address, port = scope["server"]
        hosts = headers_of(scope, b"host")
        if len(hosts) != 1 or hosts[0] not in own_hosts(address, port) or ABSOLUTE_FORM in scope.get("extensions", {}):
            raise turned(421, "wrong_host", "This address is not the till's.")

    def _check_page(self, scope: Scope) -> bytes | None:
        """The listed origin that asks, or None when no page asks."""
        origins = headers_of(scope, b"origin")
        if origins:
            if len(origins) == 1 and parse_origin(origins[0].decode("latin-1")) in self._origins:
                return origins[0]
            raise turned(403, "origin", "This web page may not talk to the till.")
        if any(site not in OWN_FETCHES for site in headers_of(scope, b"sec-fetch-site")):
            raise turned(403, "origin", "Web pages may not talk to the till.")
        return None

    def _check_request(self, scope: Scope) -> None:
        if scope["method"] not in {"GET", "POST"}:
            raise turned(405, "method_not_allowed", "This address does not take that method.")
        if scope["method"] == "GET" and announces_body(scope):
            raise turned(400, "body_not_expected", "A question has no body.")
        if scope["method"] == "POST":
            check_json(scope)


def _is_preflight(scope: Scope) -> bool:
    return scope["method"] == "OPTIONS" and bool(headers_of(scope, b"access-control-request-method"))


async def _preflight(scope: Scope, receive: Receive, send: Send) -> None:
    headers = MutableHeaders(PREFLIGHT_HEADERS)
    if headers_of(scope, b"access-control-request-private-network"):
        headers["Access-Control-Allow-Private-Network"] = "true"
    await send({"type": "http.response.start", "status": 204, "headers": headers.raw})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _dressed(send: Send, origin: bytes | None) -> Send:
    """A send that adds the security headers, and the one CORS header for a listed page."""

    async def dress(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(SAFE_HEADERS)
            if origin is not None:
                headers["Access-Control-Allow-Origin"] = origin.decode("latin-1")
                headers.add_vary_header("Origin")
        await send(message)

    return dress
