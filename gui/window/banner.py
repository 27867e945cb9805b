"""The bands under the top bar: no connection, no agent, and the practice cloud with its switches."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame

from gui import formats
from gui.practice import Practice
from gui.state import State
from gui.strings import tr
from gui.style import Look
from gui.widgets.buttons import Button, Kind
from gui.widgets.marks import Glyph
from gui.widgets.panels import Piece, holder, restate, row
from gui.widgets.text import Elided, Text


class Banner(QFrame):
    """Full width, solid, one clause, one sentence, one number; hidden on a good day."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.setProperty("part", "banner")
        self.setProperty("state", "offline")
        self.setMinimumHeight(look.target(56))
        self._glyph = Glyph(look, "offline", "offline.on_solid", 24)
        self._clause = Text(look, weight=600, tone="offline.on_solid")
        self._sentence = Text(look, tone="offline.on_solid", wrap=True)
        self._number = Text(look, weight=600, tone="offline.on_solid")
        self._words = row([self._clause, self._sentence], gap=look.gap(5))
        self._words.setStretch(1, 1)
        pieces: list[Piece] = [self._glyph, look.gap(12), holder(self._words), look.gap(5), self._number]
        line = row(pieces, margins=(look.gap(24), look.gap(4), look.gap(24), look.gap(4)))
        line.setStretch(2, 1)
        self.setLayout(line)
        self.hide()

    def refresh(self, state: State, *, details_below: bool = False) -> None:
        """Show what has to be known, or nothing; a page that says the same in more detail needs no band."""
        if state.link.is_lost:
            self._say("late", "attention", tr(f"banner.{state.link}"), tr(f"banner.{state.link}_rest"), "")
        elif (state.status is not None and state.status.state == "offline") or (_lost_too(state) and not details_below):
            self._say("offline", "offline", self._since(state), tr("banner.offline_rest"), self._saved(state))
        else:
            self.hide()

    def _since(self, state: State) -> str:
        status = state.status
        if status is None or status.last_ok_at is None:
            return tr("banner.offline_never")
        return tr("banner.offline", time=formats.clock(status.last_ok_at, formats.zone(status.timezone)))

    def _saved(self, state: State) -> str:
        count = state.status.pending if state.status else 0
        return tr("banner.saved", count=formats.number(count)) if count else ""

    def _say(self, tone: str, glyph: str, clause: str, sentence: str, number: str) -> None:
        restate(self, tone)
        self._glyph.show_glyph(glyph, f"{tone}.on_solid")
        for text, words in ((self._clause, clause), (self._sentence, sentence), (self._number, number)):
            text.set_tone(f"{tone}.on_solid")
            text.setText(words)
        self.setAccessibleName(f"{clause} {sentence}")
        self._stack()
        self.show()

    def _stack(self) -> None:
        """The sentence goes below a clause that takes more than two fifths of the line."""
        wide = self._clause.fontMetrics().horizontalAdvance(self._clause.text()) > self.width() * 2 // 5
        self._clause.setWordWrap(wide)
        self._words.setDirection(QBoxLayout.Direction.TopToBottom if wide else QBoxLayout.Direction.LeftToRight)
        self._words.setSpacing(0 if wide else self._look.gap(5))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window stacks earlier."""
        super().resizeEvent(event)
        self._stack()


def _lost_too(state: State) -> bool:
    return state.status is not None and not state.status.reachable and state.status.state == "attention"


class PracticeBand(QFrame):
    """Nothing here is real: cut the line, bring it back, place an order."""

    def __init__(self, look: Look, practice: Practice, on_end: Callable[[], None] | None = None) -> None:
        """`on_end` ends the training; without it this is a demo."""
        super().__init__()
        self._practice = practice
        self.setProperty("part", "flat" if on_end is None else "banner")
        self.setProperty("state", "attention" if on_end is None else "training")
        self.setFixedHeight(look.target(56))
        self._line = Button(look, "", height=40, on_press=practice.switch_line)
        self._order = Button(look, tr("practice.order"), height=40, on_press=practice.place_order)
        self._scan = Button(look, tr("practice.scan"), height=40, on_press=practice.scan_member)
        tone = "ink" if on_end is None else "surface"
        clause = Text(look, tr("practice.title" if on_end is None else "training.band"), weight=700, tone=tone)
        sentence = Elided(look, tr("practice.rest"), tone=tone)
        gap = look.gap(8)
        pieces: list[Piece] = [Glyph(look, "diamond", "attention", 24), gap, clause, gap, sentence]
        pieces += [self._scan, gap, self._order, gap, self._line]
        if on_end is not None:
            pieces += [gap, Button(look, tr("training.end"), kind=Kind.PRIMARY, height=40, on_press=on_end)]
        self.setLayout(row(pieces, margins=(look.gap(24), 0, look.gap(24), 0)))
        practice.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Which way the switch would go."""
        self._line.setText(tr("practice.restore" if self._practice.is_cut else "practice.cut"))
        self._scan.setVisible(self._practice.can_scan)
