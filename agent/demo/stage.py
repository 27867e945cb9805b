"""The stage of the demo: practice cloud, agent process, scanner, POS folder and printer in one temporary home."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from agent.core.errors import CataBridgeError, NeedsPerson
from agent.core.http import HttpRequest
from agent.demo.events import Events, listening
from agent.demo.ports import free_port
from agent.demo.scanner import Scanner, plug_in
from agent.instance import running
from agent.paths import Home
from agent.sandbox.control_client import SandboxControl
from agent.sandbox.server import RunningSandbox, SandboxConfig, serve

T = TypeVar("T")

OUTLET = "c6a0f1de-1d0e-4e63-8b2b-7f6f5a7a0b10"
API_KEY = "ck_test_sandbox"
"""Outlet and key that the practice cloud starts with (agent/sandbox/seed.toml)."""
REAL = re.compile(r"CATA_BRIDGE_(SECRET_|POLICY$|\w*__)")
"""What the environment may say of a real shop."""
PATIENCE_S = 30.0
"""Something that has not happened by then is not going to happen."""
LOOK_EVERY_S = 0.03

CONFIG = """\
# Written by `cata-bridge demo`; thrown away with its folder.
[outlet]
id = "{outlet}"
name = "Toa Payoh Lor 4"
till = "till-1"

[cloud]
base_url = "{base_url}"
timeout_s = 3.0

[sender]
backoff_base_s = 0.2
backoff_cap_s = 2.0
breaker_probe_s = 1.0

[till_api]
listen = "127.0.0.1:{till_port}"

[webhook]
listen = "127.0.0.1:{webhook_port}"
callback_url = "http://127.0.0.1:{webhook_port}/cata/orders/{outlet}"

[menu]
source = "pos"

[[devices]]
name = "front-scanner"
{scanner}

[[devices]]
name = "kitchen-printer"
driver = "simulated-printer"
folder = {tickets}

