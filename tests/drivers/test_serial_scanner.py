"""The serial scanner on a real pseudo terminal, and what it says when the port cannot be had."""

from __future__ import annotations

import asyncio
import errno
import os
import random
import termios
from pathlib import Path

import pytest
import serial
from serial.tools import list_ports

from agent.core.clock import SystemClock
from agent.core.device import DeviceState, Role
from agent.core.errors import NeedsPerson, Unreachable
from agent.core.scan import Code
from agent.flows.bus import Bus
from agent.flows.devices.supervisor import Devices, Plugged
from drivers.registry import build
from drivers.transport.serial_line import find_port, group_of, identity_of, translated
from tests.support.device_sink import Recorded, context, running, until, until_scans
from tests.support.peers.scanner_peers import PtyScanner

SCANS = 2000


async def test_two_thousand_scans_split_at_random_come_out_once_each(tmp_path: Path) -> None:
    dice = random.Random(20261122)
    peer = PtyScanner()
    device = build("front", "serial-scanner", {"port": peer.path, "idle_ms": 2000}, context(tmp_path))
    codes = [f"CKT{place:05d}{'X' * dice.randrange(40)}" for place in range(SCANS)]
    data = b"".join(code.encode() + dice.choice([b"\r", b"\n", b"\r\n"]) for code in codes)
    try:
        async with running(device) as (sink, _):
            while data:
                size = dice.choice([1, 2, 3, 7, 40, 200, 1000])
                await peer.write(data[:size])
                data = data[size:]
            await until(lambda: len(sink.codes) + len(sink.refusals) >= SCANS, "all scans")
        assert sink.texts == codes
        assert not sink.refusals
    finally:
        peer.unplug()


async def test_without_a_suffix_silence_ends_each_code(tmp_path: Path) -> None:
    peer = PtyScanner()
    device = build("front", "serial-scanner", {"port": peer.path, "suffix": "none", "idle_ms": 50}, context(tmp_path))
    try:
        async with running(device) as (sink, _):
            for place in range(3):
                await peer.write(f"CODE-{place}".encode())
                await until_scans(sink, place + 1)
        assert sink.texts == ["CODE-0", "CODE-1", "CODE-2"]
    finally:
        peer.unplug()


async def test_a_port_that_another_program_holds_is_named(tmp_path: Path) -> None:
    peer = PtyScanner()
    first, second = (build(name, "serial-scanner", {"port": peer.path}, context(tmp_path)) for name in ("one", "two"))
    try:
        async with running(first):
            with pytest.raises(Unreachable) as refused:
                await second.run(Recorded())
            assert refused.value.reason == "port_in_use"
            assert "in use by another program" in refused.value.message
        async with running(second):
            pass
    finally:
        peer.unplug()


async def test_a_port_that_is_not_there_is_missing_and_not_fatal(tmp_path: Path) -> None:
    device = build("front", "serial-scanner", {"port": str(tmp_path / "ttyUSB9")}, context(tmp_path))
    with pytest.raises(Unreachable) as missing:
        await device.run(Recorded())
    assert missing.value.reason == "device_missing"
    with pytest.raises(Unreachable):
        await device.test()


async def test_what_is_no_port_at_all_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unreachable) as failed:
        await build("front", "serial-scanner", {"port": str(tmp_path / "file")}, context(tmp_path)).test()
    assert failed.value.reason == "port_failed"


def test_a_port_that_is_not_permitted_names_the_group(tmp_path: Path) -> None:
    (tmp_path / "tty").write_text("")
    error = translated(str(tmp_path / "tty"), serial.SerialException(errno.EACCES, "could not open port: Permission denied"))
    assert isinstance(error, NeedsPerson)
    assert error.reason == "port_not_permitted"
    assert f"group {group_of(str(tmp_path / 'tty'))} " in error.message
    assert group_of(str(tmp_path / "nowhere")) == "dialout"


class _Info:
    def __init__(self, vid: int | None, pid: int | None, serial_number: str | None, device: str) -> None:
        self.vid, self.pid, self.serial_number, self.device = vid, pid, serial_number, device


