"""The bench of `pos-sql`: a POS that keeps everything in one SQLite file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from agent.cloud.http import HttpxClient
from tests.contract.bench import Case, PosBench
from tests.drivers.simulators.sql_pos import CATALOGUE, SALES, SqlPos


def options(pos: SqlPos) -> dict[str, Any]:
    """Settings as an integrator would write them for this POS."""
    return {"database": str(pos.path), "catalogue_query": CATALOGUE, "sales_query": SALES, "poll_s": 0.02}


@asynccontextmanager
async def _open(folder: Path, http: HttpxClient) -> AsyncIterator[PosBench]:
    pos = SqlPos(folder / "pos.db")
    pos.create()
    yield PosBench(
        kind="pos-sql",
        options=options(pos),
        folder=folder,
        http=http,
        bad_options=[
            {},
            {"database": "x"},
            {"database": "x", "odbc": "y", "catalogue_query": CATALOGUE},
            {"database": "x", "catalogue_query": "DELETE FROM items"},
            {"database": "x", "catalogue_query": "SELECT 1; DROP TABLE items"},
            {"database": "x", "catalogue_query": "SELECT ? FROM items"},
            {"database": "x", "catalogue_query": "SELECT :who FROM items"},
            {"database": "x", "sales_query": "SELECT * FROM sales"},
            {"database": "x", "sales_query": SALES, "sales_kind": "number"},
            {"database": "x", "catalogue_query": CATALOGUE, "columns": {"colour": "y"}},
        ],
        set_menu=pos.sells,
        page_size=500,
        sell=pos.sell,
        take_back=pos.take_back,
        switch_off=lambda: pos.path.rename(folder / "gone.db"),
        not_applicable={
            Case.OVER_HTTP: "It is reached over a database, not over HTTP.",
            Case.CREDENTIALS: "A file has no credentials; those of ODBC are in the connection string.",
            Case.EXPIRY: "It has no token.",
            Case.MODIFIERS: "A query gives flat rows.",
            Case.AMOUNTS: "How a database gives amounts has tests of its own (tests/drivers/test_pos_sql.py).",
            Case.ORDERS: "The database is only read.",
            Case.FIND: "The database is only read.",
            Case.LOST_ANSWERS: "The database is only read.",
            Case.STATUS: "The database is only read, and no order of ours is in it.",
            Case.SALES_PAGING: "Pages of 500 sales have a test of their own (tests/drivers/test_pos_sql.py).",
            Case.SNOOZE: "The database is only read.",
            Case.WEBHOOKS: "A database calls nobody.",
            Case.OUTLETS: "A database belongs to one outlet.",
        },
    )


BENCH = _open
