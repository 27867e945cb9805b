"""A whole outlet in this process: a practice cloud, a built agent in a temporary home, and callers of its till API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from agent.agent import Agent
from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from agent.core.http import HttpRequest, HttpResponse
from agent.paths import Home
from agent.secrets import Secrets
from agent.settings import load
from agent.wiring.build import build
from tests.support.sandbox import KEY, OUTLET, Practice, practice_cloud

T = TypeVar("T")

DEADLINE_S = 15.0
"""Longest wait for something that must happen; nothing is asserted about how fast it does."""

CONFIG = """
[outlet]
id = "{outlet}"
name = "Toa Payoh Lor 4"
till = "till-1"

[cloud]
base_url = "{base_url}"
{cloud}
timeout_s = 3.0
requests_per_s = 0

[sender]
backoff_base_s = 0.05
backoff_cap_s = 0.3
breaker_probe_s = 0.3
probe_unauthorized_s = 0.3
probe_unconfigured_s = 0.3

[webhook]
listen = "127.0.0.1:0"

[till_api]
listen = "127.0.0.1:0"
"""


@dataclass(frozen=True)
class Answer:
    """What the till API said."""

    status: int
    body: Any

    @property
    def reason(self) -> str:
        return str(self.body["error"]["reason"])


@dataclass
class Till:
    """A caller of the till API with full access."""

    agent: Agent
    http: HttpxClient
    token: str = ""

    async def raw(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> HttpResponse:
        content = b"" if body is None else json.dumps(body).encode()
        sent = {"Authorization": f"Bearer {self.token or self.agent.local_token}", **(headers or {})}
        if body is not None:
            sent["Content-Type"] = "application/json"
        return await self.http.send(
            HttpRequest(method=method, url=self.agent.url + path, headers=sent, body=content, timeout_s=30)
        )

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        response = await self.raw(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return Answer(response.status, json.loads(response.body) if response.body else None)

    async def get(self, path: str) -> Any:
        """The answer of a GET that must work."""
        answer = await self.call("GET", path)
        assert answer.status == 200, answer
        return answer.body

    async def post(self, path: str, body: object = None, **headers: str) -> Answer:
        return await self.call("POST", path, {} if body is None else body, **headers)

    async def entry(self, entry_id: str) -> Any:
        return await self.get(f"/v1/outbox/{entry_id}")

    async def ended(self, entry_id: str) -> Any:
        """The entry once it is neither pending nor being sent."""

        async def look() -> Any:
            entry = await self.entry(entry_id)
            return entry if entry["state"] not in {"pending", "sending"} else None

        return await eventually(look)


@dataclass
class Shop:
    """Everything a journey needs."""

    practice: Practice
    home: Home
    http: HttpxClient
    extra: str = ""
    cloud: str = ""
    """Further lines of `[cloud]`."""
    base_url: str = ""
    """Of whatever stands before the practice cloud; empty for nothing."""
    base_path: str = ""
    """What the cloud's address has behind that of the practice cloud."""
    env: dict[str, str] = field(default_factory=lambda: {"CATA_BRIDGE_SECRETS": "file", "CATA_BRIDGE_SECRET_API_KEY": KEY})
    """What the agent finds for secrets in its environment."""
    agent: Agent = field(init=False)
    till: Till = field(init=False)
    _running: asyncio.Task[None] | None = field(default=None, init=False)

    async def start(self) -> None:
        """Build and start an agent on this home, as a fresh process would."""
        self.home.prepare()
        base_url = (self.base_url or self.practice.base_url) + self.base_path
        self.home.config.write_text(CONFIG.format(outlet=OUTLET, base_url=base_url, cloud=self.cloud) + self.extra)
        self.agent = await build(self.home, load(self.home, env={}), Secrets(self.home, env=self.env))
        await self.agent.start()
        self._running = asyncio.create_task(self.agent.run())
        self.till = Till(self.agent, self.http)

    async def stop(self) -> None:
        """Stop as on SIGTERM."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            self._running = None
            await self.agent.stop()

    async def online(self) -> None:
        """Wait until the agent has proof that the cloud is there."""

        async def look() -> bool:
            return bool((await self.till.get("/v1/status"))["cloud"]["reachable"])

        await eventually(look)

    async def offline(self) -> None:
        """Cut the line and wait until the agent knows."""
        await self.practice.control.cut()
        await self.till.post("/v1/members/lookup", {"identifier": "+6591230099"})

        async def look() -> bool:
            return not (await self.till.get("/v1/status"))["cloud"]["reachable"]

        await eventually(look)

    async def register(self) -> None:
        """Register this outlet's receiver at the cloud, as IT would, and restart with the secret."""
        answer = await self.practice.ok(
            "POST",
            "/api/v1/webhooks/register",
            {
                "outletId": OUTLET,
                "provider": "cata",
                "callbackUrl": f"{self.agent.webhook_url}/cata/orders/{OUTLET}",
                "events": ["order.paid"],
            },
        )
        await self.agent.parts.webhook_secrets.replace(answer["webhook"]["secret"])


async def eventually(look: Callable[[], Awaitable[T]]) -> T:
    """What `look` finds once it finds something."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            found = await look()
            if found:
                return found
            await asyncio.sleep(0.02)


@asynccontextmanager
async def shop(folder: Path, extra: str = "", *, start: bool = True) -> AsyncIterator[Shop]:
    """An outlet that is online, and nothing left behind."""
    http = HttpxClient(SystemClock())
    async with practice_cloud() as practice:
        one = Shop(practice, Home(folder / "home"), http, extra)
        try:
            if start:
                await one.start()
                await one.online()
            yield one
        finally:
            await one.stop()
            await http.close()
