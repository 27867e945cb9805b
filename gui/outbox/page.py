"""The page "Not sent yet": what needs a person with its one right button, and what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QWidget

from agent.core.clouds import Ability
from gui import formats
from gui.outbox import words as entry_words
from gui.outbox.actions import EntryActions
from gui.outbox.next import what_next
from gui.outbox.steps import Step, step_for
from gui.session import Session
from gui.state import State
from gui.strings import tr
from gui.style import Look
from gui.widgets.buttons import CONFIRM_KEYS, Button, Kind
from gui.widgets.marks import Badge, Glyph
from gui.widgets.panels import Piece, column, holder, row
from gui.widgets.sparse import Maker, Sparse
from gui.widgets.text import Elided, Text
from gui.wire.entries import EntrySeen


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list: a heading, or an entry and where in its panel it stands."""

    entry: EntrySeen | None
    part: str
    """`parked` or `waiting`."""
    place: str = ""
    """`first`, `middle`, `last` or `only`."""
    count: int = 0


def lines_of(parked: Sequence[EntrySeen], waiting: Sequence[EntrySeen]) -> list[Line]:
    """Headings and entries, what needs a person first."""
    lines: list[Line] = []
    for part, entries in (("parked", parked), ("waiting", waiting)):
        if entries:
            lines.append(Line(None, part, count=len(entries)))
            last = len(entries) - 1
            places = ["only"] if not last else ["first", *("middle" for _ in range(last - 1)), "last"]
            lines += [Line(entry, part, place) for entry, place in zip(entries, places, strict=True)]
    return lines


@dataclass(frozen=True, slots=True)
class Told:
    """What a row says, which moves with the line and the clock and not only with its entry."""

    title: str
    sentence: str
    step: Step


def tell(entry: EntrySeen, state: State, now: datetime) -> Told:
    """What and for whom; why it is here, and what happens next."""
    sentences = (entry_words.why(entry), what_next(entry, state, now))
    step = step_for(entry, gives_points=state.can(Ability.POINTS))
    return Told(entry_words.title(entry, state), formats.sentences(sentences), step)


class EntryRow(QFrame):
    """One entry, 72 high: what, for whom, since when, why, what happens next; chosen it carries an accent bar at its left."""

    def __init__(self, look: Look, line: Line, told: Told, time: str, actions: EntryActions) -> None:
        super().__init__()
        assert line.entry is not None
        self._look, self.entry, self.told = look, line.entry, told
        self.setProperty("part", "row")
        self.setProperty("state", "late" if line.part == "parked" else "")
        self.setProperty("place", line.place)
        entry = line.entry
        label = tr(f"step.{told.step}")
        kind = Kind.PRIMARY if entry.needs_person else Kind.SECONDARY
        self.button = Button(look, label, kind=kind, name=f"{label}: {told.title}", on_press=lambda: actions.do(entry))
        self.button.setFixedWidth(max(look.gap(184), self.button.minimumSizeHint().width()))
        when = Text(look, time, tone="ink2", tabular=True)
        when.setMinimumWidth(look.px(56))
        why = Text(look, told.sentence, tone="ink2", wrap=True)
        words = column([None, Elided(look, told.title, size=18, weight=600), why, None])
        badge = Badge(look, entry_words.mark(entry))
        slot = holder(row([badge, None]))
        slot.setFixedWidth(max(badge.sizeHint().width(), look.gap(190)))
        side: list[Piece] = [slot, look.gap(16), self.button]
        if look.folded:
            side = [holder(column([None, slot, look.gap(4), self.button, None]))]
        pieces: list[Piece] = [when, look.gap(16), holder(words), look.gap(16), *side]
        layout = row(pieces, margins=(look.gap(24), look.gap(4), look.gap(12), look.gap(4)))
        layout.setStretch(2, 1)
        layout.addStrut(look.target(64))
        self.setLayout(layout)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(f"{time} {told.title}. {told.sentence} {entry_words.mark(entry).word}")

    def choose(self, chosen: bool) -> None:
        """Mark it as the one that Enter and Del mean."""
        if bool(self.property("chosen")) != chosen:
            self.setProperty("chosen", chosen)
            self.style().unpolish(self)
            self.style().polish(self)


