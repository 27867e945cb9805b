"""A till that is not set up becomes ready through its API alone, in the same process, with its lock held throughout."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent import runtime
from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from agent.core.http import HttpRequest
from agent.core.scan import TEST_CODES
from agent.instance import running
from agent.paths import Home
from agent.policy import ENV
from agent.secrets import API_KEY, Secrets
from agent.settings import load
from agent.settings_file import update
from tests.drivers.simulators import lightspeed_k
from tests.support.outlet import Answer, eventually
from tests.support.sandbox import KEY, OUTLET, Practice, practice_cloud

LISTEN = '[till_api]\nlisten = "127.0.0.1:0"\n[webhook]\nlisten = ""\n'


@dataclass
class Bare:
    """An agent as its own process runs it, found by its note as a screen finds it."""

    home: Home
    practice: Practice
    http: HttpxClient
    run: asyncio.Task[int]

    async def call(self, method: str, path: str, body: object = None) -> Answer:
        found = running(self.home)
        assert found is not None
        headers = {"Authorization": f"Bearer {found.token}", "Content-Type": "application/json"}
        content = b"" if body is None else json.dumps(body).encode()
        request = HttpRequest(method=method, url=found.url + path, headers=headers, body=content, timeout_s=10)
        response = await self.http.send(request)
        return Answer(response.status, json.loads(response.body))

    async def post(self, body: object) -> Answer:
        return await self.call("POST", "/v1/setup", body)

    async def status(self) -> Any:
        return (await self.call("GET", "/v1/status")).body

    def url(self) -> str:
        found = running(self.home)
        return found.url if found else ""

    async def anew(self, before: str) -> None:
        """Once another agent answers in place of the one at that address."""

        async def look() -> bool:
            return self.url() not in {"", before}

        await eventually(look)

    async def set_up(self, body: object) -> None:
        """A change that is taken, and in force."""
        before = self.url()
        answer = await self.post(body)
        assert answer.status == 200, answer
        await self.anew(before)

    async def until(self, state: str) -> Any:
        async def look() -> Any:
            status = await self.status()
            return status if status["state"] == state else None

        return await eventually(look)


@asynccontextmanager
async def bare_agent(folder: Path, config: str = LISTEN) -> AsyncIterator[Bare]:
    home = Home(folder / "home").prepare()
    home.config.write_text(config)
    http = HttpxClient(SystemClock())
    async with practice_cloud() as practice:
        run = asyncio.create_task(runtime.run_agent(home, announce=lambda said: None))
        try:

            async def there() -> bool:
                assert not run.done(), run.result()
                return running(home) is not None

            await eventually(there)
            yield Bare(home, practice, http, run)
        finally:
            if not run.done():
                os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.gather(run, return_exceptions=True)
            await http.close()


@pytest.fixture(autouse=True)
def _own_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATA_BRIDGE_SECRETS", "file")


def place(bare: Bare, **more: object) -> dict[str, object]:
    settings = {"cloud.base_url": bare.practice.base_url, "outlet.id": OUTLET, "outlet.name": "Kopi", **more}
    return {"settings": settings, "secrets": {API_KEY: KEY}}


async def test_a_till_that_is_not_set_up_becomes_ready_through_the_api_alone(tmp_path: Path) -> None:
    async with bare_agent(tmp_path) as bare:
        assert (await bare.status())["state"] == "setup"
        tried = await bare.call("POST", "/v1/setup/cloud", {"base_url": bare.practice.base_url, "key": KEY})
        assert tried.status == 200
        assert tried.body["name"]
        assert (await bare.call("GET", "/v1/setup")).body["missing"]
        before = bare.url()
        scanner = {"name": "front", "driver": "simulated-scanner", "options": {}}
        done = await bare.post({**place(bare), "devices": [scanner]})
        assert (done.status, "secrets.api-key" in done.body["changed"]) == (200, True)
        await bare.anew(before)
        status = await bare.until("ready")
        assert (status["outlet"]["name"], [one["name"] for one in status["devices"]]) == ("Kopi", ["front"])
        seen = await bare.call("GET", "/v1/setup")
        assert (seen.body["missing"], KEY in json.dumps(seen.body)) == ("", False)
        assert not bare.run.done()


async def test_what_does_not_fit_changes_nothing(tmp_path: Path) -> None:
    async with bare_agent(tmp_path) as bare:
        await bare.set_up(place(bare))
        await bare.until("ready")
        written = bare.home.config.read_text()
        refused = [
            await bare.post({"settings": {"outlet.nmae": "x"}}),
            await bare.post({"settings": {"cloud.base_url": "https://elsewhere.example"}}),
            await bare.post({"devices": [{"name": "front", "driver": "tcp-scanner", "options": {"port": "far"}}]}),
            await bare.post({"secrets": {"seal-key": "x"}}),
            await bare.call("POST", "/v1/setup/cloud", {"base_url": "https://elsewhere.example"}),
            await bare.call("POST", "/v1/setup/outlets", {"device": {"name": "pos", "driver": "simulated-pos"}}),
        ]
        assert [one.reason for one in refused] == [
            "unknown_setting",
            "key_needed",
            "invalid_setting",
            "unknown_secret",
            "key_needed",
            "no_outlets",
        ]
        assert bare.home.config.read_text() == written
        assert Secrets(bare.home).get(API_KEY) == KEY


async def test_a_till_does_not_move_while_entries_wait(tmp_path: Path) -> None:
    async with bare_agent(tmp_path) as bare:
        await bare.set_up(place(bare))
        await bare.until("ready")
        await bare.practice.control.cut()
        earn = {"member": {"identifier": "+6591230001"}, "points": 5, "receipt": "R-1"}
        assert (await bare.call("POST", "/v1/loyalty/earn", earn)).status in {200, 201, 202}
        moved = await bare.post({"settings": {"outlet.id": "another"}})
        assert (moved.status, moved.reason) == (503, "entries_wait")
        assert (await bare.post({"settings": {"outlet.name": "Kopi 2"}})).status == 200


async def test_what_was_written_on_the_computer_is_in_force_once_the_agent_is_asked_to_take_it_up(tmp_path: Path) -> None:
    async with bare_agent(tmp_path) as bare:
        before = bare.url()
        update(bare.home, {"outlet.name": "Kopi", "cloud.base_url": bare.practice.base_url, "outlet.id": OUTLET})
        Secrets(bare.home).set(API_KEY, KEY)
        taken = await bare.call("POST", "/v1/setup/take-up")
        assert taken.body == {"changed": ["outlet.id", "outlet.name", "cloud.base_url"]}
        await bare.anew(before)
        await bare.until("ready")
        written, before = bare.home.config.read_text(), bare.url()
        bare.home.config.write_text(f"{written}[nonsense]\n")
        assert (await bare.call("POST", "/v1/setup/take-up")).status == 422
        bare.home.config.write_text(written)
        await bare.practice.control.cut()
        earn = {"member": {"identifier": "+6591230001"}, "points": 5, "receipt": "R-1"}
        assert (await bare.call("POST", "/v1/loyalty/earn", earn)).status in {200, 201, 202}
        update(bare.home, {"outlet.id": "another"})
        assert (await bare.call("POST", "/v1/setup/take-up")).reason == "entries_wait"
        assert (bare.url(), bare.run.done()) == (before, False)


async def test_settings_that_turn_out_unusable_leave_the_till_as_it_worked(tmp_path: Path) -> None:
    async with bare_agent(tmp_path) as bare:
        await bare.set_up(place(bare))
        await bare.until("ready")
        await bare.set_up({"settings": {"relay.url": "https://relay.example"}})
        status = await bare.until("attention")
        assert status["sentence"].endswith("CFG-02")
        assert (await bare.call("GET", "/v1/setup")).body["complaint"].endswith("CFG-02")
        assert status["outlet"]["name"] == "Kopi"


async def test_what_the_policy_decides_is_shown_locked_and_cannot_be_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "policy.toml").write_text('[outlet]\ntill = "till-9"\n')
    monkeypatch.setenv(ENV, str(tmp_path / "policy.toml"))
    async with bare_agent(tmp_path) as bare:
        seen = (await bare.call("GET", "/v1/setup")).body
        till = next(one for one in seen["fields"] if one["key"] == "outlet.till")
        assert (till["value"], till["locked"]) == ("till-9", "policy")
        refused = await bare.post({"settings": {"outlet.till": "till-1"}})
        assert (refused.status, refused.reason) == (409, "setting_locked")
        assert load(bare.home).outlet.till == "till-9"


async def test_a_test_page_and_a_test_order_go_the_whole_way_but_to_cloud_and_pos(tmp_path: Path) -> None:
    async with bare_agent(tmp_path) as bare:
        printer = {"name": "kitchen", "driver": "simulated-printer", "options": {"folder": str(tmp_path / "paper")}}
        pos = {"name": "pos", "driver": "simulated-pos", "options": {"folder": str(tmp_path / "pos")}}
        await bare.set_up({**place(bare), "devices": [printer, pos]})
        await bare.until("ready")
        assert (await bare.call("POST", "/v1/setup/test-print", {"name": "kitchen"})).body["ok"] is True
        assert (await bare.call("POST", "/v1/setup/test-print", {"name": "pos"})).reason == "device_unknown"
        placed = await bare.call("POST", "/v1/setup/test-order")
        path = f"/v1/orders/{placed.body['id']}"

        async def printed() -> bool:
            return bool((await bare.call("GET", path)).body["printed"])

        await eventually(printed)
        done = await bare.call("POST", f"{path}/status", {"status": "COMPLETED"})
        assert done.body["status"] == "COMPLETED"

        async def told() -> bool:
            outbox: dict[str, object] = (await bare.status())["outbox"]
            return outbox == {"pending": 0, "parked": 0, "oldest_s": None}

        await eventually(told)
        assert any("TEST" in path.read_text() for path in (tmp_path / "paper").iterdir())
        assert not any("TEST" in path.read_text() for path in (tmp_path / "pos").rglob("*") if path.is_file())
        assert await bare.practice.control.orders() == []


async def test_a_test_code_is_nobodys_and_asks_no_cloud(tmp_path: Path) -> None:
    async with bare_agent(tmp_path) as bare:
        for code in TEST_CODES:
            scan = (await bare.call("POST", "/v1/scans", {"code": code, "source": "screen"})).body
            assert (scan["kind"], scan["reason"], scan["code"]) == ("unknown", "test_code", code)


async def test_a_pos_that_knows_its_shops_lists_them_before_one_is_chosen(tmp_path: Path) -> None:
    async with bare_agent(tmp_path) as bare:
        device = {"name": "square", "driver": "square", "options": {"base_url": "http://127.0.0.1:1"}}
        answer = await bare.call("POST", "/v1/setup/outlets", {"device": device, "secret": "own"})
        assert (answer.status, answer.reason) == (503, "offline")


async def test_a_pos_that_renews_its_tokens_is_asked_with_the_stored_one_and_the_next_is_kept(tmp_path: Path) -> None:
    async with lightspeed_k.LightspeedK(SystemClock()) as k, bare_agent(tmp_path) as bare:
        store = Secrets(bare.home)
        store.set("device/pos", lightspeed_k.CLIENT_SECRET)
        store.set("device/pos/refresh-token", lightspeed_k.REFRESH_TOKEN)
        options = {"client_id": lightspeed_k.CLIENT_ID, "endpoint_id": lightspeed_k.ENDPOINT, "base_url": k.base}
        body = {"device": {"name": "pos", "driver": "lightspeed-k", "options": options}}
        answer = await bare.call("POST", "/v1/setup/outlets", body)
        assert [one["id"] for one in answer.body["outlets"]] == [str(lightspeed_k.LOCATION), str(lightspeed_k.OTHER_LOCATION)]
        assert store.get("device/pos/refresh-token") == k.refresh_token
