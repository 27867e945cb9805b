"""The lists beside and below the counter: last scans, a member's day, sales without a member."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout

from gui import formats
from gui.counter.desk import Desk, concerns
from gui.outbox.words import mark, masked, points_text, who
from gui.state import State
from gui.strings import said, tr
from gui.style import Look
from gui.widgets.buttons import Button
from gui.widgets.marks import Glyph, Mark
from gui.widgets.panels import column, empty, holder, row
from gui.widgets.rows import RowData, RowList
from gui.widgets.text import Elided, Text
from gui.wire.entries import EntrySeen
from gui.wire.sales import SaleSeen
from gui.wire.scans import ScanSeen

MOST_ROWS = 9
MOST_SALES = 3
NOTHING_SENT = "badge.nothing"


def recent_rows(state: State, where: str) -> list[RowData]:
    """Scans and loyalty entries of all members, newest first; a scan that led to an entry is told by the entry."""
    zone = formats.zone(where)
    entries = [entry for entry in state.entries.values() if entry.is_loyalty]
    timed = [(entry.created_at, _entry_row(entry, state, formats.clock(entry.created_at, zone))) for entry in entries]
    timed += [(scan.at, _scan_row(scan, formats.clock(scan.at, zone))) for scan in state.scans if not _led_on(scan, entries)]
    timed.sort(key=lambda pair: pair[0], reverse=True)
    return [data for _, data in timed[:MOST_ROWS]]


def _entry_row(entry: EntrySeen, state: State, time: str) -> RowData:
    sub = tr("activity.points", points=points_text(entry), receipt=entry.receipt) if entry.receipt else ""
    return RowData(
        time, who(entry, state) or tr("activity.member"), mark(entry), sub or tr("activity.bare", points=points_text(entry))
    )


def _scan_row(scan: ScanSeen, time: str) -> RowData:
    if scan.member is not None:
        return RowData(time, scan.member.display, Mark(tr(NOTHING_SENT)), tr("activity.shown"))
    if scan.is_open_question:
        return RowData(time, masked(scan.code), Mark(tr(NOTHING_SENT)), tr("activity.open"))
    return RowData(
        time, tr(f"scan.title.{scan.kind}"), Mark(tr(NOTHING_SENT)), said(scan.reason, scan.message) or tr("scan.unknown")
    )


def _led_on(scan: ScanSeen, entries: list[EntrySeen]) -> bool:
    uuid = scan.member.uuid if scan.member else ""
    later = [entry for entry in entries if entry.created_at >= scan.at]
    return any((uuid and entry.member_uuid == uuid) or (scan.code and entry.identifier == scan.code) for entry in later)


def today_rows(desk: Desk, state: State, where: str) -> list[RowData]:
    """Entries of whoever stands at the counter, newest first."""
    zone = formats.zone(where)
    mine = [entry for entry in state.sorted_entries() if entry.is_loyalty and concerns(desk, entry)]
    return [_today_row(entry, formats.clock(entry.created_at, zone)) for entry in reversed(mine)]


def _today_row(entry: EntrySeen, time: str) -> RowData:
    return RowData(
        time,
        tr("word.take_back" if entry.reverses else f"word.{entry.kind}"),
        mark(entry, long=entry.is_open and entry.error is not None),
        number=points_text(entry),
        struck=entry.outcome == "declined" or entry.state == "discarded",
        rest=f", {entry.receipt}" if entry.receipt else "",
    )


class LastScans(QFrame):
    """The right panel of the empty counter."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._shown: tuple[State, str] | None = None
        self.setProperty("part", "panel")
        self._list = RowList(look)
        side = look.gap(20)
        title = Text(look, tr("activity.last"), weight=600, tone="ink2")
        self.setLayout(column([title, self._list], margins=(side, look.gap(16), side, look.gap(12))))
        self._list.setMinimumHeight(0)
        self._resized = QTimer(self)
        self._resized.setSingleShot(True)
        self._resized.timeout.connect(self._fit)

    def refresh(self, state: State, where: str) -> None:
        """The newest rows."""
        self._shown = (state, where)
        fitting = max(1, (self.height() - self._look.gap(52)) // self._list.row_height())
        self._list.show_rows(recent_rows(state, where)[:fitting])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many rows as fit whole; afterwards, since a row let go while it is being shown becomes a window of its own."""
        self._resized.start(0)

    def _fit(self) -> None:
        if self._shown is not None:
            self.refresh(*self._shown)


class MemberToday(QFrame):
    """A member's entries with the offer to take the last one back at its foot."""

    def __init__(self, look: Look, on_take_back: Callable[[], None]) -> None:
        super().__init__()
        self._look = look
        self.setProperty("part", "panel")
        self._title = Text(look, weight=600, tone="ink2")
        self._list = RowList(look)
        self._undo_text = Elided(look, weight=600)
        self._undo_button = Button(look, "", key=tr("key.ctrl_z"), on_press=on_take_back)
        side = look.gap(32)
        bar = row([self._undo_text, self._undo_button], margins=(side, look.gap(10), look.gap(12), look.gap(10)))
        self._undo = holder(bar, "undo")
        self._undo.hide()
        body = holder(column([self._title, self._list, None], margins=(side, look.gap(16), side, 0)))
        layout = column([body, self._undo], margins=(1, 0, 1, 1))
        layout.setStretch(0, 1)
        self.setLayout(layout)

    def refresh(self, desk: Desk, state: State, where: str, now: datetime) -> None:
        """The member's day."""
        undo = desk.undo
        self._title.setText(tr("activity.today", name=desk.member.display if desk.member else ""))
        rows = today_rows(desk, state, where)
        self._list.show_rows(rows[: 4 if undo else 5], dense=undo is not None)
        self._undo.setVisible(undo is not None)
        if undo is not None:
            self._undo_text.setText(tr("undo.saved", points=formats.counted("point", undo.points), name=undo.display))
            self._undo_button.setText(tr("undo.button", seconds=formats.seconds_left(undo.until, now)))


class SalesPanel(QFrame):
    """Sales that the POS made and nobody has claimed."""

    def __init__(self, look: Look, on_claim: Callable[[SaleSeen], None]) -> None:
        super().__init__()
        self._look, self._on_claim = look, on_claim
        self._shown: tuple[SaleSeen, ...] = ()
        self._subs: list[tuple[SaleSeen, Text]] = []
        self.setProperty("part", "panel")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(look.gap(24), look.gap(12), look.gap(12), look.gap(12))
        self._layout.setSpacing(look.gap(12))
        self.hide()

    def refresh(self, sales: tuple[SaleSeen, ...], where: str, now: datetime, *, member: bool, most: int = MOST_SALES) -> None:
        """The newest sales; beside a member the button gives the sale to that member."""
        shown = tuple(sale for sale in sales if sale.claimable_until is None or sale.claimable_until > now)[:most]
        self.setVisible(bool(shown))
        if shown != self._shown:
            self._shown = shown
            self._rebuild(len(sales), member)
        for sale, sub in self._subs:
            sub.setText(_sale_sentence(sale, where, now))

    def _rebuild(self, count: int, member: bool) -> None:
        empty(self._layout)
        self._subs = []
        for index, sale in enumerate(self._shown):
            text = tr("sales.one") if count == 1 else tr("sales.many", count=count)
            title = text if index == 0 else sale.receipt
            self._layout.addWidget(self._sale(sale, title, member))

    def _sale(self, sale: SaleSeen, title: str, member: bool) -> QFrame:
        look = self._look
        sub = Elided(look, size=14, tone="ink2")
        self._subs.append((sale, sub))
        press = self._on_claim
        label = tr("sales.use" if member else "sales.add")
        button = Button(look, label, name=f"{label}: {sale.receipt}", on_press=lambda: press(sale))
        words = holder(column([Elided(look, title, weight=600), sub]))
        return holder(row([Glyph(look, "clock", "offline", 24), words, button], gap=look.gap(16)))


def _sale_sentence(sale: SaleSeen, where: str, now: datetime) -> str:
    zone = formats.zone(where)
    ago = formats.span((now - sale.occurred_at).total_seconds())
    text = tr("sales.sentence", receipt=sale.receipt, amount=formats.price(sale.amount), ago=ago)
    until = sale.claimable_until
    return f"{text} {tr('sales.until', time=formats.clock(until, zone))}" if until else text
