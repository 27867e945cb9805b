"""Printers behind a spooler: what it says is told in our words, and a ticket that it does not print is taken back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from agent.core.errors import NeedsPerson, Refused, Unreachable
from agent.core.roles import Printer
from drivers.printer import ipp
from tests.contract.printer_benches import made
from tests.support.device_sink import until
from tests.support.peers.cups import CANCELED, CupsPeer
from tests.support.peers.windows_spooler import JOB_PRINTED, JOB_PRINTING, WindowsPeer
from tests.support.tickets import a_ticket


@pytest.fixture
async def http() -> AsyncIterator[HttpxClient]:
    client = HttpxClient(SystemClock())
    yield client
    await client.close()


@pytest.fixture
async def cups() -> AsyncIterator[CupsPeer]:
    peer = CupsPeer()
    await peer.start()
    yield peer
    await peer.stop()


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> WindowsPeer:
    peer = WindowsPeer()
    peer.install(monkeypatch)
    return peer


def behind(cups: CupsPeer, http: HttpxClient, folder: Path, **options: object) -> Printer:
    return made("escpos-cups", folder, http, **{"queue": "kitchen", "port": cups.port, **options})


async def test_cups_prints_the_bytes_as_they_are(cups: CupsPeer, http: HttpxClient, tmp_path: Path) -> None:
    await behind(cups, http, tmp_path).print_ticket(a_ticket("2 x Tea"))
    assert cups.paper.lines[:2] == ["A-17", "2 x Tea"]
    assert (cups.paper.cuts, cups.paper.unknown, cups.titles) == (1, [], ["Order ord-1"])


@pytest.mark.parametrize(
    ("switch", "reason"),
    [
        ("is_paper_out", "paper_out"),
        ("is_cover_open", "cover_open"),
        ("is_offline", "printer_offline"),
        ("is_stopped", "printer_paused"),
    ],
)
async def test_cups_says_what_is_wrong(cups: CupsPeer, http: HttpxClient, tmp_path: Path, switch: str, reason: str) -> None:
    setattr(cups, switch, True)
    with pytest.raises(NeedsPerson) as refused:
        await behind(cups, http, tmp_path).print_ticket(a_ticket("x"))
    assert refused.value.reason == reason
    assert cups.jobs == {}


async def test_a_warning_of_cups_is_no_trouble(cups: CupsPeer, http: HttpxClient, tmp_path: Path) -> None:
    cups.is_paper_low = True
    assert await behind(cups, http, tmp_path).test() == "Ready."


async def test_a_queue_that_cups_does_not_have_is_missing(cups: CupsPeer, http: HttpxClient, tmp_path: Path) -> None:
    with pytest.raises(Unreachable) as missing:
        await behind(cups, http, tmp_path, queue="bar").test()
    assert "no printer named bar" in missing.value.message
    cups.is_html = True
    with pytest.raises(Unreachable) as other:
        await behind(cups, http, tmp_path).test()
    assert other.value.reason == "printer_missing"


async def test_a_ticket_that_cups_refuses_is_refused(cups: CupsPeer, http: HttpxClient, tmp_path: Path) -> None:
    cups.takes_jobs = False
    with pytest.raises(Refused) as refused:
        await behind(cups, http, tmp_path).print_ticket(a_ticket("x"))
    assert refused.value.reason == "printer_refuses"


async def test_a_ticket_that_cups_does_not_print_is_taken_back(cups: CupsPeer, http: HttpxClient, tmp_path: Path) -> None:
    cups.holds_jobs = True
    with pytest.raises(Unreachable) as late:
        await behind(cups, http, tmp_path, timeout_s=0.3).print_ticket(a_ticket("x"))
    assert (late.value.reason, late.value.maybe_applied) == ("printer_timeout", False)
    assert cups.jobs == {1: CANCELED}


async def test_cancelled_meanwhile_the_ticket_is_taken_back(cups: CupsPeer, http: HttpxClient, tmp_path: Path) -> None:
    cups.holds_jobs = True
    printing = asyncio.ensure_future(behind(cups, http, tmp_path).print_ticket(a_ticket("x")))
    await until(lambda: cups.jobs)
    printing.cancel()
    await asyncio.gather(printing, return_exceptions=True)
    assert cups.jobs == {1: CANCELED}


async def test_cups_gone_with_the_ticket_may_have_printed(cups: CupsPeer, http: HttpxClient, tmp_path: Path) -> None:
    cups.holds_jobs = True
    printing = asyncio.ensure_future(behind(cups, http, tmp_path).print_ticket(a_ticket("x")))
    await until(lambda: cups.jobs)
    await cups.stop()
    with pytest.raises(Unreachable) as gone:
        await printing
    assert gone.value.maybe_applied is True


def test_an_answer_keeps_lists_together() -> None:
    words = b"\x44\x00\x01a\x00\x01x" + b"\x44\x00\x00\x00\x01y" + b"\x22\x00\x01b\x00\x01\x01"
    said = ipp.parse(b"\x01\x01\x00\x00\x00\x00\x00\x01\x04" + words + b"\x03")
    assert said.is_ok
    assert (said.words("a"), said.values["b"]) == (("x", "y"), (True,))
    assert (said.number("a"), said.number("c")) == (0, 0)


async def test_windows_prints_the_bytes_as_they_are(windows: WindowsPeer, tmp_path: Path) -> None:
    await made("escpos-windows", tmp_path, queue="Kitchen").print_ticket(a_ticket("2 x Tea"))
    assert windows.paper.lines[:2] == ["A-17", "2 x Tea"]
    assert windows.open_handles == 0


@pytest.mark.parametrize(
    ("switch", "reason"),
    [
        ("is_paper_out", "paper_out"),
        ("is_cover_open", "cover_open"),
        ("is_offline", "printer_offline"),
        ("is_unplugged", "printer_offline"),
    ],
)
async def test_windows_says_what_is_wrong(windows: WindowsPeer, tmp_path: Path, switch: str, reason: str) -> None:
    setattr(windows, switch, True)
    with pytest.raises(NeedsPerson) as refused:
        await made("escpos-windows", tmp_path, queue="Kitchen").print_ticket(a_ticket("x"))
    assert refused.value.reason == reason


@pytest.mark.parametrize(("status", "maybe_applied"), [(0, False), (JOB_PRINTING, True), (0x0002, True)])
async def test_a_ticket_that_windows_does_not_print_is_taken_back(
    windows: WindowsPeer, tmp_path: Path, status: int, maybe_applied: bool
) -> None:
    windows.holds_jobs = True
    printing = asyncio.ensure_future(made("escpos-windows", tmp_path, queue="Kitchen", timeout_s=0.5).print_ticket(a_ticket("x")))
    await until(lambda: windows.jobs)
    windows.jobs[1] = status
    with pytest.raises(Unreachable) as late:
        await printing
    assert late.value.maybe_applied is maybe_applied
    assert windows.jobs == {}


async def test_a_ticket_that_windows_keeps_as_printed_is_done(windows: WindowsPeer, tmp_path: Path) -> None:
    windows.holds_jobs = True
    printing = asyncio.ensure_future(made("escpos-windows", tmp_path, queue="Kitchen").print_ticket(a_ticket("x")))
    await until(lambda: windows.jobs)
    windows.jobs[1] = JOB_PRINTED
    await printing


async def test_a_spooler_that_fails_in_the_ticket_may_have_printed(windows: WindowsPeer, tmp_path: Path) -> None:
    windows.gone_while_printing = True
    with pytest.raises(Unreachable) as unsure:
        await made("escpos-windows", tmp_path, queue="Kitchen").print_ticket(a_ticket("x"))
    assert (unsure.value.reason, unsure.value.maybe_applied) == ("printer_gone", True)
    assert windows.open_handles == 0
