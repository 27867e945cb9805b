"""What a person notices: a delivery until its ticket is painted and its sound started, a scan until the member's card is."""

from __future__ import annotations

import asyncio
import json
import os
import select
import shutil
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from agent.core.ids import RandomIds
from agent.demo.scanner import Scanner, plug_in
from agent.sandbox.control_client import SandboxControl
from tests.bench import stage, webhook
from tests.bench.lunch import OFFSCREEN
from tests.bench.result import Row, milliseconds
from tests.support.outlet import eventually
from tests.support.peers.sound_player import SoundPlayer
from tests.support.sandbox import MEI_CODE
from tests.support.shop import order_json

if TYPE_CHECKING:
    from tests.bench.onlooker import Onlooker

TITLE = "Eyes and ears: what a person at the screen notices, practice cloud without delay"
ORDERS, SCANS, WARM_UP = 100, 200, 5
DEVICE = '[[devices]]\nname = "front"\nrepeat_window_s = 0\n'
Found = dict[str, list[float]]


async def run(folder: Path) -> list[Row]:
    """The whole table, measured in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.eyes",
        str(folder),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **OFFSCREEN},
    )
    out, _ = await process.communicate()
    found: Found = json.loads(out)
    return [
        milliseconds("floor: a sound player started, to its first word", found["player"]),
        milliseconds("floor: delivery to its event at the screen", found["shown event"]),
        milliseconds("delivery to the ticket painted on the board", found["shown painted"], "p95 <= 1,000 ms"),
        milliseconds("delivery to the sound started", found["shown sound"], "p95 <= 1,000 ms"),
        milliseconds("minimised: delivery to the ticket painted", found["minimised painted"], "p95 <= 1,000 ms"),
        milliseconds("minimised: delivery to the sound started", found["minimised sound"], "p95 <= 1,000 ms"),
        milliseconds("floor: frame on the serial line to its event at the screen", found["scan event"]),
        milliseconds("frame on the serial line to the member's card painted", found["scan painted"], "p95 <= 150 ms"),
    ]


async def measured(folder: Path) -> Found:
    """Seconds of everything; the screen lives in this process, the agent and the cloud in theirs."""
    from PySide6.QtWidgets import QApplication

    from tests.bench.onlooker import Onlooker

    app = QApplication([])
    player = SoundPlayer(folder / "player")
    os.environ["PATH"] = f"{player.folder}{os.pathsep}{os.environ['PATH']}"
    found: Found = {"player": [_floor(player) for _ in range(ORDERS)]}
    scanner, http = await plug_in(), HttpxClient(SystemClock())
    try:
        async with _shop(folder, scanner) as (shop, cloud):
            onlooker = Onlooker(app, shop.home.root, player)
            try:
                board = Board(onlooker, shop, SandboxControl(http, cloud.control_url))
                await board.seen(WARM_UP, "shown")
                found |= await board.seen(ORDERS, "shown")
                onlooker.minimise()
                found |= await board.seen(ORDERS, "minimised")
                onlooker.bring_back()
                found |= await scans(onlooker, scanner)
            finally:
                onlooker.leave()
    finally:
        await http.close()
        scanner.close()
        player.close()
    return found


@asynccontextmanager
async def _shop(folder: Path, scanner: Scanner) -> AsyncIterator[tuple[stage.Shop, stage.Cloud]]:
    async with stage.cloud() as cloud:
        shop = stage.furnish(folder / "shop", cloud.base_url, more=DEVICE + scanner.device)
        async with stage.agent_of(shop), shop.caller() as caller:

            async def is_ready() -> bool:
                status = (await caller.get("/v1/status")).json
                return bool(status["cloud"]["reachable"]) and all(each["state"] == "ready" for each in status["devices"])

            await eventually(is_ready)
            yield shop, cloud


def _floor(player: SoundPlayer) -> float:
    """A player started the way the bell does it, and waited for as the screen would."""
    from PySide6.QtCore import QProcess

    from gui.alarms.sounds import PLAYERS

    begun = time.perf_counter()
    QProcess.startDetached(shutil.which(PLAYERS[0]) or "", ["floor"])
    select.select([player.fd], [], [], stage.PATIENCE_S)
    taken = time.perf_counter() - begun
    assert player.started()
    return taken


class Board:
    """Orders that come in one after the other, each turned down before the next."""

    def __init__(self, onlooker: Onlooker, shop: stage.Shop, control: SandboxControl) -> None:
        from gui.window.top_bar import Page

        self._onlooker, self._control, self._number = onlooker, control, 0
        self._receiver = HTTPConnection("127.0.0.1", shop.webhook_port)
        onlooker.screen.window.show_page(Page.ORDERS)

    async def seen(self, count: int, window: str) -> Found:
        """The board is in front, and the window is `shown` or `minimised`."""
        found: Found = {f"{window} {what}": [] for what in ("painted", "sound", "event")}
        for _ in range(count):
            begun = await self._deliver()
            for what in ("painted", "sound", "event"):
                found[f"{window} {what}"].append(self._onlooker.since(begun, what))
            self._end()
        return found

    async def _deliver(self) -> float:
        """One order that the cloud knows and now sends; when it was sent. Its answer is read later."""
        self._number += 1
        order_id, ref = RandomIds().new(), f"E-{self._number:04}"
        body = order_json(orderId=order_id, orderRefNo=ref, items=[webhook.LINE] * 6, totalPay=102)
        await self._control.place_raw(body)
        begun = self._onlooker.wait_for(ref)
        self._receiver.request("POST", webhook.PATH, body, {"Content-Type": "application/json", **webhook.signed(body)})
        return begun

    def _end(self) -> None:
        answer = self._receiver.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
        self._onlooker.turn_down()


async def scans(onlooker: Onlooker, scanner: Scanner) -> Found:
    """A member comes, is shown, and goes."""
    from gui.window.top_bar import Page

    window = onlooker.screen.window
    window.show_page(Page.COUNTER)
    found: Found = {"scan event": [], "scan painted": []}
    for at in range(WARM_UP + SCANS):
        window.flow.dismiss()
        onlooker.until(window.counter.card.isHidden)
        begun = onlooker.wait_for("")
        await scanner.scan(MEI_CODE)
        painted, heard = onlooker.since(begun, "painted"), onlooker.since(begun, "event")
        if at >= WARM_UP:
            found["scan painted"].append(painted)
            found["scan event"].append(heard)
    return found


def main() -> None:
    """Measure in the folder that was named, and print seconds as JSON."""
    print(json.dumps(asyncio.run(measured(Path(sys.argv[1])))))  # noqa: T201  the answer to the process that asked


if __name__ == "__main__":
    main()
