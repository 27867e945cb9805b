"""Whatever a vendor says, a driver answers with something usable or with an error of ours, and never falls over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random

from agent.core.errors import CataBridgeError
from agent.core.roles import ListsOutlets, Pos, TellsSales, TellsStatus
from tests.contract.bench import PosBench
from tests.contract.goods import ORDER_ID, ago

ROUNDS = 12


def questions(device: Pos) -> list[Callable[[], Awaitable[object]]]:
    """Everything that a POS can be asked."""
    asked: list[Callable[[], Awaitable[object]]] = [device.test, device.fetch_catalogue, lambda: device.find_order(ORDER_ID)]
    if isinstance(device, TellsStatus):
        asked.append(lambda: device.order_status(ORDER_ID, "1"))
    if isinstance(device, TellsSales):
        asked.append(lambda: device.recent_sales(ago(3600)))
    if isinstance(device, ListsOutlets):
        asked.append(device.list_remote_outlets)
    return asked


async def test_answers_that_make_no_sense_break_nothing(bench: PosBench) -> None:
    bench.stock()
    for seed in range(ROUNDS):
        bench.vendor.noise = Random(seed)
        for ask in questions(bench.made()):
            with suppress(CataBridgeError):
                await ask()
