"""The practice Cockato as tests meet it: its seeded people, calls of a till, and what really happened."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.cloud.cockato import CockatoCloud, CockatoWire
from agent.cloud.cockato_quirks import CockatoQuirks
from agent.cloud.http import HttpxClient
from agent.cloud.quirks import Quirks
from agent.core.clock import SystemClock
from agent.core.http import HttpResponse
from agent.paths import Home
from agent.sandbox.cockato.api import PREFIX
from agent.sandbox.cockato.organisation import Organisation, Transaction
from tests.support.outlet import Shop
from tests.support.sandbox import OUTLET, Practice, practice_cloud

KEY = "ck_test_cockatopractice1"
TRANSACTION = f"{PREFIX}/pos-transaction"
MEI, MEI_CODE, MEI_PHONE = "9a1f0c77-52b4-4c1e-9e34-6f0a5d1b7c01", "CKT-A3F7B2C1", "+6591230001"
"""275 points, 8 of 10 punches, a welcome offer."""
RAJ, RAJ_CODE = "9a1f0c77-52b4-4c1e-9e34-6f0a5d1b7c02", "CKT12345678"
CARD = "pc-kopi"
PROVIDER = 'provider = "cockato"'


@dataclass(frozen=True)
class Cockato:
    """The practice Cockato of a practice cloud."""

    practice: Practice

    @property
    def org(self) -> Organisation:
        return self.practice.running.world.cockato

    @property
    def base_url(self) -> str:
        return self.practice.base_url + PREFIX

    @property
    def done(self) -> list[Transaction]:
        return self.org.transactions

    def points(self, customer_id: str = MEI) -> int:
        return next(one.points for one in self.org.customers.all if one.id == customer_id)

    def set(self, **modes: object) -> None:
        """Turn switches."""
        self.org.modes = self.org.modes.model_copy(update=modes)

    async def has_heard_all(self) -> bool:
        """Whether nobody is connected any more and every call that arrived has had its effect."""
        running = self.practice.running
        return running.line.connections == 0 and running.world.under_way == 0

    async def call(self, body: object, *, key: str | None = KEY, path: str = TRANSACTION, **headers: str) -> HttpResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {**({"x-api-key": key} if key else {}), **named}
        return await self.practice.call("POST", path, body, key=None, headers=sent)

    async def ok(self, body: object, **options: Any) -> Any:
        answer = await self.call(body, **options)
        assert answer.status == 200, (answer.status, answer.body)
        return json.loads(answer.body)

    async def refused(self, status: int, body: object, **options: Any) -> str:
        """The code of a refusal."""
        answer = await self.call(body, **options)
        content = json.loads(answer.body)
        assert answer.status == status, (answer.status, content)
        assert content["success"] is False
        return str(content.get("code") or content["error"]["code"])

    def cloud(self, key: str = KEY, **quirks: object) -> CockatoCloud:
        """A client of it."""
        settings = CockatoQuirks.model_validate(quirks)

        def wire(base_url: str) -> CockatoWire:
            http = self.practice.http
            return CockatoWire(http, base_url=base_url, key=lambda: key, clock=SystemClock(), quirks=Quirks(), timeout_s=2.0)

        customers = wire(settings.customers_url) if settings.customers_url else None
        return CockatoCloud(wire(self.base_url), settings, outlet_id=OUTLET, customers=customers)


def table(**quirks: object) -> str:
    """The settings of Cockato, quick unless told otherwise."""
    told = {"doubt_wait_s": 0.3, "requests_per_s": 0, "backfill_per_s": 0, **quirks}
    return "\n[cloud.cockato]\n" + "\n".join(f"{name} = {json.dumps(value)}" for name, value in told.items()) + "\n"


@asynccontextmanager
async def cockato_shop(folder: Path, extra: str = "", **quirks: object) -> AsyncIterator[tuple[Shop, Cockato]]:
    """An outlet whose cloud is the practice Cockato, online, and nothing left behind."""
    http = HttpxClient(SystemClock())
    async with practice_cloud() as practice:
        one = Shop(practice, Home(folder / "home"), http, table(**quirks) + extra, cloud=PROVIDER, base_path=PREFIX)
        one.env["CATA_BRIDGE_SECRET_API_KEY"] = KEY
        try:
            await one.start()
            await one.online()
            yield one, Cockato(practice)
        finally:
            await one.stop()
            await http.close()