class Heading(QFrame):
    """What the rows below have in common, with its shape and count."""

    def __init__(self, look: Look, line: Line) -> None:
        super().__init__()
        glyph, tone = ("attention", "late") if line.part == "parked" else ("clock", "offline")
        title = Text(look, tr(f"outbox.{line.part}"), size=20, weight=600)
        count = Text(look, formats.number(line.count), size=20, weight=600, tone="ink2")
        self.side = Text(look, "", tone="ink2")
        gap = look.gap(8)
        head: QBoxLayout = row([Glyph(look, glyph, tone, 22), gap, title, gap, count, None])
        if look.folded:
            head = column([head, self.side])
        else:
            head.addWidget(self.side)
        self.setLayout(column([head], margins=(0, look.gap(14), 0, look.gap(12))))


class OutboxPage(QWidget):
    """Arrow keys choose, Enter does it, Del discards."""

    def __init__(self, look: Look, session: Session) -> None:
        super().__init__()
        self._look, self._session = look, session
        self._actions = EntryActions(look, session, self)
        self._lines: list[Line] = []
        self._entries: list[EntrySeen] = []
        self._chosen = ""
        self._row_height = look.target(72) + 1  # the line above it: a right guess saves measuring ten thousand rows again
        self.setProperty("part", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("page.outbox"))
        maker: Maker[Line, QFrame] = Maker(self._key, self._make, self._guess, self._made)
        self.list = Sparse(tr("page.outbox"), maker, 0)
        self._nothing = Text(look, tr("outbox.nothing"), size=20, tone="ink2")
        self._build()

    def _build(self) -> None:
        look, gap = self._look, self._look.gap(24)
        title = Text(look, tr("page.outbox"), size=32, weight=600)
        lead = Text(look, tr("outbox.lead"), tone="ink2", wrap=True)
        pieces: list[Piece] = [title, lead, look.gap(4), self._nothing, self.list]
        layout = column(pieces, margins=(gap, look.gap(18), gap, look.gap(8)))
        layout.setStretch(4, 1)
        self.setLayout(layout)

    def _key(self, line: Line) -> str:
        return line.entry.id if line.entry is not None else line.part

    def _guess(self, line: Line) -> int:
        return self._row_height if line.entry is not None else self._look.line(20) + self._look.gap(26)

    def _make(self, line: Line) -> QFrame:
        if line.entry is None:
            return Heading(self._look, line)
        told = tell(line.entry, self._session.state, self._session.now())
        return EntryRow(self._look, line, told, self._session.clock_text(line.entry.created_at), self._actions)

    def _made(self, made: QFrame) -> None:
        if isinstance(made, EntryRow):
            made.choose(made.entry.id == self._chosen)

    @property
    def rows(self) -> list[EntryRow]:
        """The rows that exist, in their order."""
        found = [each for each in self.list.widgets().values() if isinstance(each, EntryRow)]
        return sorted(found, key=lambda each: each.y())

    def refresh(self) -> None:
        """Rows are made anew only when what they say has changed."""
        state = self._session.state
        parked, waiting = state.parked(), state.waiting()
        entries = [*parked, *waiting]
        if entries != self._entries or not self._lines:
            self._entries, self._lines = entries, lines_of(parked, waiting)
            self.list.show_items(self._lines)
        now = self._session.now()
        for each in self.rows:
            if tell(each.entry, state, now) != each.told:
                self.list.forget(each.entry.id)
        self._nothing.setVisible(not entries)
        self.tick()

    def tick(self) -> None:
        """When the next try is."""
        status, now = self._session.state.status, self._session.now()
        at = status.next_try_at if status else None
        words = tr("outbox.next_try", span=formats.span((at - now).total_seconds())) if at and at > now else ""
        heading = self.list.widgets().get("waiting")
        if isinstance(heading, Heading):
            heading.side.show_text(words)

    def _choose(self, at: int) -> None:
        self._chosen = self._entries[at].id if 0 <= at < len(self._entries) else ""
        for each in self.rows:
            each.choose(each.entry.id == self._chosen)
        self.list.reveal(self.list.place_of(self._chosen))

    def _at(self) -> int:
        return next((at for at, entry in enumerate(self._entries) if entry.id == self._chosen), -1)

    def chosen(self) -> EntrySeen | None:
        """The entry that Enter and Del mean."""
        at = self._at()
        return self._entries[at] if at >= 0 else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down choose, Enter does the right thing, Del discards."""
        entry, key = self.chosen(), event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self._entries:
            step = 1 if key == Qt.Key.Key_Down else -1
            self._choose(max(0, min(len(self._entries) - 1, self._at() + step)))
        elif key in CONFIRM_KEYS and entry is not None:
            self._actions.do(entry)
        elif key == Qt.Key.Key_Delete and entry is not None:
            self._actions.discard(entry)
        elif key == Qt.Key.Key_Escape:
            self._choose(-1)
        else:
            super().keyPressEvent(event)
