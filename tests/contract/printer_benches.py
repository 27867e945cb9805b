"""Every printer driver with the other side of its wire, behind one shape."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from agent.core.http import Http
from agent.core.roles import Printer
from drivers.registry import build
from drivers.simulated_printer import OUT_OF_PAPER, SWITCHED_OFF
from tests.support.device_sink import context
from tests.support.peers.cups import CupsPeer
from tests.support.peers.escpos_printer import EscposPrinterPeer, Switches, WirePrinterPeer
from tests.support.peers.windows_spooler import WindowsPeer


@dataclass
class PrinterBench:
    """A printer, its paper, and its switches."""

    device: Printer
    driver: str
    lines: Callable[[], list[str]]
    set_paper_out: Callable[[bool], None]
    switch_off: Callable[[], Awaitable[None]]
    bad_options: list[dict[str, object]]


def made(driver: str, home: Path, http: Http | None = None, /, **options: object) -> Printer:
    device = build("kitchen", driver, options, context(home, http=http))
    assert isinstance(device, Printer)
    return device


def _bench(
    device: Printer, driver: str, peer: Switches, off: Callable[[], Awaitable[None]], bad: list[dict[str, object]]
) -> PrinterBench:
    def paper_out(is_out: bool) -> None:
        peer.is_paper_out = is_out

    return PrinterBench(device, driver, lambda: peer.paper.lines, paper_out, off, bad)


@asynccontextmanager
async def network_bench(folder: Path, _patch: pytest.MonkeyPatch) -> AsyncIterator[PrinterBench]:
    peer = EscposPrinterPeer()
    await peer.start()
    device = made("escpos-network", folder, host="127.0.0.1", port=peer.port, poll_s=0.1)
    bad: list[dict[str, object]] = [{}, {"host": ""}, {"host": "p", "width": 40}, {"host": "p", "codepage": "utf-8"}]
    yield _bench(device, "escpos-network", peer, peer.stop, bad)
    await peer.stop()


@asynccontextmanager
async def serial_bench(folder: Path, _patch: pytest.MonkeyPatch) -> AsyncIterator[PrinterBench]:
    peer = WirePrinterPeer()
    await peer.start()
    device = made("escpos-serial", folder, port=peer.path, poll_s=0.1)
    bad: list[dict[str, object]] = [{}, {"match": "front"}, {"port": "x", "baud": "fast"}, {"port": "x", "flow": "some"}]
    yield _bench(device, "escpos-serial", peer, peer.stop, bad)
    await peer.stop()


@asynccontextmanager
async def usb_bench(folder: Path, _patch: pytest.MonkeyPatch) -> AsyncIterator[PrinterBench]:
    peer = WirePrinterPeer()
    await peer.start()
    device = made("escpos-usb", folder, path=peer.path, poll_s=0.1)
    yield _bench(device, "escpos-usb", peer, peer.stop, [{"match": "front"}, {"port": "x"}])
    await peer.stop()


@asynccontextmanager
async def cups_bench(folder: Path, _patch: pytest.MonkeyPatch) -> AsyncIterator[PrinterBench]:
    peer, http = CupsPeer(), HttpxClient(SystemClock())
    await peer.start()
    device = made("escpos-cups", folder, http, queue="kitchen", port=peer.port, poll_s=0.1)
    yield _bench(device, "escpos-cups", peer, peer.stop, [{}, {"queue": ""}, {"queue": "x", "port": 0}])
    await peer.stop()
    await http.close()


@asynccontextmanager
async def windows_bench(folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[PrinterBench]:
    peer = WindowsPeer()
    peer.install(patch)
    device = made("escpos-windows", folder, queue="Kitchen", poll_s=0.1)

    async def off() -> None:
        peer.is_there = False

    yield _bench(device, "escpos-windows", peer, off, [{}, {"queue": ""}])
    assert peer.open_handles == 0


@asynccontextmanager
async def simulated_bench(folder: Path, _patch: pytest.MonkeyPatch) -> AsyncIterator[PrinterBench]:
    tickets = folder / "tickets"
    tickets.mkdir()
    device = made("simulated-printer", folder, folder=str(tickets), poll_s=0.02)

    def lines() -> list[str]:
        return [line for path in sorted(tickets.glob("*.txt")) for line in path.read_text().splitlines()]

    def paper_out(is_out: bool) -> None:
        (tickets / OUT_OF_PAPER).touch() if is_out else (tickets / OUT_OF_PAPER).unlink()

    async def off() -> None:
        (tickets / SWITCHED_OFF).touch()

    yield PrinterBench(device, "simulated-printer", lines, paper_out, off, [{"poll_s": -1}])


BENCHES = {
    "escpos-network": network_bench,
    "escpos-serial": serial_bench,
    "escpos-usb": usb_bench,
    "escpos-cups": cups_bench,
    "escpos-windows": windows_bench,
    "simulated-printer": simulated_bench,
}
