"""A window that is away still does its work: the order's ticket is on the board and its sound is played."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from agent.core.clock import to_wire
from gui.alarms.rules import Sound
from gui.alarms.sounds import tone
from gui.link.stream import AgentLink
from gui.session import Session
from gui.style import Look
from gui.window.main import MainWindow
from gui.window.top_bar import Page
from tests.gui import sample
from tests.support.peers.sound_player import SoundPlayer
from tests.support.till_api_peer import TillApiPeer

SOON_MS = 5000
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows plays sounds itself, without a program")
NEW = {**sample.ORDERS[0], "id": "N1", "ref_no": "N-1", "problems": [], "status": "PAID", "unacknowledged": True}


@pytest.fixture
def player(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundPlayer]:
    made = SoundPlayer(tmp_path / "player")
    monkeypatch.setenv("PATH", f"{made.folder}{os.pathsep}{os.environ['PATH']}")
    yield made
    made.close()


def test_an_order_is_on_the_board_and_sounds_while_the_window_is_minimised(
    live: tuple[Session, AgentLink], peer: TillApiPeer, player: SoundPlayer, qtbot: QtBot
) -> None:
    session, _ = live
    peer.tell("snapshot", {"orders": []})
    qtbot.waitUntil(lambda: not session.state.open_orders(), timeout=SOON_MS)
    window = MainWindow(Look(), session)
    qtbot.addWidget(window)
    window.bell.is_mute = False
    window.show()
    window.show_page(Page.ORDERS)
    window.showMinimized()
    qtbot.waitUntil(window.isMinimized, timeout=SOON_MS)
    heard: list[Path] = []
    for ref in ("N-1", "N-2"):  # the second one is heard at once too, although the first still waits
        peer.tell("order", {**NEW, "id": ref, "ref_no": ref, "received_at": to_wire(sample.NOW)})
        qtbot.waitUntil(partial(_is_seen_and_heard, window, ref, player, heard), timeout=SOON_MS)
        assert window.isMinimized()
    assert {path.read_bytes() for path in heard} == {tone(Sound.NEW, 0)}


def _is_seen_and_heard(window: MainWindow, ref: str, player: SoundPlayer, heard: list[Path]) -> bool:
    heard += player.started()
    return ref in window.board.tickets() and len(heard) == len(window.board.tickets())
