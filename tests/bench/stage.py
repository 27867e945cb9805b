"""Real processes to measure: an agent, a practice cloud, and the folders that both need; all gone afterwards."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.demo.ports import free_port
from agent.instance import running
from agent.paths import Home
from tests.bench.caller import Caller
from tests.support.sandbox import KEY, OUTLET

NO_CLOUD = "http://127.0.0.1:9"
"""Nobody listens there: every attempt is refused at once, as with an unplugged line."""
WEBHOOK_SECRET = "whsec_of_the_benchmarks_only"
PATIENCE_S = 60.0
BYTECODE = tempfile.TemporaryDirectory(prefix="cata-bridge-bench-bytecode-")
"""An installed copy starts from its bytecode, so these processes do too; gone at the end of the run."""

CONFIG = """
[outlet]
id = "{outlet}"
name = "Benchmark"
[cloud]
base_url = "{base_url}"
{cloud}
[till_api]
listen = "127.0.0.1:{till}"
[webhook]
listen = "127.0.0.1:{webhook}"
{more}
"""


@dataclass(frozen=True, slots=True)
class Shop:
    """A furnished home and where its agent will listen."""

    home: Home
    till_port: int
    webhook_port: int

    @property
    def token(self) -> str:
        """Full access to the running agent."""
        found = running(self.home)
        assert found is not None
        return found.token

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.till_port}"

    def caller(self) -> Caller:
        """A till that has yet to connect."""
        return Caller(self.till_port, {"Authorization": f"Bearer {self.token}"})


@dataclass(frozen=True, slots=True)
class Cloud:
    """A running practice cloud."""

    process: subprocess.Popen[str]
    base_url: str
    control_url: str

    @property
    def port(self) -> int:
        return int(self.base_url.rpartition(":")[2])


def furnish(folder: Path, base_url: str = NO_CLOUD, *, cloud: str = "", more: str = "") -> Shop:
    """A home of its own; `cloud` are further settings of the cloud, `more` further tables."""
    shop = Shop(Home(folder).prepare(), free_port(), free_port())
    shop.home.config.write_text(
        CONFIG.format(outlet=OUTLET, base_url=base_url, cloud=cloud, till=shop.till_port, webhook=shop.webhook_port, more=more)
    )
    return shop


def environment() -> Mapping[str, str]:
    """Nothing of the caller's own settings, secrets in files, no window on anybody's screen."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CATA_BRIDGE_", "PYTHONDONT"))}
    return clean | {
        "PYTHONPYCACHEPREFIX": BYTECODE.name,
        "CATA_BRIDGE_SECRETS": "file",
        "CATA_BRIDGE_SECRET_API_KEY": KEY,
        "CATA_BRIDGE_SECRET_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "QT_QPA_PLATFORM": "offscreen",
    }


def start(*arguments: str, listen: bool = False, more: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """A Python process, `arguments` as after `python`; with `listen` its words can be read; `more` goes to its environment."""
    out = subprocess.PIPE if listen else subprocess.DEVNULL
    return subprocess.Popen(
        [sys.executable, *arguments],
        env={**environment(), **(more or {})},
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def start_agent(shop: Shop, more: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """The agent's process, not yet listening."""
    return start("-m", "agent", "--home", str(shop.home.root), "agent", more=more)


async def stopped(process: subprocess.Popen[str]) -> None:
    """Ask a process to end, and wait until it has."""
    process.terminate()
    try:
        await asyncio.to_thread(process.wait, 15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


@asynccontextmanager
async def agent_of(shop: Shop, **secrets: str) -> AsyncIterator[subprocess.Popen[str]]:
    """A running agent that answers; `secrets` by the names they have in its environment."""
    process = start_agent(shop, secrets)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while (found := running(shop.home)) is None or found.pid != process.pid:
                assert process.poll() is None, f"the agent ended with {process.returncode}"
                await asyncio.sleep(0.02)
        yield process
    finally:
        await stopped(process)


@asynccontextmanager
async def cloud() -> AsyncIterator[Cloud]:
    """A practice cloud in a process of its own."""
    process = start("-m", "agent", "sandbox", "--listen", "127.0.0.1:0", listen=True)
    try:
        assert process.stdout is not None
        first = await asyncio.to_thread(process.stdout.readline)
        second = await asyncio.to_thread(process.stdout.readline)
        yield Cloud(process, first.split()[-1], second.split()[-1].removesuffix("/__sandbox__/"))
    finally:
        await stopped(process)
