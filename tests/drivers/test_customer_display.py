"""The serial customer display: its idle text, letters it lacks, and what it shows when it comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.core.errors import Unreachable
from drivers.display.protocols import Protocol, fitted, two_lines
from tests.contract.test_displays import display
from tests.support.device_sink import running, until
from tests.support.peers.display_peer import DisplayPeer


@pytest.fixture
async def peer() -> AsyncIterator[DisplayPeer]:
    made = DisplayPeer()
    made.plug_in()
    yield made
    made.unplug()


async def test_while_nothing_goes_on_it_greets(peer: DisplayPeer, tmp_path: Path) -> None:
    device = display("customer-display", tmp_path, port=peer.path, idle1="Kopi & Kaya", idle2="Crème brûlée 4.50")
    async with running(device):
        await until(lambda: peer.lines == ("Kopi & Kaya", "Crème brûlée 4.50"))
        await device.show("Saved", "+1 point")
        await device.show("", "")
        await until(lambda: len(peer.seen) == 3)
        assert peer.lines[0] == "Kopi & Kaya"


async def test_away_it_says_so_and_back_it_shows_what_it_missed(peer: DisplayPeer, tmp_path: Path) -> None:
    device = display("customer-display", tmp_path, port=peer.path)
    with pytest.raises(Unreachable) as missing:
        await device.show("Saved", "+12 points")
    assert missing.value.reason == "display_missing"
    async with running(device) as (_, task):
        await until(lambda: peer.lines == ("Saved", "+12 points"))
        peer.unplug()
        with pytest.raises(Unreachable):
            await task


def test_a_line_is_exactly_as_wide_as_the_display_and_cannot_steer_it() -> None:
    assert fitted("x" * 30, 20) == "x" * 20
    assert fitted("a\x1bb", 5) == " a b "
    assert two_lines(Protocol.CD5220, "陈", "ok", columns=4, codepage="cp437") == b"\x1bQA ?  \r\x1bQB ok \r"


async def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unreachable):
        await display("simulated-display", tmp_path, path=str(tmp_path / "file" / "x.txt")).show("a", "b")