def test_a_scanner_is_found_by_its_usb_ids_wherever_it_is_plugged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    plugged = [
        _Info(None, None, None, "/dev/ttyS0"),
        _Info(0x0C2E, 0x0B6A, "S1", "/dev/ttyACM3"),
        _Info(0x0C2E, 0x0B6A, "S2", "/dev/ttyACM1"),
    ]
    monkeypatch.setattr(list_ports, "comports", lambda: plugged)
    assert find_port("0c2e:0b6a") == "/dev/ttyACM3"
    assert find_port("C2E:B6A:s2") == "/dev/ttyACM1"
    assert find_port("0c2e:0b6a", "/dev/ttyACM1") == "/dev/ttyACM1"
    assert find_port("0c2e:0b6a", "/dev/ttyACM9") == "/dev/ttyACM3"
    assert (identity_of("/dev/ttyACM1"), identity_of("/dev/ttyS0")) == ("0c2e:0b6a:S2", "")
    with pytest.raises(Unreachable) as missing:
        find_port("0c2e:0b6a:S3")
    assert missing.value.reason == "device_missing"


async def test_unplugged_and_plugged_in_elsewhere_it_reads_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first, second = PtyScanner(), PtyScanner()
    plugged = [_Info(0x0C2E, 0x0B6A, "S1", first.path)]
    monkeypatch.setattr(list_ports, "comports", lambda: plugged)
    device = build("front", "serial-scanner", {"port": first.path}, context(tmp_path))
    scanned: list[str] = []

    async def scan(code: Code, _device: str) -> None:
        scanned.append(code.text)

    one = Plugged(name="front", driver="serial-scanner", role=Role.SCANNER, device=device)
    devices = Devices(
        [one], Bus(), clock=SystemClock(), on_scan=scan, on_refused_scan=lambda *_: None, on_sale=lambda _: asyncio.sleep(0)
    )
    supervising = asyncio.ensure_future(devices.run())
    try:
        await until(lambda: devices.statuses()[0].state is DeviceState.READY)
        first.unplug()
        plugged[:] = [_Info(0x0C2E, 0x0B6A, "S9", "/dev/other"), _Info(0x0C2E, 0x0B6A, "S1", second.path)]
        await until(lambda: devices.statuses()[0].sentence == f"Ready on {second.path}.")
        await second.write(b"AGAIN\r")
        await until(lambda: scanned)
        assert scanned == ["AGAIN"]
    finally:
        supervising.cancel()
        await asyncio.gather(supervising, return_exceptions=True)
        second.unplug()


async def test_another_scanner_on_the_same_port_is_taken_in_its_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    peer = PtyScanner()
    plugged = [_Info(0x0C2E, 0x0B6A, "S1", peer.path)]
    monkeypatch.setattr(list_ports, "comports", lambda: plugged)
    device = build("front", "serial-scanner", {"port": peer.path}, context(tmp_path))
    try:
        async with running(device):
            plugged[:] = [_Info(0x05E0, 0x1701, "Z1", peer.path)]
        async with running(device) as (sink, _):
            assert sink.states[-1][1] == f"Ready on {peer.path}."
    finally:
        peer.unplug()


async def test_a_parity_that_is_set_is_checked_by_the_system(tmp_path: Path) -> None:
    peer = PtyScanner()
    try:
        async with running(
            build("front", "serial-scanner", {"port": peer.path, "parity": "E", "bytesize": 7}, context(tmp_path))
        ):
            handle = os.open(peer.path, os.O_RDWR | os.O_NOCTTY)
            iflag = termios.tcgetattr(handle)[0]
            os.close(handle)
        assert iflag & termios.INPCK
        assert not iflag & (termios.IGNPAR | termios.PARMRK)
    finally:
        peer.unplug()


async def test_cancelled_while_the_port_is_being_opened_it_is_closed_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    peer = PtyScanner()
    opened: list[serial.Serial] = []
    real = serial.Serial

    def slow(*given: object, **named: object) -> serial.Serial:
        port = real(*given, **named)  # type: ignore[arg-type]
        opened.append(port)
        return port

    monkeypatch.setattr(serial, "Serial", slow)
    try:
        task = asyncio.ensure_future(build("front", "serial-scanner", {"port": peer.path}, context(tmp_path)).run(Recorded()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await until(lambda: all(not port.is_open for port in opened))
    finally:
        peer.unplug()


async def test_a_flood_without_an_end_does_not_fill_memory(tmp_path: Path) -> None:
    peer = PtyScanner()
    try:
        async with running(build("front", "serial-scanner", {"port": peer.path}, context(tmp_path))) as (sink, _):
            await peer.write(b"#" * 200_000 + b"\rOK\r")
            await until(lambda: sink.codes)
        assert sink.texts == ["OK"]
        assert sink.refusals == ["scan_too_long"]
    finally:
        peer.unplug()


def test_the_pty_is_a_terminal() -> None:
    peer = PtyScanner()
    assert os.path.exists(peer.path)
    peer.unplug()
