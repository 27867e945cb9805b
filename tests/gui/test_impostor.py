"""A program that took the agent's port while no agent ran is told nothing: no token, no member, no points."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gui.link.client import Answer, Client
from gui.link.stream import AgentLink
from gui.session import Session
from gui.state import Link
from gui.style import Look
from gui.window.main import MainWindow
from tests.gui import sample
from tests.support.till_api_peer import TillApiPeer

TOKEN = "till-token"


class Impostor:
    """Listens on a port and answers every request with 200 and a proof of its own making; keeps all that it hears."""

    def __init__(self) -> None:
        self.heard = b""
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        body = json.dumps({"proof": "0" * 64}).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        while True:
            try:
                caller, _ = self._server.accept()
            except OSError:
                return
            with caller:
                caller.settimeout(2)
                asked = b""
                while b"\r\n\r\n" not in asked or b"nonce" not in asked:
                    if not (chunk := caller.recv(65536)):
                        break
                    asked += chunk
                self.heard += asked
                caller.sendall(head.encode() + body)

    def stop(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


@pytest.fixture
def impostor(tmp_path: Path) -> Iterator[Impostor]:
    made = Impostor()
    (tmp_path / "run").mkdir()
    note = {"pid": 1, "version": "1.0.0", "url": f"http://127.0.0.1:{made.port}", "token": TOKEN}
    (tmp_path / "run" / "agent.json").write_text(json.dumps(note))
    yield made
    made.stop()


@pytest.fixture
def screen(qtbot: QtBot, tmp_path: Path) -> Iterator[tuple[MainWindow, AgentLink, Client]]:
    client = Client()
    session = Session(client, sample.FrozenClock(), sample.CountingIds())
    link = AgentLink(tmp_path, client, sample.CountingIds(), starts_agent=False)
    link.heard.connect(session.hear)
    link.opened.connect(session.opened)
    link.lost.connect(session.lost)
    link.usurped.connect(session.usurped)
    window = MainWindow(Look(), session)
    qtbot.addWidget(window)
    window.show()
    yield window, link, client
    link.close()


def test_an_impostor_hears_no_token_and_the_band_says_what_to_do(
    qtbot: QtBot, impostor: Impostor, screen: tuple[MainWindow, AgentLink, Client]
) -> None:
    window, link, client = screen
    link.connect_now()
    qtbot.waitUntil(lambda: window._session.state.link is Link.IMPOSTOR, timeout=10_000)
    qtbot.waitUntil(lambda: window.banner.accessibleName().startswith("Another program answers"), timeout=5000)
    assert window.banner.isVisible()
    said: list[Answer] = []
    client.call("POST", "/v1/members/lookup", {"identifier": "+6591234567"}, done=said.append)
    qtbot.waitUntil(lambda: bool(said))
    assert said[0].reason == "agent_gone"
    assert len(said) == 1
    assert b"nonce" in impostor.heard
    assert TOKEN.encode() not in impostor.heard
    assert b"6591234567" not in impostor.heard


def test_the_agent_that_comes_back_is_believed(
    qtbot: QtBot, impostor: Impostor, screen: tuple[MainWindow, AgentLink, Client], tmp_path: Path
) -> None:
    window, link, _ = screen
    link.connect_now()
    qtbot.waitUntil(lambda: window._session.state.link is Link.IMPOSTOR, timeout=10_000)
    agent = TillApiPeer({"status": sample.status(), "sales": [], "scans": []}, token=TOKEN)
    try:
        agent.announce(tmp_path)
        qtbot.waitUntil(lambda: window._session.state.link is Link.CONNECTED, timeout=10_000)
        qtbot.waitUntil(lambda: not window.banner.isVisible(), timeout=5000)
    finally:
        agent.stop()


def test_a_call_made_while_the_agent_still_proves_itself_waits_for_the_proof(
    qtbot: QtBot, screen: tuple[MainWindow, AgentLink, Client], tmp_path: Path
) -> None:
    _, link, client = screen
    agent = TillApiPeer({"status": sample.status()}, token=TOKEN)
    agent.on("GET", "/v1/status", sample.status())
    try:
        agent.announce(tmp_path)
        said: list[Answer] = []
        link.connect_now()
        client.call("GET", "/v1/status", done=said.append)
        qtbot.waitUntil(lambda: bool(said), timeout=10_000)
        assert said[0].ok
    finally:
        agent.stop()


def test_an_agent_whose_answer_comes_from_another_port_is_not_believed(
    qtbot: QtBot, screen: tuple[MainWindow, AgentLink, Client], tmp_path: Path
) -> None:
    """The port is part of the proof: an answer fetched from the true agent elsewhere is worth nothing."""
    window, link, _ = screen
    agent = TillApiPeer({"status": sample.status()}, token=TOKEN)
    agent.proved_port = 1
    try:
        agent.announce(tmp_path)
        link.connect_now()
        qtbot.waitUntil(lambda: window._session.state.link is Link.IMPOSTOR, timeout=10_000)
        assert agent.resumed == []
    finally:
        agent.stop()
