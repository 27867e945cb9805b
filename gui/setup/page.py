"""Set-up in the window: the rail, one step with its title, and the way back and on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from agent.core.scan import TEST_CODES
from gui import formats
from gui.session import Session
from gui.setup.acceptance import acceptance
from gui.setup.devices_step import DeviceEditor
from gui.setup.draft import SKIPPABLE, Draft, Step, held_back
from gui.setup.flow import SetupFlow
from gui.setup.place_steps import AddressStep, Body, KeyStep, OutletStep
from gui.setup.rail import Rail
from gui.setup.trial_steps import FinishedStep, OrderStep, PrinterStep, ScannerStep
from gui.sheets.pdf import save_pdf
from gui.sheets.sheet import Sheet
from gui.sheets.view import SheetView
from gui.strings import tr
from gui.style import Look
from gui.widgets.buttons import Button, Kind
from gui.widgets.panels import Piece, column, empty, holder, row, rule, scrolling
from gui.widgets.text import Text

CONFIRM = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class SetupPage(QWidget):
    """Shows the flow's draft; typed text lives in the draft, so another look loses nothing."""

    def __init__(self, look: Look, session: Session, flow: SetupFlow, folder: Path | None, play: Callable[[], None]) -> None:
        super().__init__()
        self._look, self._session, self._flow, self._folder, self._play = look, session, flow, folder, play
        self._shown: Step | None = None
        self._step: Body | None = None
        self.setProperty("part", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("setup.title"))
        self.rail = Rail(look)
        self._title = Text(look, "", size=32, weight=600, wrap=True)
        self._lead = Text(look, "", size=20, tone="ink2", wrap=True)
        self._body = QVBoxLayout()
        self._body.setContentsMargins(0, 0, look.gap(8), 0)
        self._problem = Text(look, "", weight=600, tone="late", wrap=True)
        self._build()
        QShortcut(QKeySequence("Alt+Left"), self).activated.connect(flow.go_back)
        flow.changed.connect(self.refresh)

    def _build(self) -> None:
        look, flow = self._look, self._flow
        self.back = Button(look, tr("setup.back"), height=64, size=20, on_press=flow.go_back)
        self.skip = Button(look, tr("setup.skip.pos"), kind=Kind.QUIET, height=64, size=20, on_press=flow.skip)
        self.on = Button(look, tr("setup.continue"), kind=Kind.PRIMARY, height=64, size=20, on_press=flow.go_on)
        foot = row([self.back, None, self.skip, look.gap(16), self.on], margins=(0, look.gap(20), 0, 0))
        inside = QWidget()
        inside.setLayout(column([self._body, None], margins=(0, 0, 0, look.gap(16))))
        area = scrolling(inside, tr("setup.title"))
        side = look.gap(48)
        pieces: list[Piece] = [
            self._title,
            look.gap(4),
            self._lead,
            look.gap(24),
            area,
            self._problem,
            look.gap(12),
            rule(look),
            foot,
        ]
        main = column(pieces, margins=(side, look.gap(32), side, look.gap(24)))
        main.setStretch(4, 1)
        if look.folded:
            self.rail.hide()
        layout = row([self.rail, holder(main)])
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def refresh(self) -> None:
        """The step of now."""
        draft = self._flow.draft
        self.rail.refresh(draft)
        if draft.step is not self._shown:
            self._show_step(draft)
        if self._step is not None:
            self._step.refresh(draft)
        self.back.setVisible(draft.step is not Step.ADDRESS)
        self.skip.setVisible(draft.step in SKIPPABLE)
        self.on.setText(tr("setup.start" if draft.step is Step.FINISHED else "setup.continue"))
        self.on.setEnabled(not held_back(draft))
        self._problem.show_text(draft.problem)

    def _show_step(self, draft: Draft) -> None:
        self._shown = draft.step
        word = draft.step.name.lower()
        self._title.setText(tr(f"setup.step.{word}"))
        self._lead.setText(tr(f"setup.lead.{word}"))
        if draft.step in SKIPPABLE:
            self.skip.setText(tr(f"setup.skip.{word}"))
        empty(self._body)
        step = self._made(draft)
        self._step = step
        if isinstance(step, QWidget):
            self._body.addWidget(step)
            field = step.findChild(QLineEdit)
            (field if field is not None and field.isEnabled() else self.on).setFocus(Qt.FocusReason.OtherFocusReason)

    def _made(self, draft: Draft) -> Body:
        look, flow = self._look, self._flow
        match draft.step:
            case Step.ADDRESS:
                return AddressStep(look, flow)
            case Step.KEY:
                return KeyStep(look, flow)
            case Step.OUTLET:
                return OutletStep(look, flow)
            case Step.POS:
                return DeviceEditor(look, flow, Step.POS)
            case Step.SCANNER:
                return ScannerStep(look, flow)
            case Step.PRINTER:
                return PrinterStep(look, flow, self._play)
            case Step.ORDER:
                return OrderStep(look, flow, self._session)
        return self._finished(draft)

    def _finished(self, draft: Draft) -> FinishedStep:
        sheet, view = self.sheet(), SheetView(self._look)
        view.show_sheet(sheet)
        path = (self._folder or Path()) / f"acceptance-{self._session.now():%Y-%m-%d-%H%M}.pdf"
        return FinishedStep(self._look, view, str(path), self._folder is not None and save_pdf(sheet, path))

    def sheet(self) -> Sheet:
        """The acceptance sheet of now."""
        state, now = self._session.state, self._session.now()
        where = formats.zone(state.status.timezone if state.status else "Asia/Singapore")
        day = f"{formats.day(now, where)} {now.astimezone(where).year}"
        version = state.status.version if state.status else "?"
        return acceptance(self._flow.draft, state, tr("sheet.made", day=day, time=formats.clock(now, where), version=version))

    def sentence(self) -> str:
        """Why it does not go on, for the status line."""
        why = held_back(self._flow.draft)
        if not why:
            return tr("setup.ready_to_go_on")
        return tr(why, count=len(self._flow.draft.codes & set(TEST_CODES))) if why == "setup.need.codes" else tr(why)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on wherever no button has the focus."""
        if event.key() in CONFIRM and self.on.isEnabled():
            self._flow.go_on()
        else:
            super().keyPressEvent(event)

    def tick(self) -> None:
        """Orders and devices move by themselves."""
        self.refresh()
