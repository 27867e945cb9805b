"""The practice band against something that answers as the practice cloud's control plane does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytestqt.qtbot import QtBot

from gui.link.client import Answer, Client, Done
from gui.practice import Practice
from gui.style import Look
from gui.window.banner import PracticeBand
from tests.gui import sample


class ControlPlane(Client):
    """Remembers what was asked of it and answers at once."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str, Mapping[str, object]]] = []

    def send(self, method: str, url: str, body: Mapping[str, object] | None = None, *, done: Done, **_: Any) -> None:
        self.asked.append((method, url.removeprefix("http://cloud"), body or {}))
        members = [{"codes": ["KK-MEI-001"]}, {"codes": []}]
        done(Answer(200, {"up": (body or {}).get("up"), "line": {"up": True}, "members": members}))


def test_the_band_cuts_and_restores_the_line_and_holds_up_codes(qtbot: QtBot) -> None:
    plane, agent = ControlPlane(), sample.SilentAgent()
    practice = Practice("http://cloud/", plane, sample.session(sample.base(), agent))
    band = PracticeBand(Look(), practice)
    qtbot.addWidget(band)
    practice.load()
    assert band._line.label() == "Cut the internet"
    practice.switch_line()
    assert plane.asked[-1] == ("POST", "/__sandbox__/line", {"up": False})
    assert band._line.label() == "Restore the internet"
    practice.switch_line()
    assert plane.asked[-1][2] == {"up": True}
    practice.place_order()
    assert plane.asked[-1] == ("POST", "/__sandbox__/orders", {})
    practice.scan_member()
    assert agent.posts()[-1][:2] == ("/v1/scans", {"code": "KK-MEI-001", "source": "screen"})
