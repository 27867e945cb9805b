"""Tickets of board and kitchen: head with key, number and age, what matters first, dishes, and the next step as foot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QBoxLayout, QFrame, QVBoxLayout, QWidget

from gui import formats
from gui.strings import tr
from gui.style import Look
from gui.tickets import flash
from gui.tickets import words as ticket_words
from gui.tickets.head import TicketHead
from gui.tickets.news import Line, News, line_key
from gui.tickets.words import Age, Pace
from gui.widgets.buttons import Button, Kind
from gui.widgets.dish import COUNTER, Dish, Scale
from gui.widgets.marks import Glyph
from gui.widgets.panels import Piece, column, holder, restate, row, rule
from gui.widgets.text import Elided, Text
from gui.wire.orders import OrderSeen
from gui.wire.status import DeviceSeen, Limits

RADIUS = 8
BORDERS = {Pace.CALM: 1, Pace.READY: 1, Pace.NEW: 1, Pace.DUE: 2, Pace.LATE: 3}
CONTRAST_BORDERS = {Pace.CALM: 2, Pace.READY: 2, Pace.NEW: 2, Pace.DUE: 4, Pace.LATE: 5}
CHOSEN_BORDER = 4
STRIP_GLYPHS = {"attention": "diamond", "late": "attention", "offline": "clock"}
MOST_CHANGES = 6
"""Of an order that changed more than this the dishes are read anew anyway."""


@dataclass(frozen=True, slots=True)
class Spec:
    """Everything a ticket's body depends on: while it stays equal the ticket stays."""

    order: OrderSeen
    kind: str
    """`new`, `folded`, `preparing` or `ready`."""
    news: News | None = None
    struck: frozenset[Line] = frozenset()
    is_brought_back: bool = False
    limits: Limits = ticket_words.COUNTER
    where: str = "Asia/Singapore"
    devices: tuple[DeviceSeen, ...] = ()
    at_deadline: str = ""
    part: tuple[int, int] = (1, 1)
    """Which part of how many, where a ticket is higher than a column."""
    first: int = 0
    """Place of its first dish among those of the order."""


@dataclass(frozen=True, slots=True)
class Presses:
    """What a ticket asks for; each is given the order."""

    pick: Callable[[OrderSeen], None]
    step: Callable[[OrderSeen], None]
    strike: Callable[[OrderSeen, int], None]
    print: Callable[[OrderSeen], None]
    reject: Callable[[OrderSeen], None]
    minutes: Callable[[int], None] = field(default=lambda _by: None)


