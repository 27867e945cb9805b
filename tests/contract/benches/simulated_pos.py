"""The bench of `simulated-pos`: a folder is its shop."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from agent.cloud.http import HttpxClient
from agent.core.catalogue import CatalogueItem
from agent.core.clock import to_wire
from agent.core.sale import SaleSeen
from tests.contract.bench import Case, PosBench

NOT_OVER_HTTP = {
    Case.OVER_HTTP: "It is reached over files, not over HTTP.",
    Case.CREDENTIALS: "It has no credentials: whoever may write the folder is trusted.",
    Case.EXPIRY: "It has no token.",
    Case.PAGING: "A file has no pages.",
    Case.AMOUNTS: "How files write amounts has tests of its own (tests/drivers/test_pos_rows.py).",
    Case.STATUS: "Files tell no status; staff move orders on the board.",
    Case.SALES_PAGING: "A file has no pages.",
    Case.SNOOZE: "Files take no sold-out items.",
    Case.WEBHOOKS: "Files call nobody.",
    Case.OUTLETS: "A folder belongs to one outlet.",
}


def rows(items: Sequence[CatalogueItem]) -> list[dict[str, object]]:
    """The menu as rows of a JSON file."""
    return [
        {
            "code": item.code,
            "name": item.name,
            "price": str(item.price),
            "category": item.category,
            "available": item.available,
            "groups": [
                {
                    "code": group.code,
                    "name": group.name,
                    "min": group.min_selection,
                    "max": group.max_selection,
                    "options": [{"code": one.code, "name": one.name, "price": str(one.price)} for one in group.options],
                }
                for group in item.groups
            ],
        }
        for item in items
    ]


def sale_row(sale: SaleSeen) -> dict[str, object]:
    """A sale as a row of a JSON file."""
    assert sale.occurred_at is not None
    return {"receipt": sale.receipt, "total": str(sale.amount), "occurred_at": to_wire(sale.occurred_at), "void": sale.void}


@asynccontextmanager
async def _open(folder: Path, http: HttpxClient) -> AsyncIterator[PosBench]:
    home = folder / "pos"
    home.mkdir()
    made: dict[str, SaleSeen] = {}

    def sell(sale: SaleSeen) -> str:
        made[sale.receipt] = sale
        with (home / "sales.jsonl").open("a") as file:
            file.write(json.dumps(sale_row(sale)) + "\n")
        return sale.receipt

    yield PosBench(
        kind="simulated-pos",
        options={"folder": str(home), "poll_s": 0.02},
        folder=folder,
        http=http,
        bad_options=[{"poll_s": 0}],
        set_menu=lambda items: (home / "catalogue.json").write_text(json.dumps(rows(items))),
        orders=lambda: [json.loads(path.read_text())["id"] for path in (home / "orders").glob("*.json")],
        sell=sell,
        take_back=lambda receipt: sell(replace(made[receipt], void=True)),
        switch_off=lambda: (home / "SWITCHED_OFF").touch(),
        not_applicable=NOT_OVER_HTTP,
    )


BENCH = _open
