"""The scanner doctor says what to do first, and why; the menu says what would break the next order."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from agent.core.scan import TEST_CODES
from agent.core.scanner_learning import Keyed
from agent.core.scanner_profile import Interface, Line, ScannerProfile, Stroke
from gui.doctor.chart import Chart
from gui.link.client import Answer
from gui.session import Session
from gui.setup.draft import DeviceDraft
from gui.taste import Taste, keep_taste, load_taste
from gui.wedge.profile import kept_profile
from gui.widgets.buttons import Button
from gui.window.main import MainWindow
from gui.window.top_bar import Page
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


def lesson(window: MainWindow, agent: sample.SilentAgent, **seen: object) -> list[str]:
    """The agent says how far the lesson of the front scanner is; gives what the page says."""
    agent.waiting.pop()(Answer(200, {"name": "front-scanner", "state": "listening", "count": 0, "numbers": [], **seen}))
    return words(window)


PROFILE = {"interface": "serial", "ending": "cr", "check_digit": "", "line": {"baud": 115200, "parity": "E", "bytesize": 7}}


def test_the_lesson_of_the_agents_scanner_is_followed_and_written(window: MainWindow, agent: sample.SilentAgent) -> None:
    window.setting_up.change(devices=(DeviceDraft(name="front-scanner", driver="serial-scanner", options={"port": "/dev/x"}),))
    window.open_page("doctor")
    window.doctor.learn("front-scanner")
    assert agent.posts()[-1][0] == "/v1/devices/front-scanner/lesson"
    assert "Wait a moment: the scanner is being opened." in words(window)
    said = lesson(window, agent, trouble="garbage")
    assert "That made no sense at this speed, so the next one is tried. Scan again." in said
    window.doctor._learning._look_again()
    assert "1 of 3 scans" in lesson(window, agent, count=1, numbers=[3])
    window.doctor._learning._look_again()
    said = lesson(window, agent, state="learnt", count=3, profile=PROFILE, options={"baud": 115200})
    assert {"It is on a serial port.", "115200 bits a second, 7 data bits, parity: even.", "It ends each code with CR."} <= set(
        said
    )
    window.doctor.use_learnt()
    assert agent.posts()[-1][1]["devices"] == [
        {"name": "front-scanner", "driver": "serial-scanner", "options": {"port": "/dev/x", "baud": 115200}}
    ]
    agent.waiting.pop()(Answer(403, {}, "pin_required", "The manager's PIN is needed."))
    assert "The manager's PIN is needed." in words(window)


def test_what_a_policy_decides_and_what_is_right_already_has_no_button(window: MainWindow, agent: sample.SilentAgent) -> None:
    for locked, options, sentence in (
        ({"devices": "policy"}, {"baud": 115200}, "Decided by this computer’s policy."),
        ({}, {}, "The till reads it so already."),
    ):
        window.open_page("doctor")
        window.setting_up.change(locked=locked)
        window.doctor.learn("front-scanner")
        assert sentence in lesson(window, agent, state="learnt", count=3, profile=PROFILE, options=options)
        labels = [button.label() for button in window.doctor.lesson.findChildren(Button)]
        assert "Use this from now on" not in labels


def test_a_lesson_that_ends_without_a_profile_says_why(window: MainWindow, agent: sample.SilentAgent) -> None:
    window.open_page("doctor")
    window.doctor.learn("front-scanner")
    assert "Gone." in lesson(window, agent, state="failed", reason="device_odd", sentence="Gone.")
    window.doctor.learn("front-scanner")
    assert "Nobody scanned. The scanner works as before." in lesson(window, agent, state="ended")
    window.doctor.learn("front-scanner")
    agent.waiting.pop()(Answer(404, {}, "device_unknown", "There is no device with this name."))
    assert "There is no device with this name." in words(window)


def test_leaving_the_page_gives_the_scanner_back(window: MainWindow, agent: sample.SilentAgent) -> None:
    listening: list[bool] = []
    window.doctor._learning.typing.listening.connect(listening.append)
    window.open_page("doctor")
    window.doctor.learn("front-scanner")
    window.show_page(Page.COUNTER)
    assert agent.posts()[-1][0] == "/v1/devices/front-scanner/lesson/end"
    assert listening == [True, False]


def test_letters_that_reach_the_page_were_typed(window: MainWindow) -> None:
    window.open_page("doctor")
    QTest.keyClick(window.doctor, Qt.Key.Key_A)
    assert any(said.startswith("That came as slowly as typing.") for said in words(window))


def test_what_was_learnt_of_the_typing_scanner_can_be_forgotten(window: MainWindow) -> None:
    window.open_page("doctor")
    learning = window.doctor._learning
    assert not window.doctor.forget.isVisible()
    for start_s in (0.0, 5.0, 10.0):
        strokes = tuple(Stroke(char, start_s + at / 100) for at, char in enumerate("KK-MEI-001\r"))
        learning.typing.heard.emit(Keyed(strokes))
    assert "Which keyboard it types for, these scans cannot tell; the three test codes can." in words(window)
    window.doctor.use_learnt()
    assert (learning.typing.profile, window.doctor.forget.isVisible()) == (learning.now.profile, True)
    assert "In use from now on." in words(window)
    window.doctor.forget.click()
    assert (learning.typing.profile, window.doctor.forget.isVisible()) == (None, False)


def test_a_profile_is_kept_with_the_taste_and_a_damaged_one_is_none(tmp_path: Path) -> None:
    profile = ScannerProfile(interface=Interface.SERIAL, layout="de", slowest_ms=12, symbologies=("qr",), line=Line(baud=9600))
    keep_taste(tmp_path, Taste(scanner=profile))
    assert load_taste(tmp_path).scanner == profile
    assert load_taste(tmp_path).changed("dark").scanner == profile
    broken: list[object] = [{"interface": "telepathy"}, [], {**kept_profile(profile), "ending": 5}]
    for damaged in broken:
        (tmp_path / "screen.json").write_text(json.dumps({"zoom": 150, "scanner": damaged}))
        assert load_taste(tmp_path) == Taste(zoom=150)


def test_the_days_follow_while_the_page_is_open(
    window: MainWindow, session: Session, agent: sample.SilentAgent, qtbot: QtBot
) -> None:
    window.open_page("doctor")
    before = len(agent.calls)
    for number in range(3):
        misread = {"scan_id": f"s{number}", "kind": "refused", "device": "front-scanner", "at": sample.at("12:41")}
        session.hear("scan", {**misread, "reason": "scan_garbled"})
    qtbot.waitUntil(lambda: len(agent.calls) > before)
    assert [path for _, path, _, _ in agent.calls[before:]] == ["/v1/devices/front-scanner/quality"]
    for misreads in (1, 2):
        days = [{"day": "2026-11-22", "scans": 100 - misreads, "misreads": misreads}]
        window.doctor._shower("front-scanner")(Answer(200, {"usual": 1.0, "times": 1.0, "since": None, "days": days}))
    charts = window.doctor.findChildren(Chart)
    assert [chart.accessibleName() for chart in charts] == ["Misreads in 100 scans: 22 Nov 2"]


def test_a_printer_is_tried_with_a_page(window: MainWindow, agent: sample.SilentAgent) -> None:
    window.show_page(Page.DEVICES)
    button = next(each for each in window.devices.findChildren(Button) if each.label() == "Print a test page")
    button.click()
    path, body, _ = agent.posts()[-1]
    assert (path, body) == ("/v1/setup/test-print", {"name": "receipt-printer"})
    agent.waiting.pop()(Answer(200, {"name": "receipt-printer", "ok": True, "sentence": "A test page was printed."}))
    assert "A test page was printed." in [label.text() for label in window.devices.findChildren(QLabel)]
