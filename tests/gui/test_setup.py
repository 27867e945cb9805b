"""Set-up on the screen: every step says why it is held back, Enter goes on, and nothing counts before it is in force."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from agent.core.scan import TEST_CODES
from gui import formats
from gui.session import Session
from gui.setup.acceptance import acceptance
from gui.setup.codes import bars, squares, width_of_bars
from gui.setup.devices_step import DeviceEditor
from gui.setup.draft import DeviceDraft, Draft, Step, held_back
from gui.setup.flow import SetupFlow
from gui.setup.form import Form
from gui.sheets.pdf import save_pdf
from gui.strings import speak
from gui.style import Look
from gui.window.main import MainWindow
from tests.gui import gallery, sample

URL = "https://kopikita.cata.example"


def view(run: str, **values: object) -> dict[str, object]:
    """What the till API shows of a till."""
    fields = [{"key": key.replace("__", "."), "value": value, "locked": ""} for key, value in values.items()]
    return {"run": run, "fields": fields, "devices": [], "secrets": [], "pin_set": False}


@pytest.fixture
def flow(session: Session, agent: sample.SilentAgent) -> SetupFlow:
    made = SetupFlow(session)
    made.load()
    agent.answer({"drivers": sample.DRIVERS})
    agent.answer(view("first", cloud__provider="cata", outlet__till="till-1"))
    return made


READY: list[tuple[Step, Mapping[str, object]]] = [
    (Step.ADDRESS, {"url": URL}),
    (Step.KEY, {"key": "ck_test"}),
    (Step.OUTLET, {"outlet_id": "o-1", "outlet_name": "Kopi"}),
    (Step.POS, {"devices": (DeviceDraft(name="pos", driver="square"),), "roles": {"square": "pos"}}),
    (Step.SCANNER, {"codes": frozenset(TEST_CODES)}),
    (Step.PRINTER, {"printed": True}),
    (Step.ORDER, {"order_done": True}),
]


@pytest.mark.parametrize(("step", "entered"), READY, ids=lambda value: value.name if isinstance(value, Step) else "")
def test_a_step_is_held_back_with_its_reason_until_it_is_right(step: Step, entered: Mapping[str, object]) -> None:
    assert held_back(Draft(step=step)).startswith("setup.need.")
    assert held_back(Draft(step=step, **entered)) == ""  # type: ignore[arg-type]
    assert held_back(Draft(step=step, busy=True, **entered)) == "setup.wait"  # type: ignore[arg-type]


@pytest.mark.parametrize("url", ["", "kopikita", "http://kopikita.example", "ftp://x", "https://a b"])
def test_an_address_that_cannot_be_one_is_not_asked(url: str) -> None:
    assert held_back(Draft(url=url)) == "setup.need.address"


def test_a_key_is_tried_before_anything_is_written(flow: SetupFlow, agent: sample.SilentAgent) -> None:
    flow.change(step=Step.KEY, url=URL, key="wrong")
    flow.go_on()
    assert agent.posts()[-1][:2] == ("/v1/setup/cloud", {"base_url": URL, "provider": "cata", "key": "wrong"})
    agent.refuse("key_refused", "The cloud does not accept this key.", 503)
    assert (flow.draft.step, flow.draft.problem, flow.draft.cloud_ok) == (Step.KEY, "The cloud does not accept this key.", False)
    flow.change(key="right")
    flow.go_on()
    agent.answer({"name": "kopikita", "expires_at": None})
    assert (flow.draft.cloud_name, flow.draft.step) == ("kopikita", Step.KEY)
    flow.go_on()
    assert flow.draft.step is Step.OUTLET
    assert [path for path, _, _ in agent.posts()] == ["/v1/setup/cloud"] * 2


def test_a_step_goes_on_once_what_it_wrote_is_in_force(qtbot: QtBot, flow: SetupFlow, agent: sample.SilentAgent) -> None:
    flow.change(step=Step.OUTLET, url=URL, key="right", outlet_id="o-1", outlet_name="Kopi")
    flow.go_on()
    path, body, _ = agent.posts()[-1]
    assert (path, body["secrets"]) == ("/v1/setup", {"api-key": "right"})
    agent.answer({"changed": ["outlet.id"]})
    qtbot.waitUntil(lambda: bool(agent.waiting))
    agent.refuse("agent_gone", "It is started again.", 0)
    qtbot.waitUntil(lambda: bool(agent.waiting))
    agent.answer(view("first"))
    assert (flow.draft.step, held_back(flow.draft)) == (Step.OUTLET, "setup.wait")
    qtbot.waitUntil(lambda: bool(agent.waiting))
    agent.answer(view("second", outlet__id="o-1"))
    assert (flow.draft.step, flow.draft.busy) == (Step.POS, False)


def test_what_is_refused_stays_on_the_page_with_its_sentence(flow: SetupFlow, agent: sample.SilentAgent) -> None:
    flow.change(step=Step.OUTLET, url=URL, outlet_id="o-1", outlet_name="Kopi", pin="1")
    flow.go_on()
    assert agent.posts()[-1][1]["pin"] == "1"
    agent.refuse("pin_required", "This needs the manager's PIN.", 403)
    assert (flow.draft.step, flow.draft.problem, flow.draft.busy) == (Step.OUTLET, "This needs the manager's PIN.", False)


def test_three_codes_are_counted_once_each_from_whatever_scanner(flow: SetupFlow, session: Session) -> None:
    flow.change(step=Step.SCANNER)
    for number, code in enumerate((TEST_CODES[0], TEST_CODES[0], "KK-MEI-001", *TEST_CODES[1:])):
        session.hear(
            "scan", {"scan_id": f"s{number}", "kind": "unknown", "device": "front", "code": code, "at": sample.at("12:41")}
        )
    assert (flow.draft.all_read, flow.draft.scanner, held_back(flow.draft)) == (True, "front", "")


def test_a_practice_order_is_done_when_it_has_left_the_board(
    flow: SetupFlow, session: Session, agent: sample.SilentAgent
) -> None:
    flow.change(step=Step.ORDER)
    flow.place_order()
    agent.answer({"id": "test-1"}, 201)
    flow.complete_order()
    assert agent.posts()[-1][:2] == ("/v1/orders/test-1/status", {"status": "COMPLETED", "reason": ""})
    agent.answer({**sample.order("TEST 1", "COMPLETED", "PICKUP", "", []), "id": "test-1"})
    flow._see_order()
    assert held_back(flow.draft) == ""


def test_a_till_that_is_not_set_up_opens_set_up_by_itself_and_enter_goes_on(window: MainWindow, session: Session) -> None:
    assert not window.in_setup
    session.hear("status", sample.status("setup", sentence="This till is not set up yet."))
    window.refresh()
    assert window.stack.currentWidget() is window.setup
    assert not window.top.isVisible()
    window.setting_up.change(loaded=True)
    url = window.setup.findChild(QLineEdit)
    assert url is not None
    QTest.keyClick(url, Qt.Key.Key_Return)
    assert (window.setting_up.draft.step, window.setup.on.isEnabled()) == (Step.ADDRESS, False)
    QTest.keyClicks(url, URL)
    QTest.keyClick(url, Qt.Key.Key_Return)
    assert (window.setting_up.draft.step, window.setting_up.draft.url) == (Step.KEY, URL)
    QTest.keyClick(window.setup, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert (window.setting_up.draft.step, window.setting_up.draft.url) == (Step.ADDRESS, URL)


def test_a_device_is_added_with_what_its_driver_asks_for(window: MainWindow, agent: sample.SilentAgent) -> None:
    gallery.SCENES["23-setup-pos"](window)
    editor = window.setup._step
    assert isinstance(editor, DeviceEditor)
    editor._save("square")
    assert "Location" in editor._problem.text()
    assert editor._form is not None
    editor._form.put("location", "L9")
    editor._secret.setText("sq-key")
    editor._save("square")
    body = agent.posts()[-1][1]
    assert body["secrets"] == {"device/square": "sq-key"}
    devices = body["devices"]
    assert isinstance(devices, list)
    assert devices[-1] == {"name": "square", "driver": "square", "options": {"location": "L9"}}


def test_a_form_gives_back_only_what_differs(qtbot: QtBot) -> None:
    fields = sample.DRIVERS[0]["fields"]
    assert isinstance(fields, list)
    form = Form(Look(), fields, {"mapping": {"a": 1}}, lambda: None)
    qtbot.addWidget(form)
    form.put("location", "L1")
    form.put("poll_s", "soon")
    assert form.values() == {"mapping": {"a": 1}, "location": "L1", "poll_s": "soon"}


@pytest.mark.parametrize("language", ["en", "zh", "ta"])
def test_the_acceptance_sheet_says_what_was_not_tried_and_is_a_pdf(tmp_path: Path, session: Session, language: str) -> None:
    speak(language)
    try:
        draft = Draft(**{**sample.SET_UP, "printed": True, "skipped": frozenset({Step.ORDER})})
        sheet = acceptance(draft, session.state, formats.clock(sample.NOW, formats.zone("UTC")))
        tones = [line.tone for line in sheet.sections[0].lines]
        assert tones == ["ok", "ok", "ok", "attention", "ok", ""]
        assert save_pdf(sheet, tmp_path / "sheets" / "a.pdf")
        assert (tmp_path / "sheets" / "a.pdf").read_bytes().startswith(b"%PDF-")
    finally:
        speak("en")


def test_a_sheet_that_cannot_be_saved_says_so(tmp_path: Path, session: Session) -> None:
    (tmp_path / "file").write_text("")
    assert not save_pdf(acceptance(Draft(), session.state, ""), tmp_path / "file" / "a.pdf")


def test_codes_hold_what_they_say() -> None:
    assert len(bars(TEST_CODES[0])) <= width_of_bars(TEST_CODES[0])
    assert (bars(TEST_CODES[0])[:5], bars(TEST_CODES[0])[-2:]) == ("11010", "11")
    assert all(len(line) == len(squares(TEST_CODES[1])) for line in squares(TEST_CODES[1]))
    assert squares(TEST_CODES[1]) != squares(TEST_CODES[2])
