"""The bench of `deliverect`: one location where this shop is a channel and the POS."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from agent.cloud.http import HttpxClient
from agent.core.catalogue import CatalogueItem
from agent.core.clock import to_wire
from agent.core.order_status import OrderStatus
from agent.core.pos import RemoteOutlet, WebhookCall
from agent.core.roles import TakesWebhooks
from agent.core.sale import SaleSeen
from tests.contract.bench import Case, PosBench, Webhooks
from tests.drivers.simulators import deliverect as d
from tests.support.vendor_pos import a_call

STEPS = [
    OrderStatus.PAID,
    OrderStatus.ACCEPTED,
    OrderStatus.IN_PROGRESS,
    OrderStatus.READY,
    OrderStatus.DRIVER_PICKED_UP,
    OrderStatus.COMPLETED,
]


def options(server: d.Deliverect) -> dict[str, Any]:
    """Settings for its location and our channel."""
    return {
        "base_url": server.base,
        "client_id": d.CLIENT,
        "account": d.ACCOUNT,
        "location": d.LOCATION,
        "channel_name": d.CHANNEL,
        "channel_link": d.LINK,
        "is_pos": True,
        "public_url": "https://relay.example/pos/dlv",
    }


def set_menu(server: d.Deliverect, items: Sequence[CatalogueItem]) -> None:
    """What is going to be published; what is not available is snoozed."""
    for kept in ("products", "modifierGroups", "modifiers"):
        server.menu[kept].clear()
    server.snoozed.clear()
    for item in items:
        groups = [
            server.group(
                group.name,
                *((option.name, option.price.minor) for option in group.options),
                least=group.min_selection,
                most=group.max_selection,
            )
            for group in item.groups
        ]
        plu = server.add(item.name, item.price.minor, *groups, category=item.category)
        if not item.available:
            server.snoozed.append(plu)


@asynccontextmanager
async def _open(folder: Path, http: HttpxClient) -> AsyncIterator[PosBench]:
    async with d.Deliverect() as server:
        server.tokens.add("token-0")

        def published(items: Sequence[CatalogueItem]) -> None:
            """Deliverect publishes a menu by a call, which the receiver hands to the device."""
            set_menu(server, items)
            device = bench.made()
            assert isinstance(device, TakesWebhooks)
            call = a_call(*server.published(), "/menu")
            taking = threading.Thread(target=lambda: asyncio.run(device.receive(call)))
            taking.start()
            taking.join()

        def sold(sale: SaleSeen) -> WebhookCall:
            return a_call(*server.signed(server.sell(sale.receipt, str(sale.amount), sale.occurred_at)), "/orders")

        def taken_back(receipt: str) -> WebhookCall:
            order = next(one for one in server.orders if one["channelOrderDisplayId"] == receipt)
            return a_call(*server.signed(order | {"status": 100}), "/orders")

        bench = PosBench(
            kind="deliverect",
            options=options(server),
            folder=folder,
            http=http,
            secret=d.SECRET,
            wrong_secret="not it",
            held={"access-token": f"{to_wire(server.now() + timedelta(hours=1))} token-0"},
            server=server,
            bad_options=[
                {},
                options(server) | {"channel_link": ""},
                options(server) | {"is_pos": False, "channel_name": "", "channel_link": ""},
                options(server) | {"public_url": "relay"},
            ],
            set_menu=published,
            orders=server.references,
            move=server.move,
            moves=STEPS,
            outlets=[RemoteOutlet(id=d.LINK, name="Cata")],
            webhooks=Webhooks(
                calls={
                    "an order": lambda: a_call(*server.signed(server.sell("UB1", "12.50")), "/orders"),
                    "a menu": lambda: a_call(*server.published(), "/menu"),
                    "a question for our menu": lambda: a_call(*server.signed(None), "/products", "GET"),
                },
                secrets={"webhook": d.WEBHOOK_SECRET},
                sale=sold,
                taken_back=taken_back,
                menu=lambda: a_call(*server.published(), "/menu"),
                moved=lambda order_id: a_call(*server.progress(server.orders[server.references().index(order_id)]), "/status"),
            ),
            not_applicable={
                Case.PULLED: "A menu is published to us by a call and cannot be asked for.",
                Case.PAGING: "A menu comes in one piece.",
                Case.AMOUNTS: "Amounts are whole minor units.",
                Case.EXPIRY: "A menu is published to us; the token of orders has a test of its own.",
                Case.SNOOZE: "What the POS marks as sold out reaches Deliverect with the next menu; what staff mark does not.",
                Case.SALES_PAGING: "Sales are told one by one.",
            },
            assumed={
                "menu": "A snooze call carries everything that is sold out as allSnoozedItems.",
                "orders": "Orders can be looked up by channelOrderId; the channel role is experimental.",
                "status": "Numbers before the door of the shop and numbers unknown say nothing.",
                "sales": "A payment's amount is what was paid, in minor units of decimalDigits.",
                "calls us": "A call without a body is signed over nothing.",
            },
        )
        yield bench


BENCH = _open
