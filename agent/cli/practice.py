"""Runs the practice cloud in the foreground until somebody stops it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from pathlib import Path

from agent.cli.terminal import say
from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from agent.core.errors import InvalidInput
from agent.sandbox.cockato.api import PREFIX as COCKATO_PREFIX
from agent.sandbox.seed import default_seed, load_seed
from agent.sandbox.server import SandboxConfig, serve

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


async def practise(listen: str, seed: Path | None) -> None:
    """Serve until Ctrl-C or SIGTERM; raises InvalidInput for a bad address or seed, NeedsPerson when a port is taken."""
    host, port = address(listen)
    planted = default_seed() if seed is None else load_seed(seed)
    stop = _stop_on_signals()
    http = HttpxClient(SystemClock())
    try:
        running = await serve(SandboxConfig(http=http, host=host, port=port, seed=planted))
        try:
            say(f"The practice cloud answers at {running.base_url}")
            say(f"Look inside at {running.control_url}/__sandbox__/")
            say(f"Practice Cockato answers at {running.base_url}{COCKATO_PREFIX}")
            await stop.wait()
        finally:
            await running.stop()
    finally:
        await http.close()


def address(listen: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT` or `[IPV6]:PORT`; raises InvalidInput."""
    host, _, port = listen.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not bare or ("[" in bare or (":" in bare and bare is host)) or not port.isdecimal() or int(port) > 65535:
        raise InvalidInput("invalid_listen", f"{listen} is no address such as 127.0.0.1:8799.", field="listen")
    return bare, int(port)


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        # Windows' loop has no signal handlers; there Ctrl-C ends the run as a KeyboardInterrupt.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    return stop
