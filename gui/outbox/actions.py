"""How the one right thing about an entry is done; every question is a dialog with a safe way out."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit, QWidget

from agent.core.clouds import Ability
from gui.link.client import Answer
from gui.link.fields import text
from gui.outbox.steps import Step, step_for
from gui.outbox.words import title
from gui.session import Session
from gui.strings import said, tr
from gui.style import Look
from gui.widgets.buttons import Kind
from gui.widgets.dialogs import Question
from gui.widgets.text import Text
from gui.wire.entries import EntrySeen, read_entry

SHORTEST_PIN = 4


class EntryActions:
    """Does the steps."""

    def __init__(self, look: Look, session: Session, parent: QWidget) -> None:
        self._look, self._session, self._parent = look, session, parent

    def do(self, entry: EntrySeen) -> None:
        """The one right thing."""
        match step_for(entry, gives_points=self._session.state.can(Ability.POINTS)):
            case Step.CHOOSE_MEMBER:
                self._choose_member(entry)
            case Step.MARK_CANCELLED:
                self._mark_cancelled(entry)
            case Step.SEEN:
                self._see_losses()
            case _:
                self._session.retry(entry.id, self._tell)

    def discard(self, entry: EntrySeen) -> Question:
        """Ask for a reason and, where one is set, for the manager's PIN."""
        name = title(entry, self._session.state)
        question = Question(self._look, self._parent.window(), tr("discard.title"), tr("discard.sentence", entry=name))
        reason = question.add_field(tr("discard.reason"))
        pin = question.add_pin(tr("discard.pin")).field
        wrong = question.add_text()

        def press() -> None:
            if not reason.text().strip():
                wrong.show_text(tr("discard.reason_missing"))
                return
            self._discard(entry.id, reason.text().strip(), pin, wrong, question)

        question.add_answers(tr("discard.yes"), press, kind=Kind.DANGER)
        question.open()
        reason.setFocus()
        return question

    def _discard(self, entry_id: str, reason: str, pin: QLineEdit, wrong: Text, question: Question) -> None:
        typed = pin.text() if len(pin.text()) >= SHORTEST_PIN else ""

        def done(answer: Answer) -> None:
            if answer.ok:
                question.accept()
            else:
                wrong.show_text(said(answer.reason, answer.message))

        self._session.discard(entry_id, reason, typed, done)

    def _see_losses(self) -> None:
        question = Question(self._look, self._parent.window(), tr("seen.title"), tr("seen.sentence"))
        pin = question.add_pin(tr("discard.pin")).field
        wrong = question.add_text()

        def done(answer: Answer) -> None:
            if answer.ok:
                question.accept()
            else:
                wrong.show_text(said(answer.reason, answer.message))

        question.add_answers(tr("seen.yes"), lambda: self._session.see_losses(pin.text(), done))
        question.open()
        pin.setFocus()

    def _choose_member(self, entry: EntrySeen) -> None:
        question = Question(self._look, self._parent.window(), tr("choose.title"), tr("choose.sentence"))
        field = question.add_field(tr("counter.field"))
        wrong = question.add_text()

        def press() -> None:
            if field.text().strip():
                self._session.lookup(field.text().strip(), found)

        def found(answer: Answer) -> None:
            if not answer.ok:
                wrong.show_text(said(answer.reason, answer.message))
                return
            question.accept()
            self._give_to(entry, text(answer.body, "uuid"))

        question.add_answers(tr("choose.yes"), press)
        question.open()
        field.setFocus()

    def _give_to(self, entry: EntrySeen, uuid: str) -> None:
        """Earn for the chosen member first, under a key made from the old entry, so that doing it twice is doing it once."""

        def earned(answer: Answer) -> None:
            if answer.ok and read_entry(answer.body).id:
                self._session.discard(entry.id, tr("choose.reason"), "", self._discarded(entry))
            else:
                self._tell(answer)

        body = {"member": {"uuid": uuid}, "points": entry.points, "note": tr("choose.reason")}
        self._session.earn(body, f"instead-{entry.id}", earned)

    def _discarded(self, entry: EntrySeen) -> Callable[[Answer], None]:
        def done(answer: Answer) -> None:
            if answer.reason == "pin_required":
                self.discard(entry)
            else:
                self._tell(answer)

        return done

    def _mark_cancelled(self, entry: EntrySeen) -> None:
        def moved(answer: Answer) -> None:
            if answer.ok or answer.reason == "illegal_status":
                self._session.discard(entry.id, tr("cancelled.reason"), "", self._discarded(entry))
            else:
                self._tell(answer)

        self._session.move_order(entry.order_id, "CANCELLED", moved, reason="cancelled_in_cata")

    def _tell(self, answer: Answer) -> None:
        if not answer.ok:
            self._session.noticed.emit(said(answer.reason, answer.message))
