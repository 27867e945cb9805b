"""A signed delivery of a new order to its 200, which comes after the commit."""

from __future__ import annotations

import time
from pathlib import Path

from agent.core.ids import RandomIds
from agent.core.signing import CATA, sign
from tests.bench import stage
from tests.bench.caller import Caller, timed
from tests.bench.floor import bare_table
from tests.bench.result import Row, milliseconds
from tests.support.sandbox import OUTLET
from tests.support.shop import order_json

TITLE = "Webhook: signed delivery of a new order to its 200"
COUNT, WARM_UP = 500, 50
PATH = f"/cata/orders/{OUTLET}"
LINE = {"plu": "CKT", "name": "Char kway teow", "quantity": 2, "unitPrice": 8.5, "notes": "one without bean sprouts"}
PRINTER = '[[devices]]\nname = "kitchen"\ndriver = "simulated-printer"\n'


async def run(folder: Path) -> list[Row]:
    """The whole table."""
    with bare_table(folder, len(order_json(items=[LINE] * 6))) as floor:
        rows = [milliseconds("floor: bare SQLite insert of the order, WAL, FULL", floor.timed(COUNT))]
    shop = stage.furnish(folder / "shop", more=PRINTER)
    async with stage.agent_of(shop), Caller(shop.webhook_port) as cloud:
        health = await timed(lambda: cloud.get("/health"), COUNT, warm_up=WARM_UP)
        rows.append(milliseconds("floor: GET /health of the receiver", health))
        taken = await timed(lambda: _deliver(cloud), COUNT, warm_up=WARM_UP)
        return [*rows, milliseconds("delivery, tickets being printed beside it", taken, "p99 < 150 ms")]


async def _deliver(cloud: Caller) -> None:
    body = order_json(orderId=RandomIds().new(), items=[LINE] * 6)
    await cloud.post(PATH, body, signed(body))


def signed(body: bytes) -> dict[str, str]:
    """The headers of a genuine delivery, sent now."""
    return {
        "X-Cata-Signature": sign(CATA, stage.WEBHOOK_SECRET, body),
        "X-Cata-Event": "order.paid",
        "X-Cata-Delivery-Id": RandomIds().new(),
        "X-Cata-Timestamp": str(int(time.time())),
    }
