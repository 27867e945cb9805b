"""One connection of a listener: slow, idle and endless ones are hung up on, so that the POS always gets through."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from agent.api.settings import Limits
from agent.api.wall import ABSOLUTE_FORM

WIRE_FACTOR = 4
"""How many times the largest body one request may take on the wire, chunk sizes and trailers included."""
_ages = itertools.count()


class Connection(HttpToolsProtocol):
    """uvicorn's protocol with a budget for headers, a cap on connections, and eviction of whoever does the least."""

    limits = Limits()

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, Any], _loop: asyncio.AbstractEventLoop | None = None
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.age = next(_ages)
        """Grows with every connection."""
        self._header_bytes = 0
        self._request_bytes = 0
        self._reading_headers = True
        self._was_asked = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, at the cost of the most useless one when there are too many."""
        super().connection_made(transport)
        self._expect_headers()
        if len(self.connections) > self.limits.connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer."""
        self._headers_are_in()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; hang up when headers go on for ever."""
        self._header_bytes = self._header_bytes + len(data) if self._reading_headers else 0
        self._request_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._reading_headers and self._header_bytes > self.limits.header_bytes:
            self._turn_away(431)
        elif self._request_bytes > WIRE_FACTOR * max(self.limits.body_bytes, self.limits.carried_bytes):
            self._turn_away(413)

    def on_message_begin(self) -> None:
        """A request starts: its headers have to be in before the budget is spent."""
        super().on_message_begin()
        self._request_bytes = 0
        if self._deadline is None:
            self._expect_headers()
        self._reading_headers = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; what comes behind the body is none, since it would join those that were judged already."""
        if self._reading_headers:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The headers are in."""
        self._headers_are_in()
        self._was_asked = True
        if not self.url.startswith(b"/"):
            self.scope["extensions"] = {ABSOLUTE_FORM: {}}
        super().on_headers_complete()

    def shutdown(self) -> None:
        """Event streams never end by themselves: hang up on them."""
        super().shutdown()
        if self._was_asked and self.cycle.response_started and self.cycle.chunked_encoding:
            self.transport.close()

    @property
    def uselessness(self) -> tuple[int, int]:
        """What to hang up on first is smallest: never asked anything, then idle, then still sending; older before newer."""
        if not self._was_asked:
            return (0, self.age)
        if self.cycle.response_complete:
            return (1, self.age)
        return (2 if self.cycle.more_body else 3, self.age)

    def _make_room(self) -> None:
        others = [each for each in self.connections if isinstance(each, Connection) and each is not self]
        victim = min(others, key=lambda each: each.uselessness)
        if victim.uselessness[0] < 3:
            self.connections.discard(victim)
            victim.transport.abort()
        else:
            self._turn_away(503)

    def _expect_headers(self) -> None:
        self._header_bytes = 0
        self._reading_headers = True
        self._deadline = self.loop.call_later(self.limits.read_timeout_s, self._give_up)

    def _headers_are_in(self) -> None:
        self._reading_headers = False
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self._turn_away(408)

    def _turn_away(self, status: int) -> None:
        self.transport.write(STATUS_LINE[status] + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()
