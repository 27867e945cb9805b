"""What agent and screen take while nothing happens."""

from __future__ import annotations

import asyncio
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

from agent.demo.scanner import plug_in
from tests.bench import stage
from tests.bench.result import Row

TITLE = "Idle: a scanner and a printer ready, the screen connected"
SETTLE_S, WATCHED_S = 5.0, 10.0
DEVICES = """
[[devices]]
name = "kitchen"
driver = "simulated-printer"
[[devices]]
name = "front"
"""


@dataclass(frozen=True, slots=True)
class _Watched:
    """A process and the processor time it had used when the watch began."""

    process: psutil.Process
    before_s: float

    @classmethod
    def begin(cls, process: subprocess.Popen[str]) -> _Watched:
        watched = psutil.Process(process.pid)
        return cls(watched, _cpu_s(watched))

    def rows(self, name: str, memory: str, cpu: str) -> list[Row]:
        used = 100 * (_cpu_s(self.process) - self.before_s) / WATCHED_S
        return [
            *_memory(self.process, name, memory),
            Row(f"{name}, processor over {WATCHED_S:.0f} s", "% of a core", (used,), cpu),
        ]


async def run(folder: Path) -> list[Row]:
    """The whole table."""
    bare = stage.start("-c", "import time; time.sleep(60)")
    await asyncio.sleep(0.5)
    rows = _memory(psutil.Process(bare.pid), "floor: an empty Python process", "")
    await stage.stopped(bare)
    scanner = await plug_in()
    try:
        async with stage.cloud() as cloud:
            shop = stage.furnish(folder / "shop", cloud.base_url, more=DEVICES + scanner.device)
            async with stage.agent_of(shop) as agent:
                rows += await _watch(shop, agent)
    finally:
        scanner.close()
    return rows


async def _watch(shop: stage.Shop, agent: subprocess.Popen[str]) -> list[Row]:
    screen = stage.start("-m", "gui", "--home", str(shop.home.root), "--no-start")
    try:
        await asyncio.sleep(SETTLE_S)
        both = [_Watched.begin(agent), _Watched.begin(screen)]
        await asyncio.sleep(WATCHED_S)
        return both[0].rows("agent", "< 200 MB", "< 1 %") + both[1].rows("screen", "", "< 1 %")
    finally:
        await stage.stopped(screen)


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _memory(process: psutil.Process, name: str, target: str) -> list[Row]:
    found = process.memory_full_info()
    kinds = {"RSS": found.rss, "PSS": getattr(found, "pss", 0)}
    return [Row(f"{name}, {kind}", "MB", (size / 1e6,), target if kind == "RSS" else "") for kind, size in kinds.items() if size]
