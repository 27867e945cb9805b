"""The bench of `lightspeed-k`: one location of a business, with an access token that is good for long."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from agent.cloud.http import HttpxClient
from agent.core.catalogue import CatalogueItem, ModifierGroup
from agent.core.clock import to_wire
from agent.core.order_status import OrderStatus
from agent.core.pos import RemoteOutlet, WebhookCall
from agent.core.sale import SaleSeen
from tests.contract.bench import Case, PosBench, Webhooks
from tests.drivers.simulators import lightspeed_k as k
from tests.support.vendor_pos import a_call


def options(server: k.LightspeedK) -> dict[str, Any]:
    """Settings for the first location."""
    return {"base_url": server.base, "client_id": k.CLIENT_ID, "business_location": k.LOCATION, "endpoint_id": k.ENDPOINT}


def set_menu(server: k.LightspeedK, items: Sequence[CatalogueItem]) -> None:
    """The menu's tree; codes are SKUs of its own."""
    server.entries.clear()
    server.left.clear()
    for item in items:
        sku = server.add(item.name, str(item.price), menuModifierGroups=[_group(group) for group in item.groups])
        if not item.available:
            server.left[sku] = 0


def _group(group: ModifierGroup) -> dict[str, Any]:
    choices = [{"productName": one.name, "productPrice": Decimal(str(one.price)), "sku": one.code} for one in group.options]
    return {
        "description": group.name,
        "sku": group.code,
        "mustSelectAnItem": group.min_selection > 0,
        "multiSelectionPermitted": True,
        "minimumSelection": group.min_selection,
        "maximumSelection": group.max_selection,
        "productModifiers": choices,
    }


@asynccontextmanager
async def _open(folder: Path, http: HttpxClient) -> AsyncIterator[PosBench]:
    async with k.LightspeedK() as server:
        ends_at = server.now() + timedelta(hours=1)
        server.access["access-0"] = ends_at

        def sell(sale: SaleSeen) -> str:
            return str(server.sell(sale.receipt, str(sale.amount), sale.occurred_at)["accountFiscId"])

        def finished() -> WebhookCall:
            server.orders["ord-1"] = {}
            return a_call(*server.move("ord-1", OrderStatus.COMPLETED))

        yield PosBench(
            kind="lightspeed-k",
            options=options(server),
            folder=folder,
            http=http,
            secret=k.CLIENT_SECRET,
            wrong_secret=k.CLIENT_SECRET,
            held={"refresh-token": k.REFRESH_TOKEN, "access-token": f"{to_wire(ends_at)} access-0"},
            wrong_held={"refresh-token": "used before"},
            server=server,
            bad_options=[
                {},
                {"client_id": "x", "business_location": 0},
                {"client_id": "x", "business_location": 1, "callback_url": "http://x"},
                {"client_id": "x", "business_location": 1, "attempt_s": 5},
            ],
            set_menu=lambda items: set_menu(server, items),
            orders=server.references,
            move=server.move,
            moves=[OrderStatus.COMPLETED],
            sell=sell,
            take_back=server.take_back,
            sales_page_size=k.MOST_SALES,
            outlets=[
                RemoteOutlet(id=str(k.LOCATION), name="Main shop"),
                RemoteOutlet(id=str(k.OTHER_LOCATION), name="Kiosk"),
            ],
            expire=server.expire_tokens,
            webhooks=Webhooks(
                calls={
                    "a step": finished,
                    "stock": lambda: a_call(*server.callback(type="ITEM", sku="EGG", businessLocationId=k.LOCATION)),
                },
                secrets={"webhook": k.CALLBACK_PASSWORD},
                moved=lambda order_id: a_call(*server.callback_of(order_id)),
                told=[OrderStatus.ACCEPTED, OrderStatus.READY],
                forged=lambda call: [a_call({}, call.body), a_call({"authorization": "Basic eDp5"}, call.body)],
            ),
            not_applicable={
                Case.PAGING: "A menu comes in one piece.",
                Case.FIND: "An order that is only queued cannot be looked up; the same reference again is answered as known.",
                Case.SNOOZE: "Stock is set on the till and only read.",
            },
            assumed={
                "menu": "What a modifier or a deal's choice costs is taken from productPrice and extraPrice.",
                "orders": "An order counts as taken when it is queued; a till that refuses it later says so by a callback.",
                "status": "Steps before the closed bill come by callback alone; asked, only the bill is known.",
                "sales": "A sale is known by its account number, which a void names too.",
            },
        )


BENCH = _open
