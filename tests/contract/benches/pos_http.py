"""The bench of `pos-http`, set up for a POS that a shop had built for itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.cloud.http import HttpxClient
from tests.contract.bench import Case, PosBench
from tests.drivers.simulators.house_pos import PAGE, TOKEN, WORDS, HousePos


def options(server: HousePos) -> dict[str, Any]:
    """Settings as an integrator would write them for this POS."""
    return {
        "submit_url": f"{server.base}/orders",
        "submit_body": {"ref": "$/id", "lines": {"$each": "/lines", "$as": {"sku": "$/plu", "n": "$/quantity"}}, "by": "bridge"},
        "success_pointer": "/ok",
        "success_value": "true",
        "find_url": f"{server.base}/orders?ref={{order_id}}",
        "catalogue_url": f"{server.base}/menu?cursor={{cursor}}",
        "catalogue_items": "/items",
        "catalogue_next": "/next",
        "status_url": f"{server.base}/orders?ref={{order_id}}",
        "status_pointer": "/state",
        "status_words": {"cooking": "IN_PROGRESS", "done": "COMPLETED", "denied": "REJECTED"},
        "sales_url": f"{server.base}/sales?since={{since}}&cursor={{cursor}}",
        "sales_items": "/items",
        "sales_next": "/next",
        "snooze_url": f"{server.base}/soldout",
        "snooze_body": {"code": "$/code", "until": "$/until"},
        "check_url": f"{server.base}/check",
        "headers": {"Authorization": "Bearer {secret}"},
        "timeout_s": 5,
    }


@asynccontextmanager
async def _open(folder: Path, http: HttpxClient) -> AsyncIterator[PosBench]:
    async with HousePos() as server:
        yield PosBench(
            kind="pos-http",
            options=options(server),
            folder=folder,
            http=http,
            secret=TOKEN,
            wrong_secret="not it",
            server=server,
            bad_options=[
                {},
                {"submit_url": "ftp://x"},
                {"submit_url": "http://x/{who}"},
                {"submit_url": "http://x", "signing": "md5"},
                {"sales_url": "http://x/sales"},
            ],
            set_menu=lambda items: setattr(server, "items", items),
            page_size=PAGE,
            orders=lambda: list(server.orders),
            move=server.move,
            moves=list(WORDS),
            sell=lambda sale: server.sales.setdefault(sale.receipt, sale).receipt,
            take_back=lambda receipt: server.sales.update({receipt: replace(server.sales[receipt], void=True)}),
            sales_page_size=PAGE,
            sold_out=lambda: [item.name for item in server.items if item.code in server.sold_out],
            not_applicable={
                Case.EXPIRY: "The secret of its settings does not end by itself.",
                Case.WEBHOOKS: "A POS of the shop's own calls the till API, which is made for it.",
                Case.OUTLETS: "A POS of the shop's own has one outlet.",
            },
        )


BENCH = _open
