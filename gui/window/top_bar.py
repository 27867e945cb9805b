"""The bar at the top of every page: outlet and till, tabs with counters, scan lamp, clock."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum, StrEnum
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSizePolicy, QWidget

from agent.core.clouds import Ability
from gui.icons.glyphs import draw
from gui.state import State
from gui.strings import tr
from gui.style import Look
from gui.widgets.panels import column, holder
from gui.widgets.tabs import TextTab
from gui.widgets.text import Text

SPARE = 8
"""Px that rounding may take from the tabs."""


class Fold(IntEnum):
    """What gives way, one after the other, until the bar fits."""

    NOTHING = 0
    OUTLET = 1
    KEYS = 2
    TABS = 3
    """The current page, the orders, and the rest behind one word."""
    ORDERS = 4
    CLOCK = 5


class Page(StrEnum):
    """The pages, in the order of the tabs."""

    COUNTER = "counter"
    ORDERS = "orders"
    OUTBOX = "outbox"
    MENU = "menu"
    DEVICES = "devices"


NEEDS = {Page.ORDERS: Ability.ORDERS, Page.MENU: Ability.MENU}
"""Pages that are nothing without what not every cloud can do."""
KEYS = {Page.COUNTER: "F5", Page.ORDERS: "F6", Page.OUTBOX: "F7", Page.MENU: "F8", Page.DEVICES: "F10"}


class Lamp(StrEnum):
    """What the scan lamp says."""

    READY = "ready"
    NOT_READY = "not_ready"
    READING = "reading"


def offered(page: Page, state: State) -> bool:
    """Whether the cloud can do what the page is for."""
    return page not in NEEDS or state.can(NEEDS[page])


class ScanLamp(QWidget):
    """A pill that says whether the next scan would be taken."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look, self.lamp = look, Lamp.NOT_READY
        self.setFixedHeight(look.target(44))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_lamp(Lamp.NOT_READY)

    def show_lamp(self, lamp: Lamp) -> None:
        """Another word."""
        self.lamp = lamp
        self.setAccessibleName(tr(f"lamp.{lamp}"))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as its word."""
        width = QFontMetrics(self._look.font(16, 700)).horizontalAdvance(tr(f"lamp.{self.lamp}"))
        return QSize(width + self._look.gap(64), self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tint and solid border, or dashes while it would not read."""
        look, painter = self._look, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tone, fill = {
            Lamp.READY: ("ok.text", "ok.tint"),
            Lamp.NOT_READY: ("late.text", "surface"),
            Lamp.READING: ("surface", "ink"),
        }[self.lamp]
        pen = QPen(look.colour("ink" if self.lamp is Lamp.READING else tone), 2)
        pen.setStyle(Qt.PenStyle.DashLine if self.lamp is Lamp.NOT_READY else Qt.PenStyle.SolidLine)
        painter.setPen(pen)
        painter.setBrush(look.colour(fill))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), self.height() / 2 - 1, self.height() / 2 - 1)
        side = look.gap(24)
        glyph = "scan-struck" if self.lamp is Lamp.NOT_READY else "scan"
        draw(painter, glyph, QRectF(look.gap(13), (self.height() - side) / 2, side, side), look.colour(tone))
        painter.setFont(look.font(16, 700))
        painter.setPen(look.colour(tone))
        room = self.rect().adjusted(look.gap(46), 0, 0, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, tr(f"lamp.{self.lamp}"))


