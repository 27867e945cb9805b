"""One exchange with a vendor's API over HTTP: what its status and body mean is decided here, once for all drivers."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import urlencode, urljoin, urlsplit

from agent.core.clock import Clock
from agent.core.errors import CataBridgeError, Conflict, NeedsPerson, Refused, Unreachable
from agent.core.http import Http, HttpRequest, HttpResponse
from drivers.pos.decoding import decoded, encoded

NOT_WORKED_ON = frozenset({401, 403, 425, 429})
"""Statuses that say the request was not carried out."""
TRY_LATER = frozenset({408, 425, 429})
LONGEST_PAUSE_S = 3600.0
"""A vendor that asks for a longer pause is asked again after this."""
LONGEST_WORD = 60


class Credentials(Protocol):
    """What lets requests in."""

    async def headers(self) -> Mapping[str, str]:
        """Headers of the next request; raises NeedsPerson when a secret is missing, or what renewing a token raises."""
        ...

    async def refused(self, headers: Mapping[str, str]) -> bool:
        """The vendor answered 401 to these: whether it is worth one more try with others."""
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """Credentials that never change."""

    given: Mapping[str, str] = field(repr=False)

    async def headers(self) -> Mapping[str, str]:
        """The same headers every time."""
        return self.given

    async def refused(self, headers: Mapping[str, str]) -> bool:
        """There are no others."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A vendor's answer with a status that the caller can use."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = field(repr=False)
    is_change: bool

    def json(self) -> Any:
        """The body, amounts as Decimal, an empty one as an empty object; raises Unreachable `not_the_pos` for anything else."""
        if not self.body.strip():
            return {}
        try:
            return decoded(self.body)
        except ValueError:
            raise not_the_pos(maybe_applied=self.is_change) from None


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """Calls one vendor; retries nothing but a request whose token had just expired."""

    http: Http
    clock: Clock
    base_url: str
    """Every path is below it; credentials never go to another host."""
    credentials: Credentials = field(repr=False)
    timeout_s: float = 10.0
    """Total budget of one request, slow body included."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Headers of every request."""

    async def get(self, path: str, query: Mapping[str, str] | None = None, *, usable: Collection[int] = ()) -> Answer:
        """Ask; `usable` are statuses beside 2xx that the caller understands. Raises as `call`."""
        return await self.call("GET", path, query=query, usable=usable, is_change=False)

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        usable: Collection[int] = (),
        is_change: bool = True,
    ) -> Answer:
        """One request; a `body` of bytes goes as it is, any other as JSON; `path` may be a whole URL on the same host.

        Raises NeedsPerson `pos_credentials`, Unreachable (`maybe_applied` only for a change that may have been carried out),
        Conflict for 409, Refused with the status for every other no.
        """
        url = self._url(path, query)
        raw = body if isinstance(body, bytes) else b"" if body is None else encoded(body)
        given = await self.credentials.headers()
        answer = await self._send(method, url, raw, {**given, **(headers or {})}, is_change=is_change)
        if answer.status == 401 and 401 not in usable and await self.credentials.refused(given):
            given = await self.credentials.headers()
            answer = await self._send(method, url, raw, {**given, **(headers or {})}, is_change=is_change)
        found = Answer(status=answer.status, headers=answer.headers, body=answer.body, is_change=is_change)
        if 200 <= answer.status < 300 or answer.status in usable:
            return found
        raise self._failure(found)

    async def _send(self, method: str, url: str, raw: bytes, headers: Mapping[str, str], *, is_change: bool) -> HttpResponse:
        sent = {"Accept": "application/json", **self.headers}
        if raw:
            sent["Content-Type"] = "application/json"
        request = HttpRequest(method=method, url=url, headers={**sent, **headers}, body=raw, timeout_s=self.timeout_s)
        try:
            return await self.http.send(request)
        except Unreachable as error:
            if is_change or not error.maybe_applied:
                raise
            raise Unreachable(
                error.reason, error.message, maybe_applied=False, line_down=error.line_down, details=error.details
            ) from error

    def _url(self, path: str, query: Mapping[str, str] | None) -> str:
        url = path if "://" in path else self.base_url.rstrip("/") + path
        if urlsplit(url)[:2] != urlsplit(self.base_url)[:2]:
            raise not_the_pos(maybe_applied=False)
        return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}" if query else url

    def _failure(self, answer: Answer) -> CataBridgeError:
        status, details = answer.status, _details(answer)
        if status in (401, 403):
            return NeedsPerson("pos_credentials", "The POS does not accept this till's credentials.", details=details)
        if status in TRY_LATER or status >= 500:
            return Unreachable(
                "pos_busy" if status == 429 else "pos_trouble",
                "The POS asks for a pause." if status == 429 else "The POS is there but cannot answer now.",
                maybe_applied=answer.is_change and status not in NOT_WORKED_ON,
                retry_after_s=pause_s(answer.headers.get("retry-after", ""), self.clock.now()),
                line_down=False,
                details=details,
            )
        if 300 <= status < 400:
            return not_the_pos(maybe_applied=answer.is_change)
        if status == 409:
            return Conflict("pos_conflict", "The POS's own state has moved on.", status=status, details=details)
        return Refused("pos_refused", "The POS refused the request.", status=status, details=details)


def next_url(base_url: str, target: str) -> str:
    """A next page's link, absolute; raises Unreachable `not_the_pos` when it leads to another host: credentials go with it."""
    url = urljoin(base_url, target)
    if urlsplit(url)[:2] != urlsplit(base_url)[:2]:
        raise not_the_pos(maybe_applied=False)
    return url


def pause_s(text: str, now: datetime) -> float | None:
    """What `Retry-After` asks for, in seconds, whether written as seconds or as a date; None when it says nothing usable."""
    text = text.strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text, re.ASCII):
        return min(float(text), LONGEST_PAUSE_S)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max((until - now).total_seconds(), 0.0), LONGEST_PAUSE_S)


def not_the_pos(*, maybe_applied: bool) -> Unreachable:
    """Something answered that cannot be the vendor: a portal, a proxy, a wrong address."""
    sentence = "Something else than the POS answered; check its address and the network's sign-in page."
    return Unreachable("not_the_pos", sentence, maybe_applied=maybe_applied, line_down=False)


def _details(answer: Answer) -> str:
    """For support: the status, and the vendor's own code when it is a single word, since sentences may hold personal data."""
    return " ".join(["status", str(answer.status), *_codes(answer.body)])


def _codes(body: bytes) -> list[str]:
    try:
        document = decoded(body)
    except ValueError:
        return []
    found = document.get("errors", document) if isinstance(document, dict) else document
    first = found[0] if isinstance(found, list) and found else found
    words = [first.get(name) for name in ("code", "type", "error", "messageKey")] if isinstance(first, dict) else []
    return [word for word in words if isinstance(word, str) and re.fullmatch(rf"[A-Za-z0-9_.-]{{1,{LONGEST_WORD}}}", word)][:1]
