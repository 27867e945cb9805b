"""The page "Not sent yet": what needs a person with its one right button, and what waits."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QVBoxLayout, QWidget

from gui import entry_words, formats
from gui.entry_actions import EntryActions, step_for
from gui.session import Session
from gui.strings import tr
from gui.style import Look
from gui.widgets.buttons import CONFIRM_KEYS, Button, Kind
from gui.widgets.marks import Badge, Glyph
from gui.widgets.panels import Piece, column, empty, holder, row, rule, scrolling
from gui.widgets.text import Elided, Text
from gui.wire import EntrySeen

MOST_SHOWN = 200
"""The rest follows as these are sent."""


@dataclass(frozen=True, slots=True)
class _Shown:
    entry: EntrySeen
    title: str


class EntryRow(QFrame):
    """One entry, 72 high; chosen it carries an accent bar at its left."""

    def __init__(self, look: Look, shown: _Shown, time: str, actions: EntryActions) -> None:
        super().__init__()
        self._look, self.entry, self._actions = look, shown.entry, actions
        self._chosen = False
        entry = shown.entry
        parked = entry.needs_person
        label = tr(f"step.{step_for(entry)}")
        kind = Kind.PRIMARY if parked else Kind.SECONDARY
        self.button = Button(look, label, kind=kind, name=f"{label}: {shown.title}", on_press=lambda: actions.do(entry))
        self.button.setFixedWidth(max(look.gap(184), self.button.minimumSizeHint().width()))
        when = Text(look, time, tone="ink2", tabular=True)
        when.setMinimumWidth(look.px(56))
        why = Text(look, entry_words.why(entry), tone="ink2", wrap=True)
        words = column(
            [
                None,
                Elided(look, shown.title, size=18, weight=600),
                why,
                None,
            ]
        )
        self.badge = Badge(look, entry_words.mark(entry))
        self.slot = holder(row([self.badge, None]))
        side: list[Piece] = [self.slot, look.gap(16), self.button]
        if look.folded:
            side = [holder(column([None, self.slot, look.gap(4), self.button, None]))]
        pieces: list[Piece] = [when, look.gap(16), holder(words), look.gap(16), *side]
        line = row(pieces, margins=(look.gap(24), look.gap(4), look.gap(12), look.gap(4)))
        line.setStretch(2, 1)
        self.setLayout(line)
        self.setMinimumHeight(look.target(72))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(f"{time} {shown.title}. {entry_words.why(entry)} {entry_words.mark(entry).word}")

    def choose(self, chosen: bool) -> None:
        """Mark it as the one that Enter and Del mean."""
        p = self._look.palette
        bar = f"background: {p.accent_tint}; border: none; border-left: 4px solid {p.accent}; border-radius: 0;"
        self.setStyleSheet(f"EntryRow {{ {bar} }}" if chosen else "")


class Section(QWidget):
    """A heading with its shape and count over a panel of rows."""

    def __init__(self, look: Look, glyph: str, tone: str, title: str, state: str = "") -> None:
        super().__init__()
        self._look = look
        self._title = Text(look, title, size=20, weight=600)
        self._count = Text(look, "", size=20, weight=600, tone="ink2")
        self.side = Text(look, "", tone="ink2")
        head: QBoxLayout = row([Glyph(look, glyph, tone, 22), look.gap(8), self._title, look.gap(8), self._count, None])
        if look.folded:
            head = column([head, self.side])
        else:
            head.addWidget(self.side)
        self._rows = QVBoxLayout()
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        panel = holder(column([self._rows], margins=(2, 2, 2, 2)), "panel", state)
        self.setLayout(column([head, look.gap(12), panel]))

    def show_rows(self, rows: list[EntryRow]) -> None:
        """Show these; nothing at all while there are none."""
        self.setVisible(bool(rows))
        self._count.setText(str(len(rows)))
        widest = max((each.badge.sizeHint().width() for each in rows), default=0)
        empty(self._rows)
        for index, each in enumerate(rows):
            if index:
                self._rows.addWidget(rule(self._look))
            each.slot.setFixedWidth(max(widest, self._look.gap(190)))
            self._rows.addWidget(each)


class OutboxPage(QWidget):
    """Arrow keys choose, Enter does it, Del discards."""

    def __init__(self, look: Look, session: Session) -> None:
        super().__init__()
        self._look, self._session = look, session
        self._actions = EntryActions(look, session, self)
        self._shown: tuple[_Shown, ...] | None = None
        self._at = -1
        self.rows: list[EntryRow] = []
        self.setProperty("part", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("page.outbox"))
        self.parked = Section(look, "attention", "late", tr("outbox.parked"), "late")
        self.waiting = Section(look, "clock", "offline", tr("outbox.waiting"))
        self._nothing = Text(look, tr("outbox.nothing"), size=20, tone="ink2")
        self._build()

    def _build(self) -> None:
        look = self._look
        title = Text(look, tr("page.outbox"), size=32, weight=600)
        lead = Text(look, tr("outbox.lead"), tone="ink2", wrap=True)
        gap = look.gap(24)
        lists = QWidget()
        lists.setLayout(column([self._nothing, self.parked, self.waiting, None], gap=gap))
        area = scrolling(lists, tr("page.outbox"))
        layout = column([title, lead, look.gap(18), area], margins=(gap, look.gap(18), gap, look.gap(8)))
        layout.setStretch(3, 1)
        self.setLayout(layout)

    def refresh(self) -> None:
        """Rows are rebuilt only when an entry changed."""
        state = self._session.state
        entries = [*state.parked(), *state.waiting()][:MOST_SHOWN]
        shown = tuple(_Shown(entry, entry_words.title(entry, state)) for entry in entries)
        if shown != self._shown:
            self._shown = shown
            self._rebuild(shown)
        self.tick()

    def _rebuild(self, shown: tuple[_Shown, ...]) -> None:
        clock = self._session.clock_text
        self.rows = [EntryRow(self._look, each, clock(each.entry.created_at), self._actions) for each in shown]
        self.parked.show_rows([each for each in self.rows if each.entry.needs_person])
        self.waiting.show_rows([each for each in self.rows if not each.entry.needs_person])
        self._nothing.setVisible(not self.rows)
        self._choose(min(self._at, len(self.rows) - 1))

    def tick(self) -> None:
        """When the next try is."""
        status, now = self._session.state.status, self._session.now()
        at = status.next_try_at if status else None
        self.waiting.side.show_text(
            tr("outbox.next_try", span=formats.span((at - now).total_seconds())) if at and at > now else ""
        )

    def _choose(self, at: int) -> None:
        self._at = at
        for index, each in enumerate(self.rows):
            each.choose(index == at)

    def chosen(self) -> EntrySeen | None:
        """The entry that Enter and Del mean."""
        return self.rows[self._at].entry if 0 <= self._at < len(self.rows) else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down choose, Enter does the right thing, Del discards."""
        entry, key = self.chosen(), event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self.rows:
            step = 1 if key == Qt.Key.Key_Down else -1
            self._choose(max(0, min(len(self.rows) - 1, self._at + step)))
        elif key in CONFIRM_KEYS and entry is not None:
            self._actions.do(entry)
        elif key == Qt.Key.Key_Delete and entry is not None:
            self._actions.discard(entry)
        elif key == Qt.Key.Key_Escape:
            self._choose(-1)
        else:
            super().keyPressEvent(event)
