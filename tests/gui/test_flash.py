"""A change flashes twice as it arrives, in colour only, and the words of what changed stay until somebody has seen them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from agent.core.clock import SystemClock
from gui.board.page import TicketPage
from gui.session import Session
from gui.style import Look, Theme
from gui.taste import Taste
from gui.tickets.flash import is_lit, turns_in
from gui.tickets.ticket import Strip, Ticket
from gui.window.main import MainWindow
from gui.window.top_bar import Page
from tests.gui import sample

MS = timedelta(milliseconds=1)
CHANGED = {**sample.ORDERS[2], "lines": [sample.line(2, "Laksa", "Large"), sample.line(1, "Teh")]}
Later = Callable[[int], None]


@pytest.fixture
def later(session: Session) -> Later:
    """Let milliseconds pass on the session's clock."""

    def move(ms: int) -> None:
        clock = session._clock
        assert isinstance(clock, sample.FrozenClock)
        clock.moment += ms * MS

    return move


def ground(ticket: Ticket) -> QColor:
    """What is painted in the free middle of its head."""
    return ticket.grab().toImage().pixelColor(QPoint(ticket.width() // 2, 8))


def lit_times(page: TicketPage, later: Later, look: Look, ref: str = "A109", steps: int = 40) -> list[bool]:
    """Whether the flash is painted, every 50 ms from now on."""
    found = []
    for _ in range(steps):
        found.append(ground(page.tickets()[ref]) == look.colour("attention.solid"))
        later(50)
        page.turn()
    return found


def flashes(lit: list[bool]) -> int:
    return sum(now and not before for before, now in zip([False, *lit], lit, strict=False))


def test_two_phases_of_300_ms_and_never_again() -> None:
    lit = [is_lit(sample.NOW, sample.NOW + at * MS) for at in range(-100, 5000)]
    assert [at - 100 for at in range(1, 5100) if lit[at] != lit[at - 1]] == [0, 300, 600, 900]
    assert turns_in(sample.NOW, sample.NOW + 250 * MS) == 50 * MS
    assert turns_in(sample.NOW, sample.NOW + 900 * MS) is None


@pytest.mark.parametrize("theme", list(Theme))
def test_a_change_flashes_twice_and_is_dark_after_1200_ms(
    window: MainWindow, session: Session, later: Later, theme: Theme, qapp: QApplication
) -> None:
    look = Look(theme)
    window.set_look(look)
    window.show_page(Page.ORDERS)
    session.hear("order", CHANGED)
    window.refresh()
    qapp.processEvents()
    before = window.board.tickets()["A109"].geometry()
    lit = lit_times(window.board, later, look)
    assert flashes(lit) == 2
    assert not any(lit[24:]), "lit for longer than 1.2 s"
    assert window.board.tickets()["A109"].geometry() == before, "a flash moves nothing"


def test_the_words_of_the_change_light_up_too_and_stay_until_seen(window: MainWindow, session: Session, later: Later) -> None:
    window.show_page(Page.ORDERS)
    session.hear("order", CHANGED)
    window.refresh()

    def strips() -> list[Strip]:
        found = window.board.tickets()["A109"].findChildren(Strip)
        return [each for each in found if each._words.text().startswith("Changed")]

    assert strips()[0].property("state") == "lit"
    later(5000)
    window.board.turn()
    assert strips()[0].property("state") == "attention"
    window.orders.see("A109")
    assert strips() == []


def test_a_second_change_flashes_again_and_a_print_does_not(window: MainWindow, session: Session, later: Later) -> None:
    window.show_page(Page.ORDERS)
    session.hear("order", CHANGED)
    window.refresh()
    later(3000)
    session.hear("order", {**CHANGED, "printed": 2})
    window.refresh()
    assert flashes(lit_times(window.board, later, window._look)) == 0
    session.hear("order", {**CHANGED, "notes": "No cockles"})
    window.refresh()
    assert flashes(lit_times(window.board, later, window._look)) == 2


def test_the_kitchen_flashes_as_the_board_does(window: MainWindow, session: Session, later: Later, qapp: QApplication) -> None:
    window.toggle_kitchen()
    window.showNormal()
    window.resize(1920, 1080)
    qapp.processEvents()
    session.hear("order", CHANGED)
    window.refresh()
    assert flashes(lit_times(window.kitchen, later, window._look)) == 2


def test_where_the_system_moves_nothing_nothing_flashes_and_the_words_stand_there(
    window: MainWindow, session: Session, later: Later
) -> None:
    look = Look(still=True)
    window.set_look(look)
    window.show_page(Page.ORDERS)
    session.hear("order", CHANGED)
    window.refresh()
    assert not any(lit_times(window.board, later, look))
    assert not window.board._turn.isActive()
    assert any(strip._words.text().startswith("Changed") for strip in window.board.tickets()["A109"].findChildren(Strip))


def test_the_page_keeps_the_time_of_the_flash_by_itself(qtbot: QtBot) -> None:
    session = Session(sample.SilentAgent(), SystemClock(), sample.CountingIds())
    session.state = sample.base()
    window = MainWindow(Look(), session)
    qtbot.addWidget(window)
    window.show()
    window.show_page(Page.ORDERS)
    session.hear("order", CHANGED)
    window.refresh()
    ticket, seen = window.board.tickets()["A109"], [True]

    def is_over() -> bool:
        seen.append(ticket._lit)
        return not window.board._turn.isActive()

    qtbot.waitUntil(is_over, timeout=20_000)
    assert not ticket._lit
    assert flashes(seen) <= 2


@pytest.mark.parametrize(("file", "text"), [
    ("gtk-4.0/settings.ini", "[Settings]\ngtk-enable-animations=0\n"), ("kdeglobals", "[KDE]\nAnimationDurationFactor=0\n"),
])  # fmt: skip
def test_the_desktops_own_word_on_motion_is_taken(file: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert not Taste().look().still
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    assert Taste().look().still
