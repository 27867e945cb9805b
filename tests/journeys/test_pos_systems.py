"""A shop with each POS: its menu reaches the cloud, an order is in it once whatever gets lost, and its sales earn once."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from agent.core.errors import InvalidInput
from agent.core.http import HttpRequest
from agent.core.ids import RandomIds
from agent.core.order_status import OrderStatus
from agent.core.pos import WebhookCall
from drivers.registry import check
from tests.contract.bench import Case, PosBench
from tests.contract.benches import benches
from tests.contract.goods import KOPI, MENU, RICE, a_sale
from tests.journeys.test_menu import products
from tests.support.outlet import Shop, eventually, shop
from tests.support.sandbox import MEI
from tests.support.shop import order_json

HEAD = '[menu]\nsource = "pos"\n[orders]\ninject_into = ["pos"]\n'
STEPS = (OrderStatus.ACCEPTED, OrderStatus.IN_PROGRESS, OrderStatus.READY, OrderStatus.COMPLETED)
POLL_S = 1


@dataclass
class Corner:
    """One outlet, and the bench of its POS."""

    one: Shop
    bench: PosBench

    def has(self, case: str) -> bool:
        return case not in self.bench.not_applicable

    async def menu(self) -> dict[str, Any]:
        """The till's menu by name."""

        async def look() -> Any:
            items = (await self.one.till.get("/v1/menu"))["items"]
            return {item["name"]: item for item in items}

        found: dict[str, Any] = await eventually(look)
        return found

    async def call(self, call: WebhookCall) -> int:
        """The POS calls the receiver; returns the status it gets."""
        url = f"{self.one.agent.webhook_url}/pos/pos{call.path}?{call.query}".rstrip("?")
        answer = await self.one.http.send(
            HttpRequest(method=call.method, url=url, headers=dict(call.headers), body=call.body, timeout_s=15)
        )
        return answer.status


@asynccontextmanager
async def corner(kind: str, folder: Path) -> AsyncIterator[Corner]:
    http = HttpxClient(SystemClock())
    async with benches()[kind](folder, http) as bench:
        bench.stock()
        table = tomlkit.dumps({"devices": [{"name": "pos", "driver": kind, **often(bench)}]})
        async with shop(folder, HEAD + table, start=False) as one:
            held = {**bench.held, **(bench.webhooks.secrets if bench.webhooks else {}), "": bench.secret or ""}
            one.env |= {secret_name(name): value for name, value in held.items() if value}
            await one.start()
            await one.online()
            await one.register()
            yield Corner(one, bench)
    await http.close()


def often(bench: PosBench) -> dict[str, Any]:
    """The bench's settings, and that the POS is asked as often as it allows."""
    options = {**bench.options, "poll_s": POLL_S}
    try:
        check("pos", bench.kind, options)
    except InvalidInput:
        return bench.options
    return options if bench.server is not None else bench.options


def secret_name(name: str) -> str:
    """Where the agent looks for a secret of the device in its environment."""
    return re.sub(r"[^A-Z0-9]", "_", f"cata_bridge_secret_device_pos{name and '_' + name}".upper())


@pytest.mark.parametrize("kind", sorted(benches()))
async def test_from_menu_to_order_to_points(kind: str, tmp_path: Path) -> None:
    async with corner(kind, tmp_path) as at:
        if at.has(Case.CATALOGUE):
            await menu_reaches_the_cloud(at)
        if at.has(Case.ORDERS):
            await an_order_walks_to_the_cloud(at, await an_order_is_there_once(at))
        if at.has(Case.SALES):
            await a_sale_earns_once(at)


async def menu_reaches_the_cloud(at: Corner) -> None:
    """Every item with its price, under the codes that the till has."""
    webhooks = at.bench.webhooks
    if webhooks is not None and webhooks.menu is not None:
        assert await at.call(webhooks.menu()) < 300
        await at.one.till.post("/v1/menu/sync")

    async def look() -> Any:
        found = await products(at.one)
        return found if len(found) == len(MENU) else None

    sold = await eventually(look)
    menu = await at.menu()
    assert {item.name: menu[item.name]["price"]["minor"] for item in MENU} == {item.name: item.price.minor for item in MENU}
    assert set(sold) == {item["code"] for item in menu.values()}


