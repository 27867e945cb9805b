"""The handover sheet in the window: read it, save it, print it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QWidget

from gui import formats
from gui.handover.contents import handover
from gui.link.client import Answer
from gui.link.fields import rows
from gui.session import Session
from gui.sheets.pdf import paint, save_pdf
from gui.sheets.sheet import Sheet
from gui.sheets.view import SheetView
from gui.strings import tr
from gui.style import Look
from gui.widgets.buttons import Button, Kind
from gui.widgets.flow import flowing
from gui.widgets.lifetime import while_there
from gui.widgets.panels import column, holder, scrolling
from gui.widgets.text import Text
from gui.wire.orders import OrderSeen, read_order


class HandoverPage(QWidget):
    """Made anew each time it is opened; the shift's orders are asked for then."""

    def __init__(self, look: Look, session: Session, folder: Path | None, on_close: Callable[[], None]) -> None:
        super().__init__()
        self._look, self._session, self._folder, self._on_close = look, session, folder, on_close
        self._orders: list[OrderSeen] = []
        self.setProperty("part", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("handover.title"))
        self._made = Text(look, "", tone="ink2", wrap=True)
        self._view = SheetView(look)
        self.save = Button(look, tr("handover.save"), kind=Kind.PRIMARY, height=64, size=20, on_press=self.save_sheet)
        self.print = Button(look, tr("handover.print"), height=64, size=20, on_press=self.print_sheet)
        back = Button(look, tr("setup.back"), kind=Kind.QUIET, key=tr("key.esc"), height=64, size=20, on_press=on_close)
        inside = QWidget()
        inside.setLayout(column([self._view, None], margins=(0, 0, look.gap(8), 0)))
        title = Text(look, tr("handover.title"), size=32, weight=600, wrap=True)
        buttons = holder(column([flowing([self.save, self.print, back], look.gap(8))]))
        area = scrolling(inside, tr("handover.title"))
        gap = look.gap(24)
        layout = column(
            [title, self._made, look.gap(12), buttons, look.gap(16), area], margins=(gap, look.gap(18), gap, look.gap(8))
        )
        layout.setStretch(5, 1)
        self.setLayout(layout)

    def open(self) -> None:
        """Ask for the shift's orders."""

        def done(answer: Answer) -> None:
            if answer.ok:
                self._orders = [read_order(item) for item in rows(answer.body, "orders")]
                self.refresh()

        self._session.ask("GET", "/v1/orders?state=all", {}, while_there(self, done))

    def sheet(self) -> Sheet:
        """As it is now."""
        state, now = self._session.state, self._session.now()
        where = formats.zone(state.status.timezone if state.status else "Asia/Singapore")
        day = f"{formats.day(now, where)} {now.astimezone(where).year}"
        version = state.status.version if state.status else "?"
        made = tr("sheet.made", day=day, time=formats.clock(now, where), version=version)
        return handover(state, self._orders or list(state.orders.values()), now, made)

    def refresh(self) -> None:
        """Show the sheet."""
        sheet = self.sheet()
        self._made.setText(f"{sheet.place}. {sheet.made}")
        self._view.show_sheet(sheet)

    def tick(self) -> None:
        """Ages move with every minute, not every second."""

    def save_sheet(self) -> None:
        """As PDF beside the data of this till."""
        path = (self._folder or Path()) / f"handover-{self._session.now():%Y-%m-%d-%H%M}.pdf"
        saved = self._folder is not None and save_pdf(self.sheet(), path)
        self._session.noticed.emit(tr("setup.saved_as", path=path) if saved else tr("setup.not_saved"))

    def print_sheet(self) -> None:
        """On any printer of this computer; the desktop's own dialog chooses it."""
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter  # megabytes that most days nobody needs

        printer = QPrinter()
        dialog = QPrintDialog(printer, self)
        dialog.accepted.connect(lambda: paint(self.sheet(), printer, printer.newPage))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        QDialog.open(dialog)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc goes back."""
        if event.key() == Qt.Key.Key_Escape:
            self._on_close()
        else:
            super().keyPressEvent(event)
