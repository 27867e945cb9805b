"""The benches of `lightspeed-x` and `vend`: a shop with one register, reached with a personal token."""

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
from tests.contract.bench import Case, PosBench, Webhooks, Workshop
from tests.drivers.simulators import lightspeed_x as x
from tests.support.vendor_pos import a_call

ROWS = 3


def options(server: x.LightspeedX) -> dict[str, Any]:
    """Settings for the first outlet."""
    return {
        "base_url": server.base,
        "outlet_id": x.OUTLET,
        "register_id": x.REGISTER,
        "user_id": x.USER,
        "payment_type_id": x.PAYMENT,
        "check_stock": True,
    }


def set_menu(server: x.LightspeedX, items: Sequence[CatalogueItem]) -> None:
    """Products with SKUs of its own; what is not available has run out."""
    server.products.clear()
    server.stock.clear()
    for item in items:
        server.add(item.name, str(item.price))
        server.stock[server.products[-1]["id"]] = 10 if item.available else 0


def workshop(kind: str) -> Workshop:
    """The bench under either name."""

    @asynccontextmanager
    async def opened(folder: Path, http: HttpxClient) -> AsyncIterator[PosBench]:
        async with x.LightspeedX() as server:
            server.page_rows = ROWS

            def sell(sale: SaleSeen) -> str:
                return str(server.sell(sale.receipt, sale.amount.major(), sale.occurred_at)["invoice_number"])

            yield PosBench(
                kind=kind,
                options=options(server),
                folder=folder,
                http=http,
                secret=x.TOKEN,
                wrong_secret="not it",
                server=server,
                bad_options=[
                    {},
                    {"domain_prefix": "My Shop"},
                    {"domain_prefix": "shop", "base_url": "https://x"},
                    {"domain_prefix": "shop", "register_id": "r"},
                    {"domain_prefix": "shop", "check_stock": True},
                ],
                set_menu=lambda items: set_menu(server, items),
                page_size=ROWS,
                orders=server.references,
                move=server.move,
                moves=[OrderStatus.PAID, OrderStatus.IN_PROGRESS, OrderStatus.READY, OrderStatus.COMPLETED],
                sell=sell,
                take_back=server.take_back,
                sales_page_size=ROWS,
                outlets=[RemoteOutlet(id=x.OUTLET, name="Main shop"), RemoteOutlet(id=x.OTHER_OUTLET, name="Kiosk")],
                webhooks=Webhooks(
                    calls={
                        "a sale": lambda: a_call(*server.sale_update(server.sell("R-1", 1))),
                        "a product": lambda: a_call(*server.call_of({"id": "p-1"}, type="product.update")),
                    },
                    secrets={"webhook": x.WEBHOOK_SECRET},
                ),
                not_applicable={
                    Case.MODIFIERS: "Retail products have variants and no choices.",
                    Case.EXPIRY: "A personal token does not end by itself; an app's does, which has a test of its own.",
                    Case.SNOOZE: "Stock is counted in the POS and only read.",
                },
                assumed={
                    "sales": "What was paid is total_price_incl, or totals.price_incl_tax in the dated shape.",
                    "calls us": "The signature is hexadecimal over the raw form body; a personal token's calls come unsigned.",
                },
            )

    return opened


BENCH = workshop("lightspeed-x")
