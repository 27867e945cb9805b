"""The handover sheet says what is still to be thought of, with causes, and is the same on paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from gui.handover.contents import BUSY_AT_ONCE, cause, handover, lateness
from gui.link.client import Answer as ApiAnswer
from gui.session import Session
from gui.strings import tr
from gui.widgets.lifetime import while_there
from gui.window.main import MainWindow
from gui.wire.orders import OrderSeen
from tests.gui import gallery, sample

NOW = sample.NOW


def order(
    ref: str = "A1", *, received: int = 30, promised: int | None = 10, done: int | None = None, status: str = "PREPARING"
) -> OrderSeen:
    """Minutes before now."""

    def before(minutes: int | None) -> datetime | None:
        return None if minutes is None else NOW - timedelta(minutes=minutes)

    return OrderSeen(
        id=ref,
        ref_no=ref,
        status=status,
        received_at=NOW - timedelta(minutes=received),
        promised_at=before(promised),
        status_at=before(done),
    )


@pytest.mark.parametrize(
    ("one", "minutes"),
    [
        (order(promised=10), 10),
        (order(promised=-5), 0),
        (order(promised=None), 0),
        (order(promised=10, done=8, status="READY"), 2),
        (order(promised=10, done=12, status="COMPLETED"), 0),
        (order(promised=10, status="CANCELLED"), 0),
    ],
)
def test_an_order_is_late_by_what_it_stood_behind_its_promise(one: OrderSeen, minutes: int) -> None:
    assert lateness(one, NOW) == timedelta(minutes=minutes)


def test_the_cause_is_the_most_certain_thing_that_is_known() -> None:
    late = order()
    many = [order(f"B{number}", done=1) for number in range(BUSY_AT_ONCE)]
    assert cause(replace(late, problems=("The printer is out of paper.",)), many) == "The printer is out of paper."
    assert cause(replace(late, status="PAID"), many) == tr("handover.cause.unanswered")
    assert cause(late, [late, *many]) == tr("handover.cause.busy", count=BUSY_AT_ONCE)
    assert cause(late, many[:1]) == tr("handover.cause.kitchen")


def test_a_quiet_shift_says_so_in_every_section() -> None:
    state = replace(sample.base(sales=[], entries=[]), menu=replace(sample.base().menu, items=()))
    sheet = handover(state, [], NOW, "now")
    assert [section.title for section in sheet.sections if section.lines] == []
    assert all(section.nothing.endswith(".") for section in sheet.sections)


def test_the_sheet_asks_for_the_whole_shift_and_is_saved_beside_the_data(
    window: MainWindow, session: Session, agent: sample.SilentAgent, tmp_path: Path
) -> None:
    window.handover._folder = tmp_path / "sheets"
    gallery.SCENES["12-handover"](window)
    assert agent.calls[-1][:2] == ("GET", "/v1/orders?state=all")
    late = {
        **sample.order("A77", "COMPLETED", "PICKUP", "Mei", []),
        "promised_at": sample.at("12:00"),
        "status_at": sample.at("12:20"),
    }
    agent.waiting.pop()(gallery_answer(late))
    titles = {section.title: [line.title for line in section.lines] for section in window.handover.sheet().sections}
    assert titles["Late orders"] == ["A77"]
    assert (len(titles["Needs a person"]), len(titles["Not sent yet"])) == (2, 4)
    said: list[str] = []
    session.noticed.connect(said.append)
    window.handover.save_sheet()
    (saved,) = (tmp_path / "sheets").iterdir()
    assert saved.read_bytes().startswith(b"%PDF-")
    assert str(saved) in said[-1]
    QTest.keyClick(window.handover, Qt.Key.Key_Escape)
    assert window.stack.currentWidget() is window.counter


def gallery_answer(*orders: dict[str, object]) -> ApiAnswer:
    return ApiAnswer(200, {"orders": list(orders)})


def test_a_rush_is_suggested_once_with_its_numbers_and_again_after_it_is_over(
    window: MainWindow, session: Session, agent: sample.SilentAgent
) -> None:
    past = [
        {
            **sample.order(f"P{n}", "COMPLETED", "PICKUP", "", []),
            "received_at": sample.at("09:00"),
            "status_at": sample.at("09:10"),
        }
        for n in range(9)
    ]
    told: list[str] = []
    window.rush.expected.connect(told.append)
    window.rush.load()
    agent.waiting.pop()(ApiAnswer(200, {"orders": past}))
    for number in range(4):
        late = sample.order(f"L{number}", "ACCEPTED", "PICKUP", "", [])
        session.hear("order", {**late, "received_at": sample.at("12:10"), "promised_at": sample.at("12:20")})
    for _ in range(3):
        window.rush.look()
    assert len(told) == 1
    assert told[0].startswith("Busy +")
    assert window.rush.sentence() == told[0]


def test_an_answer_that_comes_after_the_page_was_built_anew_is_told_to_nobody(session: Session) -> None:
    heard: list[int] = []
    page = QWidget()
    told = while_there(page, lambda answer: heard.append(answer.status))
    told(ApiAnswer(200))
    page.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    told(ApiAnswer(500))
    assert heard == [200]
