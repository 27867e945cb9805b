"""What is tried: three codes for the scanner, a page and a sound, an order, and the sheet of it all."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from agent.core.scan import TEST_CODES
from gui.session import Session
from gui.setup.codes import ScanMe
from gui.setup.devices_step import DeviceEditor
from gui.setup.draft import Draft, Step
from gui.setup.flow import SetupFlow
from gui.sheets.view import SheetView
from gui.strings import shown_name, tr
from gui.style import Look
from gui.widgets.buttons import Button, Kind
from gui.widgets.flow import flowing
from gui.widgets.marks import Badge, Glyph, Mark
from gui.widgets.panels import column, empty, holder, restate, row, rule
from gui.widgets.text import Text


class CodeCard(QFrame):
    """One code with its word: waiting, or read."""

    def __init__(self, look: Look, number: int) -> None:
        super().__init__()
        self._code = TEST_CODES[number - 1]
        self.setProperty("part", "code")
        self._waiting = Text(look, tr("setup.code.waiting"), weight=600, tone="accent", wrap=True)
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        read = Text(look, tr("setup.code.read"), weight=600, tone="ok")
        self._read = holder(row([None, Glyph(look, "ready", "ok", 20), look.gap(8), read, None]))
        picture = ScanMe(look, self._code, is_linear=number == 1, name=tr("setup.code", number=number))
        side = look.gap(16)
        self.setLayout(column([picture, look.gap(8), self._waiting, self._read], margins=(side, side, side, side)))
        self.refresh(frozenset())

    def refresh(self, codes: frozenset[str]) -> None:
        """Whether it was read."""
        is_read = self._code in codes
        restate(self, "ok" if is_read else "here")
        self._read.setVisible(is_read)
        self._waiting.setVisible(not is_read)
        self.setAccessibleName(tr("setup.code.read" if is_read else "setup.code.waiting"))


class ScannerStep(QWidget):
    """The scanner, and three codes to scan."""

    def __init__(self, look: Look, flow: SetupFlow) -> None:
        super().__init__()
        self._look = look
        self._cards = [CodeCard(look, number) for number in (1, 2, 3)]
        self.editor = DeviceEditor(look, flow, Step.SCANNER)
        self._told = QVBoxLayout()
        self._told.setSpacing(0)
        self._told_shown: object = None
        cards = row([*self._cards], gap=look.gap(16))
        hint = Text(look, tr("setup.types"), size=14, tone="ink2", wrap=True)
        self.setLayout(column([cards, look.gap(16), self._told, look.gap(16), self.editor, look.gap(8), hint]))

    def refresh(self, draft: Draft) -> None:
        """What was read, and what the scanner told us."""
        for card in self._cards:
            card.refresh(draft.codes)
        self.editor.refresh(draft)
        told = (draft.scanner, draft.all_read)
        if told != self._told_shown:
            self._told_shown = told
            self._tell(draft)

    def _tell(self, draft: Draft) -> None:
        empty(self._told)
        if not draft.codes:
            return
        look = self._look
        typed = draft.scanner in {"", "till-api", "screen"}
        driver = next((one.driver for one in draft.devices if one.name == draft.scanner), "")
        name = tr("setup.told.typed") if typed else f"{shown_name(draft.scanner)}, {driver}"
        letters = tr("setup.told.whole") if draft.all_read else f"{len(draft.codes)} / {len(TEST_CODES)}"
        self._told.addWidget(Text(look, tr("setup.told"), weight=600, tone="ink2"))
        for title, value in ((tr("setup.told.scanner"), name), (tr("setup.told.letters"), letters)):
            label = Text(look, title, tone="ink2")
            label.setMinimumWidth(look.gap(180))
            line = row([label, Text(look, value, weight=600, wrap=True)], margins=(0, look.gap(10), 0, look.gap(10)))
            line.setStretch(1, 1)
            self._told.addWidget(holder(line))
            self._told.addWidget(rule(look))


class PrinterStep(QWidget):
    """The printer, a page from it, and the sound."""

    def __init__(self, look: Look, flow: SetupFlow, play: object) -> None:
        super().__init__()
        self._look, self._flow, self._play = look, flow, play
        self._shown: object = None
        self.editor = DeviceEditor(look, flow, Step.PRINTER)
        self._tries = QVBoxLayout()
        self.setLayout(column([self.editor, look.gap(16), self._tries]))

    def refresh(self, draft: Draft) -> None:
        """A button for each printer."""
        self.editor.refresh(draft)
        shown = (tuple(one.name for one in draft.plugged("printer")), draft.printed, draft.sounded)
        if shown == self._shown:
            return
        self._shown = shown
        empty(self._tries)
        look = self._look
        buttons: list[QWidget] = [
            Button(
                look,
                tr("setup.print_on", name=shown_name(one.name)) if len(draft.plugged("printer")) > 1 else tr("setup.print"),
                kind=Kind.SECONDARY if draft.printed else Kind.PRIMARY,
                height=64,
                size=20,
                on_press=partial(self._flow.print_page, one.name),
            )
            for one in draft.plugged("printer")
        ]
        buttons.append(Button(look, tr("setup.sound"), height=64, size=20, on_press=self._sound))
        if draft.printed:
            buttons.append(Badge(look, Mark(tr("setup.order.printed"), "ready", "ok")))
        self._tries.addWidget(holder(column([flowing(buttons, look.gap(8))])))

    def _sound(self) -> None:
        if callable(self._play):
            self._play()
        self._flow.change(sounded=True)


class OrderStep(QWidget):
    """An order marked TEST, and what became of it."""

    def __init__(self, look: Look, flow: SetupFlow, session: Session) -> None:
        super().__init__()
        self._look, self._flow, self._session = look, flow, session
        self._shown: object = None
        self._body = QVBoxLayout()
        self.setLayout(column([self._body]))

    def refresh(self, draft: Draft) -> None:
        """Received, printed, taken off."""
        order = self._session.state.orders.get(draft.order_id) if draft.order_id else None
        shown = (draft.order_id, order.status if order else "", order.printed if order else 0, draft.order_done)
        if shown == self._shown:
            return
        self._shown = shown
        empty(self._body)
        look, flow = self._look, self._flow
        if not draft.order_id:
            button = Button(look, tr("setup.order.place"), kind=Kind.PRIMARY, height=64, size=20, on_press=flow.place_order)
            self._body.addWidget(holder(row([button, None])))
            return
        title = Text(look, order.ref_no if order else draft.order_id, size=24, weight=600)
        marks: list[QWidget] = [Badge(look, Mark(tr("setup.order.received"), "ready", "ok"))] if order or draft.order_done else []
        if order and order.printed:
            marks.append(Badge(look, Mark(tr("setup.order.printed"), "ready", "ok")))
        if draft.order_done:
            marks.append(Badge(look, Mark(tr("setup.done"), "ready", "ok")))
        pieces: list[QWidget] = [title, holder(column([flowing(marks, look.gap(8))]))]
        if not draft.order_done:
            label = tr("setup.order.take_off")
            pieces.append(Button(look, label, kind=Kind.PRIMARY, height=64, size=20, on_press=flow.complete_order))
        side = look.gap(24)
        self._body.addWidget(holder(column(pieces, gap=look.gap(16), margins=(side, side, side, side)), "panel"))


class FinishedStep(QWidget):
    """The acceptance sheet, saved and shown."""

    def __init__(self, look: Look, view: SheetView, path: str, saved: bool) -> None:
        super().__init__()
        words = tr("setup.saved_as", path=path) if saved else tr("setup.not_saved")
        told = Text(look, words, size=14, tone="ink2" if saved else "late", wrap=True)
        show = Button(look, tr("setup.open_sheet"), height=48, on_press=lambda: open_file(path))
        if not saved:
            show.hide()
        self.setLayout(column([view, look.gap(16), told, look.gap(8), holder(row([show, None]))]))

    def refresh(self, draft: Draft) -> None:
        """It stays as it was saved."""


def open_file(path: str) -> None:
    """Show a file with whatever this desktop shows such files with."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(path))
