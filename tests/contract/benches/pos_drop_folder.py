"""The bench of `pos-drop-folder`: a folder that the POS and we share."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from agent.cloud.http import HttpxClient
from agent.core.sale import SaleSeen
from tests.contract.bench import PosBench
from tests.contract.benches.simulated_pos import NOT_OVER_HTTP, rows, sale_row


@asynccontextmanager
async def _open(folder: Path, http: HttpxClient) -> AsyncIterator[PosBench]:
    shared = folder / "shared"
    made: dict[str, SaleSeen] = {}
    for place in ("catalogue", "sales"):
        (shared / place).mkdir(parents=True)

    def sell(sale: SaleSeen) -> str:
        made[sale.receipt] = sale
        name = f"{sale.receipt}{'-void' if sale.void else ''}.json"
        (shared / "sales" / name).write_text(json.dumps([sale_row(sale)]))
        return sale.receipt

    yield PosBench(
        kind="pos-drop-folder",
        options={"folder": str(shared), "poll_s": 0.02},
        folder=folder,
        http=http,
        bad_options=[
            {},
            {"folder": "x", "order_format": "pdf"},
            {"folder": "x", "encoding": "klingon"},
            {"folder": "x", "columns": {"x": "y"}},
        ],
        set_menu=lambda items: (shared / "catalogue" / "menu.json").write_text(json.dumps({"items": rows(items)})),
        orders=lambda: [json.loads(path.read_text())["id"] for path in (shared / "orders").glob("*.json")],
        sell=sell,
        take_back=lambda receipt: sell(replace(made[receipt], void=True)),
        switch_off=lambda: shared.rename(folder / "gone"),
        not_applicable=NOT_OVER_HTTP,
    )


BENCH = _open
