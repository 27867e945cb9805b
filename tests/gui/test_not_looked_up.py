"""A member whom nobody can look up now: points are saved by keyboard alone, over real HTTP; nothing is redeemed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytestqt.qtbot import QtBot

from gui.counter.activity import recent_rows
from gui.counter.desk import Mode
from gui.link.client import Answer
from gui.link.stream import AgentLink
from gui.session import Session
from gui.state import with_event
from gui.style import Look
from gui.window.main import MainWindow
from tests.gui import sample
from tests.gui.test_counter import ENTER, F2, F3, keys
from tests.support.till_api_peer import TillApiPeer

CODE = "KK-MEI-001"
SCAN = {
    "scan_id": "s9",
    "kind": "member",
    "code": CODE,
    "reason": "offline",
    "message": "There is no connection.",
    "member": None,
}
OFFLINE = {
    "error": {"code": 503, "reason": "offline", "message": "There is no connection and this member has not been here lately."}
}
SAVED = {"state": "pending", "outcome": "queued", "member": {"identifier": CODE}}


@pytest.fixture
def counter(qtbot: QtBot, live: tuple[Session, AgentLink], peer: TillApiPeer) -> MainWindow:
    made = MainWindow(Look(), live[0])
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    peer.on("POST", "/v1/loyalty/earn", sample.entry("n1", "12:41", "earn", "", 24, "", **SAVED), 201)
    peer.on("POST", "/v1/members/lookup", OFFLINE, 503)
    return made


def served(counter: MainWindow) -> bool:
    return counter.flow.desk.member is not None


def test_an_unresolved_scan_earns_for_its_code(counter: MainWindow, peer: TillApiPeer, qtbot: QtBot) -> None:
    peer.tell("scan", SCAN)
    qtbot.waitUntil(lambda: served(counter))
    card = counter.counter.card
    assert [card._name.text(), card._found.text(), card._balance.text()] == ["Not looked up yet", "Code ending 001", "–"]
    assert card._meaning.isVisible()
    keys(counter, "2450", ENTER)
    qtbot.waitUntil(lambda: counter.flow.desk.undo is not None)
    (sent,) = peer.posts("/v1/loyalty/earn")
    assert (sent["member"], sent["amount"]) == ({"identifier": CODE}, "24.50")


def test_a_typed_number_that_cannot_be_looked_up_earns_too(counter: MainWindow, peer: TillApiPeer, qtbot: QtBot) -> None:
    keys(counter, F2, "91234567", ENTER)
    qtbot.waitUntil(lambda: served(counter))
    assert counter.counter.card._found.text() == "Phone ending 4567"
    keys(counter, "100", ENTER)
    qtbot.waitUntil(lambda: counter.flow.desk.undo is not None)
    assert peer.posts("/v1/loyalty/earn")[0]["member"] == {"identifier": "91234567"}


def test_redeeming_is_refused_in_words(counter: MainWindow, peer: TillApiPeer, qtbot: QtBot) -> None:
    peer.tell("scan", SCAN)
    qtbot.waitUntil(lambda: served(counter))
    keys(counter, F3, "200", ENTER)
    qtbot.waitUntil(lambda: bool(peer.posts("/v1/loyalty/earn")))
    assert counter.flow.desk.mode is Mode.AMOUNT
    assert peer.posts("/v1/loyalty/burn") == []
    assert "Give no discount" in counter.status_line.accessibleName()


def test_who_it_is_shows_up_once_cata_answers_and_what_is_typed_stays(
    window: MainWindow, agent: sample.SilentAgent, session: Session
) -> None:
    session.state = with_event(session.state, "status", sample.status("offline", **sample.OFFLINE), sample.NOW)
    session.hear("scan", SCAN)
    keys(window, "2450")
    clock = session._clock
    assert isinstance(clock, sample.FrozenClock)
    clock.moment += timedelta(seconds=6)
    window.tick()
    assert agent.posts() == []
    session.state = with_event(session.state, "status", sample.status(), sample.NOW)
    window.tick()
    assert agent.posts()[-1][:2] == ("/v1/members/lookup", {"identifier": CODE})
    agent.waiting.pop()(Answer(200, sample.MEMBERS[0]))
    member = window.flow.desk.member
    assert member is not None
    assert (member.display, window.flow.desk.digits) == ("Mei L.", 2450)


def test_an_earlier_unresolved_member_never_lends_the_amount_to_the_next(window: MainWindow, session: Session) -> None:
    session.hear("scan", SCAN)
    keys(window, "2450")
    session.hear("scan", {**SCAN, "scan_id": "s10", "code": "KK-RAVI-002"})
    assert window.flow.desk.digits == 0


def test_a_saved_code_is_told_by_its_entry_and_an_unsaved_one_is_not_an_accident() -> None:
    scan = {**SCAN, "at": sample.at("12:40")}
    (row,) = recent_rows(sample.base(entries=[], scans=[scan]), "Asia/Singapore")
    assert (row.title, row.sub) == ("Code ending 001", "Not looked up yet")
    saved = sample.entry("n1", "12:41", "earn", "", 24, "", **SAVED)
    (row,) = recent_rows(sample.base(entries=[saved], scans=[scan]), "Asia/Singapore")
    assert (row.title, row.mark.word) == ("Code ending 001", "Saved")
