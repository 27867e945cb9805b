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
from agent.core.errors import CataBridgeError, DamagedData, InvalidInput, NeedsPerson, NotSaved
from agent.instance import ALREADY_RUNNING as ALREADY_RUNNING_REASON
from agent.instance import Instance
from agent.paths import Home
from agent.secrets import Secrets
from agent.settings import Settings, load
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
    """One agent after the other until asked to stop: each is built from what is set when it begins."""
    logs.start(home, level=load(home).logs.level)
    stop, life = _stop_on_signals(), Life(home, instance, await asyncio.to_thread(Secrets, home))
    is_wanted = True
    while is_wanted:
        agent, again = await life.begun()
        announce(f"Cata Bridge {__version__} is running.")
        try:
            await _until_any(agent, stop, again)
        finally:
            log.info("agent stopping")
            await agent.stop()
        is_wanted = again.is_set() and not stop.is_set()
    return DONE


class Life:
    """What outlives an agent that is built anew: the lock, the secrets, and the settings that worked."""

    def __init__(self, home: Home, instance: Instance, secrets: Secrets) -> None:
        self._home, self._instance, self._secrets = home, instance, secrets
        self._worked: Settings | None = None

    async def begun(self) -> tuple[Agent, asyncio.Event]:
        """An agent that listens, and what is set once another is wanted in its place.

        New settings that cannot be used never stop a till that worked: it goes on with those before, and says so.
        """
        try:
            return await self._started(load(self._home), "")
        except (InvalidInput, NeedsPerson) as error:
            if self._worked is None:
                raise
            log.error("new settings cannot be used reason=%s details=%s", error.reason, error.details)
            return await self._started(self._worked, f"{error.message} This till goes on with its earlier settings. CFG-02")

    async def _started(self, settings: Settings, complaint: str) -> tuple[Agent, asyncio.Event]:
        logs.start(self._home, level=settings.logs.level)
        again = asyncio.Event()
        agent = await build(self._home, settings, self._secrets, rebuild=again.set, complaint=complaint)
        try:
            await agent.start()
            self._instance.announce(version=__version__, url=agent.url, token=agent.local_token)
        except BaseException:
            await agent.stop()
            raise
        log.info("agent ready version=%s pid=%d", __version__, os.getpid())
        self._worked = settings
        return agent, again


async def _until_any(agent: Agent, *asked: asyncio.Event) -> None:
    """Ends when one of these is set, or with the error of a part that must not end."""
    running = asyncio.create_task(agent.run())
    waits = [asyncio.create_task(event.wait()) for event in asked]
    await asyncio.wait({running, *waits}, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
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
