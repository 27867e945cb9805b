"""What a member has besides points stands on the card, and a reward is redeemed like points: with a definite answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QLabel

from gui.counter.desk import Verdict
from gui.session import Session
from gui.strings import name_cloud, speak, tell_customer, tr
from gui.window.main import MainWindow
from tests.gui import sample

CARD = {"id": "pc-kopi", "name": "Kopi card", "punches": 8, "needed": 10, "rewards": 1}


@pytest.fixture(autouse=True)
def cata_afterwards() -> Iterator[None]:
    yield
    name_cloud("Cata")
    speak("en")


def serve(session: Session, scan_id: str = "s1", **perks: object) -> None:
    member = {**sample.MEMBERS[0], "perks": {"cards": [], "welcome_offer": "", **perks}}
    session.hear("scan", {"scan_id": scan_id, "kind": "member", "member": member})


def shown(window: MainWindow) -> list[str]:
    return [label.text() for label in window.counter.card.findChildren(QLabel) if label.isVisible()]


def test_a_ready_reward_is_shown_and_redeemed(window: MainWindow, session: Session, agent: sample.SilentAgent) -> None:
    serve(session, cards=[CARD])
    assert {"Reward ready: Kopi card", "Kopi card: 8 of 10"} <= set(shown(window))
    window.counter.card.redeem.click()
    path, body, key = agent.posts()[-1]
    assert (path, body["reward"], bool(key)) == ("/v1/loyalty/burn", "pc-kopi", True)
    assert "points" not in body
    agent.answer(sample.entry("b1", "12:41", "burn", sample.MEI, 0, "", outcome="confirmed"), 201)
    answer = window.flow.desk.answer
    assert answer is not None
    assert answer.verdict is Verdict.CONFIRMED
    assert "Kopi card redeemed" in [label.text() for label in window.counter.answer.findChildren(QLabel)]
    window.flow.go_on()
    assert window.flow.desk.ready is None


def test_an_unknown_reward_is_asked_for_again_under_its_key(
    window: MainWindow, session: Session, agent: sample.SilentAgent
) -> None:
    serve(session, welcome_offer="Half price on the first cake")
    assert "Welcome offer: Half price on the first cake" in shown(window)
    window.counter.card.redeem.click()
    window.counter.card.redeem.click()
    agent.refuse("offline", "No answer.", 0)
    window.flow.ask_again()
    asked = [(body["welcome_offer"], key) for path, body, key in agent.posts() if path == "/v1/loyalty/burn"]
    assert asked == [(True, asked[0][1])] * 2


def test_a_member_without_perks_has_no_such_line(window: MainWindow, session: Session) -> None:
    serve(session)
    assert not window.counter.card.redeem.isVisible()
    serve(session, "s2", cards=[{**CARD, "rewards": 0}])
    assert not window.counter.card.redeem.isVisible()
    assert "Kopi card: 8 of 10" in shown(window)


def test_the_cloud_is_called_by_its_name_in_every_language(session: Session) -> None:
    session.hear("status", {**sample.status(), "cloud": {"name": "Cockato", "reachable": True}})
    assert tr("member.open_proof") == "Balance unknown until Cockato answers"
    assert "Cata Bridge" in tr("app.name")
    speak("zh")
    assert "Cockato" in tr("redeem.not_looked_up")
    assert "Cata " not in tell_customer("en", "unknown", balance="1", pending="1", points="1")
