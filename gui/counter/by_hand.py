"""Points without a receipt: a reason and the manager's PIN, where the outlet asks for both."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from gui.counter.flow import CounterFlow
from gui.strings import tr
from gui.style import Look
from gui.widgets.dialogs import Question
from gui.widgets.pin import PinPad


class ByHandQuestion(Question):
    """Asked again in place with what was wrong; Enter goes from the reason to the PIN and from the PIN on."""

    def __init__(self, look: Look, parent: QWidget, flow: CounterFlow) -> None:
        super().__init__(look, parent, tr("by_hand.title"), tr("by_hand.sentence"))
        self._flow = flow
        self.note = self.add_field(tr("discard.reason"))
        self.pin: PinPad = self.add_pin(tr("discard.pin"))
        self._wrong = self.add_text()
        self.add_answers(tr("word.earn"), self.send)
        self.note.returnPressed.connect(self.pin.field.setFocus)
        self.pin.field.returnPressed.connect(self.send)
        flow.by_hand_asked.connect(self.say)
        flow.changed.connect(self._close_when_saved)
        self.note.setFocus()

    def say(self, sentence: str) -> None:
        """What was wrong with the last try."""
        self._wrong.show_text(sentence)
        self.pin.field.clear()
        self.pin.field.setFocus()

    def send(self) -> None:
        """Nothing goes out without a reason."""
        if not self.note.text().strip():
            self._wrong.show_text(tr("discard.reason_missing"))
            self.note.setFocus()
            return
        self._flow.earn_by_hand(self.note.text().strip(), self.pin.field.text())

    def _close_when_saved(self) -> None:
        if not self._flow.desk.sending and not self._flow.desk.digits:
            self.accept()
