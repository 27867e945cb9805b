"""The doctor's page: a verdict first, then the days, then three codes to try a scanner with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from urllib.parse import quote

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from agent.core.scan import TEST_CODES
from gui.doctor.chart import Bar, Chart
from gui.link.client import Answer
from gui.link.fields import Json, rows, text, whole
from gui.session import Session
from gui.setup.flow import SetupFlow
from gui.setup.trial_steps import CodeCard
from gui.strings import shown_name, tr
from gui.style import Look
from gui.widgets.buttons import Button, Kind
from gui.widgets.marks import Glyph
from gui.widgets.panels import Piece, column, empty, holder, row, scrolling
from gui.widgets.text import Text
from gui.wire.scans import ScanSeen


class DoctorPage(QWidget):
    """Every scanner with its trend; what was read since the page was opened."""

    def __init__(self, look: Look, session: Session, flow: SetupFlow, on_close: Callable[[], None]) -> None:
        super().__init__()
        self._look, self._session, self._flow, self._on_close = look, session, flow, on_close
        self._codes: frozenset[str] = frozenset()
        self.setProperty("part", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("doctor.title"))
        self._cards = [CodeCard(look, number) for number in (1, 2, 3)]
        self._scanners = QVBoxLayout()
        self._scanners.setSpacing(look.gap(16))
        self._verdict = Text(look, tr("doctor.scan"), size=20, tone="ink2", wrap=True)
        again = Button(look, tr("doctor.again"), height=64, size=20, on_press=self.again)
        back = Button(look, tr("setup.back"), kind=Kind.QUIET, key=tr("key.esc"), height=64, size=20, on_press=on_close)
        inside = QWidget()
        cards = row([*self._cards], gap=look.gap(16))
        inside.setLayout(
            column([self._scanners, look.gap(20), self._verdict, look.gap(12), cards, None], margins=(0, 0, look.gap(8), 0))
        )
        title = Text(look, tr("doctor.title"), size=32, weight=600, wrap=True)
        gap = look.gap(24)
        foot = row([again, look.gap(8), back, None])
        pieces: list[Piece] = [title, look.gap(12), scrolling(inside, tr("doctor.title")), look.gap(12), foot]
        layout = column(pieces, margins=(gap, look.gap(18), gap, look.gap(12)))
        layout.setStretch(2, 1)
        self.setLayout(layout)
        session.scanned.connect(self._heard)

    def open(self) -> None:
        """Ask how every scanner reads."""
        self._flow.load()
        self.again()
        empty(self._scanners)
        scanners = [device for device in self._session.state.devices if device.is_scanner]
        if not scanners:
            self._scanners.addWidget(Text(self._look, tr("doctor.none"), tone="ink2", wrap=True))
        for device in scanners:
            self._session.ask("GET", f"/v1/devices/{quote(device.name, safe='')}/quality", {}, self._shower(device.name))

    def _shower(self, name: str) -> Callable[[Answer], None]:
        def done(answer: Answer) -> None:
            if answer.ok:
                self._scanners.addWidget(self.panel(name, answer.body))

        return done

    def panel(self, name: str, seen: Json) -> QWidget:
        """One scanner: what to do, and why."""
        look = self._look
        since = _day(text(seen, "since"))
        times = seen.get("times")
        strip_tone = "attention" if since else "ok"
        title = tr("doctor.clean") if since else tr("doctor.fine")
        rest = tr("doctor.times", times=round(times), day=_named(since)) if since and isinstance(times, float | int) else ""
        words = column([Text(look, title, size=20, weight=600, wrap=True), *([Text(look, rest, wrap=True)] if rest else [])])
        glyph = Glyph(look, "diamond" if since else "ready", strip_tone, 28)
        line = row([glyph, holder(words)], gap=look.gap(14), margins=(look.gap(20), look.gap(12), look.gap(20), look.gap(12)))
        line.setStretch(1, 1)
        days = [(day, one) for one in rows(seen, "days") if (day := _day(text(one, "day"))) is not None]
        pieces: list[Piece] = [Text(look, shown_name(name), size=24, weight=600), look.gap(12), holder(line, "strip", strip_tone)]
        if days:
            chart = Chart(look)
            chart.show_bars(tuple(_bar(day, one, since) for day, one in days), tr("doctor.misreads"))
            pieces += [look.gap(16), Text(look, tr("doctor.misreads"), weight=600, tone="ink2"), chart]
        if layout := text(seen.get("suggest"), "layout"):
            words_ = Text(look, tr("doctor.layout", layout=layout), weight=600, wrap=True)
            use = Button(look, tr("doctor.use"), kind=Kind.PRIMARY, on_press=lambda: self.use(name, {"layout": layout}))
            pieces += [look.gap(12), words_, look.gap(8), holder(row([use, None]))]
        side = look.gap(24)
        return holder(column(pieces, margins=(side, side, side, side)), "panel")

    def use(self, name: str, options: Json) -> None:
        """Write what was learnt into the settings of a scanner."""
        device = next((one for one in self._flow.draft.devices if one.name == name), None)
        if device is None:
            return

        def done(problem: str) -> None:
            self._session.noticed.emit(problem or tr("settings.saved"))
            self.open()

        self._flow.plug_in(replace(device, options={**device.options, **options}), "", done)

    def again(self) -> None:
        """Forget what was read, for another try."""
        self._codes = frozenset()
        self._show_codes()

    def _heard(self, scan: ScanSeen) -> None:
        if scan.code in TEST_CODES and self.isVisible():
            self._codes |= {scan.code}
            self._show_codes()

    def _show_codes(self) -> None:
        for card in self._cards:
            card.refresh(self._codes)
        whole_ = self._codes >= set(TEST_CODES)
        self._verdict.setText(tr("doctor.whole") if whole_ else tr("doctor.scan"))

    def refresh(self) -> None:
        """Nothing here follows the state."""

    def tick(self) -> None:
        """Nothing here moves by itself."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc goes back."""
        if event.key() == Qt.Key.Key_Escape:
            self._on_close()
        else:
            super().keyPressEvent(event)


def _day(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None


def _named(day: date | None) -> str:
    return tr("locale.day", day=day.day, month=tr(f"month.{day.month}")) if day else ""


def _bar(day: date, one: Json, since: date | None) -> Bar:
    scans, misreads = whole(one, "scans"), whole(one, "misreads")
    return Bar(_named(day), 100 * misreads / (scans + misreads or 1), since is not None and day >= since)
