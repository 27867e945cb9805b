"""Every scanner driver with the other side of its wire, behind one shape."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from agent.core.roles import Device
from drivers.registry import build
from drivers.simulated_scanner import SimulatedScanner
from tests.support.device_sink import context, until
from tests.support.peers.keyboard_scanner import KeyboardPeer
from tests.support.peers.scanner_peers import PtyScanner, TcpScannerPeer


@dataclass
class ScannerBench:
    """A device and what can be done to it."""

    device: Device
    send: Callable[[bytes], Awaitable[None]]
    unplug: Callable[[], None]
    driver: str
    options: dict[str, object] = field(default_factory=dict)
    bad_options: list[dict[str, object]] = field(default_factory=list)


@asynccontextmanager
async def serial_bench(folder: Path) -> AsyncIterator[ScannerBench]:
    peer = PtyScanner()
    options: dict[str, object] = {"port": peer.path}
    bad: list[dict[str, object]] = [
        {},
        {"match": "front"},
        {"port": "/dev/x", "baud": "fast"},
    ]
    device = build("device", "serial-scanner", options, context(folder))
    try:
        yield ScannerBench(device, peer.write, peer.unplug, "serial-scanner", options, bad)
    finally:
        peer.unplug()


@asynccontextmanager
async def tcp_bench(folder: Path) -> AsyncIterator[ScannerBench]:
    peer = TcpScannerPeer()
    await peer.start()
    options: dict[str, object] = {"host": "127.0.0.1", "port": peer.port}
    bad: list[dict[str, object]] = [{}, {"port": 1}, {"port": 70000, "host": "x"}, {"port": 1, "host": "x", "mode": "listen"}]
    device = build("device", "tcp-scanner", options, context(folder))

    async def send(data: bytes) -> None:
        await until(lambda: peer.connected, "the connection")
        await peer.write(data)

    try:
        yield ScannerBench(device, send, peer.drop, "tcp-scanner", options, bad)
    finally:
        await peer.stop()


@asynccontextmanager
async def hid_bench(folder: Path) -> AsyncIterator[ScannerBench]:
    peer = KeyboardPeer(folder)
    options: dict[str, object] = {"path": peer.path, "grab": False, "idle_ms": 2000}
    bad: list[dict[str, object]] = [{}, {"match": "front"}, {"path": "x", "layout": "xx"}, {"usb_name": "x", "suffix": "enter"}]
    device = build("device", "hid-scanner", options, context(folder))
    try:
        yield ScannerBench(device, peer.type, peer.unplug, "hid-scanner", options, bad)
    finally:
        peer.unplug()


@asynccontextmanager
async def simulated_bench(folder: Path) -> AsyncIterator[ScannerBench]:
    device = build("device", "simulated-scanner", {}, context(folder))
    assert isinstance(device, SimulatedScanner)

    async def send(data: bytes) -> None:
        device.present_bytes(data)

    yield ScannerBench(device, send, device.unplug, "simulated-scanner", {}, [{"poll_s": 0}, {"pol_s": 1}])


BENCHES = {
    "serial-scanner": serial_bench,
    "hid-scanner": hid_bench,
    "tcp-scanner": tcp_bench,
    "simulated-scanner": simulated_bench,
}
