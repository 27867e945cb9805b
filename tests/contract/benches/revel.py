"""The bench of `revel`: one establishment of a merchant, reached with key and secret."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from agent.cloud.http import HttpxClient
from agent.core.catalogue import CatalogueItem
from agent.core.order_status import OrderStatus
from agent.core.pos import RemoteOutlet
from agent.core.sale import SaleSeen
from agent.sandbox import rawjson
from tests.contract.bench import Case, PosBench, Webhooks
from tests.drivers.simulators import revel as r
from tests.support.vendor_pos import a_call

ROWS = 3
STOCK = rawjson.write({"id": 1, "instock": False, "type": "product"})


def options(server: r.Revel) -> dict[str, Any]:
    """Settings for the first establishment."""
    return {"base_url": server.base, "establishment": r.OUTLET}


def set_menu(server: r.Revel, items: Sequence[CatalogueItem]) -> None:
    """Products with numbers of its own; what is not shown online is not available."""
    server.products.clear()
    for item in items:
        server.add(item.name, str(item.price), display_online=item.available)


@asynccontextmanager
async def _open(folder: Path, http: HttpxClient) -> AsyncIterator[PosBench]:
    async with r.Revel() as server:
        server.most_rows = ROWS

        def sell(sale: SaleSeen) -> str:
            return str(server.sell(sale.receipt, str(sale.amount), sale.occurred_at)["local_id"])

        yield PosBench(
            kind="revel",
            options=options(server),
            folder=folder,
            http=http,
            secret=r.CREDENTIALS,
            wrong_secret="not:it",
            server=server,
            bad_options=[
                {},
                {"base_url": "shop.revelup.com", "establishment": 1},
                {"base_url": "https://x", "establishment": 0},
                {"base_url": "https://x", "establishment": 1, "menu": "paper"},
            ],
            set_menu=lambda items: set_menu(server, items),
            page_size=ROWS,
            orders=server.references,
            move=server.move,
            moves=[OrderStatus.PAID, OrderStatus.COMPLETED],
            sell=sell,
            sales_page_size=ROWS,
            outlets=[RemoteOutlet(id=str(r.OUTLET), name="Main shop"), RemoteOutlet(id="8", name="Kiosk")],
            webhooks=Webhooks(
                calls={
                    "a closed order": lambda: a_call(*server.finalized(server.sell("R-1", "12.50"))),
                    "stock": lambda: a_call(server.signed(STOCK, "inout.stock"), STOCK),
                },
                secrets={"webhook": r.WEBHOOK_SECRET},
            ),
            not_applicable={
                Case.EXPIRY: "Key and secret do not end by themselves.",
                Case.MODIFIERS: "The list of products has no choices; the online menu has, in a test of its own.",
                Case.SNOOZE: "Stock is set in Revel and only read.",
                Case.VOIDS: "Revel tells of closed orders and not of those taken back.",
            },
            assumed={
                "menu": "Names of modifier groups inside the online menu; the list of products needs no assumption.",
                "orders": "Revel takes the same cart twice, so our mark in call_name is looked for before each try.",
                "status": "A closed order was handed out; no other step is told.",
                "sales": "What was paid is final_total.",
            },
        )


BENCH = _open
