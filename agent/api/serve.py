"""Serving an application inside the running loop: bound once, refused when the port is taken, stopped within seconds."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import logging
import socket
import sys
from collections.abc import Iterator
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from agent.api.connection import Connection
from agent.api.settings import Limits
from agent.core.errors import InvalidInput

log = logging.getLogger(__name__)

GRACE_S = 2
"""Time for answers under way when stopping."""


class Listener:
    """One served address; port 0 takes any free one."""

    def __init__(self, app: ASGIApp, host: str, port: int, limits: Limits | None = None) -> None:
        self._app = app
        self._host = host
        self.port = port
        """The bound port, once started."""
        self._limits = limits or Limits()
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where it is reached from this machine."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}"

    async def start(self) -> None:
        """Bind and serve; InvalidInput `port_in_use` or `address_unusable` when that cannot be."""
        bound = _bind(self._host, self.port)
        self.port = bound[0].getsockname()[1]
        if not is_loopback(self._host):
            log.warning("LISTENING BEYOND THIS COMPUTER: others on the network can reach this address host=%s", self._host)
        server = _Server(_config(self._app, self._limits))
        self._server, self._serving = server, asyncio.create_task(server.serve(bound))
        await server.is_up.wait()
        log.info("listening host=%s port=%s", self._host, self.port)

    async def stop(self) -> None:
        """Stop taking calls, finish those under way, let go of the port; a second call does nothing."""
        server, serving = self._server, self._serving
        self._server = self._serving = None
        if server is None or serving is None:
            return
        server.should_exit = True
        await serving
        log.info("no longer listening port=%s", self.port)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()


def is_loopback(host: str) -> bool:
    """Whether only this computer can reach an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Server(uvicorn.Server):
    """uvicorn without hands on the process's signals."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(app: ASGIApp, limits: Limits) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=type("LimitedConnection", (Connection,), {"limits": limits}),
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=limits.keep_alive_s,
        timeout_graceful_shutdown=GRACE_S,
        backlog=128,
    )


def _bind(host: str, port: int) -> list[socket.socket]:
    """The asked-for address, and the other loopback with it, so that nobody else can answer to `localhost`."""
    first = _socket(host, port)
    if host not in {"127.0.0.1", "localhost"} or not socket.has_ipv6:
        return [first]
    try:
        return [first, _socket("::1", first.getsockname()[1])]
    except InvalidInput as error:
        if error.reason == "port_in_use" and port:
            first.close()
            raise
        return [first]


def _socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio leaves Nagle's algorithm on and every answer waits 40 ms for the caller's delayed ACK.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        _claim_alone(bound)
        bound.bind((host, port))
        bound.listen(128)
    except OSError as error:
        bound.close()
        raise _unusable(error, host, port) from None
    bound.setblocking(False)
    return bound


def _claim_alone(bound: socket.socket) -> None:
    """No other program may bind the same port; where that is the system's own rule, a port just left may be taken again."""
    if sys.platform == "win32":  # pragma: no cover
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if bound.family == socket.AF_INET6:
        bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)


def _unusable(error: OSError, host: str, port: int) -> InvalidInput:
    if error.errno in {errno.EADDRINUSE, errno.EACCES}:
        return InvalidInput(
            "port_in_use", f"Port {port} is taken by another program. Close that or choose another.", field="listen"
        )
    return InvalidInput("address_unusable", f"This computer cannot listen on {host}.", field="listen", details=str(error))
