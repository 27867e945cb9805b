"""The bench of `toast`: one restaurant, with a token that is good for long."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from agent.cloud.http import HttpxClient
from agent.core.catalogue import CatalogueItem
from agent.core.clock import to_wire
from agent.core.order_status import OrderStatus
from agent.core.sale import SaleSeen
from tests.contract.bench import Case, PosBench, Webhooks
from tests.drivers.simulators import toast as t
from tests.support.vendor_pos import a_call

STEPS = [OrderStatus.PAID, OrderStatus.ACCEPTED, OrderStatus.IN_PROGRESS, OrderStatus.READY, OrderStatus.COMPLETED]
MENUS = {"eventCategory": "menus", "eventType": "menus_updated", "details": {}}


def options(server: t.Toast) -> dict[str, Any]:
    """Settings for its restaurant."""
    return {
        "base_url": server.base,
        "restaurant": t.RESTAURANT,
        "client_id": t.CLIENT,
        "dining_option": t.DINING,
        "other_payment": t.OTHER_PAYMENT,
    }


def set_menu(server: t.Toast, items: Sequence[CatalogueItem]) -> None:
    """Items under GUIDs of its own; what is not available is out of stock."""
    for kept in (server.items, server.groups, server.options, server.out_of_stock):
        kept.clear()
    server.publish()
    for item in items:
        groups = [
            server.group(
                group.name,
                *((option.name, str(option.price)) for option in group.options),
                least=group.min_selection,
                most=group.max_selection,
            )
            for group in item.groups
        ]
        guid = server.add(item.name, str(item.price), *groups)
        if not item.available:
            server.out_of_stock.add(guid)


@asynccontextmanager
async def _open(folder: Path, http: HttpxClient) -> AsyncIterator[PosBench]:
    async with t.Toast() as server:
        server.tokens.add("jwt-0")

        def sell(sale: SaleSeen) -> str:
            server.sell(sale.receipt, str(sale.amount), sale.occurred_at)
            return sale.receipt

        yield PosBench(
            kind="toast",
            options=options(server),
            folder=folder,
            http=http,
            secret=t.SECRET,
            wrong_secret="not it",
            held={"access-token": f"{to_wire(server.now() + timedelta(hours=1))} jwt-0"},
            server=server,
            bad_options=[
                {},
                options(server) | {"restaurant": "the corner"},
                options(server) | {"base_url": "ws-api.toasttab.com"},
                options(server) | {"client_id": ""},
            ],
            set_menu=lambda items: set_menu(server, items),
            orders=server.references,
            move=server.move,
            moves=STEPS,
            sell=sell,
            take_back=server.take_back,
            sales_page_size=t.MOST_ROWS,
            sold_out=server.sold_out,
            expire=server.tokens.clear,
            webhooks=Webhooks(
                calls={
                    "an order": lambda: a_call(*server.event(server.sell("7", "12.50"), padding=650_000)),
                    "menus": lambda: a_call(*server.signed(MENUS)),
                },
                secrets={"webhook": t.WEBHOOK_SECRET},
            ),
            not_applicable={
                Case.PAGING: "Menus come in one piece.",
                Case.OUTLETS: "A restaurant is known by its GUID, which Toast gives with the credentials.",
            },
            assumed={
                "orders": "An external id that is taken is answered with 400 or 409, and the order is then looked for.",
                "status": "A closed order was handed out, unless the setting closed_is_done says otherwise.",
                "sales": "What was paid is totalAmount of a check, and its receipt number displayNumber.",
                "calls us": "The timestamp that is signed is the field of that name in the body.",
            },
        )


BENCH = _open
