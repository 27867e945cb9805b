"""The scanner doctor says what to do first, and why; the menu says what would break the next order."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel

from agent.core.scan import TEST_CODES
from gui.link.client import Answer
from gui.session import Session
from gui.setup.draft import DeviceDraft
from gui.widgets.buttons import Button
from gui.window.main import MainWindow
from tests.gui import sample


def words(window: MainWindow) -> list[str]:
    return [label.text() for label in window.doctor.findChildren(QLabel)]


def test_a_scanner_that_reads_worse_is_to_be_cleaned(window: MainWindow, agent: sample.SilentAgent) -> None:
    window.open_page("doctor")
    asked = [path for method, path, _, _ in agent.calls if method == "GET" and path.endswith("/quality")]
    assert asked == ["/v1/devices/front-scanner/quality", "/v1/devices/kitchen-scanner/quality"]
    agent.waiting.pop()(Answer(200, {"usual": 1.0, "times": 1.0, "since": None, "days": []}))
    agent.waiting.pop()(Answer(200, sample.QUALITY))
    said = words(window)
    assert "Clean the scanner’s window" in said
    assert "It misreads 6 times as often since 18 Nov. Wipe the glass, then test it." in said
    assert "Reads as usual" in said


def test_three_codes_that_came_through_whole_are_a_sound_scanner(window: MainWindow, session: Session) -> None:
    window.open_page("doctor")
    for number, code in enumerate(TEST_CODES):
        assert "Every letter came through. The scanner is fine." not in words(window)
        scan = {"scan_id": f"s{number}", "kind": "unknown", "device": "front", "code": code, "at": sample.at("12:41")}
        session.hear("scan", scan)
    assert "Every letter came through. The scanner is fine." in words(window)
    window.doctor.again()
    assert "Every letter came through. The scanner is fine." not in words(window)


def test_what_was_learnt_of_a_scanner_is_written_into_its_settings(window: MainWindow, agent: sample.SilentAgent) -> None:
    window.setting_up.change(devices=(DeviceDraft(name="front", driver="hid-scanner", options={"match": "1:2"}),))
    panel = window.doctor.panel("front", {**sample.QUALITY, "suggest": {"layout": "de"}})
    next(button for button in panel.findChildren(Button) if button.label() == "Use this from now on").click()
    path, body, _ = agent.posts()[-1]
    assert path == "/v1/setup"
    assert body["devices"] == [{"name": "front", "driver": "hid-scanner", "options": {"match": "1:2", "layout": "de"}}]


def test_a_menu_that_would_break_orders_says_which(window: MainWindow, agent: sample.SilentAgent) -> None:
    window.menu._preflight()
    assert agent.posts()[-1][0] == "/v1/menu/preflight"
    agent.waiting.pop()(Answer(200, {"findings": sample.FINDINGS}))
    told = window.menu._found.text().splitlines()
    assert told[0].startswith("Laksa: can be ordered, but the POS does not have it.")
    assert told[-1] == "Said by the agent."
    window.menu.show_findings([])
    assert window.menu._found.text().startswith("Every item that can be ordered")
    window.menu.show_findings(None, "No POS has been chosen.")
    assert window.menu._found.text() == "No POS has been chosen."
