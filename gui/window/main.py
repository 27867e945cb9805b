"""The one window: top bar, bands, pages, status line, and the keys that work on every page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QWidget

from gui.alarms.band import AlarmBand
from gui.alarms.rules import Sound
from gui.alarms.sounds import Bell
from gui.board.flow import BoardFlow
from gui.board.kitchen import KitchenPage
from gui.board.page import BoardPage, TicketPage
from gui.board.rush import RushWatch
from gui.counter.flow import CounterFlow
from gui.counter.page import CounterPage
from gui.doctor.page import DoctorPage
from gui.handover.page import HandoverPage
from gui.link.client import Answer
from gui.outbox.page import OutboxPage
from gui.practice import Practice
from gui.preferences.page import PreferencesPage
from gui.qss import sheet
from gui.session import Session
from gui.setup.flow import SetupFlow
from gui.setup.page import SetupPage
from gui.state import scan_ready
from gui.strings import speak, tr
from gui.style import Look
from gui.training import in_training
from gui.widgets.dialogs import Question, ask, choose
from gui.widgets.panels import column
from gui.window.banner import Banner, PracticeBand
from gui.window.devices_page import DevicesPage
from gui.window.help_page import HelpPage
from gui.window.menu_page import MenuPage
from gui.window.status_line import Line, StatusLine, describe
from gui.window.top_bar import Lamp, Page, TopBar

PREFERRED, FRAME = QSize(1280, 800), QSize(40, 60)
"""The size at 100 %, and what a title bar and borders may add to it."""
TICK_MS = 1000
NOTE_MS = 6000
BUSY_MINUTES = (10, 20, 30, 60, 0)
STATUS_KEYS = {
    Page.ORDERS: ("keys.pick", "keys.next", "keys.back", "keys.lines", "keys.f9", "keys.f11"),
    Page.OUTBOX: ("keys.choose", "keys.do", "keys.discard", "keys.f1"),
}
KITCHEN_KEYS = ("keys.pick", "keys.next", "keys.back", "keys.lines", "keys.recall", "keys.f9")
SETUP_KEYS = ("keys.f1", "setup.keys.back", "setup.keys.next")
COMMON_KEYS = ("keys.f1", "keys.f2", "keys.f4", "keys.f9")


class View(Protocol):
    """What every page can do."""

    def refresh(self) -> None:
        """Show the state."""
        ...

    def tick(self) -> None:
        """A second passed."""
        ...


class MainWindow(QMainWindow):
    """Pages are built anew when the look changes; what is typed at the counter lives in its flow and stays."""

    look_wanted = Signal(str)
    training_wanted = Signal()
    """Start the training, or end it."""
    closing = Signal()

    def __init__(self, look: Look, session: Session, practice: Practice | None = None, sheets: Path | None = None) -> None:
        """`sheets` is where sheets of paper are saved."""
        super().__init__()
        self._session, self._practice, self._look = session, practice, look
        self.flow = CounterFlow(session, self)
        self.orders = BoardFlow(session, self)
        self.bell = Bell(self)
        self.setting_up = SetupFlow(session, self)
        self.rush = RushWatch(session, self)
        self.sheets = sheets
        self.in_kitchen = self.in_setup = False
        self.page = Page.COUNTER
        self._reading = self._was_maximised = False
        self._hides_on_close = False
        self.setWindowTitle(tr("training.band") if in_training() else tr("app.name"))
        self.setMinimumSize(800, 560)
        room = self.screen().availableGeometry().size()
        self.resize(PREFERRED.boundedTo(room - FRAME))
        self._note_timer = QTimer(self)
        self._note_timer.setSingleShot(True)
        self._note_timer.timeout.connect(self.refresh)
        self._ticker = QTimer(self)
        self._ticker.timeout.connect(self.tick)
        self.set_look(look)
        self._bind_keys()
        session.changed.connect(self.refresh)
        session.noticed.connect(self.note)
        self.rush.expected.connect(self.note)
        self.orders.changed.connect(self.refresh)
        self.setting_up.changed.connect(self._tell_setup)
        self.setting_up.finished.connect(self.close_setup)
        self.flow.found.connect(lambda: self.show_page(Page.COUNTER))
        self._ticker.start(TICK_MS)

    def appear(self) -> None:
        """Show for the first time, whole: maximised where the preferred size and its frame would not fit."""
        if is_roomy(self.screen().availableGeometry().size()):
            self.show()
        else:
            self.showMaximized()

    def set_look(self, look: Look) -> None:
        """Build everything in another look, and say again what stays open."""
        self._look = look
        speak(look.language)
        for question in self.findChildren(Question):
            question.say_again()
        app = QApplication.instance()
        if isinstance(app, QApplication):
            if app.styleSheet() != sheet(look):
                app.setStyleSheet(sheet(look))
            app.setFont(look.font(16))
        self.top = TopBar(look, self.show_page)
        self.banner = Banner(look)
        self.status_line = StatusLine(look)
        self.counter = CounterPage(look, self._session, self.flow)
        self.alarm_band = AlarmBand(look, self.show_order, self.orders.see)
        self.board = BoardPage(look, self._session, self.orders)
        self.kitchen = KitchenPage(look, self._session, self.orders, self.toggle_kitchen)
        self.outbox = OutboxPage(look, self._session)
        self.menu = MenuPage(look, self._session)
        self.devices = DevicesPage(look, self._session, self.look_wanted.emit, self.open_page)
        self.help = HelpPage(look, self._session)
        self.setup = SetupPage(look, self._session, self.setting_up, self.sheets, lambda: self.bell.ring(Sound.NEW, 1))
        self.handover = HandoverPage(look, self._session, self.sheets, lambda: self.show_page(self.page))
        self.doctor = DoctorPage(look, self._session, self.setting_up, lambda: self.show_page(self.page))
        self.preferences = PreferencesPage(look, self._session, self.setting_up, self.open_page)
        self.views: dict[str, View] = {
            Page.COUNTER: self.counter,
            Page.ORDERS: self.board,
            Page.OUTBOX: self.outbox,
            Page.MENU: self.menu,
            Page.DEVICES: self.devices,
            "help": self.help,
            "kitchen": self.kitchen,
            "setup": self.setup,
            "handover": self.handover,
            "doctor": self.doctor,
            "settings": self.preferences,
        }
        self._assemble()
        self.top.setVisible(not self.in_kitchen and not self.in_setup)
        if self.in_setup:
            self._show("setup")
        elif self.in_kitchen:
            self._show("kitchen")
        else:
            self.show_page(self.page)

    def _assemble(self) -> None:
        self.stack = QStackedWidget()
        for view in self.views.values():
            if isinstance(view, QWidget):
                self.stack.addWidget(view)
        pieces: list[QWidget] = [self.top, self.banner, self.alarm_band]
        if self._practice is not None:
            end = self.training_wanted.emit if in_training() else None
            pieces.insert(1 if end else len(pieces), PracticeBand(self._look, self._practice, end))
        layout = column([*pieces, self.stack, self.status_line])
        layout.setStretch(len(pieces), 1)
        body = QWidget()
        body.setLayout(layout)
        self.setCentralWidget(body)

    def _bind_keys(self) -> None:
        keys: dict[str, Callable[[], None]] = {
            "F1": self.show_help,
            "F2": self._find_member,
            "F3": self.redeem,
            "F4": self.ask_busy,
            "F5": lambda: self.show_page(Page.COUNTER),
            "F6": lambda: self.show_page(Page.ORDERS),
            "F7": lambda: self.show_page(Page.OUTBOX),
            "F8": lambda: self.show_page(Page.MENU),
            "F10": lambda: self.show_page(Page.DEVICES),
            "F9": lambda: self._board_in_front().print_picked(),
            "F11": self.toggle_kitchen,
            "F12": lambda: self.open_page("handover"),
            "Ctrl+Z": self.flow.take_back,
            "Ctrl++": lambda: self.look_wanted.emit("larger"),
            "Ctrl+=": lambda: self.look_wanted.emit("larger"),
            "Ctrl+-": lambda: self.look_wanted.emit("smaller"),
            "Ctrl+0": lambda: self.look_wanted.emit("normal"),
        }
        for key, act in keys.items():
            QShortcut(QKeySequence(key), self).activated.connect(act)

    def toggle_kitchen(self) -> None:
        """F11: the kitchen screen over the whole display, and back."""
        self.in_kitchen = not self.in_kitchen
        self.top.setVisible(not self.in_kitchen)
        if self.in_kitchen:
            self._was_maximised = self.isMaximized()
            self.showFullScreen()
            self._show("kitchen")
        else:
            (self.showMaximized if self._was_maximised else self.showNormal)()
            self.show_page(self.page)

    def open_setup(self) -> None:
        """Eight steps over the whole window; a till that is not set up opens them by itself."""
        if self.in_setup:
            return
        self.in_setup = True
        self.setting_up.begin()
        self.top.hide()
        self._show("setup")

    def open_page(self, name: str) -> None:
        """A page that is behind no tab: `setup`, `handover`, `settings`; anything else is the page of the tab."""
        if name == "training":
            self.training_wanted.emit()
        elif name == "setup":
            self.open_setup()
        elif name == "doctor":
            self._show(name)
            self.doctor.open()
        elif name == "handover":
            self._show(name)
            self.handover.open()
        elif name == "settings":
            self._show(name)
            self.preferences.open()
        else:
            self.show_page(self.page)

    def close_setup(self) -> None:
        """To the counter."""
        self.in_setup = False
        self.top.show()
        self.show_page(Page.COUNTER)

    def _tell_setup(self) -> None:
        if self.in_setup and not self._note_timer.isActive():
            line = Line("setup", tr("state.setup"), self.setup.sentence())
            self.status_line.show_line(line, tuple(tr(key) for key in SETUP_KEYS))

    def _board_in_front(self) -> TicketPage:
        return self.kitchen if self.in_kitchen else self.board

    def show_order(self, order_id: str) -> None:
        """The board with one ticket in sight."""
        self.show_page(Page.ORDERS)
        self.board.reveal(order_id)

    def show_page(self, page: Page) -> None:
        """One of the pages behind the tabs."""
        if self.in_setup:
            return
        if self.in_kitchen:
            self.toggle_kitchen()
        self.page = page
        self.top.show_page(page)
        self._show(page)

    def _show(self, name: str) -> None:
        view = self.views[name]
        if isinstance(view, QWidget):
            self.stack.setCurrentWidget(view)
            view.setFocus(Qt.FocusReason.OtherFocusReason)
        self.refresh()

    def show_help(self) -> None:
        """F1: the keys, and the version."""
        self._show("help")

    def shown(self) -> View | None:
        """The page in front."""
        current: object = self.stack.currentWidget()
        return next((view for view in self.views.values() if view is current), None)

    def _find_member(self) -> None:
        if self.page is not Page.COUNTER or self.stack.currentWidget() is not self.counter:
            self.show_page(Page.COUNTER)
        self.counter.find_member()

    def redeem(self) -> None:
        """F3 works on the counter only."""
        if self.stack.currentWidget() is self.counter:
            self.counter.redeem()

    def ask_busy(self) -> None:
        """F4: for how long the kitchen is busy."""
        choices = [(str(minutes), tr("busy.plus", minutes=minutes)) for minutes in BUSY_MINUTES if minutes]
        choices.append(("0", tr("busy.over")))

        def done(answer: Answer) -> None:
            self.note(tr("busy.saved") if answer.ok else answer.message)

        choose(
            self._look,
            self,
            tr("busy.title"),
            self.rush.sentence() or tr("busy.sentence"),
            choices,
            lambda value: self._session.busy(int(value), done),
        )

    def ask_quit(self, quit_program: Callable[[], None]) -> None:
        """The agent goes on; only the screen ends."""
        ask(self._look, self, tr("quit.title"), tr("quit.sentence"), tr("quit.yes"), quit_program)

    def note(self, sentence: str) -> None:
        """One passing sentence in the status line."""
        if sentence:
            self.status_line.say(sentence)
            self._note_timer.start(NOTE_MS)

    def set_reading(self, reading: bool) -> None:
        """A burst of a scanner that types is running."""
        self._reading = reading
        self.refresh()

    def lamp(self) -> Lamp:
        """What the scan lamp says."""
        if self._reading:
            return Lamp.READING
        ready = scan_ready(self._session.state, window_active=self.isActiveWindow())
        return Lamp.READY if ready else Lamp.NOT_READY

    def refresh(self) -> None:
        """Everything that shows the state."""
        state, now = self._session.state, self._session.now()
        if state.status is not None and state.status.state == "setup" and not self.in_setup:
            self.open_setup()
            return
        lamp = self.lamp()
        self.top.refresh(state, self._session.clock_text(now), lamp)
        self.banner.refresh(state, details_below=self.page is Page.OUTBOX)
        self.counter.show_ready(lamp is not Lamp.NOT_READY)
        self.flow.refresh()
        if self.in_setup:
            self._tell_setup()
        elif not self._note_timer.isActive():
            keys = KITCHEN_KEYS if self.in_kitchen else STATUS_KEYS.get(self.page, COMMON_KEYS)
            self.status_line.show_line(describe(state, now), tuple(tr(key) for key in keys))
        self._alarm(now)
        view = self.shown()
        if view is not None:
            view.refresh()

    def _alarm(self, now: datetime) -> None:
        """What has to be heard and seen, on every page and behind every other window."""
        found = self.orders.alarms()
        self.bell.sound(self.orders.sounding(found))
        board = self.stack.currentWidget() in (self.board, self.kitchen)
        self.alarm_band.refresh(found, now, board_shown=board)

    def tick(self) -> None:
        """Once a second: clocks, countdowns, proof of life."""
        self.refresh()
        view = self.shown()
        if view is not None:
            view.tick()

    def changeEvent(self, event: QEvent) -> None:
        """The lamp depends on which window has the keyboard."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.ActivationChange and hasattr(self, "stack"):
            self.refresh()

    def hide_on_close(self, hides: bool) -> None:
        """With a tray, closing only hides."""
        self._hides_on_close = hides

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing loses nothing: the agent goes on."""
        if self._hides_on_close:
            event.ignore()
            self.hide()
            return
        self._ticker.stop()
        self.bell.close()
        self.closing.emit()
        super().closeEvent(event)


def is_roomy(room: QSize) -> bool:
    """Whether the preferred size fits with its frame, so that the status line is not pushed off the screen."""
    return (PREFERRED + FRAME).boundedTo(room) == PREFERRED + FRAME


def come_forward(window: QObject) -> None:
    """Show the window because somebody asked for it; nothing else ever takes the focus."""
    if isinstance(window, QMainWindow):
        window.show()
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.raise_()
        window.activateWindow()
