"""The bench of `lightspeed-l`: one company, as recorded traffic shows it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from agent.cloud.http import HttpxClient
from agent.core.catalogue import CatalogueItem
from agent.core.pos import RemoteOutlet
from tests.contract.bench import Case, PosBench
from tests.drivers.simulators import lightspeed_l as ls

ROWS = 3


def options(server: ls.LightspeedL) -> dict[str, Any]:
    """Settings for the company."""
    return {"base_url": server.base, "company_id": ls.COMPANY, "customer_id": ls.CUSTOMER}


def set_menu(server: ls.LightspeedL, items: Sequence[CatalogueItem]) -> None:
    """Products with numbers of its own."""
    server.products[1].clear()
    for item in items:
        server.add(item.name, str(item.price))


@asynccontextmanager
async def _open(folder: Path, http: HttpxClient) -> AsyncIterator[PosBench]:
    async with ls.LightspeedL() as server:
        server.page_rows = ROWS
        yield PosBench(
            kind="lightspeed-l",
            options=options(server),
            folder=folder,
            http=http,
            secret=ls.TOKEN,
            wrong_secret="not it",
            server=server,
            bad_options=[
                {},
                {"base_url": "posios.com", "company_id": 1},
                {"base_url": "https://x", "company_id": 1, "price_field": "cheap"},
            ],
            set_menu=lambda items: set_menu(server, items),
            page_size=ROWS,
            orders=server.references,
            sell=lambda sale: server.sell(sale.amount.major(), sale.occurred_at),
            take_back=server.take_back,
            sales_page_size=ROWS,
            outlets=[RemoteOutlet(id=str(ls.COMPANY), name="Main shop")],
            not_applicable={
                Case.EXPIRY: "Its token does not end by itself.",
                Case.MODIFIERS: "How L-Series gives choices is not known.",
                Case.SOLD_OUT: "How L-Series marks what is sold out is not known.",
                Case.FIND: "L-Series cannot be asked for an order; what was sent is written down here instead.",
                Case.LOST_ANSWERS: "L-Series cannot be asked: such an order is never sent again and waits for a person.",
                Case.STATUS: "The number that an order gets cannot be asked for.",
                Case.SNOOZE: "How L-Series takes what is sold out is not known.",
                Case.WEBHOOKS: "What its calls carry and who signs them is not known.",
            },
            assumed={
                "menu": "A product's price is in price, takeawayPrice or deliveryPrice, as set.",
                "orders": "Recorded traffic shows one order; that a till prints it is assumed.",
                "sales": "A receipt that was taken back is VOID, VOIDED or CANCELLED; only PAID was recorded.",
            },
        )


BENCH = _open
