"""A till as a process of its own, whose secrets and members are planted, and which is called over its API."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from agent.core.http import HttpRequest
from agent.instance import running
from agent.paths import Home
from agent.secrets import API_KEY, MANAGER_PIN, WEBHOOK_SECRET, Secrets
from tests.faults.canaries import CANARIES
from tests.support.outlet import Answer, eventually
from tests.support.sandbox import OUTLET, Practice, practice_cloud

UUID = "9d0c7b52-2b7e-4d0a-8a61-1c5e0f6baa01"
FILE_STORE = {"CATA_BRIDGE_SECRETS": "file"}
PATIENCE_S = 60.0
CONFIG = """
[outlet]
id = "{outlet}"
name = "Toa Payoh"
[cloud]
base_url = "{base_url}"
timeout_s = 3.0
requests_per_s = 0
[sender]
backoff_base_s = 0.05
backoff_cap_s = 0.3
breaker_probe_s = 0.3
[webhook]
listen = "127.0.0.1:0"
callback_url = ""
[till_api]
listen = "127.0.0.1:0"
[logs]
level = "debug"
[[devices]]
name = "kitchen"
driver = "simulated-printer"
folder = "{outside}/tickets"
[[devices]]
name = "pos"
driver = "pos-drop-folder"
folder = "{outside}/pos"
poll_s = 0.05
"""


class Till:
    """Calls an agent that runs as a process of its own."""

    def __init__(self, home: Home, http: HttpxClient, practice: Practice) -> None:
        self.home, self.http, self.practice = home, http, practice
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        self.process = started(self.home)
        async with asyncio.timeout(PATIENCE_S):
            while (found := running(self.home)) is None or found.pid != self.process.pid:
                assert self.process.poll() is None, self.process.communicate()[1]
                await asyncio.sleep(0.02)

    async def stop(self) -> bytes:
        """What it said on stderr."""
        assert self.process is not None
        self.process.terminate()
        _, said = await asyncio.to_thread(self.process.communicate, timeout=PATIENCE_S)
        return said

    async def call(self, method: str, path: str, body: object = None) -> Answer:
        agent = running(self.home)
        assert agent is not None
        headers = {"Authorization": f"Bearer {agent.token}"} | ({} if body is None else {"Content-Type": "application/json"})
        content = b"" if body is None else json.dumps(body).encode()
        answer = await self.http.send(
            HttpRequest(method=method, url=agent.url + path, headers=headers, body=content, timeout_s=30)
        )
        return Answer(answer.status, json.loads(answer.body))

    async def reachable(self, *, wanted: bool = True) -> None:
        async def look() -> bool:
            return bool((await self.call("GET", "/v1/status")).body["cloud"]["reachable"]) is wanted

        await eventually(look)


def command(home: Home, *words: str) -> list[str]:
    return [sys.executable, "-m", "agent", "--home", str(home.root), *words]


def started(home: Home) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command(home, "agent"), env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def environment() -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if not name.startswith("CATA_BRIDGE_")} | FILE_STORE


@asynccontextmanager
async def a_till(folder: Path) -> AsyncIterator[Till]:
    """A till whose secrets lie in its store, at a cloud that knows the planted member."""
    home = Home(folder / "home").prepare()
    store = Secrets(home, env=FILE_STORE)
    for secret, canary in ((API_KEY, "key"), (WEBHOOK_SECRET, "webhook secret"), (MANAGER_PIN, "pin")):
        store.set(secret, CANARIES[canary])
    http = HttpxClient(SystemClock())
    async with practice_cloud() as practice:
        await practice.control.issue_key(CANARIES["key"])
        await practice.control.add_member(
            uuid=UUID, codes=[CANARIES["code"]], phone=CANARIES["phone"], email=CANARIES["e-mail"],
            first_name=CANARIES["first name"], last_name=CANARIES["last name"], batches=[{"points": 500}],
        )  # fmt: skip
        (folder / "pos" / "sales").mkdir(parents=True)
        home.config.write_text(CONFIG.format(outlet=OUTLET, base_url=practice.base_url, outside=folder))
        till = Till(home, http, practice)
        await till.start()
        try:
            await till.reachable()
            yield till
        finally:
            await till.stop()
            await http.close()
