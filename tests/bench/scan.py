"""From the frame on a serial line to the `scan` event that a screen or a POS hears."""

from __future__ import annotations

import asyncio
import os
import pty
import tty
from collections.abc import Awaitable, Callable
from pathlib import Path

from agent.demo.events import Events, listening
from agent.demo.scanner import Scanner, plug_in
from tests.bench import stage
from tests.bench.caller import timed
from tests.bench.result import Row, milliseconds
from tests.support.outlet import eventually
from tests.support.sandbox import MEI_CODE

TITLE = "Scan: frame on the serial line to the scan event"
PRODUCT = "4006381333931"
COUNT, WARM_UP = 200, 20
DEVICE = '[[devices]]\nname = "front"\nrepeat_window_s = 0\n'


async def run(folder: Path) -> list[Row]:
    """The whole table."""
    rows = [milliseconds("floor: pty written to pty read", await timed(*_bare_pty(), warm_up=WARM_UP))]
    scanner = await plug_in()
    try:
        async with stage.cloud() as cloud:
            shop = stage.furnish(folder / "shop", cloud.base_url, more=DEVICE + scanner.device)
            async with stage.agent_of(shop), listening(shop.url, shop.token) as events, shop.caller() as caller:
                await eventually(lambda: _is_ready(caller.get))
                scan = _scanning(scanner, events, MEI_CODE, "member")

                def look_up() -> Awaitable[object]:
                    return caller.post("/v1/members/lookup", {"identifier": MEI_CODE})

                rows.append(
                    milliseconds("floor: the same lookup over the till API", await timed(look_up, COUNT, warm_up=WARM_UP))
                )
                rows.append(milliseconds("member, cloud asked", await timed(scan, COUNT, warm_up=WARM_UP), "p95 < 150 ms"))
                await stage.stopped(cloud.process)
                rows.append(milliseconds("member from memory, line down", await timed(scan, COUNT, warm_up=10), "p95 < 150 ms"))
                product = _scanning(scanner, events, PRODUCT, "product")
                rows.append(milliseconds("product code, line down", await timed(product, COUNT, warm_up=WARM_UP)))
    finally:
        scanner.close()
    return rows


async def _is_ready(get: Callable[[str], Awaitable[object]]) -> bool:
    status = (await get("/v1/status")).json  # type: ignore[attr-defined]
    return bool(status["cloud"]["reachable"]) and all(device["state"] == "ready" for device in status["devices"])


def _scanning(scanner: Scanner, events: Events, code: str, kind: str) -> Callable[[], Awaitable[object]]:
    async def scan() -> None:
        await scanner.scan(code)
        heard = await events.next("scan")
        assert heard["kind"] == kind, heard

    return scan


def _bare_pty() -> tuple[Callable[[], Awaitable[object]], int]:
    far, near = pty.openpty()
    tty.setraw(near)

    async def through() -> None:
        loop = asyncio.get_running_loop()
        came: asyncio.Future[bytes] = loop.create_future()
        loop.add_reader(near, lambda: came.set_result(os.read(near, 64)))
        os.write(far, f"{MEI_CODE}\r\n".encode())
        await came
        loop.remove_reader(near)

    return through, COUNT
