"""The lesson as it is seen: three codes to scan, how far it is, what is wrong, what was learnt and the button that uses it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from agent.core.scan import TEST_CODES
from agent.core.scanner_profile import CheckDigit, ScannerProfile
from agent.core.scanner_wrapping import Trouble
from gui.doctor.learning import Lecture, ScannerLearning
from gui.doctor.sentences import sentences
from gui.setup.flow import SetupFlow
from gui.setup.place_steps import line, named
from gui.setup.trial_steps import CodeCard
from gui.strings import shown_name, told, tr
from gui.style import Look
from gui.widgets.buttons import Button, Kind
from gui.widgets.marks import Glyph
from gui.widgets.panels import Piece, column, empty, holder, row
from gui.widgets.text import Text


class LessonView(QWidget):
    """Follows the lesson; built anew only when it has moved."""

    def __init__(self, look: Look, learning: ScannerLearning, flow: SetupFlow, on_use: Callable[[], None]) -> None:
        super().__init__()
        self._look, self._learning, self._flow, self._on_use = look, learning, flow, on_use
        self._cards = [CodeCard(look, number) for number in (1, 2, 3)]
        self._headline = Text(look, "", size=20, weight=600, wrap=True)
        self._count = Text(look, "", weight=600, tone="ink2")
        self._said, self._learnt, self._what_now = QVBoxLayout(), QVBoxLayout(), QVBoxLayout()
        self.pin = line(look, tr("setup.pin"), "", lambda: None, secret=True)
        self._pin_row = named(look, tr("setup.pin"), self.pin, tr("setup.pin_why"))
        self._pin_row.hide()
        self._problem = Text(look, "", weight=600, tone="late", wrap=True)
        self._problem.hide()
        top = row([self._headline, look.gap(16), self._count])
        top.setStretch(0, 1)
        side = look.gap(24)
        self._shelf = holder(row([*self._cards], gap=look.gap(16)))
        below = (self._learnt, self._pin_row, self._problem, self._what_now, self._shelf)
        pieces: list[Piece] = [holder(top), self._said, look.gap(16), *below]
        self.setLayout(column([holder(column(pieces, margins=(side, side, side, side)), "panel")]))

    def refresh(self, codes: frozenset[str]) -> None:
        """`codes`: test codes that were read in any other way."""
        now = self._learning.now
        codes |= {TEST_CODES[number - 1] for number in now.numbers if number <= len(TEST_CODES)}
        for card in self._cards:
            card.refresh(codes)
        all_read = now.profile is None and codes >= set(TEST_CODES)
        self._headline.setText(tr("doctor.whole") if all_read else _headline(now))
        self._count.show_text(tr("doctor.count", count=now.count) if now.goes_on and now.count else "")
        empty(self._said)
        if now.trouble and now.goes_on:
            self._said.addWidget(self._strip(_trouble(now)))
        self._shelf.setVisible(now.profile is None)
        for part in (self._learnt, self._what_now):
            empty(part)
        if now.profile is not None:
            self._learnt.addWidget(self._what_it_does(now.profile))
            self._what_now.addWidget(holder(column([self._look.gap(8), *self._to_do(now, now.profile)])))
        self._pin_row.setVisible(bool(now.options) and self._flow.draft.pin_set)
        self._problem.hide()

    def say(self, problem: str) -> None:
        """Why it could not be used."""
        self._problem.show_text(problem)

    def _strip(self, words: str) -> QWidget:
        look = self._look
        glyph = Glyph(look, "diamond", "attention", 24)
        margins = (look.gap(16), look.gap(12), look.gap(16), look.gap(12))
        inside = row([glyph, Text(look, words, weight=600, wrap=True)], gap=look.gap(12), margins=margins)
        inside.setStretch(1, 1)
        return holder(column([look.gap(12), holder(inside, "strip", "attention")]))

    def _what_it_does(self, profile: ScannerProfile) -> QWidget:
        lines = [self._sentence(words, odd=words.key == f"doctor.check.{CheckDigit.LEFT_OUT}") for words in sentences(profile)]
        return holder(column([*lines, self._look.gap(12)], gap=self._look.gap(4)))

    def _sentence(self, words: str, *, odd: bool) -> QWidget:
        look = self._look
        glyph = Glyph(look, "diamond", "attention", 20) if odd else Glyph(look, "ready", "ok", 20)
        inside = row([glyph, Text(look, words, wrap=True)], gap=look.gap(12))
        inside.setStretch(1, 1)
        return holder(inside)

    def _to_do(self, now: Lecture, profile: ScannerProfile) -> list[Piece]:
        look, locked = self._look, self._flow.draft.locked.get("devices", "")
        note: list[Piece] = [] if now.name else [Text(look, tr("doctor.till_only"), tone="ink2", wrap=True), look.gap(8)]
        if now.name and not now.options:
            return [Text(look, tr("doctor.right"), size=18, weight=600, wrap=True)]
        if now.name and locked:
            return [Text(look, tr(f"setup.locked.{locked}"), weight=600, tone="ink2", wrap=True)]
        if not now.name and profile == self._learning.typing.profile:
            return [*note, Text(look, tr("doctor.used"), size=18, weight=600, tone="ok", wrap=True)]
        use = Button(look, tr("doctor.use"), kind=Kind.PRIMARY, height=64, size=20, on_press=self._on_use)
        return [*note, holder(row([use, None]))]


def _headline(now: Lecture) -> str:
    match now.state:
        case "opening":
            return tr("doctor.opening")
        case "learnt":
            return tr("doctor.learnt")
        case "failed":
            return told(now.problem)
        case "ended":
            return tr("doctor.ended")
        case _:
            return tr("doctor.scan_with", name=shown_name(now.name)) if now.name else tr("doctor.scan")


def _trouble(now: Lecture) -> str:
    is_tried = now.trouble == Trouble.GARBAGE and bool(now.name) and not now.count
    return tr("doctor.trouble.garbage_serial" if is_tried else f"doctor.trouble.{now.trouble}")
