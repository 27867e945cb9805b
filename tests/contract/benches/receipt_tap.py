"""The bench of `receipt-tap`: a printer, and a POS that prints on it through us."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.cloud.http import HttpxClient
from agent.core.sale import SaleSeen
from tests.contract.bench import Case, PosBench
from tests.drivers.simulators.receipt_printer import ReceiptPrinter, send


def a_free_port() -> int:
    """A port that nobody listens at just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def receipt(sale: SaleSeen) -> bytes:
    """What the POS prints for a sale, cut included."""
    assert sale.occurred_at is not None
    when = sale.occurred_at.astimezone(ZoneInfo("Asia/Singapore")).strftime("%Y-%m-%d %H:%M:%S")
    return f"\x1b@MY SHOP\nReceipt No: {sale.receipt}\nTime {when}\nTOTAL {sale.amount}\n\x1dV\x00".encode()


@asynccontextmanager
async def _open(folder: Path, http: HttpxClient) -> AsyncIterator[PosBench]:
    printer = ReceiptPrinter()
    await printer.start()
    listen, printing = a_free_port(), set[asyncio.Task[bytes]]()

    def sell(sale: SaleSeen) -> str:
        printing.add(asyncio.ensure_future(send(listen, receipt(sale))))
        return sale.receipt

    yield PosBench(
        kind="receipt-tap",
        options={"listen": f"127.0.0.1:{listen}", "printer": f"127.0.0.1:{printer.port}", "connect_s": 1},
        folder=folder,
        http=http,
        bad_options=[{}, {"printer": "host:port"}, {"pos_port": "COM1"}, {"printer": "x", "total": ["("]}],
        sell=sell,
        switch_off=lambda: asyncio.ensure_future(printer.stop()),
        not_applicable={
            Case.TWO_AT_ONCE: "Only one device can be the printer at an address.",
            Case.OVER_HTTP: "It reads what is printed and asks nobody over HTTP.",
            Case.CREDENTIALS: "It has no credentials: it is the wire.",
            Case.EXPIRY: "It has no token.",
            Case.CATALOGUE: "Receipts hold no menu.",
            Case.PAGING: "Receipts hold no menu.",
            Case.MODIFIERS: "Receipts hold no menu.",
            Case.SOLD_OUT: "Receipts hold no menu.",
            Case.AMOUNTS: "How amounts are printed has tests of its own (tests/drivers/receipt_tap).",
            Case.ORDERS: "A wire to a printer takes no orders.",
            Case.FIND: "A wire to a printer takes no orders.",
            Case.STATUS: "A wire to a printer takes no orders.",
            Case.VOIDS: "A voided receipt is told by its heading and left to a person: it may stand for a part of the sale.",
            Case.SALES_PAGING: "Receipts come one by one.",
            Case.SNOOZE: "A printer sells nothing.",
            Case.WEBHOOKS: "It calls nobody.",
            Case.OUTLETS: "A printer stands in one outlet.",
        },
        assumed={"sales": "Words of totals and receipt numbers are the usual English ones until the shop's own are set."},
    )
    await asyncio.gather(*printing, return_exceptions=True)
    await printer.stop()


BENCH = _open
