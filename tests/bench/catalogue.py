"""A menu of 10,000 items, each with choices: read from the POS, made fit, compared, pushed; and the same unchanged."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Awaitable
from pathlib import Path

import psutil

from agent.cloud.http import HttpxClient
from agent.core.catalogue import CatalogueItem, ModifierGroup, ModifierOption
from agent.core.clock import SystemClock
from agent.core.money import Money
from agent.sandbox.control_client import SandboxControl
from tests.bench import stage
from tests.bench.result import Row
from tests.drivers.simulators.square import LOCATION, TOKEN, Square

TITLE = "Menu: 10,000 items, each with choices, from a POS in pages of 100 to the cloud"
ITEMS, LISTS, CHOICES = 10_000, 200, 3
SETTLE_S, PATIENCE_S = 3.0, 120.0
DEVICE = """
[menu]
source = "pos"
interval_s = 86400
[[devices]]
name = "pos"
driver = "square"
location = "{location}"
base_url = "{base}"
poll_s = 3600
"""
MB = 1e6


def a_menu(items: int = ITEMS) -> list[CatalogueItem]:
    """Every item with a list of choices out of a few hundred; some 4.6 MB in one call to the cloud."""
    lists = [_choices(number) for number in range(LISTS)]
    return [
        CatalogueItem(
            code=f"{number:05}",
            name=f"Dish number {number}",
            price=Money(100 + number % 5_000, "SGD"),
            category=f"Category {number % 40}",
            groups=(lists[number % LISTS],),
        )
        for number in range(items)
    ]


def _choices(number: int) -> ModifierGroup:
    options = tuple(
        ModifierOption(code=f"{number}-{place}", name=f"Choice {place} of {number}", price=Money(50 * place, "SGD"))
        for place in range(CHOICES)
    )
    return ModifierGroup(code=f"G{number}", name=f"Extra {number}", max_selection=3, options=options)


async def run(folder: Path) -> list[Row]:
    """The whole table."""
    async with Square() as pos, stage.cloud() as cloud:
        more = DEVICE.format(location=LOCATION, base=pos.base)
        shop = stage.furnish(folder / "shop", cloud.base_url, cloud="timeout_s = 60", more=more)
        async with stage.agent_of(shop, CATA_BRIDGE_SECRET_DEVICE_POS=TOKEN) as agent:
            http = HttpxClient(SystemClock())
            try:
                return await _measured(agent, shop, pos, SandboxControl(http, cloud.control_url))
            finally:
                await http.close()


async def _measured(agent: subprocess.Popen[str], shop: stage.Shop, pos: Square, control: SandboxControl) -> list[Row]:
    await asyncio.sleep(SETTLE_S)
    process = psutil.Process(agent.pid)
    idle_mb = process.memory_info().rss / MB
    pos.sell_these(a_menu())
    first_s = await _cpu_s(process, _synced(shop))
    peak_mb = _peak_mb(agent.pid)
    same_s = await _cpu_s(process, _synced(shop))
    return [
        Row("first push, processor time of the agent", "s", (first_s,), "< 2 s"),
        Row("first push, memory over idle at its highest", "MB", (peak_mb - idle_mb,), "< 60 MB"),
        Row("unchanged, processor time of the agent", "s", (same_s,)),
        Row("pushes to the cloud in all", "", (float(await _pushes(control)),), "1"),
    ]


async def _synced(shop: stage.Shop) -> None:
    """Compare now, and wait until the agent knows that the cloud has it."""
    async with shop.caller() as till:
        await till.post("/v1/menu/sync", {})
    async with asyncio.timeout(PATIENCE_S):
        while not await _is_settled(shop):  # noqa: ASYNC110 - another process
            await asyncio.sleep(1.0)


async def _is_settled(shop: stage.Shop) -> bool:
    async with shop.caller() as till:
        status = (await till.get("/v1/status")).json
    return bool(status["menu"]["synced_at"]) and status["outbox"]["pending"] == 0


async def _pushes(control: SandboxControl) -> int:
    return sum(count for path, count in (await control.requests()).items() if path.endswith("products/sync"))


async def _cpu_s(process: psutil.Process, work: Awaitable[None]) -> float:
    before = sum(process.cpu_times()[:2])
    await work
    return sum(process.cpu_times()[:2]) - before


def _peak_mb(pid: int) -> float:
    """The most memory that a process ever had, as Linux keeps it."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / MB
