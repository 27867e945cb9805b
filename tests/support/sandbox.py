"""A practice cloud on free ports, in this process, with its control client."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from agent.cloud.http import HttpxClient
from agent.core.clock import Clock, SystemClock
from agent.core.http import Http, HttpRequest, HttpResponse
from agent.core.ids import Ids, RandomIds
from agent.sandbox.control_client import SandboxControl
from agent.sandbox.seed import Seed, default_seed
from agent.sandbox.server import RunningSandbox, SandboxConfig, serve

KEY = "ck_test_sandbox"
EXPIRED_KEY = "ck_test_expired"
OUTLET = "c6a0f1de-1d0e-4e63-8b2b-7f6f5a7a0b10"
MEI = "0b8b3f0e-7f3c-4b0d-9a4b-1f6f7b9a2c11"
"""Member with 275 points, 25 of them expiring."""
MEI_CODE = "KK-MEI-001"


@dataclass(frozen=True)
class Practice:
    """A running practice cloud with the two ways to it."""

    running: RunningSandbox
    control: SandboxControl
    http: Http

    @property
    def base_url(self) -> str:
        return self.running.base_url

    async def call(
        self, method: str, path: str, body: object = None, *, key: str | None = KEY, headers: dict[str, str] | None = None
    ) -> HttpResponse:
        """One call of a partner; `body` is bytes or becomes JSON."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **({"X-Api-Key": key} if key else {}), **(headers or {})}
        return await self.http.send(HttpRequest(method=method, url=self.base_url + path, headers=sent, body=content))

    async def ok(self, method: str, path: str, body: object = None, **options: Any) -> Any:
        """The JSON of a call that must be 2xx."""
        answer = await self.call(method, path, body, **options)
        assert 200 <= answer.status < 300, (answer.status, answer.body)
        return json.loads(answer.body)

    async def error(self, status: int, method: str, path: str, body: object = None, **options: Any) -> Any:
        """The inside of the E1 envelope of a call that must be refused with `status`."""
        answer = await self.call(method, path, body, **options)
        content = json.loads(answer.body)
        assert answer.status == status, (answer.status, content)
        assert set(content) == {"error"}
        assert set(content["error"]) == {"code", "message", "details"}
        assert content["error"]["code"] == status
        return content["error"]


@asynccontextmanager
async def practice_cloud(
    *, seed: Seed | None = None, clock: Clock | None = None, ids: Ids | None = None
) -> AsyncIterator[Practice]:
    """Start one, and leave nothing behind."""
    clock = clock or SystemClock()
    http = HttpxClient(SystemClock())
    running = await serve(SandboxConfig(http=http, seed=seed or default_seed(), clock=clock, ids=ids or RandomIds()))
    try:
        yield Practice(running, SandboxControl(http, running.control_url), http)
    finally:
        await running.stop()
        await http.close()
