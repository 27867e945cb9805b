"""The life of the agent process: lock, build, run, stop in order, and the exit code."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import signal
from collections.abc import Callable

from agent import __version__, logs
from agent.agent import Agent
from agent.core.errors import CataBridgeError, DamagedData, NotSaved
from agent.instance import ALREADY_RUNNING as ALREADY_RUNNING_REASON
from agent.instance import Instance
from agent.paths import Home
from agent.secrets import Secrets
from agent.settings import load
from agent.wiring.build import build

log = logging.getLogger(__name__)

DONE, FAILED, ALREADY_RUNNING, CANNOT_SAVE = 0, 1, 3, 5
DISK_REFUSALS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})
"""A full, read-only or failing disk, met outside of the database: its journal, the log, a secret."""
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


async def run_agent(home: Home, *, announce: Callable[[str], None]) -> int:
    """Run until asked to stop; returns the exit code of the process. `announce` gets one sentence for people."""
    try:
        with Instance(home) as instance:
            return await _run(home, instance, announce)
    except CataBridgeError as error:
        log.error("agent cannot run reason=%s details=%s", error.reason, error.details)
        announce(error.message)
        return _exit_code(error)
    except OSError as error:
        if error.errno not in DISK_REFUSALS:
            raise
        log.error("agent cannot run cause=%s", error)
        announce("The disk of this till did not take what Cata Bridge has to keep, so it cannot run.")
        return CANNOT_SAVE


async def _run(home: Home, instance: Instance, announce: Callable[[str], None]) -> int:
    settings = load(home)
    logs.start(home, level=settings.logs.level)
    stop = _stop_on_signals()
    agent = await build(home, settings, await asyncio.to_thread(Secrets, home))
    try:
        await agent.start()
        instance.announce(version=__version__, url=agent.url, token=agent.local_token)
        log.info("agent ready version=%s pid=%d", __version__, os.getpid())
        announce(f"Cata Bridge {__version__} is running.")
        await _until_stopped(agent, stop)
    finally:
        log.info("agent stopping")
        await agent.stop()
    return DONE


async def _until_stopped(agent: Agent, stop: asyncio.Event) -> None:
    """Ends when asked to, or with the error of a part that must not end."""
    running = asyncio.create_task(agent.run())
    asked = asyncio.create_task(stop.wait())
    await asyncio.wait({running, asked}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if not running.done():
        running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        try:
            await running
        except BaseExceptionGroup as group:
            raise first_of(group) from group


def first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error of ours in a group, however deep, since it says what to do; else the first error at all."""
    found: BaseException = group.subgroup(CataBridgeError) or group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found


def _exit_code(error: CataBridgeError) -> int:
    if error.reason == ALREADY_RUNNING_REASON:
        return ALREADY_RUNNING
    return CANNOT_SAVE if isinstance(error, NotSaved | DamagedData) else FAILED


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows' loop has no signal handlers
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    return stop
