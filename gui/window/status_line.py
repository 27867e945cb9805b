"""The line at the foot of every page, and the sentences about how everything is: pure words over a small widget."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame

from gui import formats
from gui.state import State, shown_state
from gui.strings import told, tr
from gui.style import Look
from gui.widgets.marks import Glyph
from gui.widgets.panels import Piece, row
from gui.widgets.text import Text
from gui.wire.status import StatusSeen

GAP = "    "
NEAR, FAR = (40, 18, 14), (56, 26, 24)
"""Px of the line, its shape and its words: at the counter, and in the kitchen, where they are read from two metres."""
NOTE_MS = 6000
"""So long a passing sentence stands."""
GLYPHS = {
    "ready": ("ready", "ok"),
    "working": ("working", "ink2"),
    "offline": ("offline", "offline"),
    "attention": ("attention", "late"),
    "paused": ("paused", "ink2"),
    "setup": ("setup", "accent"),
    "gone": ("attention", "late"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One bold clause and one sentence."""

    state: str
    word: str
    sentence: str


def describe(state: State, now: datetime) -> Line:
    """How everything is, in words."""
    word, status = shown_state(state, now), state.status
    if status is None or word == "gone":
        return Line(word, tr(f"state.{word}"), tr(f"link.{state.link}" if word == "gone" else "link.starting"))
    match word:
        case "ready":
            return Line(word, tr("state.ready"), f"{_answered(status, now)} {_waiting(status)}".strip())
        case "working" if status.state == "ready":
            return Line(word, tr("state.checking"), _answered(status, now))
        case "working":
            return Line(word, tr("state.working"), f"{_sending(status)} {_answered(status, now)}".strip())
        case "offline":
            return Line(word, tr("state.offline"), f"{_next_try(status, now)} {_oldest(status)}".strip())
        case "attention" if status.parked:
            clause = tr("state.parked_one") if status.parked == 1 else tr("state.parked_many", count=status.parked)
            rest = _since(status, state) if not status.reachable else _answered(status, now)
            return Line(word, clause, f"{rest} {_oldest(status)}".strip())
    return Line(word, tr(f"state.{word}"), told(status.sentence))


def _answered(status: StatusSeen, now: datetime) -> str:
    if status.last_ok_at is None:
        return tr("state.never_answered")
    return tr("state.answered", ago=formats.span((now - status.last_ok_at).total_seconds()))


def _waiting(status: StatusSeen) -> str:
    return tr("state.nothing_waits") if not status.pending else _sending(status)


def _sending(status: StatusSeen) -> str:
    if status.pending == 0:
        return ""
    return tr("state.sending_one") if status.pending == 1 else tr("state.sending_many", count=formats.number(status.pending))


def _next_try(status: StatusSeen, now: datetime) -> str:
    if status.next_try_at is None or status.next_try_at <= now:
        return tr("state.tries_by_itself")
    return tr("state.next_try", span=formats.span((status.next_try_at - now).total_seconds()))


def _oldest(status: StatusSeen) -> str:
    return tr("state.oldest", span=formats.span(status.oldest_s)) if status.pending and status.oldest_s else ""


def _since(status: StatusSeen, state: State) -> str:
    if status.last_ok_at is None:
        return tr("banner.offline_never")
    return tr("banner.offline", time=formats.clock(status.last_ok_at, formats.zone(status.timezone)))


class StatusLine(QFrame):
    """Shape, bold clause, sentence; at the right the keys that work here."""

    note_over = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._note = QTimer(self)
        self._note.setSingleShot(True)
        self._note.timeout.connect(self.note_over)
        self._hints: tuple[str, ...] = ()
        self.setProperty("part", "foot")
        self._glyph = Glyph(look, "working", "ink2")
        self._word = Text(look, weight=600)
        self._sentence = Text(look, tone="ink2", wrap=True)
        self._keys = Text(look, tone="ink2")
        self.stand(far=False)
        gap = look.gap(10)
        pieces: list[Piece] = [self._glyph, gap, self._word, gap, self._sentence, gap, self._keys]
        line = row(pieces, margins=(look.gap(24), 0, look.gap(24), 0))
        line.setStretch(4, 1)
        self.setLayout(line)

    def stand(self, *, far: bool) -> None:
        """At the counter, or where it is read from two metres."""
        high, shape, size = FAR if far else NEAR
        self.setMinimumHeight(self._look.target(high))
        self._glyph.set_side(shape)
        for text, weight in ((self._word, 600), (self._sentence, 400), (self._keys, 400)):
            text.set_size(size, weight)

    def show_line(self, line: Line, keys: tuple[str, ...]) -> None:
        """What is, and what can be pressed; not while a passing sentence stands there."""
        if self._note.isActive():
            return
        glyph, tone = GLYPHS[line.state]
        self._glyph.show_glyph(glyph, tone)
        self._word.setText(line.word)
        self._sentence.setText(line.sentence)
        self.setAccessibleName(f"{line.word} {line.sentence}")
        self._hints = keys
        self._fit()

    def _fit(self) -> None:
        """As many keys as leave the sentence on one line, from the first; F1 alone where there is room for one only."""
        metrics = self._keys.fontMetrics()
        words = self._word.sizeHint().width() + metrics.horizontalAdvance(self._sentence.text()) + self._look.gap(96)
        room, shown = self.width() - words, list(self._hints)
        while shown and metrics.horizontalAdvance(GAP.join(shown)) > room:
            shown.pop()
        self._keys.show_text(GAP.join(shown) if self._look.keys_shown else "")

    def say(self, sentence: str) -> None:
        """One passing sentence in place of the state's own."""
        self._note.start(NOTE_MS)
        self._glyph.show_glyph("diamond", "attention")
        self._word.setText(tr("state.note"))
        self._sentence.setText(sentence)
        self.setAccessibleName(sentence)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Narrow windows show fewer keys."""
        super().resizeEvent(event)
        self._fit()
