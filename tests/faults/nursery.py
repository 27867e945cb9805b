"""Starts real agent processes fast: the program is imported once here, and every agent is a fork of its own.

Run as `python -m tests.faults.nursery HOME [BUG]`; each line on standard input starts one agent, whose process id comes
back, and later `end STATUS` once it has ended however it did.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import select
import signal
import ssl
import sys
import warnings
from pathlib import Path

from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from agent.core.errors import Unreachable
from agent.core.http import HttpRequest
from agent.paths import Home

PROBE_EVERY_S = 0.02
"""A prober that looks this often makes a bad line cost milliseconds where it costs a shop a second."""


def prepare() -> None:
    """Import all that an agent needs, late imports included, and read the system's certificates; no thread may stay."""
    import uvicorn.protocols.http.httptools_impl  # noqa: F401

    import agent.runtime  # noqa: F401
    from agent.flows.line import probe

    probe.LOOK_EVERY_S = PROBE_EVERY_S
    trust = ssl.create_default_context()
    ssl.create_default_context = lambda: trust  # type: ignore[assignment, misc]
    asyncio.run(ask_nobody())
    gc.freeze()


async def ask_nobody() -> None:
    """One request that fails, for the sake of what it imports."""
    http = HttpxClient(SystemClock())
    with contextlib.suppress(Unreachable):
        await http.send(HttpRequest(method="GET", url="http://127.0.0.1:1/"))
    await http.close()


def live(home: Path) -> int:
    """The life of one agent; its exit code."""
    from agent.runtime import run_agent

    return asyncio.run(run_agent(Home(home), announce=lambda sentence: None))


def bear(home: Path) -> int:
    """Fork one agent and wait for its end; its wait status."""
    child = os.fork()
    if child == 0:
        code = 70
        try:
            code = live(home)
        finally:
            os._exit(code)
    say(str(child))
    end = os.pidfd_open(child)
    if end not in select.select([end, sys.stdin], [], [])[0]:
        os.kill(child, signal.SIGKILL)  # whoever started this is gone, so nobody else will
    os.close(end)
    return os.waitpid(child, 0)[1]


def say(word: str) -> None:
    """One line for whoever started this."""
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


def main(home: Path, bug: str) -> None:
    """Until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")
    prepare()
    if bug:
        from tests.faults.bugs import BUGS

        BUGS[bug]()
    for _ in sys.stdin:
        say(f"end {os.waitstatus_to_exitcode(bear(home))}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
