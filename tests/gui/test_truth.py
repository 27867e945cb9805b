"""Whatever dies, comes back or sleeps: within five seconds the screen tells the truth. The agent is a real process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from pytestqt.qtbot import QtBot

from agent.core.clock import SystemClock
from agent.instance import running
from agent.paths import Home
from gui.link.client import Answer, Client
from gui.link.stream import AgentLink
from gui.session import Session
from gui.setup.draft import DeviceDraft, Step
from gui.state import Link, shown_state
from gui.style import Look
from gui.window.main import MainWindow
from tests.gui import sample
from tests.support.till_api_peer import TillApiPeer

TRUTH_MS = 5000
UP_MS = 60_000
"""A loaded computer may need so long to start a process; it is not what is measured."""
CONFIG = """
[outlet]
id = "c6a0f1de-1d0e-4e63-8b2b-7f6f5a7a0b10"
name = "Kopi"
[cloud]
base_url = "http://127.0.0.1:9"
[till_api]
listen = "127.0.0.1:0"
[webhook]
listen = ""
"""
ENV = {"CATA_BRIDGE_SECRETS": "file", "CATA_BRIDGE_SECRET_API_KEY": "ck_test_of_nobody", "QT_QPA_PLATFORM": "offscreen"}
pytestmark = pytest.mark.xdist_group("truth")


@dataclass
class AgentProcess:
    """A real agent of a home, started and killed at will."""

    home: Home
    process: subprocess.Popen[bytes] | None = None
    started: list[int] = field(default_factory=list)

    def start(self, qtbot: QtBot) -> None:
        """Until it has said where it listens."""
        command = [sys.executable, "-m", "agent", "--home", str(self.home.root), "agent"]
        null = subprocess.DEVNULL
        self.process = subprocess.Popen(command, env={**os.environ, **ENV}, stdin=null, stdout=null, stderr=null)
        self.started.append(self.process.pid)

        def there() -> bool:
            found = running(self.home)
            return found is not None and self.process is not None and found.pid == self.process.pid

        qtbot.waitUntil(there, timeout=UP_MS)

    def kill(self) -> None:
        """As a power cut does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def agent_process(tmp_path: Path, qtbot: QtBot) -> Iterator[AgentProcess]:
    home = Home(tmp_path / "home").prepare()
    home.config.write_text(CONFIG)
    made = AgentProcess(home)
    made.start(qtbot)
    yield made
    made.kill()


@dataclass
class OneScreen:
    """A screen as the program puts it together, without its tray."""

    session: Session
    link: AgentLink
    window: MainWindow
    client: Client

    @property
    def word(self) -> str:
        return shown_state(self.session.state, self.session.now())

    def close(self) -> None:
        """In order: what is left to the collector may go while Qt still calls it."""
        self.link.close()
        self.window.close()
        end(self.window, self.link, self.session, self.client)


def end(*parts: QObject) -> None:
    for one in parts:
        one.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