[[devices]]
name = "pos"
driver = "pos-drop-folder"
folder = {pos}
poll_s = 0.2
"""

CATALOGUE = """\
code,name,price,category
KOPI,Kopi,1.80,Drinks
KOPI-C,Kopi C,2.00,Drinks
TEH-C,Teh C Peng,2.40,Drinks
KAYA,Kaya Toast Set,5.60,Toast
LAKSA,Laksa,7.80,Noodles
NASI-L,Nasi Lemak Ayam,8.50,Rice
"""


@dataclass
class Stage:
    """Everything the tour plays on; `open`, then `close`."""

    folder: Path
    home: Home
    http: HttpxClient
    cloud: RunningSandbox
    control: SandboxControl
    scanner: Scanner
    is_ours: bool
    """The folder was made for the demo and goes with it."""
    _agent: asyncio.subprocess.Process | None = field(default=None, init=False)

    @classmethod
    async def open(cls, home: Path | None) -> Stage:
        """Start all but the agent; `home` keeps the files for a look afterwards and must not be a shop's."""
        folder = home or Path(tempfile.mkdtemp(prefix="cata-bridge-demo-"))
        place = Home(folder)
        if place.config.exists():
            raise NeedsPerson("home_in_use", "This folder already has settings in it. The demo needs one of its own.")
        http = HttpxClient(SystemClock())
        cloud = await serve(SandboxConfig(http=http))
        control = SandboxControl(http, cloud.control_url)
        stage = cls(folder, place.prepare(), http, cloud, control, await plug_in(), is_ours=home is None)
        stage._furnish()
        return stage

    @property
    def tickets(self) -> Path:
        """Where the printer's tickets land."""
        return self.folder / "tickets"

    @property
    def pos(self) -> Path:
        """The folder that the POS shares with the agent."""
        return self.folder / "pos"

    @property
    def surroundings(self) -> dict[str, str]:
        """Environment of the agent, whoever starts it: here is the practice cloud's key, and no keyring is touched.

        No setting, secret or policy of a real shop comes in with it: none of them may lead a practice to a real cloud.
        """
        around = {name: value for name, value in os.environ.items() if not REAL.match(name)}
        return {**around, "CATA_BRIDGE_SECRETS": "file", "CATA_BRIDGE_SECRET_API_KEY": API_KEY, "CATA_BRIDGE_POLICY": ""}

    @property
    def pid(self) -> int:
        """Process id of the agent."""
        assert self._agent is not None
        return self._agent.pid

    async def start_agent(self) -> None:
        """Start the agent as its own process and wait until it answers."""
        self._agent = await asyncio.create_subprocess_exec(
            *program(),
            "--home",
            str(self.folder),
            "agent",
            env=self.surroundings,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

        async def answers() -> bool:
            if self._agent is not None and self._agent.returncode is not None:
                raise NeedsPerson("agent_ended", f"The agent did not start (exit {self._agent.returncode}).")
            found = running(self.home)
            return found is not None and found.pid == self.pid

        await self.until(answers)

    async def kill_agent(self) -> None:
        """Pull the plug: no clean-up, no last word."""
        assert self._agent is not None
        self._agent.kill()
        await self._agent.wait()

    async def get(self, path: str) -> Any:
        """A GET of the till API that must work."""
        _, body = await self.call("GET", path)
        return body

    async def post(self, path: str, body: object) -> Any:
        """A POST of the till API; the body of the answer, whatever its status."""
        _, answer = await self.call("POST", path, body)
        return answer

    async def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Status and JSON of one call of the till API."""
        agent = running(self.home)
        if agent is None:
            raise NeedsPerson("agent_absent", "The agent is not running.")
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {agent.token}", "Content-Type": "application/json"}
        answer = await self.http.send(
            HttpRequest(method=method, url=agent.url + path, headers=headers, body=content, timeout_s=PATIENCE_S)
        )
        return answer.status, json.loads(answer.body)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Events]:
        """The agent's event stream; ends with TimeoutError's sentence when nothing comes."""
        agent = running(self.home)
        if agent is None:
            raise NeedsPerson("agent_absent", "The agent is not running.")
        async with asyncio.timeout(PATIENCE_S), listening(agent.url, agent.token) as events:
            yield events

    async def until(self, look: Callable[[], Awaitable[T]]) -> T:
        """What `look` finds, once it finds something; raises NeedsPerson when it never does."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not (found := await self._look(look)):
                    await SystemClock().sleep(LOOK_EVERY_S)
                return found
        except TimeoutError:
            raise NeedsPerson("nothing_happened", "Something that had to happen did not.") from None

    async def close(self) -> None:
        """Stop everything and take the temporary folder away."""
        if self._agent is not None and self._agent.returncode is None:
            self._agent.terminate()
            await self._agent.wait()
        with suppress(ProcessLookupError, NeedsPerson):
            await self._stop_successor()
        self.scanner.close()
        await self.cloud.stop()
        await self.http.close()
        if self.is_ours:
            await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)

    async def _stop_successor(self) -> None:
        """An agent that the screen has started after this one was killed ends with the demo too."""
        found = running(self.home)
        if found is None:
            return
        os.kill(found.pid, signal.SIGTERM)

        async def is_gone() -> bool:
            return running(self.home) is None

        await self.until(is_gone)

    async def _look(self, look: Callable[[], Awaitable[T]]) -> T | None:
        try:
            return await look()
        except CataBridgeError as error:
            if error.reason == "agent_ended":
                raise
            return None  # an agent that is still starting, or just gone, has nothing to show yet

    def _furnish(self) -> None:
        for folder in (self.tickets, self.pos / "catalogue"):
            folder.mkdir(parents=True)
        (self.pos / "catalogue" / "menu.csv").write_text(CATALOGUE, encoding="utf-8")
        self.home.config.write_text(
            CONFIG.format(
                outlet=OUTLET,
                base_url=self.cloud.base_url,
                till_port=free_port(),
                webhook_port=free_port(),
                scanner=self.scanner.device,
                tickets=json.dumps(str(self.tickets)),
                pos=json.dumps(str(self.pos)),
            ),
            encoding="utf-8",
        )


def program() -> list[str]:
    """How this program is started again: the frozen file itself, or the interpreter with the package."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "agent"]
