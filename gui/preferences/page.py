"""The settings page: what a shop changes first, the rest on demand; nothing counts before it is saved and in force."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.link.client import Answer
from gui.link.fields import Json, flag, rows, text
from gui.preferences.offline_burn import OfflineBurnPanel
from gui.session import Session
from gui.setup.flow import SetupFlow
from gui.setup.form import Form
from gui.setup.place_steps import line, named
from gui.strings import known, said, tr
from gui.style import Look
from gui.widgets.buttons import Button, Kind
from gui.widgets.flow import flowing
from gui.widgets.lifetime import while_there
from gui.widgets.panels import Piece, column, empty, holder, scrolling
from gui.widgets.text import Text


class PreferencesPage(QWidget):
    """Loaded when it is opened; what was entered stays until it is saved or left."""

    def __init__(self, look: Look, session: Session, flow: SetupFlow, on_close: Callable[[str], None]) -> None:
        """`on_close` is told where to go: nowhere in particular, or `setup`."""
        super().__init__()
        self._look, self._session, self._flow, self._on_close = look, session, flow, on_close
        self.form: Form | None = None
        self.setProperty("part", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("settings.title"))
        self._body = QVBoxLayout()
        self._body.setContentsMargins(0, 0, look.gap(8), 0)
        self._problem = Text(look, "", weight=600, tone="late", wrap=True)
        self._pin = line(look, tr("setup.pin"), "", lambda: None, secret=True)
        self._pin_row = named(look, tr("setup.pin"), self._pin, tr("setup.pin_why"))
        self.offline_burn = OfflineBurnPanel(look, session)
        self._build()
        flow.changed.connect(self._follow)

    def _build(self) -> None:
        look = self._look
        self.save = Button(look, tr("setup.save"), kind=Kind.PRIMARY, height=64, size=20, on_press=self.save_changes)
        again = Button(look, tr("settings.set_up_again"), height=64, size=20, on_press=lambda: self._on_close("setup"))
        back = Button(
            look, tr("setup.back"), kind=Kind.QUIET, key=tr("key.esc"), height=64, size=20, on_press=lambda: self._on_close("")
        )
        burning = holder(column([self.offline_burn], margins=(0, 0, look.gap(8), 0)))
        inside = QWidget()
        inside.setLayout(column([burning, look.gap(16), self._body, None], margins=(0, 0, 0, look.gap(16))))
        title = Text(look, tr("settings.title"), size=32, weight=600, wrap=True)
        lead = Text(look, tr("settings.lead"), tone="ink2", wrap=True)
        foot = holder(column([flowing([self.save, again, back], look.gap(8))]))
        gap = look.gap(24)
        pieces: list[Piece] = [
            title,
            lead,
            look.gap(12),
            scrolling(inside, tr("settings.title")),
            look.gap(16),
            self._problem,
            self._pin_row,
            look.gap(16),
            foot,
        ]
        layout = column(pieces, margins=(gap, look.gap(18), gap, look.gap(12)))
        layout.setStretch(3, 1)
        self._pin_row.hide()
        self.setLayout(layout)

    def open(self) -> None:
        """Ask what is set."""

        def done(answer: Answer) -> None:
            if answer.ok:
                self.show_settings(answer.body)
            else:
                self._problem.show_text(said(answer.reason, answer.message))

        self._session.ask("GET", "/v1/setup", {}, while_there(self, done))

    def show_settings(self, seen: Json) -> None:
        """A form of everything, the known ones first."""
        self._flow.take_settings(seen)
        fields = rows(seen, "fields")
        self.offline_burn.open(next((text(one, "locked") for one in fields if text(one, "key") == "loyalty.offline_burn"), ""))
        values = {text(one, "key"): one.get("value") for one in fields}
        self.form = Form(self._look, fields, values, lambda: None, wanted=lambda one: known(f"settings.{text(one, 'key')}"))
        empty(self._body)
        side = self._look.gap(24)
        self._body.addWidget(holder(column([self.form], margins=(side, side, side, side)), "panel"))
        self._pin_row.setVisible(flag(seen, "pin_set"))

    def save_changes(self) -> None:
        """Only what differs is written; the till goes on with it a moment later."""
        changes = self.form.changes() if self.form else {}
        if not changes:
            self._session.noticed.emit(tr("settings.nothing"))
            return
        self._flow.change(pin=self._pin.text())
        self._flow.write({"settings": changes}, self._saved)

    def _saved(self) -> None:
        self._session.noticed.emit(tr("settings.saved"))
        self.open()

    def _follow(self) -> None:
        if not self.isVisible():
            return
        self.save.setEnabled(not self._flow.draft.busy)
        self._problem.show_text(self._flow.draft.problem)

    def refresh(self) -> None:
        """What is typed stays."""

    def tick(self) -> None:
        """Nothing here moves by itself."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc goes back without saving."""
        if event.key() == Qt.Key.Key_Escape:
            self._on_close("")
        else:
            super().keyPressEvent(event)
