"""The doctor's page: a verdict first, then the days, then three codes to learn a scanner from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from urllib.parse import quote

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from agent.core.scan import TEST_CODES
from gui.doctor.chart import Bar, Chart
from gui.doctor.learning import Lecture, ScannerLearning
from gui.doctor.lesson_view import LessonView
from gui.link.client import Answer
from gui.link.fields import Json, rows, text, whole
from gui.session import Session
from gui.setup.flow import SetupFlow
from gui.strings import known, shown_name, tr
from gui.style import Look
from gui.widgets.buttons import Button, Kind
from gui.widgets.flow import flowing
from gui.widgets.lifetime import while_there
from gui.widgets.marks import Glyph
from gui.widgets.panels import Piece, column, empty, holder, row, scrolling
from gui.widgets.text import Text
from gui.wire.scans import ScanSeen

COUNT_MS = 300
"""Scans of one moment are counted once."""
PRACTICE = "simulated"
"""How the kinds of practice devices begin."""


class DoctorPage(QWidget):
    """Every scanner with its trend, and the lesson of one of them."""

    def __init__(
        self, look: Look, session: Session, flow: SetupFlow, learning: ScannerLearning, on_close: Callable[[], None]
    ) -> None:
        super().__init__()
        self._look, self._session, self._flow, self._on_close = look, session, flow, on_close
        self._learning = learning
        self._codes: frozenset[str] = frozenset()
        self._places: dict[str, QWidget] = {}
        """Scanner -> where its panel stands."""
        self._counted: set[str] = set()
        self._count = QTimer(self)
        self._count.setSingleShot(True)
        self._count.timeout.connect(self._count_again)
        self.setProperty("part", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("doctor.title"))
        self.lesson = LessonView(look, learning, flow, self.use_learnt)
        self._scanners = QVBoxLayout()
        self._scanners.setSpacing(look.gap(16))
        inside = QWidget()
        inside.setLayout(column([self._scanners, look.gap(16), self.lesson, None], margins=(0, 0, look.gap(8), 0)))
        title = Text(look, tr("doctor.title"), size=32, weight=600, wrap=True)
        gap = look.gap(24)
        self._scroll = scrolling(inside, tr("doctor.title"))
        pieces: list[Piece] = [title, look.gap(12), self._scroll, look.gap(12), self._foot()]
        layout = column(pieces, margins=(gap, look.gap(18), gap, look.gap(12)))
        layout.setStretch(2, 1)
        self.setLayout(layout)
        session.scanned.connect(self._heard)
        learning.changed.connect(self._show_lesson)
        learning.typing.changed.connect(self._show_lesson)

    def _foot(self) -> QWidget:
        look = self._look
        again = Button(look, tr("doctor.again"), height=64, size=20, on_press=self.again)
        self.forget = Button(look, tr("doctor.forget"), height=64, size=20, on_press=self.forget_learnt)
        back = Button(look, tr("setup.back"), kind=Kind.QUIET, key=tr("key.esc"), height=64, size=20, on_press=self._on_close)
        return holder(column([flowing([again, self.forget, back], look.gap(8))]))

    def open(self) -> None:
        """Ask how every scanner reads, and listen."""
        self._flow.load()
        self._learning.open()
        self.again()
        empty(self._scanners)
        self._places.clear()
        scanners = [device for device in self._session.state.devices if device.is_scanner]
        if not scanners:
            self._scanners.addWidget(Text(self._look, tr("doctor.none"), tone="ink2", wrap=True))
        for device in scanners:
            place = QWidget()
            place.setLayout(column([]))
            self._scanners.addWidget(place)
            self._places[device.name] = place
            self._ask(device.name)

    def _ask(self, name: str) -> None:
        self._session.ask("GET", f"/v1/devices/{quote(name, safe='')}/quality", {}, while_there(self, self._shower(name)))

    def hideEvent(self, event: QHideEvent) -> None:
        """Scans mean again what they mean."""
        if not event.spontaneous():
            self._learning.close()
        super().hideEvent(event)

    def _shower(self, name: str) -> Callable[[Answer], None]:
        def done(answer: Answer) -> None:
            place = self._places.get(name)
            layout = place.layout() if place is not None else None
            if not answer.ok or place is None or not isinstance(layout, QVBoxLayout):
                return
            if place.isAncestorOf(self.focusWidget() or self):
                self.setFocus(Qt.FocusReason.OtherFocusReason)
            empty(layout)
            driver = next((device.driver for device in self._session.state.devices if device.name == name), "")
            layout.addWidget(self.panel(name, answer.body, is_practice=driver.startswith(PRACTICE)))

        return done

    def panel(self, name: str, seen: Json, *, is_practice: bool = False) -> QWidget:
        """One scanner: what to do, and why; a practice one has nothing to learn."""
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
            country = tr(f"doctor.country.{layout}") if known(f"doctor.country.{layout}") else layout
            words_ = Text(look, tr("doctor.layout", layout=country), weight=600, wrap=True)
            use = Button(look, tr("doctor.use"), kind=Kind.PRIMARY, on_press=lambda: self.use(name, {"layout": layout}))
            pieces += [look.gap(12), words_, look.gap(8), holder(row([use, None]))]
        if not is_practice:
            label = tr("doctor.learn_name", name=shown_name(name))
            learn = Button(look, tr("doctor.learn"), name=label, height=64, size=20, on_press=lambda: self.learn(name))
            pieces += [look.gap(16), holder(row([learn, None]))]
        side = look.gap(24)
        return holder(column(pieces, margins=(side, side, side, side)), "panel")

    def use(self, name: str, options: Json) -> None:
        """Write what was learnt into the settings of a scanner."""
        device = next((one for one in self._flow.draft.devices if one.name == name), None)
        if device is None:
            return

        def done(problem: str) -> None:
            if problem:
                self.lesson.say(problem)
                self._session.noticed.emit(problem)
            else:
                self._session.noticed.emit(tr("doctor.used"))
                self.open()

        self._flow.change(pin=self.lesson.pin.text())
        self._flow.plug_in(replace(device, options={**device.options, **options}), "", done)

    def learn(self, name: str) -> None:
        """Let the agent learn one of its scanners."""
        self._codes = frozenset()
        self._learning.begin(name)

    def use_learnt(self) -> None:
        """Read the scanner so from now on; the button goes, and Esc has to go on working."""
        now = self._learning.now
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        if now.name:
            self.use(now.name, now.options)
        elif now.profile is not None:
            self._learning.typing.use(now.profile)
            self._session.noticed.emit(tr("doctor.used"))

    def forget_learnt(self) -> None:
        """Read every scanner that types as it comes."""
        self._learning.typing.use(None)
        self._session.noticed.emit(tr("doctor.forgotten"))

    def again(self) -> None:
        """Forget what was read, for another try."""
        self._codes = frozenset()
        self._learning.again()
        self._show_lesson()

    def _heard(self, scan: ScanSeen) -> None:
        """Read or misread: the day of its scanner has changed."""
        if not self.isVisible():
            return
        if scan.code in TEST_CODES:
            self._codes |= {scan.code}
            self._show_lesson()
        if scan.device in self._places:
            self._counted.add(scan.device)
            self._count.start(COUNT_MS)

    def _count_again(self) -> None:
        names, self._counted = self._counted, set()
        for name in sorted(names & self._places.keys()):
            self._ask(name)

    def _show_lesson(self) -> None:
        self.lesson.refresh(self._codes)
        self.forget.setVisible(self._learning.typing.profile is not None)
        if self._learning.now != Lecture() and self.isVisible():
            QTimer.singleShot(0, self, lambda: self._scroll.verticalScrollBar().setValue(self.lesson.y()))

    def refresh(self) -> None:
        """Nothing here follows the state."""

    def tick(self) -> None:
        """Nothing here moves by itself."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc goes back; letters that come here were typed, for a scan never does."""
        if event.key() == Qt.Key.Key_Escape:
            self._on_close()
            return
        if event.text().strip():
            self._learning.typed()
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
