"""What every printer driver keeps: a ticket comes out once and whole, or the reason is said."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.core.device import DeviceState
from agent.core.errors import InvalidInput, NeedsPerson, Unreachable
from drivers.registry import build
from tests.contract.printer_benches import BENCHES, PrinterBench
from tests.support.device_sink import Recorded, context, running, until
from tests.support.tickets import a_ticket


@pytest.fixture(params=list(BENCHES))
async def bench(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PrinterBench]:
    async with BENCHES[request.param](tmp_path, monkeypatch) as made:
        yield made


async def test_a_ticket_comes_out_line_by_line(bench: PrinterBench) -> None:
    await bench.device.print_ticket(a_ticket("2 x Chicken rice", "    Egg"))
    assert [line for line in bench.lines() if line] == ["A-17", "2 x Chicken rice", "    Egg"]


async def test_tickets_asked_for_together_do_not_mix(bench: PrinterBench) -> None:
    tickets = [a_ticket(*[f"order {place}"] * 3, order_id=f"o-{place}") for place in range(5)]
    await asyncio.gather(*(bench.device.print_ticket(ticket) for ticket in tickets))
    lines = bench.lines()
    groups = [lines[start : start + 4] for start in range(0, len(lines), 4)]
    assert sorted(map(tuple, groups)) == sorted(("A-17", *[f"order {place}"] * 3) for place in range(5))


async def test_without_paper_nothing_is_sent_and_a_person_is_asked(bench: PrinterBench) -> None:
    bench.set_paper_out(True)
    with pytest.raises(NeedsPerson) as refused:
        await bench.device.print_ticket(a_ticket("x"))
    assert refused.value.reason == "paper_out"
    assert bench.lines() == []
    bench.set_paper_out(False)
    await bench.device.print_ticket(a_ticket("x"))
    assert bench.lines() == ["A-17", "x"]


async def test_it_reports_paper_running_out_and_coming_back(bench: PrinterBench) -> None:
    async with running(bench.device) as (sink, _):
        bench.set_paper_out(True)
        await until(lambda: sink.states[-1][0] is DeviceState.ATTENTION)
        bench.set_paper_out(False)
        await until(sink.is_ready)


async def test_switched_off_it_is_missing_and_certainly_nothing_was_printed(bench: PrinterBench) -> None:
    await bench.switch_off()
    for attempt in (bench.device.print_ticket(a_ticket("x")), bench.device.run(Recorded()), bench.device.test()):
        with pytest.raises(Unreachable) as missing:
            await attempt
        assert missing.value.reason == "printer_missing"
        assert missing.value.maybe_applied is False


async def test_run_and_cancelled_often_it_leaves_no_handle(bench: PrinterBench) -> None:
    async with running(bench.device):
        pass
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(10):
        async with running(bench.device):
            pass
    await until(lambda: len(os.listdir("/proc/self/fd")) <= before + 2)


async def test_its_state_is_a_sentence(bench: PrinterBench) -> None:
    assert (await bench.device.test()).endswith(".")


async def test_bad_settings_are_refused(bench: PrinterBench, tmp_path: Path) -> None:
    for options in bench.bad_options:
        with pytest.raises(InvalidInput) as refused:
            build("kitchen", bench.driver, options, context(tmp_path))
        assert refused.value.message.endswith(".")
