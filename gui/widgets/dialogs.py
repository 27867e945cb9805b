"""Dialogs: only to destroy, to quit, to ask a PIN, or to choose one of a few; Esc is the safe way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from gui.strings import Phrase, tr
from gui.style import Look
from gui.widgets.buttons import Button, Kind
from gui.widgets.field import Field
from gui.widgets.panels import column, holder, row, scrolling
from gui.widgets.text import Text

WIDTH = 480
MOST_IN_SIGHT = 6


class Question(QDialog):
    """A title, one paragraph, and what can be chosen; not modal to other programs and opened without waiting."""

    def __init__(self, look: Look, parent: QWidget, title: str, sentence: str) -> None:
        super().__init__(parent)
        self._look = look
        self._sayings: list[tuple[Callable[[str], object], str]] = []
        self._say(self.setWindowTitle, title)
        self._say(self.setAccessibleName, title)
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(look.gap(WIDTH))
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(*(look.gap(32),) * 4)
        self._layout.setSpacing(look.gap(16))
        self._add_text(title, size=24, weight=600)
        if sentence:
            self._add_text(sentence)

    def _say(self, into: Callable[[str], object], words: str) -> None:
        """Show words, and the same in another language when that is spoken."""
        into(words)
        self._sayings.append((into, words))

    def say_again(self) -> None:
        """Another language is spoken now; what was typed stays."""
        for into, words in self._sayings:
            if isinstance(words, Phrase):
                into(words.again())

    def _add_text(self, words: str, *, size: int = 16, weight: int = 400, tone: str = "ink") -> None:
        text = Text(self._look, size=size, weight=weight, tone=tone, wrap=True)
        self._layout.addWidget(text)
        self._say(text.setText, words)

    def _button(self, label: str, on_press: Callable[[], None], *, kind: Kind = Kind.SECONDARY, key: str = "") -> Button:
        button = Button(self._look, "", kind=kind, key=key, height=64, size=20, on_press=on_press)
        self._say(button.setText, label)
        return button

    def add_choices(self, choices: Sequence[tuple[str, str]], on_choice: Callable[[str], None]) -> None:
        """One button for each (value, label); many of them scroll."""
        buttons = [self._choice(value, label, on_choice) for value, label in choices]
        self._add_scrolling(buttons, self._look.gap(72))

    def add_list(self, lines: Sequence[str]) -> None:
        """Lines to read; many of them scroll."""
        self._add_scrolling([Text(self._look, line, size=20, wrap=True) for line in lines], self._look.line(20))

    def add_mark(self, label: str, *, checked: bool = False) -> Button:
        """A line that can be ticked."""
        mark = Button(self._look, label, height=56, size=20, centred=False)
        mark.setCheckable(True)
        mark.setChecked(checked)
        self._layout.addWidget(mark)
        return mark

    def _add_scrolling(self, pieces: Sequence[QWidget], height: int) -> None:
        gap = self._layout.spacing()
        if len(pieces) <= MOST_IN_SIGHT:
            for piece in pieces:
                self._layout.addWidget(piece)
            return
        inside = QWidget()
        inside.setLayout(column(list(pieces), gap=gap))
        area = scrolling(inside, self.windowTitle())
        area.setMinimumHeight(MOST_IN_SIGHT * (height + gap))
        self._layout.addWidget(area)

    def _choice(self, value: str, label: str, on_choice: Callable[[str], None]) -> Button:
        def press() -> None:
            self.accept()
            on_choice(value)

        return self._button(label, press)

    def add_field(self, name: str, *, secret: bool = False) -> Field:
        """A line to type in; a secret one shows dots and is never looked at for scans."""
        self._add_text(name, weight=600, tone="ink2")
        field = Field(self._look, name, secret=secret)
        self._layout.addWidget(field)
        self._say(field.set_name, name)
        return field

    def add_text(self) -> Text:
        """A line that is empty for now."""
        text = Text(self._look, "", wrap=True, tone="late")
        text.hide()
        self._layout.addWidget(text)
        return text

    def add_way_back(self) -> None:
        """Only the safe answer."""
        safe = self._button(tr("dialog.cancel"), self.reject, kind=Kind.QUIET, key=tr("key.esc"))
        self._layout.addWidget(holder(row([None, safe])))
        safe.setFocus()

    def add_answers(self, label: str, on_yes: Callable[[], None], *, kind: Kind = Kind.PRIMARY) -> Button:
        """The safe answer, which has the focus, and the other one."""
        safe = self._button(tr("dialog.cancel"), self.reject, key=tr("key.esc"))
        yes = self._button(label, on_yes, kind=kind)
        self._layout.addSpacing(self._look.gap(8))
        self._layout.addWidget(holder(row([None, safe, yes], gap=self._look.gap(8))))
        safe.setFocus()
        return yes


def ask(look: Look, parent: QWidget, title: str, sentence: str, yes: str, on_yes: Callable[[], None]) -> Question:
    """Open a question that destroys something when answered with yes."""
    question = Question(look, parent, title, sentence)

    def press() -> None:
        question.accept()
        on_yes()

    question.add_answers(yes, press, kind=Kind.DANGER)
    question.open()
    return question


def choose(
    look: Look, parent: QWidget, title: str, sentence: str, choices: Sequence[tuple[str, str]], on_choice: Callable[[str], None]
) -> Question:
    """Open a list of choices."""
    question = Question(look, parent, title, sentence)
    question.add_choices(choices, on_choice)
    question.add_way_back()
    question.open()
    return question
