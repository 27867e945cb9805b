"""Dialogs: only to destroy, to quit, to ask a PIN, or to choose one of a few; Esc is the safe way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QBoxLayout, QDialog, QWidget

from gui.strings import Phrase, tr
from gui.style import Look
from gui.widgets.buttons import Button, Kind
from gui.widgets.field import Field
from gui.widgets.panels import Piece, column, holder, row, scrolling
from gui.widgets.pin import PinPad
from gui.widgets.text import Text

WIDTH = 480
FRAME = 48
"""Px that a title bar and borders may take of the display."""
TALLEST = 760
"""Px at 100 %; more than this scrolls although the display is higher."""


class Question(QDialog):
    """A title, one paragraph, and what can be chosen; not modal to other programs and opened without waiting.

    Title and answers always stand in sight; what is between them scrolls where the display is too low for it.
    """

    def __init__(self, look: Look, parent: QWidget, title: str, sentence: str) -> None:
        super().__init__(parent)
        self._look = look
        self._sayings: list[tuple[Callable[[str], object], str]] = []
        self._say(self.setWindowTitle, title)
        self._say(self.setAccessibleName, title)
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(look.gap(WIDTH))
        self._choices: list[Button] = []
        gap = look.gap(16)
        self._head, self._layout, self._foot = column(gap=gap), column(gap=gap), column(gap=gap)
        self._inside = QWidget()
        self._inside.setLayout(self._layout)
        self._inside.installEventFilter(self)
        self._area = scrolling(self._inside, title)
        parts: list[Piece] = [self._head, self._area, self._foot]
        self.setLayout(column(parts, gap=gap, margins=(look.gap(32),) * 4))
        self._head.addWidget(self._text(title, size=24, weight=600))
        if sentence:
            self._layout.addWidget(self._text(sentence))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A line more or less in the middle is another height; a field that is typed into is in sight."""
        if watched is self._inside and event.type() is QEvent.Type.LayoutRequest:
            self._fit()
        elif isinstance(watched, Field) and event.type() is QEvent.Type.FocusIn:
            self._area.ensureWidgetVisible(watched)
        return super().eventFilter(watched, event)

    def setVisible(self, visible: bool) -> None:
        """As high as what it says, before it finds its place."""
        if visible:
            self._fit()
        super().setVisible(visible)

    def _fit(self) -> None:
        side, gap = self._look.gap(32), self._look.gap(16)
        width = self.width() - 2 * side
        head, middle, foot = (needs(part, width) for part in (self._head, self._layout, self._foot))
        fixed = 2 * side + head + foot + gap * sum(bool(part) for part in (middle, foot))
        room = min(self.screen().availableGeometry().height() - FRAME, self._look.gap(TALLEST))
        scrolls = fixed + middle > room
        if scrolls:
            middle = max(self._look.target(96), room - fixed)
        self._area.setVisible(middle > 0)
        self._area.setFocusPolicy(Qt.FocusPolicy.TabFocus if scrolls else Qt.FocusPolicy.NoFocus)
        self._area.setFixedHeight(middle)
        self.setFixedHeight(fixed + middle)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """1 to 9 choose."""
        text = event.text()
        if text.isdigit() and text.isascii() and 1 <= int(text) <= len(self._choices) and not event.isAutoRepeat():
            self._choices[int(text) - 1].click()
        else:
            super().keyPressEvent(event)

    def _say(self, into: Callable[[str], object], words: str) -> None:
        """Show words, and the same in another language when that is spoken."""
        into(words)
        self._sayings.append((into, words))

    def say_again(self) -> None:
        """Another language is spoken now; what was typed stays."""
        for into, words in self._sayings:
            if isinstance(words, Phrase):
                into(words.again())
        self._fit()

    def _text(self, words: str, *, size: int = 16, weight: int = 400, tone: str = "ink") -> Text:
        text = Text(self._look, size=size, weight=weight, tone=tone, wrap=True)
        self._say(text.setText, words)
        return text

    def _button(self, label: str, on_press: Callable[[], None], *, kind: Kind = Kind.SECONDARY, key: str = "") -> Button:
        button = Button(self._look, "", kind=kind, key=key, height=64, size=20, on_press=on_press)
        self._say(button.setText, label)
        return button

    def add_choices(self, choices: Sequence[tuple[str, str]], on_choice: Callable[[str], None]) -> None:
        """One button for each (value, label), the first nine with their digits."""
        for at, (value, label) in enumerate(choices, 1):
            button = self._choice(value, label, on_choice, key=str(at) if at <= 9 else "")
            self._choices.append(button)
            self._layout.addWidget(button)

    def add_list(self, lines: Sequence[str]) -> None:
        """Lines to read."""
        for line in lines:
            self._layout.addWidget(Text(self._look, line, size=20, wrap=True))

    def add_mark(self, label: str, *, checked: bool = False) -> Button:
        """A line that can be ticked."""
        mark = Button(self._look, label, height=56, size=20, centred=False)
        mark.setCheckable(True)
        mark.setChecked(checked)
        self._layout.addWidget(mark)
        return mark

    def _choice(self, value: str, label: str, on_choice: Callable[[str], None], *, key: str) -> Button:
        def press() -> None:
            self.accept()
            on_choice(value)

        button = self._button(label, press, key=key)
        button.set_centred(False)
        return button

    def add_field(self, name: str, *, secret: bool = False) -> Field:
        """A line to type in; a secret one shows dots and is never looked at for scans."""
        field = Field(self._look, name, secret=secret)
        self._add_named(name, field, field)
        return field

    def add_pin(self, name: str) -> PinPad:
        """A manager's PIN, typed or touched."""
        pad = PinPad(self._look, name)
        self._add_named(name, pad, pad.field)
        return pad

    def _add_named(self, name: str, part: QWidget, field: Field) -> None:
        """A name right above what it names."""
        self._layout.addWidget(holder(column([self._text(name, weight=600, tone="ink2"), part], gap=self._look.gap(4))))
        self._say(field.set_name, name)
        field.installEventFilter(self)

    def add_text(self) -> Text:
        """A line that is empty for now."""
        text = Text(self._look, "", wrap=True, tone="late")
        text.hide()
        self._layout.addWidget(text)
        return text

    def add_way_back(self) -> None:
        """Only the safe answer."""
        safe = self._button(tr("dialog.cancel"), self.reject, key=tr("key.esc"))
        self._foot.addWidget(holder(row([None, safe])))
        safe.setFocus()

    def add_answers(self, label: str, on_yes: Callable[[], None], *, kind: Kind = Kind.PRIMARY) -> Button:
        """The safe answer, which has the focus, and the other one."""
        safe = self._button(tr("dialog.cancel"), self.reject, key=tr("key.esc"))
        yes = self._button(label, on_yes, kind=kind)
        gap, room = self._look.gap(8), self.width() - 2 * self._look.gap(32)
        beside = safe.minimumSizeHint().width() + yes.minimumSizeHint().width() + gap <= room
        self._foot.addWidget(holder(row([None, safe, yes], gap=gap) if beside else column([safe, yes], gap=gap)))
        safe.setFocus()
        return yes


def needs(layout: QBoxLayout, width: int) -> int:
    """Px in height that a layout needs in this width."""
    layout.invalidate()
    return layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalSizeHint().height()


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
