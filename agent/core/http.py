"""One HTTP exchange as a value: what clouds and POS drivers ask for, without naming a library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request to send once."""

    method: str
    url: str = field(repr=False)
    """Absolute URL; may hold personal data in its query, so it is never logged."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    timeout_s: float = 10.0
    """Total budget of the exchange, connection and slow body included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """A whole response."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = field(repr=False)
    elapsed_s: float
    """From the first byte sent to the last byte read, monotonic."""


class Http(Protocol):
    """Sends requests; redirects are never followed, certificates are always verified."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        """One attempt; raises Unreachable, with `maybe_applied` False only if no byte of the request can have arrived."""
        ...

    async def close(self) -> None:
        """Let go of all connections."""
        ...