class Ticket(QWidget):
    """The ground of every ticket: border and head in the colour of its age."""

    def __init__(self, look: Look, spec: Spec, presses: Presses, scale: Scale = COUNTER) -> None:
        super().__init__()
        self.look, self.spec, self.presses, self.scale = look, spec, presses, scale
        self.order = spec.order
        self._pace, self._chosen = Pace.CALM, False
        self._dishes: list[Dish] = []
        self._news: list[Strip] = []
        self._lit = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        part, parts = spec.part
        ref = f"{spec.order.ref_no} {part}/{parts}" if parts > 1 else spec.order.ref_no
        self.head = TicketHead(look, scale, ref, prefix=tr("age.answer_in") if spec.order.accept_by else "")
        self.body = QVBoxLayout()
        self.body.setSpacing(0)
        self._outer = QVBoxLayout(self)
        self._outer.setSpacing(0)
        self._outer.addWidget(self.head)
        self._outer.addLayout(self.body, 1)
        self._set_margins()

    def show_key(self, key: str) -> None:
        """The digit that picks it; it changes as tickets before it go."""
        self.head.show_key(key)

    def choose(self, chosen: bool, line: int = -1) -> None:
        """The next key press is for this ticket, or for one of its dishes."""
        for at, dish in enumerate(self._dishes):
            dish.choose(chosen and self.spec.first + at == line)
        if chosen != self._chosen:
            self._chosen = chosen
            self._set_margins()
            self.update()

    def border(self) -> int:
        """Width of the border in px."""
        if self._chosen or self.hasFocus():
            return CHOSEN_BORDER
        wide = 2 if self.scale is not COUNTER and self._pace in {Pace.DUE, Pace.LATE} else 1
        return (CONTRAST_BORDERS if self.look.high_contrast else BORDERS)[self._pace] * wide

    def _set_margins(self) -> None:
        wide = max(CHOSEN_BORDER, self.border())
        self._outer.setContentsMargins(*(wide,) * 4)

    def tick(self, now: datetime) -> None:
        """Its age, now, and whether what is new about it flashes."""
        self._light(now)
        age = ticket_words.cancelled() if self._is_cancelled() else ticket_words.age(self.order, now, self.spec.limits)
        if self.head.show_age(age):
            self._pace = age.pace
            self.setAccessibleName(ticket_words.spoken(self.order, age.text))
            self._set_margins()
            self.update()

    def _is_cancelled(self) -> bool:
        return self.spec.news is not None and self.spec.news.is_cancelled

    def _light(self, now: datetime) -> None:
        news = self.spec.news
        lit = news is not None and not self.look.still and flash.is_lit(news.changed_at, now)
        if lit != self._lit:
            self._lit = lit
            self.head.light(lit)
            for strip in self._news:
                strip.light(lit)
            self.update()

    def age_shown(self) -> Age:
        """The age as it stands on the ticket."""
        return self.head.age

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A touch picks the ticket."""
        self.presses.pick(self.order)

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
        bottom = self.head.geometry().bottom() + 1
        rest = {Pace.DUE: "attention.tint", Pace.LATE: "late.solid"}.get(self._pace)
        fill = "attention.solid" if self._lit else rest
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

    def _add_strips(self) -> None:
        """What has to be seen before anything else: cancelled, problems with the way out, what changed, brought back."""
        look, scale, spec = self.look, self.scale, self.spec
        news, size = spec.news, max(16, scale.extra)
        if news is not None and news.is_cancelled:
            self._add_news(Strip(look, tr("ticket.cancelled"), "late", part="flat", size=size))
        for problem in self.order.problems:
            words = f"{ticket_words.named(problem)}\n{ticket_words.what_to_do(problem, self.order, spec.devices)}"
            self.body.addWidget(Strip(look, words, "late", part="flat", size=size))
        if news is not None and news.changes:
            lines = [
                tr("change.title"),
                *(ticket_words.change_words(change, spec.where) for change in news.changes[-MOST_CHANGES:]),
            ]
            self._add_news(Strip(look, "\n".join(lines), "attention", part="flat", size=size))
        if spec.is_brought_back:
            self.body.addWidget(Strip(look, tr("board.brought_back"), "offline", part="flat", size=size))

    def _add_news(self, strip: Strip) -> None:
        self._news.append(strip)
        self.body.addWidget(strip)

    def _add_order(self, lead: str, *, strikes: bool) -> None:
        """Method and name, allergies, dishes, note."""
        look, scale, order = self.look, self.scale, self.order
        pieces: list[Piece] = [self._lead(Text(look, lead, size=scale.method, tone="ink2", wrap=True))]
        for allergy in ticket_words.allergies(order):
            part = "strip" if scale is COUNTER else "alarm"
            pieces += [look.gap(6), Strip(look, allergy, "late", part=part, size=scale.strip), look.gap(4)]
        if text := ticket_words.notes(order):
            pieces += [look.gap(6), note(look, text, scale.extra), look.gap(4)]
        for at, line in enumerate(order.lines):
            extra = ticket_words.details(line.modifiers, line.notes)
            struck = self._is_cancelled() or line_key(line) in self.spec.struck
            press = self._strike(at) if strikes else None
            dish = Dish(look, scale, (line.quantity, line.name, extra), struck=struck, on_press=press)
            self._dishes.append(dish)
            pieces += [look.gap(2), dish]
        side = look.gap(12)
        self.body.addLayout(column(pieces, margins=(side, look.gap(8), side, look.gap(10))))

    def _lead(self, words: QWidget) -> QBoxLayout:
        """Words with the channel at their right."""
        channel = Text(self.look, ticket_words.came_by(self.order), size=self.scale.method, weight=600, tone="ink2")
        line = row([words, channel], gap=self.look.gap(12))
        line.setAlignment(channel, Qt.AlignmentFlag.AlignTop)
        line.setStretch(0, 1)
        return line

    def _strike(self, at: int) -> Callable[[], None]:
        return lambda: self.presses.strike(self.order, at)

    def _add_foot(self, text: str, *, plain: bool = False) -> None:
        look = self.look
        name = f"{self.order.ref_no}: {text}"
        high = 48 if self.scale is COUNTER else 64
        foot = Button(
            look, text, kind=Kind.FOOT, glyph="arrow", height=high, size=self.scale.foot, name=name, on_press=self._step
        )
        foot.plain = plain
        self.next = foot
        self.body.addStretch(1)
        self.body.addWidget(rule(look))
        copies = self.order.printed
        label = tr("ticket.print_again", count=copies + 1) if copies else tr("ticket.print")
        paper = Button(
            look, "", kind=Kind.FOOT, glyph="print", height=high, name=f"{self.order.ref_no}: {label}", on_press=self._print
        )
        paper.plain = True
        paper.setToolTip(label)
        paper.setFixedWidth(look.target(high))
        line = row([foot, paper])
        line.setStretch(0, 1)
        self.body.addLayout(line)

    def _step(self) -> None:
        self.presses.step(self.order)

    def _print(self) -> None:
        self.presses.print(self.order)


class Strip(QFrame):
    """A problem or a change (full width), or an allergy (inset, solid in the kitchen), before any dish."""

    def __init__(self, look: Look, text: str, state: str, *, part: str, size: int = 16) -> None:
        super().__init__()
        self._rest = state, f"{state}.on_solid" if part == "alarm" else state
        self._glyph = Glyph(look, STRIP_GLYPHS[state], self._rest[1], max(20, size))
        self._words = Text(look, text, size=size, weight=600 if part == "flat" else 700, tone=self._rest[1], wrap=True)
        side = look.gap(12 if part == "flat" else 9)
        inner = row([self._glyph, self._words], gap=look.gap(8), margins=(side, look.gap(6), look.gap(9), look.gap(6)))
        inner.setAlignment(self._glyph, Qt.AlignmentFlag.AlignTop)
        inner.setStretch(1, 1)
        self.setProperty("part", part)
        self.setProperty("state", state)
        self.setLayout(inner)

    def light(self, lit: bool) -> None:
        """In the colours of the flash, or its own again."""
        state, tone = ("lit", "attention.on_solid") if lit else self._rest
        restate(self, state)
        self._glyph.show_glyph(STRIP_GLYPHS[self._rest[0]], tone)
        self._words.set_tone(tone)


def note(look: Look, text: str, size: int = 16) -> QFrame:
    """A note in quotes behind a bar."""
    bar = holder(row([]), "line")
    bar.setFixedWidth(3)
    bar.setStyleSheet(f"background: {look.colour('edge').name()};")
    inner = row([bar, Text(look, tr("ticket.note", note=text), size=size, wrap=True)], gap=look.gap(10))
    inner.setStretch(1, 1)
    return holder(inner)


class KitchenTicket(Ticket):
    """An order that is being made: the whole foot is the next step."""

    def __init__(self, look: Look, spec: Spec, presses: Presses, scale: Scale = COUNTER) -> None:
        super().__init__(look, spec, presses, scale)
        if spec.part[0] == 1:
            self._add_strips()
        self._add_order(ticket_words.how(self.order), strikes=True)
        seen = spec.news is not None and spec.news.is_cancelled
        if spec.part[0] < spec.part[1]:
            goes_on = Text(look, tr("ticket.goes_on"), size=scale.extra, tone="ink2", wrap=True)
            self.body.addLayout(column([goes_on], margins=(look.gap(12), 0, look.gap(12), look.gap(10))))
            return
        self._add_foot(tr("ticket.seen" if seen else "ticket.ready"))


class ReadyTicket(Ticket):
    """An order that waits to be collected."""

    def __init__(self, look: Look, spec: Spec, presses: Presses) -> None:
        super().__init__(look, spec, presses)
        self._add_strips()
        lines: list[Piece] = [self._lead(Text(look, ticket_words.how(self.order), tone="ink2", wrap=True))]
        lines.append(Elided(look, ticket_words.dishes(self.order), tone="ink2"))
        self.body.addLayout(column(lines, margins=(look.gap(12), look.gap(9), look.gap(12), look.gap(9))))
        self._add_foot(tr("ticket.collected"), plain=True)


class FoldedTicket(Ticket):
    """A new order behind the first one, on two lines."""

    def __init__(self, look: Look, spec: Spec, presses: Presses) -> None:
        super().__init__(look, spec, presses)
        lead = Elided(look, f"{ticket_words.how(self.order)}, {ticket_words.dishes(self.order)}", tone="ink2")
        warnings = [Strip(look, text, "late", part="strip") for text in ticket_words.allergies(self.order)]
        self.body.addLayout(
            column([*warnings, self._lead(lead)], gap=4, margins=(look.gap(12), look.gap(6), look.gap(12), look.gap(6)))
        )


class NewTicket(Ticket):
    """The first new order, opened: answer it here."""

    def __init__(self, look: Look, spec: Spec, presses: Presses) -> None:
        super().__init__(look, spec, presses)
        self._minutes = Text(look, size=24, weight=600)
        self._ready_at = Text(look, size=14, tone="ink2")
        self._by_itself = Text(look, weight=600, tone="attention", wrap=True)
        self._by_itself.hide()
        for text in (self._minutes, self._ready_at):
            text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        lead = [ticket_words.how(self.order), formats.counted("item", ticket_words.item_count(self.order))]
        lead += [formats.price(self.order.total)] if self.order.total else []
        self._add_strips()
        self._add_order(", ".join(lead), strikes=False)
        self.body.addStretch(1)
        self.body.addWidget(rule(look))
        side = look.gap(12)
        answers: list[Piece] = [self._by_itself, self._make_times(), self._make_answers()]
        self.body.addLayout(column(answers, gap=look.gap(10), margins=(side, look.gap(10), side, side)))
        self.choose(True)

    def _make_times(self) -> QFrame:
        look, press = self.look, self.presses.minutes
        less = Button(look, "", glyph="minus", height=56, name=tr("ticket.less_time"), on_press=lambda: press(-5))
        more = Button(look, "", glyph="plus", height=56, name=tr("ticket.more_time"), on_press=lambda: press(5))
        for button in (less, more):
            button.setFixedWidth(look.gap(72))
        times = row([less, column([self._minutes, self._ready_at]), more])
        times.setStretch(1, 1)
        return holder(times)

    def _make_answers(self) -> QFrame:
        look = self.look
        reject = Button(look, tr("ticket.reject"), kind=Kind.DANGER, height=64, size=20, on_press=self._reject)
        key = "" if look.folded else tr("key.enter")
        self.accept = Button(look, tr("ticket.accept"), kind=Kind.PRIMARY, key=key, height=64, size=20, on_press=self._step)
        answers: list[Piece] = [reject, self.accept]
        line = column(answers, gap=look.gap(8)) if look.folded else row(answers, gap=look.gap(8))
        if not look.folded:
            line.setStretch(1, 1)
        return holder(line)

    def _reject(self) -> None:
        self.presses.reject(self.order)

    def show_minutes(self, minutes: int, now: datetime) -> None:
        """The prep time, the clock time it comes to, and what happens when nobody answers."""
        self._minutes.setText(tr("ticket.minutes", minutes=minutes))
        ready = formats.clock(now + timedelta(minutes=minutes), formats.zone(self.spec.where))
        self._ready_at.setText(tr("ticket.ready_at", time=ready))
        until = self.order.accept_by
        if self.spec.at_deadline and until is not None:
            self._by_itself.show_text(tr(f"ticket.auto_{self.spec.at_deadline}", time=formats.countdown(until, now)))
