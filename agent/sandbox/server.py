"""Starts and stops a practice cloud: the app on an inner loopback port, the public line in front of it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Generator
from dataclasses import dataclass, field

import uvicorn

from agent.core.clock import Clock, SystemClock
from agent.core.http import Http
from agent.core.ids import Ids, RandomIds
from agent.sandbox.app import build_app
from agent.sandbox.line import Line, bound_socket
from agent.sandbox.seed import Seed, default_seed
from agent.sandbox.world import World

log = logging.getLogger(__name__)

GRACE_S = 1


@dataclass(frozen=True, kw_only=True)
class SandboxConfig:
    """What a practice cloud needs to start."""

    http: Http
    """Carries deliveries to the shops; stays the caller's to close."""
    host: str = "127.0.0.1"
    port: int = 0
    """Where partners call; 0 takes a free one."""
    control_port: int = 0
    """Loopback port of the control plane and the page; 0 takes a free one."""
    seed: Seed = field(default_factory=default_seed)
    clock: Clock = field(default_factory=SystemClock)
    ids: Ids = field(default_factory=RandomIds)


class RunningSandbox:
    """A practice cloud that serves."""

    def __init__(self, config: SandboxConfig, world: World, line: Line, server: _Server, serving: asyncio.Task[None]) -> None:
        self._host = config.host
        self._server = server
        self._serving = serving
        self.world = world
        self.line = line

    @property
    def base_url(self) -> str:
        """What a till's `cloud.base_url` is set to."""
        host = "127.0.0.1" if self._host in ("0.0.0.0", "") else self._host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.line.port}"

    @property
    def control_url(self) -> str:
        """Origin of the control plane and of the page, `/__sandbox__/` not included."""
        return f"http://127.0.0.1:{self._server.port}"

    async def stop(self) -> None:
        """Stop serving and let both ports go; safe to call twice."""
        await self.line.close()
        self._server.should_exit = True
        await self._serving


class _Server(uvicorn.Server):
    """Uvicorn without its hands on the process's signals, saying when it listens."""

    def __init__(self, config: uvicorn.Config, port: int) -> None:
        super().__init__(config)
        self.port = port
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave signals to whoever owns the process."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        self.listening.set()


async def serve(config: SandboxConfig) -> RunningSandbox:
    """Start a practice cloud; returns when both ports answer. Raises NeedsPerson `port_taken`."""
    world = World(config.seed, config.clock, config.ids, config.http)
    inner = bound_socket("127.0.0.1", config.control_port)
    port = inner.getsockname()[1]
    line = Line(config.host, config.port, port)
    settings = uvicorn.Config(
        build_app(world, line),
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = _Server(settings, port)
    serving = asyncio.create_task(server.serve(sockets=[inner]))
    await server.listening.wait()
    running = RunningSandbox(config, world, line, server, serving)
    async with contextlib.AsyncExitStack() as undo:
        undo.push_async_callback(running.stop)
        await line.restore()
        undo.pop_all()
    log.info("practice cloud started base_url=%s control_url=%s", running.base_url, running.control_url)
    return running
