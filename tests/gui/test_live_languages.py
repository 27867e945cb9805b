"""A real agent with everything wrong at once, and a real screen that tells it in Chinese and in Tamil: no English stays."""

from __future__ import annotations

import json
import re
import socket
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from agent.core.sentence import Sentence, reason_of
from agent.core.signing import CATA, sign
from agent.paths import Home
from gui.strings import speak
from gui.style import Look
from gui.window.main import MainWindow
from gui.window.top_bar import Page
from tests.gui.test_languages import spoken
from tests.gui.test_truth import TRUTH_MS, UP_MS, AgentProcess, OneScreen, Screens, knows
from tests.support.shop import OUTLET, SECRET, order_json

pytestmark = pytest.mark.xdist_group("truth")
CONFIG = """
[outlet]
id = "{outlet}"
name = "Kopi"
[cloud]
base_url = "http://127.0.0.1:{cloud}"
[sender]
breaker_probe_s = 1.0
backoff_cap_s = 1.0
probe_unauthorized_s = 1.0
[till_api]
listen = "127.0.0.1:0"
[webhook]
listen = "127.0.0.1:{webhook}"
[[devices]]
name = "kitchen"
driver = "escpos-network"
host = "127.0.0.1"
port = 9
[[devices]]
name = "front"
driver = "serial-scanner"
port = "/dev/no-such-port"
[[devices]]
name = "book"
driver = "pos-http"
submit_url = "http://127.0.0.1:{cloud}/orders"
"""
SENTENCE = re.compile(r"\b[A-Za-z]{2,}'?[a-z]*,? [a-z]{2,},? [a-z]{2,}")
"""Three words of Latin letters after one another: a sentence, and no name, brand, key or path."""


class NoToEverybody(BaseHTTPRequestHandler):
    """A cloud and a POS that accept nobody's key."""

    def _refuse(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        body = b'{"isSuccess": false, "error": {"code": 401, "message": "Invalid API key"}}'
        self.send_response(401)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _refuse

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Shop:
    """The agent, its cloud that is away at first, and one screen."""

    def __init__(self, home: Home, qtbot: QtBot) -> None:
        self.cloud, self.webhook = free_port(), free_port()
        home.config.write_text(CONFIG.format(outlet=OUTLET, cloud=self.cloud, webhook=self.webhook))
        self.agent, self.screens = AgentProcess(home), Screens(home.root)
        self.server: ThreadingHTTPServer | None = None
        self.agent.start(qtbot)

    def open_cloud(self) -> None:
        """From now on it answers, and says no."""
        self.server = ThreadingHTTPServer(("127.0.0.1", self.cloud), NoToEverybody)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def deliver(self) -> None:
        """A paid order whose items do not come to what was paid."""
        body = order_json(totalPay=5)
        headers = {
            "content-type": "application/json",
            "x-cata-signature": sign(CATA, SECRET, body),
            "x-cata-event": "order.paid",
            "x-cata-delivery-id": "d-1",
        }
        url = f"http://127.0.0.1:{self.webhook}/cata/orders/{OUTLET}"
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10) as answer:
            assert json.load(answer)["externalOrderId"]

    def close(self) -> None:
        for one in list(self.screens.open):
            self.screens.close(one)
        self.agent.kill()
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()


@pytest.fixture
def shop(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("CATA_BRIDGE_SECRET_WEBHOOK_SECRET", SECRET)
    made = Shop(Home(tmp_path / "home").prepare(), qtbot)
    yield made
    made.close()
    speak("en")


def shown(window: MainWindow) -> list[str]:
    """All that the window says now; what an earlier look left behind is not of it."""
    body = window.centralWidget()
    assert body is not None
    return list(spoken(body))


def said_in_english(window: MainWindow, code: str) -> set[str]:
    """Whatever sentence of Latin letters any page, the line at the foot or the tray would show."""
    window.set_look(Look(language=code))
    found: set[str] = set()
    for page in Page:
        window.show_page(page)
        window.tick()
        found |= {text for text in shown(window) if SENTENCE.search(text)}
    window.open_page("handover")
    return found | {text for text in shown(window) if SENTENCE.search(text)}


def nothing_is_there(one: OneScreen) -> bool:
    """No cloud, no printer, no scanner."""
    state = one.session.state
    states = {device.name: device.state for device in state.devices}
    is_away = state.status is not None and not state.status.reachable and bool(state.status.next_try_at)
    return is_away and states.get("kitchen") == states.get("front") == "missing"


def everything_is_wrong(one: OneScreen) -> bool:
    """The key is refused, and the order has both of its problems."""
    state = one.session.state
    refused = state.status is not None and reason_of(state.status.sentence) == "till_key_refused"
    problems = [problem for order in state.open_orders() for problem in order.problems]
    return refused and {reason_of(problem) for problem in problems} >= {"total_mismatch", "pos_credentials"}


def test_a_bad_day_is_told_without_english(shop: Shop, qtbot: QtBot) -> None:
    one = shop.screens.one()
    qtbot.waitUntil(lambda: knows(one) and nothing_is_there(one), timeout=UP_MS)
    assert {code: said_in_english(one.window, code) for code in ("zh", "ta")} == {"zh": set(), "ta": set()}
    shop.open_cloud()
    shop.deliver()
    qtbot.waitUntil(lambda: everything_is_wrong(one), timeout=UP_MS)
    one.window.show_page(Page.DEVICES)
    for name in ("kitchen", "front", "book"):
        one.window.devices._test(name)
    results = one.window.devices._results
    qtbot.waitUntil(lambda: all(isinstance(found, Sentence) for _worked, found in results.values()), timeout=UP_MS)
    assert {code: said_in_english(one.window, code) for code in ("zh", "ta")} == {"zh": set(), "ta": set()}
    one.window.show_page(Page.DEVICES)
    one.window.devices.find_fault()
    qtbot.waitUntil(lambda: one.window.devices._probes.count() > 4, timeout=TRUTH_MS * 4)
    assert {text for text in shown(one.window) if SENTENCE.search(text)} == set()


def test_an_english_sentence_would_be_noticed() -> None:
    assert SENTENCE.search("The printer is out of paper; put in a new roll.")
    assert not SENTENCE.search("Kitchen: 打印机缺纸 F9 Page Down /dev/no-such-port Cata Bridge")
