"""The band across the window for whoever cannot hear the sound: what waits, how long, where to look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtWidgets import QFrame

from gui import formats
from gui.alarms.rules import Alarm, Sound
from gui.strings import tr
from gui.style import Look
from gui.widgets.buttons import Button
from gui.widgets.marks import Glyph
from gui.widgets.panels import Piece, restate, row
from gui.widgets.text import Text

LATE_FROM = 2
"""From this level on a new order is shown as late."""


class AlarmBand(QFrame):
    """Takes no focus and covers nothing: the page below moves down."""

    def __init__(self, look: Look, on_show: Callable[[str], None], on_seen: Callable[[str], None]) -> None:
        super().__init__()
        self._look = look
        self._alarm: Alarm | None = None
        self._on_show, self._on_seen = on_show, on_seen
        self.setProperty("part", "banner")
        self.setProperty("state", "attention")
        self.setMinimumHeight(look.target(64))
        self._glyph = Glyph(look, "diamond", "attention.on_solid", 28)
        self._clause = Text(look, size=20, weight=700, tone="attention.on_solid", wrap=look.folded)
        self._sentence = Text(look, tone="attention.on_solid", wrap=True)
        self._show = Button(look, tr("band.show"), on_press=self._press_show)
        self._seen = Button(look, tr("band.quiet"), on_press=self._press_seen)
        gap = look.gap(12)
        pieces: list[Piece] = [self._glyph, gap, self._clause, gap, self._sentence, gap, self._show, look.gap(8), self._seen]
        line = row(pieces, margins=(look.gap(24), look.gap(6), look.gap(18), look.gap(6)))
        line.setStretch(2, int(look.folded))
        line.setStretch(4, 2)
        self.setLayout(line)
        self.hide()

    def refresh(self, alarms: Sequence[Alarm], now: datetime, *, board_shown: bool) -> None:
        """The most pressing one; the board itself shows a new order until it has waited too long."""
        shown = [alarm for alarm in alarms if not (board_shown and alarm.sound is Sound.NEW and alarm.level == 0)]
        self._alarm = shown[0] if shown else None
        self.setVisible(bool(shown))
        if self._alarm is None:
            return
        alarm = self._alarm
        late = alarm.sound in {Sound.CANCELLED, Sound.PROBLEM} or alarm.level >= LATE_FROM
        self._paint("late" if late else "attention")
        self._say(alarm, sum(each.sound is Sound.NEW for each in shown), now)
        self._show.setVisible(not board_shown)

    def _paint(self, state: str) -> None:
        restate(self, state)
        self._glyph.show_glyph("attention" if state == "late" else "clock", f"{state}.on_solid")
        for text in (self._clause, self._sentence):
            text.set_tone(f"{state}.on_solid")

    def _say(self, alarm: Alarm, new: int, now: datetime) -> None:
        many = alarm.sound is Sound.NEW and new > 1
        clause = tr("band.new_many", count=new) if many else tr(f"band.{self._key(alarm)}", ref=alarm.ref)
        waited = formats.span((now - alarm.since).total_seconds())
        sentence = tr("band.waits", span=waited) if alarm.sound is Sound.NEW else tr("band.look")
        self._clause.setText(clause)
        self._sentence.setText(sentence)
        self._sentence.setVisible(not self._look.folded or alarm.level >= LATE_FROM)
        self.setAccessibleName(f"{clause}. {sentence}")

    def _key(self, alarm: Alarm) -> str:
        return "new_one" if alarm.sound is Sound.NEW else str(alarm.sound)

    def _press_show(self) -> None:
        if self._alarm is not None:
            self._on_show(self._alarm.order_id)

    def _press_seen(self) -> None:
        if self._alarm is not None:
            self._on_seen(self._alarm.order_id)
