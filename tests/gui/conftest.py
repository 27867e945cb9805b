"""Windows of these tests are real and offscreen."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_LOGGING_RULES"] = "qt.text.font.db=false"

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from gui.link.client import Client
from gui.link.stream import AgentLink
from gui.session import Session
from gui.style import Look
from gui.window.main import MainWindow
from tests.gui import sample
from tests.support.till_api_peer import TillApiPeer


@pytest.fixture
def agent() -> sample.SilentAgent:
    return sample.SilentAgent()


@pytest.fixture
def session(qtbot: QtBot, agent: sample.SilentAgent) -> Session:
    return sample.session(sample.base(), agent)


@pytest.fixture
def window(qtbot: QtBot, session: Session) -> MainWindow:
    made = MainWindow(Look(), session)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[TillApiPeer]:
    snapshot = {"status": sample.status(), "orders": sample.ORDERS, "entries": sample.ENTRIES, "devices": sample.DEVICES}
    made = TillApiPeer({**snapshot, "sales": [], "scans": []})
    made.on("GET", "/v1/menu", sample.MENU)
    made.announce(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def live(qtbot: QtBot, peer: TillApiPeer, tmp_path: Path) -> Iterator[tuple[Session, AgentLink]]:
    client = Client()
    made = Session(client, sample.FrozenClock(), sample.CountingIds())
    link = AgentLink(tmp_path, client, sample.CountingIds(), starts_agent=False)
    link.heard.connect(made.hear)
    link.opened.connect(made.opened)
    link.lost.connect(made.lost)
    link.usurped.connect(made.usurped)
    link.connect_now()
    qtbot.waitUntil(lambda: made.state.status is not None and bool(made.state.menu.items), timeout=5000)
    yield made, link
    link.close()
    for one in (link, made, client):
        one.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
