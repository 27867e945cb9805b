"""What every scanner driver keeps: each code once, nothing else, and nothing left behind."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.core.errors import InvalidInput, Unreachable
from drivers.registry import build
from tests.contract.scanner_benches import BENCHES, ScannerBench
from tests.support.device_sink import Recorded, context, running, until, until_scans


@pytest.fixture(params=list(BENCHES))
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ScannerBench]:
    async with BENCHES[request.param](tmp_path) as made:
        yield made


def open_handles() -> int:
    return len(os.listdir("/proc/self/fd"))


async def test_a_code_is_scanned_without_its_framing(bench: ScannerBench) -> None:
    async with running(bench.device) as (sink, _):
        await bench.send(b"]Q1CKT12345678\r\n")
        await until(lambda: sink.codes)
    assert [(code.text, code.symbology) for code in sink.codes] == [("CKT12345678", "qr")]


async def test_codes_sent_together_come_out_one_by_one_in_order(bench: ScannerBench) -> None:
    async with running(bench.device) as (sink, _):
        await bench.send(b"A-1\rA-2\rA-3\rA-1\r")
        await until(lambda: len(sink.codes) == 4)
    assert sink.texts == ["A-1", "A-2", "A-3", "A-1"]


@pytest.mark.parametrize("garbage", [b"A\x00B\r", b"A\x1b[2JB\r", b"\x01\x02\x04\r", b"z" * 5000 + b"\r"])
async def test_garbage_is_refused_and_no_scan(bench: ScannerBench, garbage: bytes) -> None:
    async with running(bench.device) as (sink, _):
        await bench.send(garbage)
        await until(lambda: sink.refusals)
        await bench.send(b"GOOD-1\r")
        await until(lambda: sink.codes)
    assert sink.texts == ["GOOD-1"]
    assert len(sink.refusals) == 1


async def test_half_a_code_is_no_scan_when_the_scanner_goes_away(bench: ScannerBench) -> None:
    async with running(bench.device) as (sink, task):
        await bench.send(b"WHOLE\rHAL")
        await until(lambda: sink.codes)
        bench.unplug()
        with pytest.raises(Unreachable) as gone:
            await asyncio.wait_for(task, 10)
    assert sink.texts == ["WHOLE"]
    assert gone.value.reason == "device_gone"
    assert gone.value.maybe_applied is False


async def test_opened_and_cancelled_twenty_times_it_leaves_no_thread_and_no_handle(bench: ScannerBench) -> None:
    async with running(bench.device):
        pass
    threads, handles = threading.active_count(), open_handles()
    for round_ in range(20):
        async with running(bench.device) as (sink, _):
            await bench.send(f"CODE-{round_}\r".encode())
            await until_scans(sink, 1)
    # The shared executor may add idle workers of its own; a reader thread would show as one a round.
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("serial")]
    assert threading.active_count() <= threads + 8
    await until(lambda: open_handles() <= handles + 2, "handles to be given back")


async def test_cancelled_at_once_it_leaves_nothing(bench: ScannerBench) -> None:
    for _ in range(10):
        task = asyncio.ensure_future(bench.device.run(Recorded()))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
    async with running(bench.device) as (sink, _):
        await bench.send(b"STILL-HERE\r")
        await until(lambda: sink.codes)


async def test_it_can_be_tried_out_while_running_and_while_not(bench: ScannerBench) -> None:
    assert (await bench.device.test()).endswith(".")
    async with running(bench.device):
        assert (await bench.device.test()).endswith(".")


async def test_settings_that_cannot_work_are_refused_in_one_sentence(bench: ScannerBench, tmp_path: Path) -> None:
    for options in [*bench.bad_options, {**bench.options, "colour": "red"}]:
        with pytest.raises(InvalidInput) as refused:
            build("front", bench.driver, options, context(tmp_path))
        assert refused.value.reason == "invalid_setting"
        assert "front" in refused.value.message
        assert refused.value.message.endswith(".")
        assert "\n" not in refused.value.message
