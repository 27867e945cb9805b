"""A practice cloud, a bad line, and a real agent process that can be started, stopped and killed many times a minute."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from agent.core.errors import CataBridgeError
from agent.core.http import HttpRequest
from agent.instance import RunningAgent, running
from agent.paths import Home
from tests.faults.shop_settings import furnish
from tests.support.fault_proxy import FaultProxy, bad_line
from tests.support.sandbox import KEY, Practice, practice_cloud

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
DEADLINE_S = 90.0
"""What has not come to rest by then never will."""
MEMBERS = [f"00000000-0000-4000-8000-{number:012d}" for number in range(8)]
REGISTERS_WITHIN_S = 0.5
"""An agent that has not registered its receiver by then is started again: it would try again much later."""
RICH = 10_000_000
"""Points of each member; no burn of a harness is refused for want of points."""


@dataclass
class Rig:
    """One home and all that is around it."""

    home: Home
    practice: Practice
    line: FaultProxy
    http: HttpxClient
    nursery: asyncio.subprocess.Process
    pid: int = field(default=0, init=False)
    _known: RunningAgent | None = field(default=None, init=False)

    @property
    def tickets(self) -> Path:
        return self.home.root / "tickets"

    async def start_agent(self) -> None:
        """Start it; returns before it is ready."""
        assert self.nursery.stdin is not None
        self._known = None
        self.nursery.stdin.write(b"\n")
        self.pid = int(await self._word())

    async def ready(self) -> None:
        """Wait until the agent has announced itself."""

        async def look() -> bool:
            os.kill(self.pid, 0)  # an agent that has ended by itself is found at once
            return self._agent() is not None

        await until(look)

    async def open_shop(self) -> None:
        """Start it on a good line until it has told the cloud where to deliver orders, and stop it."""
        while not (await self.practice.control.state())["webhooks"]:
            await self.start_agent()
            await self.ready()
            await asyncio.sleep(REGISTERS_WITHIN_S)
            await self.stop_agent()

    async def stop_agent(self) -> None:
        """Ask it to end, which it must do cleanly."""
        await self.ready()
        self.signal(signal.SIGTERM)
        assert await self.ended() == 0

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    async def ended(self) -> int:
        """The exit code of the agent, negative for a signal, once it has ended."""
        words = (await self._word()).split()
        assert words[0] == "end", words
        self.pid = 0
        return int(words[1])

    async def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """One call of the till API; raises Unreachable when the agent is not there."""
        agent = self._agent()
        if agent is None:
            raise NotThere
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {agent.token}", "Content-Type": "application/json"}
        answer = await self.http.send(
            HttpRequest(method=method, url=agent.url + path, headers=headers, body=content, timeout_s=20)
        )
        return answer.status, json.loads(answer.body)

    async def get(self, path: str) -> Any:
        status, body = await self.call("GET", path)
        assert status == 200, body
        return body

    async def entries(self) -> dict[str, Any]:
        """Everything in the outbox, by id."""
        found: dict[str, Any] = {}
        after = ""
        while True:
            page = await self.get(f"/v1/outbox?limit=500{after}")
            found |= {entry["id"]: entry for entry in page["entries"]}
            if page["next"] is None:
                return found
            after = f"&after={page['next']}"

    async def at_rest(self, *, within_s: float = DEADLINE_S) -> None:
        """Wait until nothing is on its way to the cloud and every ticket is printed."""

        async def look() -> bool:
            waiting = [(await self.get(f"/v1/outbox?state={state}&limit=1"))["entries"] for state in ("pending", "sending")]
            orders = (await self.get("/v1/orders?state=all"))["orders"]
            return not any(waiting) and all(order["printed"] for order in orders)

        await until(look, every_s=0.1, within_s=within_s)

    async def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self.pid:
                os.kill(self.pid, signal.SIGKILL)
        assert self.nursery.stdin is not None
        self.nursery.stdin.close()
        await self.nursery.wait()

    def _agent(self) -> RunningAgent | None:
        if self._known is None:
            found = running(self.home)
            self._known = found if found is not None and found.pid == self.pid else None
        return self._known

    async def _word(self) -> str:
        assert self.nursery.stdout is not None
        async with asyncio.timeout(DEADLINE_S):
            return (await self.nursery.stdout.readline()).decode().strip()


class NotThere(CataBridgeError):
    """The agent has not announced itself."""

    def __init__(self) -> None:
        super().__init__("not_there", "The agent is not there.")


async def until(look: Callable[[], Awaitable[T]], *, every_s: float = 0.005, within_s: float = DEADLINE_S) -> T:
    """What `look` finds once it finds something."""
    async with asyncio.timeout(within_s):
        while True:
            found = await look()
            if found:
                return found
            await asyncio.sleep(every_s)


@asynccontextmanager
async def rig(*, seed: int = 0, bug: str = "") -> AsyncIterator[Rig]:
    """Everything but a started agent, and nothing left behind; `bug` names one of tests/faults/bugs.py."""
    folder = Path(tempfile.mkdtemp(prefix="cata-bridge-faults-"))
    http = HttpxClient(SystemClock())
    try:
        async with practice_cloud() as practice, bad_line(practice.base_url, seed=seed) as line:
            furnish(Home(folder / "home"), line.url)
            for uuid in MEMBERS:
                await practice.control.add_member(uuid=uuid, codes=[f"KK-{uuid[-6:]}"], batches=[{"points": RICH}])
            one = Rig(Home(folder / "home"), practice, line, http, await _nursery(folder / "home", bug))
            try:
                yield one
            finally:
                await one.close()
    finally:
        await http.close()
        shutil.rmtree(folder, ignore_errors=True)


async def _nursery(home: Path, bug: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.nursery", str(home), bug),
        cwd=ROOT,
        env={**os.environ, "CATA_BRIDGE_SECRETS": "file", "CATA_BRIDGE_SECRET_API_KEY": KEY},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
