"""The network scanner: as a client, and listening on this computer."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from agent.core.errors import Unreachable
from agent.demo.ports import free_port
from drivers.registry import build
from tests.support.device_sink import Recorded, context, running, until, until_scans


async def test_listening_it_takes_codes_from_several_scanners_and_outlives_them(tmp_path: Path) -> None:
    port = free_port()
    device = build("front", "tcp-scanner", {"mode": "listen", "port": port}, context(tmp_path))
    assert "free" in await device.test()
    async with running(device) as (sink, task):
        for count, name in enumerate(("A", "B"), 1):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"CODE-{name}\rHALF".encode())
            await until_scans(sink, count)
            writer.close()
        _, last = await asyncio.open_connection("127.0.0.1", port)
        last.write(b"CODE-C\r")
        await until(lambda: len(sink.codes) == 3)
        assert not task.done()
    last.close()
    assert sink.texts == ["CODE-A", "CODE-B", "CODE-C"]


async def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        device = build("front", "tcp-scanner", {"mode": "listen", "port": taken.getsockname()[1]}, context(tmp_path))
        for attempt in (device.run(Recorded()), device.test()):
            with pytest.raises(Unreachable) as refused:
                await attempt
            assert refused.value.reason == "port_in_use"


async def test_a_scanner_that_is_switched_off_is_missing(tmp_path: Path) -> None:
    device = build("front", "tcp-scanner", {"host": "127.0.0.1", "port": free_port()}, context(tmp_path))
    with pytest.raises(Unreachable) as missing:
        await device.run(Recorded())
    assert missing.value.reason == "device_missing"
