"""The menu page: what is sold, how old that word is, sync now, sold out until."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QVBoxLayout, QWidget

from gui import formats
from gui.link.client import Answer
from gui.link.fields import Json, rows, sentences, text
from gui.session import DEVICE_DEADLINE_S, Session
from gui.strings import known, said, told, tr
from gui.style import Look
from gui.widgets.buttons import Button, Kind
from gui.widgets.dialogs import choose
from gui.widgets.field import Field
from gui.widgets.flow import flowing
from gui.widgets.lifetime import while_there
from gui.widgets.marks import Badge, Glyph, Mark
from gui.widgets.panels import Piece, column, empty, holder, restate, row, rule, scrolling
from gui.widgets.text import Elided, Text
from gui.wire.menu import MenuItemSeen

MOST_SHOWN = 150
"""More than anybody scrolls through; the search field finds the rest."""
MOST_FOUND = 6
SOLD_OUT_HOURS = (1, 4)
FOR_GOOD_DAYS = 365


class MenuPage(QWidget):
    """A searchable list of items."""

    def __init__(self, look: Look, session: Session) -> None:
        super().__init__()
        self._look, self._session = look, session
        self._shown: tuple[object, ...] = ()
        self.setProperty("part", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("page.menu"))
        self._lead = Text(look, "", tone="ink2", wrap=True)
        self._news = Text(look, "", wrap=True)
        self.sync = Button(look, tr("menu.sync"), kind=Kind.PRIMARY, height=64, size=20, on_press=self._sync)
        self.check = Button(look, tr("menu.check"), height=64, size=20, on_press=self._preflight)
        self._found = Text(look, "", wrap=True)
        self._found_shape = Glyph(look, "diamond", "attention")
        self.search = Field(look, tr("menu.search"), height=48, size=16, hint=True)
        self.search.textChanged.connect(lambda _text: self.refresh())
        self._rows = QVBoxLayout()
        self._build()

    def _build(self) -> None:
        look, gap = self._look, self._look.gap(24)
        title = Text(look, tr("page.menu"), size=32, weight=600)
        words, buttons = holder(column([title, self._lead])), [self.check, self.sync]
        if look.folded:
            head: QBoxLayout = column([words, look.gap(8), flowing([*buttons], look.gap(8))])
        else:
            head = row([words, *buttons], gap=look.gap(12))
            head.setStretch(0, 1)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        shape = column([self._found_shape, None])
        self._found_strip = holder(row([shape, look.gap(12), self._found], margins=(16, 12, 16, 12)), "strip", "attention")
        self._found_box = holder(column([self._found_strip, look.gap(12)]))
        self._found_box.hide()
        inside = QWidget()
        inside.setLayout(column([self._found_box, holder(column([self._rows], margins=(2, 2, 2, 2)), "panel"), None]))
        self._news_strip = holder(column([self._news], margins=(16, 12, 16, 12)), "strip", "ok")
        pieces: list[Piece] = [
            head,
            look.gap(16),
            self._news_strip,
            self.search,
            look.gap(16),
            scrolling(inside, tr("page.menu")),
        ]
        layout = column(pieces, margins=(gap, look.gap(18), gap, look.gap(8)))
        layout.setStretch(5, 1)
        self.setLayout(layout)

    def refresh(self) -> None:
        """Items that fit the search."""
        state = self._session.state
        needle = self.search.text().strip().casefold()
        found = [item for item in state.menu.items if needle in f"{item.name} {item.code} {item.category}".casefold()]
        self._lead.setText(self._age())
        self._news.setText(formats.sentences(map(told, state.menu_news)))
        self._news_strip.setVisible(bool(state.menu_news))
        if (shown := tuple(found[:MOST_SHOWN])) != self._shown or not self._rows.count():
            self._shown = shown
            self._rebuild(found)

    def tick(self) -> None:
        """Sold-out items come back by themselves."""
        self.refresh()

    def _age(self) -> str:
        menu = self._session.state.menu
        if menu.as_of is None:
            return tr("menu.never")
        where = formats.zone(self._session.state.status.timezone if self._session.state.status else "Asia/Singapore")
        when = f"{formats.day(menu.as_of, where)} {formats.clock(menu.as_of, where)}"
        return tr("menu.as_of", items=formats.counted("item", len(menu.items)), time=when)

    def _rebuild(self, found: list[MenuItemSeen]) -> None:
        empty(self._rows)
        for index, item in enumerate(found[:MOST_SHOWN]):
            if index:
                self._rows.addWidget(rule(self._look))
            self._rows.addWidget(self._item(item))
        if len(found) > MOST_SHOWN:
            self._rows.addWidget(Text(self._look, tr("menu.more", count=len(found) - MOST_SHOWN), tone="ink2"))
        if not found:
            self._rows.addWidget(holder(column([Text(self._look, tr("menu.empty"), tone="ink2")], margins=(24, 16, 24, 16))))

    def _item(self, item: MenuItemSeen) -> QFrame:
        look, gone = self._look, self._sold_out(item)
        sub = ", ".join(part for part in (item.category, item.code) if part)
        words = holder(column([None, Elided(look, item.name, weight=600), Elided(look, sub, size=14, tone="ink2"), None]))
        price = Text(look, formats.price(item.price) if item.price else "", weight=600, tabular=True)
        label = tr("menu.back" if gone else "menu.sold_out")
        button = Button(look, label, name=f"{label}: {item.name}", on_press=lambda: self._toggle(item))
        button.setFixedWidth(max(look.gap(184), button.minimumSizeHint().width()))
        mark = Badge(look, self._mark(item))
        badge = holder(row([mark, None]))
        badge.setFixedWidth(max(look.gap(220), mark.sizeHint().width()))
        side = look.gap(24)
        frame = holder(row([words, price, side, badge, button], margins=(side, 0, look.gap(12), 0)))
        frame.setMinimumHeight(look.target(72))
        return frame

    def _sold_out(self, item: MenuItemSeen) -> bool:
        return not item.available or (item.sold_out_until is not None and item.sold_out_until > self._session.now())

    def _mark(self, item: MenuItemSeen) -> Mark:
        if not self._sold_out(item):
            return Mark(tr("menu.on_sale"), "ready", "ok")
        until = item.sold_out_until
        if until is None or until - self._session.now() > timedelta(days=2):
            return Mark(tr("menu.is_sold_out"), "diamond", "attention")
        return Mark(tr("menu.sold_out_until", time=self._session.clock_text(until)), "diamond", "attention")

    def _toggle(self, item: MenuItemSeen) -> None:
        if self._sold_out(item):
            self._session.snooze(item.code, None, self._tell)
            return
        choices = [(str(hours), tr("menu.for_hours", span=formats.counted("hour", hours))) for hours in SOLD_OUT_HOURS]
        choices += [("day", tr("menu.rest_of_day")), ("", tr("menu.until_back"))]
        title = tr("menu.ask", item=item.name)
        choose(self._look, self.window(), title, tr("menu.ask_rest"), choices, lambda span: self._snooze(item.code, span))

    def _snooze(self, code: str, span: str) -> None:
        self._session.snooze(code, self._until(span), self._tell)

    def _until(self, span: str) -> datetime:
        now = self._session.now()
        if span.isdigit():
            return now + timedelta(hours=int(span))
        if not span:
            return now + timedelta(days=FOR_GOOD_DAYS)
        where = formats.zone(self._session.state.status.timezone if self._session.state.status else "Asia/Singapore")
        local = now.astimezone(where)
        return local.replace(hour=23, minute=59, second=59, microsecond=0)

    def _sync(self) -> None:
        self.sync.setEnabled(False)

        def done(answer: Answer) -> None:
            self.sync.setEnabled(True)
            news = formats.sentences(map(told, sentences(answer.body, "sentences")))
            self._session.noticed.emit((news or tr("menu.nothing_new")) if answer.ok else said(answer.reason, answer.message))
            self._session.load_menu()

        self._session.sync_menu(while_there(self, done))

    def _preflight(self) -> None:
        """What would break the next order, before anybody places it."""
        self.check.setEnabled(False)

        def done(answer: Answer) -> None:
            self.check.setEnabled(True)
            self.show_findings(rows(answer.body, "findings") if answer.ok else None, said(answer.reason, answer.message))

        self._session.ask("POST", "/v1/menu/preflight", {}, while_there(self, done), deadline_s=DEVICE_DEADLINE_S)

    def show_findings(self, findings: Sequence[Json] | None, message: str = "") -> None:
        """In sentences, the first few; None is a check that could not be made."""
        self._found_box.show()
        if findings is None:
            restate(self._found_strip, "attention")
            self._found_shape.show_glyph("diamond", "attention")
            self._found.setText(message)
            return
        restate(self._found_strip, "attention" if findings else "ok")
        self._found_shape.show_glyph(*(("diamond", "attention") if findings else ("ready", "ok")))
        told = [_finding(one) for one in findings[:MOST_FOUND]]
        if len(findings) > MOST_FOUND:
            told.append(tr("menu.more", count=len(findings) - MOST_FOUND))
        self._found.setText("\n".join(told) or tr("preflight.fine"))

    def _tell(self, answer: Answer) -> None:
        self._session.noticed.emit(tr("menu.saved") if answer.ok else said(answer.reason, answer.message))


def _finding(one: Json) -> str:
    """A finding in the language of the screen, else as the agent said it."""
    key = f"preflight.{text(one, 'reason')}"
    return tr(key, name=text(one, "name")) if known(key) else text(one, "sentence")
