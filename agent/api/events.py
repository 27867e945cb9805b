"""The event stream: a snapshot, then what happens, resumable by Last-Event-ID, as server-sent events."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from agent.api.auth import BoardCaller, Conf, Credentials, Gate, TheGate, sees_all
from agent.api.hub import Hub, Message
from agent.api.settings import ApiSettings
from agent.core.errors import CataBridgeError, Refused

router = APIRouter(prefix="/v1", tags=["status"])

BOARD_KINDS = frozenset({"status", "order", "device"})
"""What a `board` token hears of."""
SLOWEST_WRITE_S = 30.0
"""A reader that takes nothing for so long is gone."""


async def hub_of(request: Request) -> Hub:
    """The application's hub."""
    hub: Hub = request.app.state.hub
    return hub


@router.get("/events", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}})
async def events(
    caller: BoardCaller,
    hub: Annotated[Hub, Depends(hub_of)],
    gate: TheGate,
    settings: Conf,
    credentials: Credentials,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", max_length=64)] = None,
) -> Response:
    """First `snapshot`, then `status`, `scan`, `entry`, `order`, `device`, `menu`, `sales`; a comment at least every 10 s."""
    if hub.streams >= settings.limits.streams:
        raise Refused("too_many_streams", "Too many screens are connected to this till.")
    token = credentials.credentials if credentials else ""
    return EventStream(hub, gate, settings, token=token, whole=sees_all(caller), after=resume_point(hub.boot, last_event_id))


def resume_point(boot: str, last_event_id: str | None) -> int | None:
    """The number in an event id of this run; None for anything else."""
    run, _, number = (last_event_id or "").rpartition("-")
    return int(number) if run == boot and number.isascii() and number.isdigit() else None


class EventStream(Response):
    """One client's stream; it holds a place in the hub's ring and nothing more, so a slow client costs nothing."""

    def __init__(self, hub: Hub, gate: Gate, settings: ApiSettings, *, token: str, whole: bool, after: int | None) -> None:
        super().__init__(media_type="text/event-stream")
        del self.headers["content-length"]
        self._hub = hub
        self._gate = gate
        self._settings = settings
        self._token = token
        self._whole = whole
        self._at = after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the client goes away, its token is revoked, or it stops reading."""
        async with self._hub.wake() as wake:
            news = await self._news()
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            writer = asyncio.create_task(self._write(wake, news, send))
            leaver = asyncio.create_task(_gone(receive))
            try:
                await asyncio.wait({writer, leaver}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                writer.cancel()
                leaver.cancel()
                await asyncio.gather(writer, leaver, return_exceptions=True)

    async def _write(self, wake: asyncio.Event, news: str, send: Send) -> None:
        try:
            await _send(send, "retry: 1000\n\n" + news)
            while await self._is_welcome():
                await self._pause(wake)
                await _send(send, await self._news() or ": beat\n\n")
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (CataBridgeError, TimeoutError):
            return

    async def _pause(self, wake: asyncio.Event) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), self._settings.heartbeat_s)
        wake.clear()

    async def _is_welcome(self) -> bool:
        """Asked before every wait, so that a revoked token hears at most one more event."""
        return await self._gate.knows(self._token)

    async def _news(self) -> str:
        """What is new for this client, as text of the stream; a snapshot when it is too far behind."""
        messages = None if self._at is None else self._hub.since(self._at)
        if messages is None:
            return await self._snapshot()
        self._at = self._hub.last
        return "".join(self._text(message) for message in messages if self._whole or message.kind in BOARD_KINDS)

    async def _snapshot(self) -> str:
        at = self._hub.last  # before reading, so that what happens meanwhile is told again rather than missed
        snapshot = await self._hub.snapshot(whole=self._whole)
        self._at = at
        return self._text(Message(at, "snapshot", snapshot.model_dump_json()))

    def _text(self, message: Message) -> str:
        return f"id: {self._hub.boot}-{message.number}\nevent: {message.kind}\ndata: {message.data}\n\n"


async def _send(send: Send, text: str) -> None:
    async with asyncio.timeout(SLOWEST_WRITE_S):
        await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
