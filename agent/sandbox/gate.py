"""What stands before every call of a partner: the path prefix, the record of calls, and the faults."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from agent.sandbox.calls import render
from agent.sandbox.faults import CAPTIVE_PORTAL, Fault
from agent.sandbox.line import Line
from agent.sandbox.world import CallRecord, World

BASE_PREFIX = "/service/pos-integration"
"""Path prefix of a tenant's real base URL; here it may be there or not."""
CONTROL_PREFIX = "/__sandbox__"

Message = MutableMapping[str, Any]


class Gate:
    """ASGI in front of the contract's routes; the control plane passes untouched."""

    def __init__(self, app: ASGIApp, world: World, line: Line, routes: list[Route]) -> None:
        self._app = app
        self._world = world
        self._line = line
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Play the fault that fits, or pass the call on."""
        path = scope["path"].removeprefix(BASE_PREFIX) or "/"
        if scope["type"] != "http" or path == CONTROL_PREFIX or path.startswith(CONTROL_PREFIX + "/"):
            await self._app(scope, receive, send)
            return
        scope = {**scope, "path": path, "raw_path": path.encode()}
        fault = self._world.faults.draw(scope["method"], path) if self._came_by_line(scope) else None
        status: list[int] = []

        async def seen(message: Message) -> None:
            if message["type"] == "http.response.start":
                status.append(message["status"])
            await send(message)

        self._world.under_way += 1
        try:
            await self._play(fault, scope, receive, seen)
        finally:
            self._world.under_way -= 1
            self._note(scope, status[0] if status else None, fault)

    async def _play(self, fault: Fault | None, scope: Scope, receive: Receive, send: Send) -> None:
        if fault is None:
            await self._app(scope, receive, send)
            return
        await self._world.clock.sleep(fault.delay_s)
        if fault.kind == "delay":
            await self._app(scope, receive, send)
            return
        if fault.is_after:
            await self._app(scope, receive, _swallow)
        if fault.kind == "drop":
            self._line.drop(_inner_port(scope))
            await _gone(receive)
            return
        response = Response(CAPTIVE_PORTAL, 200, media_type="text/html") if fault.kind == "html" else render(fault.reply())
        await response(scope, receive, send)

    def _came_by_line(self, scope: Scope) -> bool:
        return self._line.caller(_inner_port(scope)) is not None

    def _note(self, scope: Scope, status: int | None, fault: Fault | None) -> None:
        fits = (route.path for route in self._routes if route.matches(scope)[0] is Match.FULL)
        self._world.note(
            CallRecord(
                at=self._world.clock.now(),
                method=scope["method"],
                route=next(fits, "(none)"),
                path=scope["path"],
                status=status,
                fault=fault.kind if fault else "",
            )
        )


def true_caller(line: Line) -> Callable[[Request], str]:
    """Tells where a request comes from: the caller behind the public door, or whoever called the inner port."""

    def told(request: Request) -> str:
        behind = line.caller(_inner_port(request.scope))
        return behind or (request.client.host if request.client else "")

    return told


async def _swallow(_: Message) -> None:
    """An answer that nobody gets."""


async def _gone(receive: Receive) -> None:
    """Wait until the server has seen the connection go."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _inner_port(scope: Scope) -> int:
    return int(scope["client"][1])
