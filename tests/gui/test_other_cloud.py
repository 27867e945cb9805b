"""The screen offers what the cloud can do: no empty tabs and no keys that lead nowhere with a cloud that has points alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSystemTrayIcon

from agent.core.clouds import COCKATO, Ability
from gui.outbox.next import what_next
from gui.outbox.steps import Step, step_for
from gui.session import Session
from gui.strings import name_cloud
from gui.window.main import MainWindow
from gui.window.top_bar import Page
from gui.window.tray import Tray
from gui.wire.entries import read_entry
from gui.wire.status import read_status
from tests.gui import sample
from tests.gui.test_counter import keys

POINTS_ALONE = {"name": COCKATO.name, "abilities": sorted(COCKATO.abilities), "reachable": True, "last_ok_at": sample.at("12:41")}


@pytest.fixture
def cockato(window: MainWindow, session: Session) -> Iterator[MainWindow]:
    session.hear("status", sample.status(cloud=POINTS_ALONE))
    window.show_page(Page.COUNTER)
    yield window
    name_cloud("")


def tabs(window: MainWindow) -> list[Page]:
    return [page for page, tab in window.top.tabs.items() if tab.isVisible()]


def test_a_cloud_with_points_alone_has_no_tab_for_orders_or_menu(cockato: MainWindow) -> None:
    assert tabs(cockato) == [Page.COUNTER, Page.OUTBOX, Page.DEVICES]


@pytest.mark.parametrize(("key", "sentence"), [
    (Qt.Key.Key_F6, "Cockato has no paid orders."),
    (Qt.Key.Key_F8, "Cockato has no menu, so there is nothing to send it."),
    (Qt.Key.Key_F11, "Cockato has no paid orders."),
    (Qt.Key.Key_F9, "Cockato has no paid orders."),
    (Qt.Key.Key_F4, "Cockato does not know whether a shop is open or busy."),
])  # fmt: skip
def test_a_key_that_would_lead_nowhere_says_why(cockato: MainWindow, key: Qt.Key, sentence: str) -> None:
    keys(cockato, key)
    assert (cockato.page, cockato.in_kitchen) == (Page.COUNTER, False)
    assert cockato.status_line.accessibleName() == sentence


def test_the_keys_named_at_the_foot_are_those_that_work(cockato: MainWindow) -> None:
    named = cockato.status_line._hints
    assert "F2 Find member" in named
    assert not {"F4 Busy", "F9 Print"} & set(named)


def test_points_are_given_by_amount_where_the_cloud_counts_them(cockato: MainWindow, session: Session) -> None:
    cockato.flow._serve(sample.known(sample.MEI), "", "x")
    assert not cockato.counter.keypad._unit.isVisible()
    session.hear("status", sample.status())
    cockato.tick()
    assert cockato.counter.keypad._unit.isVisible()


def test_points_of_nobody_cannot_be_given_to_somebody_by_their_number(session: Session) -> None:
    nobodys = read_entry(sample.OUTBOX[0])
    assert step_for(nobodys, gives_points=False) is Step.SEND_AGAIN
    assert "Send it again" in what_next(nobodys, sample.base(sample.status(cloud=POINTS_ALONE)), sample.NOW)


def test_the_handover_sheet_has_no_orders_and_no_menu(cockato: MainWindow, session: Session) -> None:
    cockato.open_page("handover")
    headings = {section.title for section in cockato.handover.sheet().sections}
    assert headings == {"Needs a person", "Not sent yet", "Receipts without a member", "Devices"}
    session.hear("status", sample.status())
    assert len(cockato.handover.sheet().sections) == len(headings) + 2


def test_an_agent_that_tells_no_abilities_is_one_of_cata() -> None:
    assert read_status({"cloud": {"name": "Cata"}}).can(Ability.ORDERS)
    assert not read_status({"cloud": {"abilities": []}}).can(Ability.ORDERS)


def test_the_tray_leads_to_what_there_is(cockato: MainWindow, session: Session) -> None:
    asked: list[str] = []
    tray = Tray(session, asked.append, lambda: None, lambda _word: None, cockato)
    assert (tray._orders.isVisible(), tray._busy.isVisible(), tray._outbox.isVisible()) == (False, False, True)
    tray._activated(QSystemTrayIcon.ActivationReason.Trigger)
    assert asked == ["counter"]
    tray.leave()
