"""What every customer display keeps: it shows the two lines it was given last, and says when it is not there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.core.errors import InvalidInput
from agent.core.roles import CustomerDisplay
from drivers.registry import build
from tests.support.device_sink import context, running, until
from tests.support.peers.display_peer import DisplayPeer


@dataclass
class DisplayBench:
    """A display and what is to be read on it."""

    device: CustomerDisplay
    driver: str
    lines: Callable[[], tuple[str, str]]
    bad_options: list[dict[str, object]]


def display(driver: str, home: Path, **options: object) -> CustomerDisplay:
    device = build("front", driver, options, context(home))
    assert isinstance(device, CustomerDisplay)
    return device


@asynccontextmanager
async def serial_bench(folder: Path, language: str) -> AsyncIterator[DisplayBench]:
    peer = DisplayPeer(language)
    peer.plug_in()
    device = display("customer-display", folder, port=peer.path, protocol=language)
    bad: list[dict[str, object]] = [{}, {"match": "x"}, {"port": "x", "columns": 0}, {"port": "x", "protocol": "morse"}]
    yield DisplayBench(device, "customer-display", lambda: peer.lines, bad)
    peer.unplug()
    assert peer.unknown == []


@asynccontextmanager
async def simulated_bench(folder: Path, _: str) -> AsyncIterator[DisplayBench]:
    path = folder / "shown.txt"

    def lines() -> tuple[str, str]:
        upper, lower = (path.read_text() if path.exists() else "\n").splitlines()[:2] or ("", "")
        return upper, lower

    yield DisplayBench(display("simulated-display", folder, path=str(path)), "simulated-display", lines, [{"colour": "red"}])


BENCHES = {"escpos": serial_bench, "cd5220": serial_bench, "simulated": simulated_bench}


@pytest.fixture(params=list(BENCHES))
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DisplayBench]:
    async with BENCHES[request.param](tmp_path, request.param) as made:
        yield made


async def test_it_shows_what_it_was_given_last(bench: DisplayBench) -> None:
    async with running(bench.device):
        await bench.device.show("Saved", "+12 points to come")
        await bench.device.show("Confirmed", "+12 points")
        await until(lambda: bench.lines() == ("Confirmed", "+12 points"))


async def test_it_can_be_tried_out_while_running_and_while_not(bench: DisplayBench) -> None:
    assert (await bench.device.test()).endswith(".")
    async with running(bench.device):
        assert (await bench.device.test()).endswith(".")
        await until(lambda: bench.lines() == ("Cata Bridge", "Test"))


async def test_bad_settings_are_refused(bench: DisplayBench, tmp_path: Path) -> None:
    for options in bench.bad_options:
        with pytest.raises(InvalidInput) as refused:
            build("front", bench.driver, options, context(tmp_path))
        assert refused.value.message.endswith(".")
