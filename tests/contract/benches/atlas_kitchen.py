"""The bench of `atlas-kitchen`: one outlet with one menu, reached with an API key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.cloud.http import HttpxClient
from agent.core.catalogue import CatalogueItem
from agent.core.pos import WebhookCall
from agent.core.sale import SaleSeen
from tests.contract.bench import Case, PosBench, Webhooks
from tests.drivers.simulators import atlas as a
from tests.support.vendor_pos import a_call

HOOK = f"/{a.HOOK_SECRET}"


def options(server: a.Atlas) -> dict[str, Any]:
    """Settings for its outlet and channel."""
    return {"base_url": server.base + server.prefix, "merchant": a.MERCHANT, "outlet": a.OUTLET, "channel": a.CHANNEL}


def set_menu(server: a.Atlas, items: Sequence[CatalogueItem]) -> None:
    """Products with numbers of its own; what is not available has none left today."""
    server.products.clear()
    server.stocks.clear()
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
        server.stocks[server.add(item.name, item.price.minor, *groups)] = -1 if item.available else 0


@asynccontextmanager
async def _open(folder: Path, http: HttpxClient) -> AsyncIterator[PosBench]:
    async with a.Atlas() as server:

        def sold(sale: SaleSeen) -> WebhookCall:
            made = server.sell(sale.receipt, str(sale.amount), sale.occurred_at)
            return a_call({}, server.event("order.created", made), HOOK)

        yield PosBench(
            kind="atlas-kitchen",
            options=options(server),
            folder=folder,
            http=http,
            secret=a.KEY,
            wrong_secret="not it",
            server=server,
            bad_options=[
                {},
                {"merchant": "1", "outlet": 0, "channel": 1},
                {"merchant": "", "outlet": 1, "channel": 1},
                {"merchant": "1", "outlet": 1, "channel": 1, "base_url": "atlas"},
            ],
            set_menu=lambda items: set_menu(server, items),
            orders=server.references,
            move=server.move,
            moves=list(a.STATES),
            webhooks=Webhooks(
                calls={
                    "an order": lambda: a_call({}, server.event("order.created", server.sell("A1", "12.50")), HOOK),
                    "stock": lambda: a_call({}, server.event("stock.updated", {"item_id": 15}), HOOK),
                },
                secrets={"webhook": a.HOOK_SECRET},
                sale=sold,
                forged=lambda call: [replace(call, path="/not-it"), replace(call, path="")],
            ),
            not_applicable={
                Case.EXPIRY: "An API key does not end by itself.",
                Case.PAGING: "A menu comes in one piece.",
                Case.OUTLETS: "Atlas has no list of outlets; it gives their numbers with the key.",
                Case.SNOOZE: "Stock is set in Atlas and only read.",
                Case.SALES_PAGING: "Sales are told one by one.",
                Case.VOIDS: "Atlas tells of orders when they are made and not of those taken back.",
            },
            assumed={
                "orders": "An order is found under our id at /orders/identifier/; Atlas would take the same order twice.",
                "status": "Of the states only unpaid and confirmed are documented.",
                "sales": "A paid order without our source label is a sale of the shop's own.",
                "calls us": "Atlas signs nothing, so the secret is the last part of the address that it is given.",
            },
        )


BENCH = _open
