"""The bench of `acme-pos`: Acme's side of the wire, written from Acme's pages, and how the contract suite handles it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.cloud.http import HttpxClient
from agent.core.catalogue import CatalogueItem
from agent.core.clock import from_wire, to_wire
from agent.core.sale import SaleSeen
from tests.contract.bench import Case, PosBench
from tests.drivers.simulators.vendor import Answer, Call, Vendor, as_json

KEY, PAGE = "acme-key", 3


class Acme(Vendor):
    """One shop's server."""

    def __init__(self) -> None:
        super().__init__()
        self.items: Sequence[CatalogueItem] = ()
        self.orders: dict[str, dict[str, Any]] = {}
        self.sales: dict[str, SaleSeen] = {}

    def is_order(self, call: Call) -> bool:
        """Whether this call puts in an order."""
        return call.method == "PUT"

    def answer(self, call: Call) -> Answer:
        """What Acme answers; strict, as its pages say."""
        if call.headers.get("x-acme-key") != KEY:
            return as_json({"error": "who_are_you"}, 401)
        match call.method, *call.parts:
            case "GET", "ping":
                return as_json({"pong": True})
            case "GET", "menu":
                return self._page(call, [self._item(item) for item in self.items])
            case "GET", "sales":
                return self._page(call, [self._sale(sale) for sale in self.sales.values() if _when(sale) >= call.query["since"]])
            case "PUT", "orders", ref:
                made = {"number": str(100 + len(self.orders)), "order": call.json}
                return as_json(self.orders.setdefault(ref, made), 201)
            case "GET", "orders", ref if ref in self.orders:
                return as_json(self.orders[ref])
        return as_json({"error": "not_found"}, 404)

    def _page(self, call: Call, rows: list[dict[str, Any]]) -> Answer:
        end = int(call.query["page"]) * PAGE
        return as_json({"rows": rows[end - PAGE : end], "more": end < len(rows)})

    def _item(self, item: CatalogueItem) -> dict[str, Any]:
        price = self.amount(item.price.major())
        return {"sku": item.code, "name": item.name, "price": price, "sold_out": not item.available}

    def _sale(self, sale: SaleSeen) -> dict[str, Any]:
        return {"receipt": sale.receipt, "total": self.amount(sale.amount.major()), "at": _when(sale), "void": sale.void}


def _when(sale: SaleSeen) -> str:
    return to_wire(sale.occurred_at or from_wire("2026-01-01T00:00:00Z"))


@asynccontextmanager
async def _open(folder: Path, http: HttpxClient) -> AsyncIterator[PosBench]:
    async with Acme() as server:
        yield PosBench(
            kind="acme-pos",
            options={"base_url": server.base},
            folder=folder,
            http=http,
            secret=KEY,
            wrong_secret="not it",
            server=server,
            bad_options=[{}, {"base_url": "acme"}, {"base_url": server.base, "timeout_s": 0}],
            set_menu=lambda items: setattr(server, "items", items),
            page_size=PAGE,
            orders=lambda: list(server.orders),
            sell=lambda sale: server.sales.setdefault(sale.receipt, sale).receipt,
            take_back=lambda receipt: server.sales.update({receipt: replace(server.sales[receipt], void=True)}),
            sales_page_size=PAGE,
            not_applicable={
                Case.EXPIRY: "Acme's keys do not end.",
                Case.MODIFIERS: "Acme has no choices.",
                Case.STATUS: "Acme does not tell how far an order is.",
                Case.SNOOZE: "Acme takes no sold-out items.",
                Case.WEBHOOKS: "Acme calls nobody.",
                Case.OUTLETS: "An Acme server belongs to one shop.",
            },
        )


BENCH = _open
