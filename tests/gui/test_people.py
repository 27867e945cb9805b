"""What every control and every sentence owes to people: a name, a focus, plain text, a word for every key."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QScrollArea, QSystemTrayIcon, QWidget
from pytestqt.qtbot import QtBot

from gui import strings
from gui.session import Session
from gui.state import Link, with_event, with_link
from gui.style import Look, Theme
from gui.window.main import MainWindow
from gui.window.status_line import describe
from gui.window.top_bar import Page
from gui.window.tray import Outage, Tray
from gui.words.customer import SENTENCES
from gui.words.english import WORDS
from gui.words.signs import SIGNS
from tests.gui import gallery, sample

GUI = Path(strings.__file__).parent


@pytest.mark.parametrize("name", list(gallery.SCENES))
def test_every_control_has_a_name_and_can_be_reached_by_keyboard(window: MainWindow, qapp: QApplication, name: str) -> None:
    gallery.SCENES[name](window)
    qapp.processEvents()
    controls = [each for kind in (QAbstractButton, QLineEdit) for each in window.findChildren(kind)]
    controls = [each for each in controls if each.isVisible() and each.isEnabled()]
    assert controls
    nameless = [each for each in controls if not each.accessibleName()]
    unreachable = [each.accessibleName() for each in controls if not each.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert (nameless, unreachable) == ([], [])


@pytest.mark.parametrize("name", list(gallery.SCENES))
def test_targets_are_large_enough(window: MainWindow, name: str) -> None:
    gallery.SCENES[name](window)
    scroll_parts = [bar for area in window.findChildren(QScrollArea) for bar in area.findChildren(QAbstractButton)]
    buttons = [each for each in window.findChildren(QAbstractButton) if each.isVisible() and each not in scroll_parts]
    assert [each.accessibleName() for each in buttons if each.height() < 28] == []


class ShownWindows(QObject):
    """Remembers every widget that came up as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.names.append(type(watched).__name__)
        return False


@pytest.mark.parametrize("zoom", [100, 200])
def test_nothing_flashes_up_as_a_window_of_its_own(qtbot: QtBot, qapp: QApplication, zoom: int) -> None:
    """A part that is shown before it has a place comes up as a window and takes the focus from the POS; only questions may."""
    shown = ShownWindows()
    qapp.installEventFilter(shown)
    try:
        window = MainWindow(Look(zoom=zoom), sample.session(sample.base()))
        qtbot.addWidget(window)
        window.show()
        for scene in gallery.SCENES.values():
            scene(window)
            window.tick()
    finally:
        qapp.removeEventFilter(shown)
    assert set(shown.names) == {"MainWindow", "Question", "ByHandQuestion"}


def test_names_from_outside_are_never_read_as_markup(window: MainWindow, session: Session) -> None:
    nasty = {**sample.MEMBERS[0], "display": "<b>Mei</b> & <img src=x>"}
    session.hear("scan", {"scan_id": "s1", "kind": "member", "member": nasty})
    session.hear("order", {**sample.ORDERS[2], "customer": {"name": "<h1>Ravi</h1>"}, "notes": "<script>"})
    for page in Page:
        window.show_page(page)
    labels = window.findChildren(QLabel)
    assert labels
    assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}
    assert window.counter.card._name.text() == nasty["display"]


@pytest.mark.parametrize("theme", Theme)
@pytest.mark.parametrize("zoom", [80, 200])
def test_every_page_is_built_in_every_look(qtbot: QtBot, theme: Theme, zoom: int) -> None:
    window = MainWindow(Look(theme, zoom), sample.session(sample.base()))
    qtbot.addWidget(window)
    window.resize(1024, 768)
    window.show()
    for scene in gallery.SCENES.values():
        scene(window)
        assert not window.grab().isNull()


def test_the_top_bar_and_the_primary_stay_in_a_short_window(window: MainWindow) -> None:
    gallery.SCENES["02-counter-member"](window)
    window.resize(1024, 600)
    primary: QWidget = window.counter.keypad._primary
    assert primary.mapTo(window, primary.rect().bottomLeft()).y() <= window.height()


def test_function_keys_lead_to_their_pages(window: MainWindow) -> None:
    for key, page in (("F6", Page.ORDERS), ("F7", Page.OUTBOX), ("F8", Page.MENU), ("F10", Page.DEVICES), ("F5", Page.COUNTER)):
        QTest.keyClick(window, getattr(Qt.Key, f"Key_{key}"))
        assert window.page is page


def test_every_sentence_that_is_asked_for_exists() -> None:
    asked = {
        node.args[0].value
        for path in GUI.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr"
        if node.args and isinstance(node.args[0], ast.Constant)
    }
    assert len(asked) > 100
    assert asked - WORDS.keys() - SIGNS.keys() == set()


def test_no_sentence_breaks_the_wording() -> None:
    text = WORDS
    assert [key for key, value in text.items() if re.search(r"!|\bplease\b|\berror\b", value, re.IGNORECASE)] == []


def test_every_language_answers_the_customer_with_the_same_values() -> None:
    def holes(sentence: str) -> set[str]:
        return set(re.findall(r"{(\w+)}", sentence))

    for key, english in SENTENCES["en"].items():
        assert {code: holes(table[key]) for code, table in SENTENCES.items()} == {code: holes(english) for code in SENTENCES}


@pytest.mark.parametrize("word", ["ready", "working", "offline", "attention", "paused", "setup", "holiday"])
def test_every_state_has_words(word: str) -> None:
    line = describe(sample.base(sample.status(word, sentence="Because.")), sample.NOW)
    assert line.word.endswith(".")


def test_one_toast_an_outage_and_one_when_it_ends() -> None:
    calm = sample.base()
    out = sample.base(sample.status("offline", outbox={"pending": 4, "parked": 0, "oldest_s": 9}, **sample.OFFLINE))
    memory, told = Outage(), []
    for state in (calm, out, out, with_link(out, Link.GONE), out, calm, calm):
        memory, news = memory.after(state)
        told.append(news)
    assert [news for news in told if news] == ["lost", "back"]


def test_the_tray_says_one_sentence_with_its_time(window: MainWindow, session: Session) -> None:
    asked: list[str] = []
    tray = Tray(session, asked.append, lambda: asked.append("quit"), asked.append, window)
    assert tray.tray.toolTip().endswith("As of 12:41:09.")
    labels = [action.text().replace("\t", " ") for action in tray.menu.actions() if action.text()]
    assert labels[0] == "Open Cata Bridge"
    assert labels[-1] == "Quit…"
    assert "Orders 9" in labels
    tray.menu.actions()[0].trigger()
    assert asked == [""]


def test_a_tray_that_comes_late_is_used_and_an_old_proof_is_not_green(
    window: MainWindow, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    tray = Tray(session, lambda name: None, lambda: None, lambda word: None, window)
    came: list[bool] = []
    tray.appeared.connect(lambda: came.append(True))
    assert (tray.tray.isVisible(), tray._shown[0]) == (False, "ready")
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: True)
    session._clock.moment += timedelta(minutes=2)  # type: ignore[attr-defined]
    tray._timer.timeout.emit()
    session._clock.moment += timedelta(seconds=5)  # type: ignore[attr-defined]
    tray._timer.timeout.emit()
    assert (came[0], tray._shown[0]) == (True, "working")
    tray.leave()
    assert not tray.tray.isVisible()


def test_a_lagging_stream_starts_over_with_a_snapshot() -> None:
    state = with_event(sample.base(), "snapshot", {"status": sample.status("paused"), "orders": []}, sample.NOW)
    assert state.open_orders() == []
