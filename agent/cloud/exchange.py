"""One authenticated exchange with a cloud: address, key, time limit, and a report of how it went for whoever watches the line."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit

from agent.cloud.quirks import Quirks
from agent.cloud.wire import Call, result, server_time
from agent.core.clock import Clock
from agent.core.errors import CataBridgeError, KeyRefused, NotConfigured, Unreachable
from agent.core.http import Http, HttpRequest, HttpResponse
from agent.core.json_pieces import pieces
from agent.core.ref_code import MENU_LEVELS


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """How one exchange went."""

    ok: bool
    """The call did what was asked; a refusal is not ok although the line is up: see `error`."""
    status: int | None
    """HTTP status; None when no answer came."""
    elapsed_s: float | None
    """Monotonic; None when no answer came."""
    server_time: datetime | None
    """The cloud's clock, when its answer said so."""
    loyalty: bool
    """Whether the call was about loyalty."""
    error: CataBridgeError | None

    @property
    def is_line_down(self) -> bool:
        """No answer of the cloud itself."""
        return isinstance(self.error, Unreachable) and self.error.line_down


class Wire:
    """Sends calls below one base URL as Cata wants them; another cloud's wire differs in its key and in what its answers mean."""

    def __init__(
        self,
        http: Http,
        *,
        base_url: str,
        key: Callable[[], str | None],
        clock: Clock,
        quirks: Quirks,
        provider: str = "",
        timeout_s: float = 10.0,
        on_exchange: Callable[[Exchange], None] = lambda exchange: None,
    ) -> None:
        """`key` is asked at each call, so a new key is in force at once; it must not block."""
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._key = key
        self._clock = clock
        self.quirks = quirks
        self._provider = provider
        self._timeout_s = timeout_s
        self._on_exchange = on_exchange

    async def call(
        self,
        call: Call,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        public: bool = False,
    ) -> dict[str, Any]:
        """One attempt; raises Unreachable, Refused, Conflict, KeyRefused or NotConfigured."""
        request = HttpRequest(
            method=method,
            url=self._url(path, query),
            headers={**self._headers(call, public=public, has_body=body is not None), **(headers or {})},
            body=b"" if body is None else encode(body),
            timeout_s=self._timeout_s,
        )
        try:
            response = await self._http.send(request)
        except Unreachable as error:
            error.maybe_applied = error.maybe_applied and not call.reads
            self._report(call, error, None, None, None)
            raise
        moment = server_time(response.headers)
        try:
            tree = self._read(call, response)
        except CataBridgeError as error:
            self._report(call, error, response.status, response.elapsed_s, moment)
            raise
        self._report(call, None, response.status, response.elapsed_s, moment)
        return tree

    def _report(
        self, call: Call, error: CataBridgeError | None, status: int | None, elapsed_s: float | None, moment: datetime | None
    ) -> None:
        self._on_exchange(
            Exchange(ok=error is None, status=status, elapsed_s=elapsed_s, server_time=moment, loyalty=call.loyalty, error=error)
        )

    def _url(self, path: str, query: Mapping[str, str] | None) -> str:
        if urlsplit(self._base_url).scheme not in {"http", "https"}:
            raise NotConfigured("base_url_missing", "The address of the cloud has not been set up on this till.")
        return self._base_url + path + (f"?{urlencode(query)}" if query else "")

    def _headers(self, call: Call, *, public: bool, has_body: bool) -> dict[str, str]:
        headers = {"Accept": "application/json"}
        if not public:
            headers |= self._key_headers(self._valid_key())
        if call.provider and self._provider:
            headers["X-Provider"] = self._provider
        if has_body:
            headers["Content-Type"] = "application/json"
        return headers

    def _key_headers(self, key: str) -> dict[str, str]:
        return {"X-Api-Key": key}

    def _read(self, call: Call, response: HttpResponse) -> dict[str, Any]:
        return result(call, response, self.quirks, self._clock.now())

    def _valid_key(self) -> str:
        key = (self._key() or "").strip()
        if not key:
            raise KeyRefused("key_missing", "This till has no key for the cloud yet.")
        if not (key.isascii() and key.isprintable() and " " not in key):
            raise KeyRefused("key_malformed", "The key of this till has characters that no key has.")
        return key


def encode(body: object) -> bytes:
    """JSON as it goes over the wire; decimals as numbers with all their digits, a whole menu product by product."""
    raw = io.BytesIO()
    for piece in pieces(body, _ENCODER, MENU_LEVELS - 1):
        raw.write(piece.encode("utf-8", "replace"))
    return raw.getvalue()


def _plain(value: object) -> object:
    """What JSON has no word for; a whole menu is not copied for the sake of its prices."""
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain)


@lru_cache(maxsize=1024)
def _number(value: Decimal) -> object:
    """A JSON number that reads back as the same decimal; where a float could not hold it, its digits as text."""
    if value == value.to_integral_value():
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else f"{value:f}"
