"""What became of a redemption, in the keypad's place: never a window of its own."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from gui import formats
from gui.counter.desk import Answer, Verdict
from gui.counter.flow import CounterFlow
from gui.strings import known, language, languages, said, tell_customer, tr
from gui.style import Look
from gui.widgets.buttons import Button, Kind
from gui.widgets.dialogs import Question
from gui.widgets.flow import flowing
from gui.widgets.marks import Glyph
from gui.widgets.panels import Piece, column, holder, restate, row, scrolling
from gui.widgets.tabs import TextTab
from gui.widgets.text import Text

SHAPES = {
    Verdict.ASKING: ("working", "ink2", ""),
    Verdict.CONFIRMED: ("ready", "ok", "ok"),
    Verdict.DECLINED: ("attention", "late", "late"),
    Verdict.UNKNOWN: ("checking", "attention", "attention"),
    Verdict.QUEUED: ("checking", "attention", "attention"),
    Verdict.GRANTED: ("clock", "attention", "attention"),
}
GIVES = frozenset({Verdict.CONFIRMED, Verdict.GRANTED})
"""What the discount is given on."""
SPOKEN = frozenset({Verdict.DECLINED, Verdict.UNKNOWN, Verdict.QUEUED, Verdict.GRANTED})
"""What the customer has to be told something about."""
NEED_PIN = frozenset({"offline_pin", "pin_required"})
CUSTOMER_KEYS = {"offline": "offline", "insufficient_points": "too_few", "agent_gone": "offline"}


class AnswerPanel(QFrame):
    """What happened, what it means, what to say to the customer, and the way on."""

    def __init__(self, look: Look, flow: CounterFlow) -> None:
        super().__init__()
        self._look, self._flow = look, flow
        self._language = language() if language() in dict(languages()) else "en"
        self.setProperty("part", "panel")
        self._glyph = Glyph(look, "working", "ink2", 32)
        self._title = Text(look, size=18 if look.folded else 24, weight=600, wrap=True)
        self._meaning = Text(look, wrap=True)
        self._tell = Text(look, tr("answer.tell"), weight=600, tone="ink2", wrap=True)
        self._sentence = Text(look, size=20 if look.folded else 24, wrap=True)
        self._tabs = {code: TextTab(look, name, partial(self._speak, code)) for code, name in languages()}
        self._tab_bar = self._make_tabs()
        self._primary = Button(
            look, "", kind=Kind.PRIMARY, key=tr("key.enter"), height=72, size=20 if look.folded else 24, on_press=flow.go_on
        )
        self._again = Button(
            look, tr("answer.again"), key=tr("key.f3"), height=64, size=20, centred=False, on_press=self.ask_again
        )
        self._build()

    def _make_tabs(self) -> QWidget:
        if self._look.folded:
            return flowing(list(self._tabs.values()), 0)
        bar = QHBoxLayout()
        bar.setContentsMargins(0, 0, 0, 0)
        bar.setSpacing(0)
        for tab in self._tabs.values():
            bar.addWidget(tab, 1)
        return holder(bar)

    def _build(self) -> None:
        look, side = self._look, self._look.gap(24)
        head = row([self._glyph, self._title], gap=look.gap(12))
        head.setStretch(1, 1)
        words: list[Piece] = [head, look.gap(10), self._meaning, look.gap(16), self._tell, look.gap(12), self._tab_bar]
        inside = QWidget()
        inside.setLayout(column([*words, look.gap(20), self._sentence, None]))
        area = scrolling(inside, tr("answer.tell"))
        layout = column([area, look.gap(8), self._primary, look.gap(8), self._again], margins=(side, side, side, side))
        layout.setStretch(0, 1)
        self.setLayout(layout)

    def refresh(self) -> None:
        """The answer as it stands."""
        answer = self._flow.desk.answer
        if answer is None:
            return
        glyph, tone, state = SHAPES[answer.verdict]
        self._glyph.show_glyph(glyph, tone)
        restate(self, state)
        ready = self._flow.desk.ready
        points = ready.name if ready else formats.counted("point", answer.points)
        self._title.setText(tr(f"answer.{answer.verdict}", points=points, slip=answer.slip))
        self._meaning.setText(self._means(answer))
        self._primary.setText(tr("answer.done" if answer.verdict in GIVES else "answer.without"))
        self._primary.setEnabled(answer.verdict is not Verdict.ASKING)
        self._again.setText(tr("answer.pin" if answer.reason in NEED_PIN else "answer.again"))
        self._again.setVisible(answer.verdict in {Verdict.DECLINED, Verdict.UNKNOWN, Verdict.QUEUED})
        spoken = answer.verdict in SPOKEN
        for widget in (self._tell, self._tab_bar, self._sentence):
            widget.setVisible(spoken)
        self._speak(self._language)

    def ask_again(self) -> None:
        """The same once more; with a manager's PIN where that is what was missing."""
        answer = self._flow.desk.answer
        if answer is None or answer.verdict is not Verdict.DECLINED or answer.reason not in NEED_PIN:
            self._flow.ask_again()
            return
        question = Question(self._look, self.window(), tr("pin.title"), tr("pin.sentence"))
        pin = question.add_field(tr("discard.pin"), secret=True)

        def press() -> None:
            if pin.text():
                question.accept()
                self._flow.ask_again(pin.text())

        question.add_answers(tr("pin.yes"), press)
        question.open()
        pin.setFocus()

    def _means(self, answer: Answer) -> str:
        if answer.verdict is Verdict.GRANTED:
            return tr("answer.means.granted", slip=answer.slip)
        if answer.verdict is not Verdict.DECLINED:
            return tr(f"answer.means.{answer.verdict}")
        code = f"code.{answer.reason}"
        parts = (said(answer.reason, answer.message), tr("answer.means.declined"), tr(code) if known(code) else tr("code.burn"))
        return formats.sentences(parts)

    def _speak(self, chosen: str) -> None:
        self._language = chosen
        for code, tab in self._tabs.items():
            tab.set_current(code == chosen)
        answer, member = self._flow.desk.answer, self._flow.desk.member
        if answer is None or member is None:
            return
        pending = formats.number(member.pending_earn)
        reason = "offline" if answer.reason.startswith("offline") else answer.reason
        granted = "granted" if answer.verdict is Verdict.GRANTED else "unknown"
        key = CUSTOMER_KEYS.get(reason, "declined") if answer.verdict is Verdict.DECLINED else granted
        if key == "offline" and member.pending_earn:
            key = "offline_pending"
        values = {"balance": formats.number(member.balance), "pending": pending, "points": formats.number(answer.points)}
        self._sentence.setText(tell_customer(chosen, key, **values))