class Screens:
    """Screens of one home, surely ended."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.open: list[OneScreen] = []

    def one(self) -> OneScreen:
        clock, client = SystemClock(), Client()
        session = Session(client, clock, sample.CountingIds())
        link = AgentLink(self.home, client, sample.CountingIds(), starts_agent=False, clock=clock)
        link.heard.connect(session.hear)
        link.opened.connect(session.opened)
        link.lost.connect(session.lost)
        link.usurped.connect(session.usurped)
        made = OneScreen(session, link, MainWindow(Look(), session), client)
        self.open.append(made)
        made.window.show()
        link.connect_now()
        return made

    def close(self, one: OneScreen) -> None:
        self.open.remove(one)
        one.close()


@pytest.fixture
def screens(agent_process: AgentProcess) -> Iterator[Screens]:
    made = Screens(agent_process.home.root)
    yield made
    for one in list(made.open):
        made.close(one)


def knows(one: OneScreen) -> bool:
    return one.session.state.link is Link.CONNECTED and one.session.state.status is not None


def test_an_agent_that_is_killed_and_comes_back(agent_process: AgentProcess, screens: Screens, qtbot: QtBot) -> None:
    one = screens.one()
    qtbot.waitUntil(lambda: knows(one) and one.word == "offline", timeout=TRUTH_MS)
    agent_process.kill()
    qtbot.waitUntil(lambda: one.word == "gone" and one.window.banner.isVisible(), timeout=TRUTH_MS)
    agent_process.start(qtbot)
    qtbot.waitUntil(lambda: knows(one) and one.word == "offline", timeout=TRUTH_MS)


def test_a_screen_that_is_killed_comes_back_with_everything(agent_process: AgentProcess, screens: Screens, qtbot: QtBot) -> None:
    command = [sys.executable, "-m", "gui", "--home", str(agent_process.home.root), "--no-start"]
    env = {**os.environ, **ENV}
    first = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    log = agent_process.home.logs / "screen.log"
    qtbot.waitUntil(log.exists, timeout=UP_MS)
    first.send_signal(signal.SIGKILL)
    first.wait()
    earn = {"member": {"identifier": "+6591230001"}, "points": 5, "receipt": "R-1"}
    answers: list[Answer] = []
    one = screens.one()
    one.client.call("POST", "/v1/loyalty/earn", earn, done=answers.append)
    qtbot.waitUntil(lambda: bool(answers), timeout=UP_MS)
    again = screens.one()
    qtbot.waitUntil(lambda: knows(again) and len(again.session.state.waiting()) == 1, timeout=TRUTH_MS)
    assert subprocess.run([*command, "--offscreen-smoke"], env=env, check=False, timeout=UP_MS / 1000).returncode == 0


def test_two_screens_at_once_show_the_same(screens: Screens, qtbot: QtBot) -> None:
    one, two = screens.one(), screens.one()
    qtbot.waitUntil(lambda: knows(one) and knows(two), timeout=TRUTH_MS)
    earn = {"member": {"identifier": "+6591230001"}, "points": 5, "receipt": "R-1"}
    one.client.call("POST", "/v1/loyalty/earn", earn, done=lambda answer: None)
    qtbot.waitUntil(lambda: len(one.session.state.waiting()) == len(two.session.state.waiting()) == 1, timeout=TRUTH_MS)
    screens.close(one)
    earn = {**earn, "receipt": "R-2"}
    two.client.call("POST", "/v1/loyalty/earn", earn, done=lambda answer: None)
    qtbot.waitUntil(lambda: len(two.session.state.waiting()) == 2, timeout=TRUTH_MS)


def test_after_a_sleep_nothing_old_is_green_and_everything_is_asked_again(
    peer: TillApiPeer, qtbot: QtBot, tmp_path: Path
) -> None:
    clock, client = sample.FrozenClock(), Client()
    session = Session(client, clock, sample.CountingIds())
    link = AgentLink(tmp_path, client, sample.CountingIds(), starts_agent=False, clock=clock)
    link.heard.connect(session.hear)
    link.opened.connect(session.opened)
    link.connect_now()
    qtbot.waitUntil(lambda: session.state.status is not None, timeout=TRUTH_MS)
    assert shown_state(session.state, session.now()) == "ready"
    peer.snapshot = {**peer.snapshot, "status": sample.status("paused"), "orders": []}
    clock.moment += timedelta(hours=8)
    assert shown_state(session.state, session.now()) != "ready"
    qtbot.waitUntil(lambda: shown_state(session.state, session.now()) == "paused", timeout=TRUTH_MS)
    assert session.state.open_orders() == []
    link.close()
    end(link, session, client)


def test_a_till_is_set_up_through_its_screen_while_its_agent_is_built_anew(tmp_path: Path, qtbot: QtBot) -> None:
    home = Home(tmp_path / "bare").prepare()
    home.config.write_text('[till_api]\nlisten = "127.0.0.1:0"\n[webhook]\nlisten = ""\n')
    agent = AgentProcess(home)
    agent.start(qtbot)
    screens = Screens(home.root)
    try:
        one = screens.one()
        qtbot.waitUntil(lambda: one.window.in_setup and one.window.setting_up.draft.loaded, timeout=TRUTH_MS)
        flow, pid = one.window.setting_up, agent.started[0]
        flow.change(step=Step.OUTLET, url="http://127.0.0.1:9", key="ck_test", outlet_id="o-1", outlet_name="Kopi")
        flow.go_on()
        qtbot.waitUntil(lambda: flow.draft.step is Step.POS, timeout=UP_MS)
        flow.plug_in(DeviceDraft(name="front", driver="simulated-scanner"), "", lambda problem: None)
        qtbot.waitUntil(lambda: [each.name for each in one.session.state.devices] == ["front"], timeout=UP_MS)
        found = running(home)
        assert found is not None
        assert (found.pid, flow.draft.problem) == (pid, "")
        qtbot.waitUntil(lambda: one.word == "offline" and not flow.draft.busy, timeout=TRUTH_MS)
    finally:
        for each in list(screens.open):
            screens.close(each)
        agent.kill()
