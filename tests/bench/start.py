"""From starting a process to its first answer, its first word, its first picture; files are warm in the system's memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.bench import stage
from tests.bench.caller import Caller
from tests.bench.result import Row, milliseconds

TITLE = "Start"
ROUNDS = 5
LOOK_EVERY_S = 0.01
QT = "from PySide6.QtWidgets import QApplication, QLabel; a = QApplication([]); w = QLabel('x'); w.show(); w.grab()"


async def run(folder: Path) -> list[Row]:
    """The whole table."""
    async with stage.cloud() as cloud:
        shop = stage.furnish(folder / "shop", cloud.base_url)
        starts = [await _agent(shop) for _ in range(ROUNDS + 1)][1:]
        smoke = ("-m", "gui", "--home", str(shop.home.root), "--no-start", "--offscreen-smoke")
        async with stage.agent_of(shop):
            screen = await _rounds(lambda: _ended(*smoke))
    return [
        milliseconds("floor: an empty Python process", await _rounds(lambda: _ended("-c", "pass"))),
        milliseconds("cata-bridge version", await _rounds(lambda: _ended("-m", "agent", "version"))),
        milliseconds("agent, start to 200 on /v1/health", [health for health, _ in starts], "< 2,000 ms"),
        milliseconds("agent, start to 200 on /v1/status", [status for _, status in starts]),
        milliseconds("floor: Qt showing one label", await _rounds(lambda: _ended("-c", QT))),
        milliseconds("screen, start to the first snapshot drawn (and left)", screen, "< 5,000 ms"),
    ]


async def _rounds(once: Callable[[], Awaitable[float]]) -> list[float]:
    await once()
    return [await once() for _ in range(ROUNDS)]


async def _ended(*arguments: str) -> float:
    started = time.perf_counter()
    process = stage.start(*arguments)
    try:
        code = await asyncio.to_thread(process.wait, stage.PATIENCE_S)
    finally:
        process.kill()
    assert code == 0, (arguments, code)
    return time.perf_counter() - started


async def _agent(shop: stage.Shop) -> tuple[float, float]:
    """Seconds until it answers at all, and until it tells how everything is."""
    started = time.perf_counter()
    process = stage.start_agent(shop)
    try:
        async with asyncio.timeout(stage.PATIENCE_S):
            await _answered(shop.till_port)
            health = time.perf_counter() - started
            while not shop.home.run_file.exists():  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(LOOK_EVERY_S)
            async with shop.caller() as caller:
                await caller.get("/v1/status")
            return health, time.perf_counter() - started
    finally:
        await stage.stopped(process)


async def _answered(port: int) -> None:
    while True:
        try:
            async with Caller(port) as caller:
                await caller.get("/v1/health")
                return
        except (OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(LOOK_EVERY_S)
