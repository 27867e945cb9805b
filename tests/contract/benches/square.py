"""The bench of `square`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from agent.cloud.http import HttpxClient
from agent.core.pos import RemoteOutlet, WebhookCall
from drivers.pos.incoming import SECRET
from tests.contract.bench import Case, PosBench, Webhooks
from tests.contract.goods import a_sale
from tests.drivers.simulators.square import (
    CATALOGUE_PAGE,
    LOCATION,
    NOTIFICATION_URL,
    SIGNATURE_KEY,
    STATES,
    TOKEN,
    Square,
)

SALES_PAGE = 3


@asynccontextmanager
async def _open(folder: Path, http: HttpxClient) -> AsyncIterator[PosBench]:
    async with Square() as server:
        server.search_page = SALES_PAGE

        def hint(kind: str, *, about: bool = True) -> Callable[[], WebhookCall]:
            def call() -> WebhookCall:
                headers, body = server.hint(kind, server.sell(a_sale()) if about else "")
                return WebhookCall(method="POST", path="", headers=headers, body=body)

            return call

        yield PosBench(
            kind="square",
            options={"location": LOCATION, "base_url": server.base, "webhook_url": NOTIFICATION_URL},
            folder=folder,
            http=http,
            secret=TOKEN,
            wrong_secret="not it",
            server=server,
            bad_options=[{}, {"location": "L", "version": "latest"}, {"location": "L", "base_url": "square"}],
            set_menu=server.sell_these,
            page_size=CATALOGUE_PAGE,
            orders=server.references,
            move=server.move,
            moves=list(STATES),
            sell=server.sell,
            take_back=server.refund,
            sales_page_size=SALES_PAGE,
            outlets=[RemoteOutlet(id=LOCATION, name="Main")],
            webhooks=Webhooks(
                calls={
                    "catalog.version.updated": hint("catalog.version.updated", about=False),
                    "order.updated": hint("order.updated"),
                    "payment.updated": hint("payment.updated"),
                },
                secrets={SECRET: SIGNATURE_KEY},
            ),
            not_applicable={
                Case.EXPIRY: "An access token of one's own account does not end; OAuth has tests of its own.",
                Case.SNOOZE: "Square lets nobody but its own apps mark an item as sold out.",
            },
            assumed={
                "orders": "A price that is sent with an item goes before the catalogue's own.",
                "sales": "Tills that were offline are found by when Square changed an order (updated_at).",
                "calls us": "Where a hint names its order: data.object.KIND.order_id.",
            },
        )


BENCH = _open
