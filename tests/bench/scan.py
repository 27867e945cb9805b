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
from drivers.registry import build
from tests.bench import stage
from tests.bench.caller import timed
from tests.bench.result import Row, milliseconds
from tests.support.device_sink import context, running
from tests.support.outlet import eventually
from tests.support.peers.scanner_peers import PtyScanner
from tests.support.sandbox import MEI_CODE

TITLE = "Scan: frame on the serial line to the scan event"
PRODUCT = "4006381333931"
COUNT, DRIVER_COUNT, WARM_UP = 200, 2_000, 20
DEVICE = '[[devices]]\nname = "front"\nrepeat_window_s = 0\n'


async def run(folder: Path) -> list[Row]:
    """The whole table."""
    rows = [
        milliseconds("floor: pty written to pty read", await timed(*_bare_pty(), warm_up=WARM_UP)),
        milliseconds("driver alone: frame on the line to the code", await _through_the_driver(folder), "p99 < 5 ms"),
    ]
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
                rows.append(milliseconds("product code, line down", await timed(product, COUNT, warm_up=WARM_UP), "p99 < 5 ms"))
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


async def _through_the_driver(folder: Path) -> list[float]:
    """Seconds of each scan, from the write into the line to the code at the driver's sink."""
    peer = PtyScanner()
    device = build("front", "serial-scanner", {"port": peer.path}, context(folder))
    try:
        async with running(device) as (sink, _):
            heard = asyncio.Event()
            sink.on_scan = heard.set

            async def scan() -> None:
                heard.clear()
                await peer.write(f"{MEI_CODE}\r\n".encode())
                await heard.wait()

            return await timed(scan, DRIVER_COUNT, warm_up=WARM_UP)
    finally:
        peer.unplug()


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
