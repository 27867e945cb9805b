"""Orders of other channels: brought by Deliverect, made here like Cata's own, and told back step by step."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.core.clock import from_wire
from agent.core.http import HttpRequest, HttpResponse
from agent.secrets import Secrets
from tests.drivers.simulators.deliverect import ACCOUNT, CLIENT, LOCATION, SECRET, WEBHOOK_SECRET, Deliverect
from tests.support.outlet import Shop, eventually, shop
from tests.support.sandbox import MEI

DEVICES = """
[menu]
source = "till-pos"

[[devices]]
name = "kitchen"
driver = "simulated-printer"
folder = "{folder}/tickets"

[[devices]]
name = "till-pos"
driver = "simulated-pos"
folder = "{folder}/pos"
poll_s = 0.05

[[devices]]
name = "dlv"
driver = "deliverect"
base_url = "{base}"
client_id = "{client}"
account = "{account}"
location = "{location}"
is_pos = true
"""


@dataclass
class Market:
    """An outlet that Deliverect brings orders to."""

    shop: Shop
    dlv: Deliverect
    folder: Path

    async def call(self, path: str, document: Any, method: str = "POST", **headers: str) -> HttpResponse:
        """A signed call of Deliverect to the receiver."""
        signed, body = self.dlv.signed(document)
        if body:
            signed["Content-Type"] = "application/json"
        url = f"{self.shop.agent.webhook_url}/pos/dlv{path}"
        return await self.shop.http.send(HttpRequest(method=method, url=url, headers=signed | headers, body=body))

    async def order(self, order_id: str, *, until: str = "") -> Any:
        """The order as the till sees it, once it is there, printed, put into the POS and has that status."""

        async def look() -> Any:
            answer = await self.shop.till.call("GET", f"/v1/orders/{order_id}")
            found = answer.body if answer.status == 200 else {}
            is_there = found.get("printed") and found.get("pos_order_id")
            return found if is_there and until in ("", found["status"]) else None

        return await eventually(look)

    async def told(self, count: int) -> list[tuple[str, int]]:
        """What Deliverect has heard, once it is that much."""

        async def look() -> bool:
            return len(self.dlv.statuses) >= count

        await eventually(look)
        return self.dlv.statuses


@asynccontextmanager
async def market(folder: Path) -> AsyncIterator[Market]:
    (folder / "pos").mkdir()
    async with Deliverect() as dlv:
        devices = DEVICES.format(folder=folder, base=dlv.base, client=CLIENT, account=ACCOUNT, location=LOCATION)
        async with shop(folder, devices, start=False) as one:
            one.home.prepare()
            secrets = Secrets(one.home, env=one.env)
            secrets.set("device/dlv", SECRET)
            secrets.set("device/dlv/webhook", WEBHOOK_SECRET)
            await one.start()
            await one.online()
            yield Market(one, dlv, folder)


async def test_an_order_of_another_channel_is_made_here_each_step_goes_back_and_it_earns_once(tmp_path: Path) -> None:
    async with market(tmp_path) as at:
        theirs = at.dlv.sell("UB12", "12.50")
        assert [(await at.call("/orders", theirs)).status for _ in range(2)] == [200, 200]
        order_id = f"dlv-{theirs['_id']}"
        order = await at.order(order_id)
        assert (order["ref_no"], order["source"], order["total"]) == ("UB12", "dlv", {"minor": 1250, "currency": "SGD"})
        assert len(list((tmp_path / "pos" / "orders").glob("*.json"))) == 1
        accepted = await at.shop.till.post(f"/v1/orders/{order_id}/status", {"status": "ACCEPTED", "prep_minutes": 25})
        for status in ("READY", "COMPLETED"):
            assert (await at.shop.till.post(f"/v1/orders/{order_id}/status", {"status": status})).status == 200
        assert await at.told(4) == [(theirs["_id"], number) for number in (20, 50, 70, 90)]
        assert from_wire(at.dlv.orders[0]["pickupTime"]) == from_wire(accepted.body["promised_at"])
        assert await at.shop.practice.control.orders() == []
        for claimed in (201, 200):
            assert (await at.shop.till.post("/v1/sales/UB12/claim", {"member": {"uuid": MEI}})).status == claimed

        async def earned() -> bool:
            return await at.shop.practice.control.balance(MEI) == 275 + 12

        await eventually(earned)


async def test_an_order_that_is_called_off_is_cancelled_here_and_told(tmp_path: Path) -> None:
    async with market(tmp_path) as at:
        theirs = at.dlv.sell("UB12", "12.50")
        await at.call("/orders", theirs)
        await at.order(f"dlv-{theirs['_id']}")
        assert (await at.call("/orders", theirs | {"status": 100})).status == 200
        await at.order(f"dlv-{theirs['_id']}", until="CANCELLED")
        assert await at.told(1) == [(theirs["_id"], 110)]


async def test_steps_are_told_over_a_restart_in_order_and_while_cata_cannot_be_reached(tmp_path: Path) -> None:
    async with market(tmp_path) as at:
        theirs = at.dlv.sell("UB12", "12.50")
        await at.call("/orders", theirs)
        await at.order(f"dlv-{theirs['_id']}")
        at.dlv.down = True
        await at.shop.till.post(f"/v1/orders/dlv-{theirs['_id']}/status", {"status": "READY"})
        await at.shop.stop()
        at.dlv.down = False
        await at.shop.start()
        assert await at.told(3) == [(theirs["_id"], number) for number in (20, 50, 70)]
        await at.shop.offline()
        await at.shop.till.post(f"/v1/orders/dlv-{theirs['_id']}/status", {"status": "COMPLETED"})
        assert (await at.told(4))[-1] == (theirs["_id"], 90)


async def test_who_asks_for_the_menu_is_given_it_and_who_is_not_vouched_for_leaves_no_trace(tmp_path: Path) -> None:
    async with market(tmp_path) as at:
        forged = {"x-server-authorization-hmac-sha256": "0" * 64}
        assert (await at.call("/orders", at.dlv.sell("UB12", "12.50"), **forged)).status == 401
        assert (await at.shop.till.get("/v1/orders?state=all"))["orders"] == []
        assert (await at.shop.till.get("/v1/sales?claimable=true"))["sales"] == []
        assert (await at.call("/products", None, "GET")).status == 200

        async def pushed() -> Any:
            return at.dlv.catalogue

        products = (await eventually(pushed))["products"]
        assert {"CR1", "KO1"} <= {product["plu"] for product in products}
        assert json.loads((await at.call("/nothing", {})).body or b"{}") == {}