async def an_order_is_there_once(at: Corner) -> str:
    """Although the answer to the first call that changes anything is lost."""
    order_id = RandomIds().new()
    lines = await ordered(at)
    if at.bench.server is not None:
        at.bench.server.lost_change = 0
    placed = await at.one.practice.control.place_raw(order_json(orderId=order_id, items=lines, totalPay=21.5))
    assert placed.dispatched

    async def look() -> Any:
        order = await at.one.till.get(f"/v1/orders/{order_id}")
        # A POS that cannot be asked for an order leaves it to staff to look, and says so on the order.
        return order["pos_order_id"] or (order["problems"] and not at.has(Case.FIND))

    await eventually(look)
    assert at.bench.orders is not None
    assert list(at.bench.orders()) == [order_id]
    return order_id


async def ordered(at: Corner) -> list[dict[str, Any]]:
    """Two chicken rice and a kopi, by the codes of the till's menu."""
    menu = await at.menu() if at.has(Case.CATALOGUE) else {item.name: {"code": item.code} for item in MENU}
    return [
        {"plu": menu[RICE.name]["code"], "name": RICE.name, "quantity": 2, "unitPrice": 4.5},
        {"plu": menu[KOPI.name]["code"], "name": KOPI.name, "quantity": 1, "unitPrice": 12.5},
    ]


async def an_order_walks_to_the_cloud(at: Corner, order_id: str) -> None:
    """By what the POS says, or by staff on the board where it says nothing."""
    webhooks = at.bench.webhooks
    told = list(webhooks.told) if webhooks is not None else []
    said = told + ([status for status in at.bench.moves if status in STEPS] if at.has(Case.STATUS) else [])
    for status in said:
        assert at.bench.move is not None
        at.bench.move(order_id, status)
        if webhooks is not None and webhooks.moved is not None and (status in told or not told):
            assert await at.call(webhooks.moved(order_id)) < 300
        await stands(at, order_id, status)
    if OrderStatus.COMPLETED not in said:
        await at.one.till.post(f"/v1/orders/{order_id}/status", {"status": "COMPLETED"})

    async def look() -> Any:
        row = await at.one.practice.control.order(order_id)
        return row.history if row.status == "COMPLETED" else None

    assert await eventually(look) == ("PAID", "ACCEPTED", "IN_PROGRESS", "READY", "COMPLETED")


async def stands(at: Corner, order_id: str, status: OrderStatus) -> None:
    async def look() -> bool:
        return bool((await at.one.till.get(f"/v1/orders/{order_id}"))["status"] == status)

    await eventually(look)


async def a_sale_earns_once(at: Corner) -> None:
    """Seen again and again, claimed twice: twelve points for 12.50."""
    receipt = await sold(at)

    async def look() -> Any:
        rows = (await at.one.till.get("/v1/sales?claimable=true"))["sales"]
        return next((row for row in rows if row["receipt"] == receipt), None)

    assert (await eventually(look))["amount"]["minor"] == 1250
    first = await at.one.till.post(f"/v1/sales/{receipt}/claim", {"member": {"uuid": MEI}})
    again = await at.one.till.post(f"/v1/sales/{receipt}/claim", {"member": {"uuid": MEI}})
    assert (first.status, again.status, again.body["id"]) == (201, 200, first.body["id"])
    await at.one.till.ended(first.body["id"])
    assert await at.one.practice.control.balance(MEI) == 275 + 12
    assert (await at.one.till.get("/v1/sales?claimable=true"))["sales"] == []


async def sold(at: Corner) -> str:
    """A sale at the till, told in the way of this POS; returns its receipt."""
    webhooks = at.bench.webhooks
    if webhooks is not None and webhooks.sale is not None:
        call = webhooks.sale(a_sale())
        for _ in range(2):
            assert await at.call(call) < 300
        return await the_receipt(at)
    assert at.bench.sell is not None
    return at.bench.sell(a_sale())


async def the_receipt(at: Corner) -> str:
    rows = (await at.one.till.get("/v1/sales?claimable=true"))["sales"]
    return str(rows[0]["receipt"])
