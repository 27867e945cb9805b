"""What keeps the screen quick however much there is to show: facts about how much is made and painted, not about time."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.session import Session
from gui.style import Look
from gui.tickets.ticket import Ticket
from gui.window.main import MainWindow
from gui.window.top_bar import Page
from tests.bench.lunch import many
from tests.gui import sample

IN_SIGHT = 40
"""More tickets or rows than this are in sight or close to it in no window."""


@pytest.fixture
def board(qtbot: QtBot, qapp: QApplication, session: Session) -> MainWindow:
    session.hear("snapshot", {"orders": many(200), "entries": []})
    made = MainWindow(Look(), session)
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    made.show_page(Page.ORDERS)
    qapp.processEvents()
    return made


def test_only_tickets_in_sight_exist_wherever_the_board_is_scrolled_to(board: MainWindow, qapp: QApplication) -> None:
    shelf = board.board.shelves["preparing"]
    bar = shelf.verticalScrollBar()
    for place in range(0, bar.maximum(), bar.maximum() // 7):
        bar.setValue(place)
        qapp.processEvents()
        assert 0 < len(shelf.shown) < IN_SIGHT
    bar.setValue(bar.maximum())
    assert any(key == "L199" for key in shelf.shown) or len(shelf.shown) < IN_SIGHT
    last = max(widget.geometry().bottom() for widget in shelf.widgets().values())
    assert abs(last - shelf._inside.height()) <= 2


def test_an_event_makes_only_its_ticket_anew(board: MainWindow, session: Session, qapp: QApplication) -> None:
    shelf = board.board.shelves["preparing"]
    before, made = shelf.widgets(), shelf.made
    changed = next(iter(before))
    session.hear("order", {**next(order for order in many(200) if order["id"] == changed), "printed": 2})
    board.refresh()
    after = shelf.widgets()
    assert shelf.made == made + 1
    assert {key for key in before if before[key] is not after.get(key)} == {changed}


def test_an_event_out_of_sight_paints_no_ticket(
    board: MainWindow, session: Session, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: list[str] = []
    monkeypatch.setattr(Ticket, "paintEvent", lambda self, _event: painted.append(self.order.id))
    qapp.processEvents()
    painted.clear()
    session.hear("order", {**many(200)[199], "printed": 2})
    board.refresh()
    qapp.processEvents()
    assert painted == []


def test_ten_thousand_entries_make_as_many_rows_as_a_hundred(board: MainWindow, session: Session) -> None:
    def rows_of(count: int) -> int:
        waits: dict[str, object] = {"state": "pending", "outcome": "queued"}
        entries = [sample.entry(f"w{at:05}", "12:32", "earn", sample.MEI, 24, f"R-{at}", **waits) for at in range(count)]
        session.hear("snapshot", {"entries": entries})
        board.show_page(Page.OUTBOX)
        assert len(board.outbox._entries) == count
        return len(board.outbox.rows)

    assert 0 < rows_of(100) == rows_of(10_000) < IN_SIGHT


def test_the_last_of_ten_thousand_is_reached_by_keys(board: MainWindow, session: Session, qapp: QApplication) -> None:
    waits: dict[str, object] = {"state": "pending", "outcome": "queued"}
    session.hear("snapshot", {"entries": [sample.entry(f"w{at:04}", "12:32", "earn", "u", 1, "R", **waits) for at in range(500)]})
    board.show_page(Page.OUTBOX)
    board.outbox._choose(499)
    qapp.processEvents()
    assert board.outbox.rows[-1].entry.id == "w0499"
    assert board.outbox.chosen() == board.outbox.rows[-1].entry
