"""Tickets of the board: head with key, number and age, what matters first, lines, and the next step as foot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from gui import formats, ticket_words
from gui.strings import tr
from gui.style import Look
from gui.ticket_words import Age, Pace
from gui.widgets.buttons import Button, Kind
from gui.widgets.marks import Glyph, KeyCap
from gui.widgets.panels import Piece, column, holder, row, rule
from gui.widgets.text import Elided, Text
from gui.wire import LineSeen, OrderSeen

RADIUS = 8
HEAD = 48
BORDERS = {Pace.CALM: 1, Pace.READY: 1, Pace.NEW: 1, Pace.DUE: 2, Pace.LATE: 3}
CONTRAST_BORDERS = {Pace.CALM: 2, Pace.READY: 2, Pace.NEW: 2, Pace.DUE: 4, Pace.LATE: 5}
CHOSEN_BORDER = 4
PACE_TONES = {Pace.DUE: "attention", Pace.LATE: "late.on_solid", Pace.READY: "ok"}


class Ticket(QWidget):
    """The ground of every ticket: border and head in the colour of its age."""

    def __init__(self, look: Look, order: OrderSeen, key: str, on_pick: Callable[[], None]) -> None:
        super().__init__()
        self.look, self.order, self.key = look, order, key
        self._on_pick = on_pick
        self._pace, self._chosen = Pace.CALM, False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._cap = KeyCap(look, key)
        self._ref = Text(look, order.ref_no, size=24, weight=700)
        self._glyph = Glyph(look, "attention", "ink", 20)
        self._prefix = Text(look, tr("age.answer_in"), weight=600)
        waits = ticket_words.column_of(order) == "ready"
        self._age = Text(look, size=16 if waits else 18, weight=700, tabular=True)
        self.body = QVBoxLayout()
        self.body.setSpacing(0)
        self._outer = QVBoxLayout(self)
        self._outer.setSpacing(0)
        self._build_head()

    def _build_head(self) -> None:
        gap = self.look.gap(8)
        pieces: list[Piece] = [self._cap, self.look.gap(10), self._ref, None, self._prefix, self._glyph, gap, self._age]
        head = holder(row(pieces, margins=(self.look.gap(12), 0, self.look.gap(12), 0)))
        head.setFixedHeight(self._head_height())
        self._cap.show_key(self.key, "ink")
        self._outer.addWidget(head)
        self._outer.addLayout(self.body, 1)

    def _head_height(self) -> int:
        return max(self.look.gap(HEAD), self.look.px(40))

    def choose(self, chosen: bool) -> None:
        """The next key press is for this ticket."""
        self._chosen = chosen
        self._set_margins()
        self.update()

    def border(self) -> int:
        """Width of the border in px."""
        if self._chosen or self.hasFocus():
            return CHOSEN_BORDER
        return (CONTRAST_BORDERS if self.look.high_contrast else BORDERS)[self._pace]

    def _set_margins(self) -> None:
        self._outer.setContentsMargins(*(self.border(),) * 4)

    def tick(self, now: datetime) -> None:
        """Its age, now."""
        age = ticket_words.age(self.order, now)
        self._pace = age.pace
        tone = PACE_TONES.get(age.pace, "ink")
        self._age.setText(age.text)
        self._prefix.setVisible(age.pace is Pace.NEW and self.order.accept_by is not None and not self.look.folded)
        self._glyph.setVisible(bool(age.glyph))
        self._glyph.show_glyph(age.glyph or "attention", tone)
        for text in (self._age, self._ref):
            text.set_tone("ink" if text is self._ref and age.pace is not Pace.LATE else tone)
        self._cap.show_key(self.key, "late.on_solid" if age.pace is Pace.LATE else "ink")
        self.setAccessibleName(ticket_words.spoken(self.order, now))
        self._set_margins()
        self.update()

    def age_shown(self) -> Age:
        """The age as it stands on the ticket."""
        return Age(self._pace, self._age.text())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A touch picks the ticket."""
        self._on_pick()

    def _border_pen(self) -> QPen:
        look, width = self.look, self.border()
        if self._chosen or self.hasFocus():
            return QPen(look.colour("focus" if look.high_contrast or self.hasFocus() else "accent"), width)
        tone = {Pace.DUE: "attention", Pace.LATE: "late.solid"}.get(self._pace, "edge")
        pen = QPen(look.colour(tone), width)
        if look.high_contrast and self._pace is Pace.DUE:
            pen.setDashPattern([2, 1.4])
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        return pen

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, head and border."""
        look, painter, width = self.look, QPainter(self), self.border()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2)
        path = QPainterPath()
        path.addRoundedRect(box, RADIUS - width / 2, RADIUS - width / 2)
        painter.fillPath(path, look.colour("surface"))
        bottom = width + self._head_height()
        fill = {Pace.DUE: "attention.tint", Pace.LATE: "late.solid"}.get(self._pace)
        if fill:
            painter.save()
            painter.setClipRect(QRectF(0, 0, self.width(), bottom))
            painter.fillPath(path, look.colour(fill))
            painter.restore()
        line = "line" if self._pace is not Pace.DUE or not look.high_contrast else "attention"
        if self._pace is not Pace.LATE:
            painter.fillRect(QRectF(width, bottom, self.width() - 2 * width, 2 if look.high_contrast else 1), look.colour(line))
        painter.setPen(self._border_pen())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)


def strip(look: Look, text: str, state: str, *, part: str, size: int = 16) -> QFrame:
    """A problem (full width) or an allergy (inset), before any dish."""
    glyph = Glyph(look, "diamond" if state == "attention" else "attention", state, 20)
    words = Text(look, text, size=size, weight=700 if part == "strip" else 600, tone=state, wrap=True)
    inner = row(
        [glyph, words], gap=look.gap(8), margins=(look.gap(12 if part == "flat" else 9), look.gap(4), look.gap(9), look.gap(4))
    )
    inner.setStretch(1, 1)
    return holder(inner, part, state)


def order_line(look: Look, line: LineSeen) -> QFrame:
    """Quantity in its own column, the dish, and its modifiers below."""
    quantity = Text(look, str(line.quantity), size=20, weight=600, tabular=True)
    quantity.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    quantity.setFixedSize(look.px(20), look.px(26))
    name = Text(look, line.name, size=20, weight=600, wrap=True)
    name.setMinimumHeight(look.px(26))
    words = [name]
    if extra := ticket_words.details(line.modifiers, line.notes):
        words.append(Text(look, extra, tone="ink2", wrap=True))
        words[-1].setMinimumHeight(look.px(21))
    inner = row([quantity, column([*words, None])], gap=look.gap(10))
    inner.setAlignment(quantity, Qt.AlignmentFlag.AlignTop)
    inner.setStretch(1, 1)
    return holder(inner)


def note(look: Look, text: str) -> QFrame:
    """A note in quotes behind a bar."""
    bar = holder(row([]), "line")
    bar.setFixedWidth(3)
    bar.setStyleSheet(f"background: {look.colour('edge').name()};")
    inner = row([bar, Text(look, tr("ticket.note", note=text), wrap=True)], gap=look.gap(10))
    inner.setStretch(1, 1)
    return holder(inner)


def order_body(look: Look, order: OrderSeen, lead: str) -> QVBoxLayout:
    """Method and name, allergies, dishes, note."""
    pieces: list[Piece] = [Elided(look, lead, tone="ink2")]
    for allergy in ticket_words.allergies(order):
        pieces += [look.gap(6), strip(look, allergy, "late", part="strip"), look.gap(4)]
    for line in order.lines:
        pieces += [look.gap(3), order_line(look, line)]
    if text := ticket_words.notes(order):
        pieces += [look.gap(8), note(look, text)]
    side = look.gap(14)
    return column(pieces, margins=(side, look.gap(8), side, look.gap(10)))


class KitchenTicket(Ticket):
    """An order that is being made: the whole foot is the next step."""

    def __init__(self, look: Look, order: OrderSeen, key: str, on_pick: Callable[[], None], on_next: Callable[[], None]) -> None:
        super().__init__(look, order, key, on_pick)
        for problem in order.problems:
            self.body.addWidget(strip(look, problem, "attention", part="flat"))
        self.body.addLayout(order_body(look, order, ticket_words.how(order)))
        self.body.addStretch(1)
        self.next = _foot(look, tr("ticket.ready"), order, on_next)
        self.body.addWidget(rule(look))
        self.body.addWidget(self.next)


class ReadyTicket(Ticket):
    """An order that waits to be collected."""

    def __init__(self, look: Look, order: OrderSeen, key: str, on_pick: Callable[[], None], on_next: Callable[[], None]) -> None:
        super().__init__(look, order, key, on_pick)
        lines = [Elided(look, ticket_words.how(order), tone="ink2"), Elided(look, ticket_words.dishes(order), tone="ink2")]
        self.body.addLayout(column(lines, margins=(look.gap(12), look.gap(9), look.gap(12), look.gap(9))))
        self.body.addStretch(1)
        self.next = _foot(look, tr("ticket.collected"), order, on_next, plain=True)
        self.body.addWidget(rule(look))
        self.body.addWidget(self.next)


def _foot(look: Look, text: str, order: OrderSeen, press: Callable[[], None], *, plain: bool = False) -> Button:
    name = f"{order.ref_no}: {text}"
    kind = Kind.FOOT
    foot = Button(look, text, kind=kind, glyph="arrow", height=48, size=18, name=name, on_press=press)
    foot.plain = plain
    return foot


class FoldedTicket(Ticket):
    """A new order behind the first one, on two lines."""

    def __init__(self, look: Look, order: OrderSeen, key: str, on_pick: Callable[[], None]) -> None:
        super().__init__(look, order, key, on_pick)
        lead = Elided(look, f"{ticket_words.how(order)}, {ticket_words.dishes(order)}", tone="ink2")
        warnings = [strip(look, text, "late", part="strip") for text in ticket_words.allergies(order)]
        self.body.addLayout(column([*warnings, lead], gap=4, margins=(look.gap(12), look.gap(6), look.gap(12), look.gap(6))))


class NewTicket(Ticket):
    """The first new order, opened: answer it here."""

    def __init__(
        self,
        look: Look,
        order: OrderSeen,
        key: str,
        on_pick: Callable[[], None],
        *,
        on_accept: Callable[[], None],
        on_reject: Callable[[], None],
        on_minutes: Callable[[int], None],
    ) -> None:
        super().__init__(look, order, key, on_pick)
        self._minutes = Text(look, size=24, weight=600)
        self._ready_at = Text(look, size=14, tone="ink2")
        for text in (self._minutes, self._ready_at):
            text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        less = Button(look, "", glyph="minus", height=56, name=tr("ticket.less_time"), on_press=lambda: on_minutes(-5))
        more = Button(look, "", glyph="plus", height=56, name=tr("ticket.more_time"), on_press=lambda: on_minutes(5))
        for button in (less, more):
            button.setFixedWidth(look.gap(72))
        reject = Button(look, tr("ticket.reject"), kind=Kind.DANGER, height=64, size=20, on_press=on_reject)
        accept = tr("ticket.accept")
        self.accept = Button(
            look, accept, kind=Kind.PRIMARY, key="" if look.folded else tr("key.enter"), height=64, size=20, on_press=on_accept
        )
        lead = [ticket_words.how(order), formats.counted("item", ticket_words.item_count(order))]
        lead += [formats.price(order.total)] if order.total else []
        for problem in order.problems:
            self.body.addWidget(strip(look, problem, "attention", part="flat"))
        self.body.addLayout(order_body(look, order, ", ".join(lead)))
        self.body.addStretch(1)
        self.body.addWidget(rule(look))
        times = row([less, column([self._minutes, self._ready_at]), more])
        times.setStretch(1, 1)
        answer = row([reject, self.accept], gap=look.gap(8))
        answer.setStretch(1, 1)
        side = look.gap(12)
        self.body.addLayout(column([times, answer], gap=look.gap(10), margins=(side, look.gap(10), side, side)))
        self.choose(True)

    def show_minutes(self, minutes: int, now: datetime, where: str) -> None:
        """The prep time and the clock time it comes to."""
        self._minutes.setText(tr("ticket.minutes", minutes=minutes))
        ready = formats.clock(now + timedelta(minutes=minutes), formats.zone(where))
        self._ready_at.setText(tr("ticket.ready_at", time=ready))