class TopBar(QFrame):
    """Knows which page is shown; says when another is wanted."""

    def __init__(self, look: Look, on_page: Callable[[Page], None]) -> None:
        super().__init__()
        self._look, self._on_page, self._page = look, on_page, Page.COUNTER
        self._folded_for: object = None
        self._offered = frozenset(Page)
        self.setProperty("part", "bar")
        self.setFixedHeight(look.target(64))
        self._outlet = Text(look, weight=600)
        self._till = Text(look, size=14, tone="ink2")
        self._where = holder(column([None, self._outlet, self._till, None]))
        self._clock = Text(look, size=20, weight=700, tabular=True)
        self.lamp = ScanLamp(look)
        self.tabs = {page: self._tab(page) for page in Page}
        self._more = TextTab(look, tr("page.more"), self._open_more, height=64)
        self._build()

    def _tab(self, page: Page) -> TextTab:
        key = KEYS[page] if self._look.keys_shown else ""
        return TextTab(self._look, tr(f"page.{page}"), lambda: self._on_page(page), key=key, height=64)

    def _build(self) -> None:
        layout = self._layout = QHBoxLayout(self)
        layout.setContentsMargins(self._look.gap(24), 0, self._look.gap(18), 0)
        layout.setSpacing(self._look.gap(2))
        layout.addWidget(self._where)
        layout.addSpacing(0 if self._look.folded else self._look.gap(22))
        for tab in (*self.tabs.values(), self._more):
            layout.addWidget(tab)
        layout.addStretch(1)
        layout.addWidget(self.lamp)
        layout.addSpacing(self._look.gap(14))
        layout.addWidget(self._clock)
        self._fold()

    def _fold(self) -> None:
        """Give way as far as the room asks; at large zooms the tabs fold in any case."""
        wanted = (
            self.width(),
            self._page,
            self._offered,
            self.lamp.lamp,
            self._outlet.text(),
            *(tab.count for tab in self.tabs.values()),
        )
        if wanted == self._folded_for:
            return  # else every second would show, hide and lay out again what stays the same
        self._folded_for = wanted
        least = Fold.TABS if self._look.folded else Fold.NOTHING
        for fold in Fold:
            if fold >= least:
                self._give_way(fold)
                if self._needs() + SPARE <= self.width():
                    return

    def _give_way(self, fold: Fold) -> None:
        kept = {self._page} if fold >= Fold.ORDERS else {self._page, Page.ORDERS}
        for page, tab in self.tabs.items():
            tab.show_key(fold < Fold.KEYS)
            tab.setVisible(page in self._offered and (fold < Fold.TABS or page in kept))
        self._more.setVisible(fold >= Fold.TABS)
        self._where.setVisible(fold < Fold.OUTLET)
        self._clock.setVisible(fold < Fold.CLOCK)

    def _needs(self) -> int:
        """Width of everything that is shown, with the room between."""
        layout, sides = self._layout, self._layout.contentsMargins()
        total = sides.left() + sides.right()
        for at in range(layout.count()):
            item = layout.itemAt(at)
            if item is not None and not item.isEmpty():
                total += item.sizeHint().width() + layout.spacing()
            elif item is not None and item.spacerItem() is not None:
                total += item.sizeHint().width()
        return total

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What does not fit gives way; the outlet stays in the tooltip of the clock."""
        self._fold()

    def show_page(self, page: Page) -> None:
        """Mark the current tab."""
        self._page = page
        for each, tab in self.tabs.items():
            tab.set_current(each is page)
        self._fold()

    def _open_more(self) -> None:
        menu = QMenu(self)
        menu.setFont(self._look.font(16))
        for page in sorted(self._offered, key=list(Page).index):
            menu.addAction(tr(f"page.{page}"), partial(self._on_page, page))
        menu.popup(self._more.mapToGlobal(self._more.rect().bottomLeft()))

    def refresh(self, state: State, clock: str, lamp: Lamp) -> None:
        """Names, counters, lamp and clock, and the tabs that the cloud has something for."""
        status = state.status
        self._offered = frozenset(page for page in Page if offered(page, state))
        self._outlet.setText(status.outlet if status else tr("app.name"))
        self._till.show_text(_till_words(status.till) if status else "")
        self._clock.setText(clock)
        self._clock.setToolTip(f"{self._outlet.text()} {self._till.text()}".strip())
        if lamp is not self.lamp.lamp:
            self.lamp.show_lamp(lamp)
        self._show_counts(state)
        self._fold()

    def _show_counts(self, state: State) -> None:
        self.tabs[Page.ORDERS].show_count(len(state.open_orders()))
        status = state.status
        parked, waiting = state.counts()
        parked = max(parked, status.parked if status else 0)
        waiting = max(waiting, status.pending if status else 0)
        self.tabs[Page.OUTBOX].show_count(parked or waiting, "late" if parked else "offline")
        self.tabs[Page.DEVICES].show_count(
            sum(d.state in {"missing", "attention", "misconfigured"} for d in state.devices), "late"
        )


def _till_words(till: str) -> str:
    name, _, number = till.partition("-")
    return tr("till.numbered", number=number) if name == "till" and number else till
