"""Settings on the screen: only what differs is written, what a policy decided is locked and says why."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel

from gui.link.client import Answer as ApiAnswer
from gui.preferences.page import PreferencesPage
from gui.session import Session
from gui.window.main import MainWindow
from tests.gui import gallery, sample


def opened(window: MainWindow) -> PreferencesPage:
    gallery.SCENES["13-settings"](window)
    return window.preferences


def test_what_a_policy_decided_is_locked_and_says_why(window: MainWindow) -> None:
    page = opened(window)
    assert page.form is not None
    assert {key for key, control in page.form._controls.items() if not control.isEnabled()} == {"outlet.till", "menu.source"}
    said = [label.text() for label in page.findChildren(QLabel)]
    assert "Decided by this computer’s policy." in said
    assert "Decided by this computer’s environment." in said


def test_only_what_differs_is_written_with_the_pin(window: MainWindow, session: Session, agent: sample.SilentAgent) -> None:
    page = opened(window)
    assert page.form is not None
    page.save_changes()
    assert agent.posts() == []
    page.form._controls["orders.auto_accept"].choose(True)  # type: ignore[union-attr]
    page.form.put("outlet.name", "Kopi")
    page._pin.setText("2468")
    page.save_changes()
    path, body, _ = agent.posts()[-1]
    assert (path, body) == ("/v1/setup", {"settings": {"outlet.name": "Kopi", "orders.auto_accept": True}, "pin": "2468"})
    assert not page.save.isEnabled()
    agent.waiting.pop()(ApiAnswer(403, {}, "pin_required", "This needs the manager's PIN."))
    assert page._problem.text() == "This needs the manager's PIN."
    assert page.save.isEnabled()
