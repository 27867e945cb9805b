"""The one window: bands, pages, status line, and which of the pages is in front."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow, QWidget

from agent.core.clouds import Ability
from gui.alarms.rules import Sound
from gui.alarms.sounds import Bell
from gui.board.flow import BoardFlow
from gui.board.rush import RushWatch
from gui.counter.flow import CounterFlow
from gui.doctor.learning import ScannerLearning
from gui.practice import Practice
from gui.qss import dress
from gui.session import Session
from gui.setup.flow import SetupFlow
from gui.state import scan_ready
from gui.strings import speak, tr
from gui.style import Look
from gui.training import in_training
from gui.wedge.till import TypingScanner
from gui.widgets.dialogs import Question, ask
from gui.widgets.panels import column
from gui.window.bands import Bands, Leads
from gui.window.busy import ask_busy
from gui.window.keys import bind, hints, look_acts, page_acts
from gui.window.pages import Behind, Pages
from gui.window.placing import size_up
from gui.window.status_line import Line, StatusLine, describe
from gui.window.top_bar import NEEDS, Lamp, Page

TICK_MS = 1000


class MainWindow(QMainWindow):
    """Pages are built anew when the look changes; what is typed at the counter lives in its flow and stays."""

    look_wanted = Signal(str)
    training_wanted = Signal()
    """Start the training, or end it."""
    closing = Signal()

    def __init__(
        self,
        look: Look,
        session: Session,
        practice: Practice | None = None,
        sheets: Path | None = None,
        typing: TypingScanner | None = None,
    ) -> None:
        """`sheets` is where sheets of paper are saved, `typing` the scanner that types into this window."""
        super().__init__()
        self._session, self._practice, self._look = session, practice, look
        self.flow = CounterFlow(session, self)
        self.orders = BoardFlow(session, self)
        self.bell = Bell(self)
        self.setting_up = SetupFlow(session, self)
        self.rush = RushWatch(session, self)
        learning = ScannerLearning(session, typing or TypingScanner(parent=self), self)
        self._behind = Behind(session, self.flow, self.orders, self.setting_up, learning, sheets)
        self.in_kitchen = self.in_setup = False
        self.page = Page.COUNTER
        self._reading = self._was_maximised = False
        self._hides_on_close = False
        self.setWindowTitle(tr("training.band") if in_training() else tr("app.name"))
        size_up(self)
        self._ticker = QTimer(self)
        self._ticker.timeout.connect(self.tick)
        self.set_look(look)
        self._bind_keys()
        self._listen()
        self._ticker.start(TICK_MS)

    def _listen(self) -> None:
        self._session.changed.connect(self.refresh)
        self._session.noticed.connect(self.note)
        self.rush.expected.connect(self.note)
        self.orders.changed.connect(self.refresh)
        self.setting_up.changed.connect(self._tell_setup)
        self.setting_up.finished.connect(self.close_setup)
        self.flow.found.connect(lambda: self.show_page(Page.COUNTER))

    def set_look(self, look: Look) -> None:
        """Build everything in another look, and say again what stays open."""
        self._look = look
        speak(look.language)
        for question in self.findChildren(Question):
            question.say_again()
        dress(look)
        self._build(look)
        self.top.setVisible(not self.in_kitchen and not self.in_setup)
        if self.in_setup:
            self._show("setup")
        elif self.in_kitchen:
            self._show("kitchen")
        else:
            self.show_page(self.page)

    def _build(self, look: Look) -> None:
        end = self.training_wanted.emit if in_training() else None
        leads = Leads(self.show_page, self.show_order, self.orders.see, end)
        self.bands, self.status_line = Bands(look, leads, self._practice), StatusLine(look)
        self.top, self.banner, self.alarm_band = self.bands.top, self.bands.banner, self.bands.alarm
        pages = self.stack = Pages(look, self._behind, self)
        self.counter, self.board, self.kitchen, self.outbox = pages.counter, pages.board, pages.kitchen, pages.outbox
        self.menu, self.devices, self.doctor, self.setup = pages.menu, pages.devices, pages.doctor, pages.setup
        self.handover, self.preferences = pages.handover, pages.preferences
        self.status_line.stand(far=self.in_kitchen)
        self.status_line.note_over.connect(self.refresh)
        layout = column([self.bands, pages, self.status_line])
        layout.setStretch(1, 1)
        body = QWidget()
        body.setLayout(layout)
        self.setCentralWidget(body)

    def _bind_keys(self) -> None:
        bind(
            self,
            {
                **page_acts(self.show_page),
                **look_acts(self.change_look),
                "F1": self.show_help,
                "F2": self._find_member,
                "F3": self.redeem,
                "F4": self.ask_busy,
                "F9": self._print_picked,
                "F11": lambda: self.toggle_kitchen() if self._can(Ability.ORDERS) else None,
                "F12": lambda: self.open_page("handover"),
                "Ctrl+Z": self.flow.take_back,
            },
        )

    def change_look(self, word: str) -> None:
        """Zoom, colours or language; whoever keeps the taste answers with another look."""
        self.look_wanted.emit(word)

    def ring_once(self) -> None:
        """The sound of a new order, to hear whether it can be heard."""
        self.bell.ring(Sound.NEW, 1)

    def toggle_kitchen(self) -> None:
        """F11: the kitchen screen over the whole display, and back."""
        self.in_kitchen = not self.in_kitchen
        self.top.setVisible(not self.in_kitchen)
        self.status_line.stand(far=self.in_kitchen)
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

    def close_setup(self) -> None:
        """To the counter."""
        self.in_setup = False
        self.top.show()
        self.show_page(Page.COUNTER)

    def _tell_setup(self) -> None:
        if self.in_setup:
            line = Line("setup", tr("state.setup"), self.setup.sentence())
            self.status_line.show_line(line, hints(self.page, self._session.state, in_setup=True))

    def open_page(self, name: str) -> None:
        """A page that is behind no tab: `setup`, `handover`, `settings`; anything else is the page of the tab."""
        if name == "training":
            self.training_wanted.emit()
        elif name == "setup":
            self.open_setup()
        elif self.stack.open(name):
            self.refresh()
        else:
            self.go_back()

    def go_back(self) -> None:
        """The page of the tab."""
        self.show_page(self.page)

    def show_page(self, page: Page) -> None:
        """One of the pages behind the tabs; one that the cloud has nothing for says so."""
        if self.in_setup or (page in NEEDS and not self._can(NEEDS[page])):
            return
        if self.in_kitchen:
            self.toggle_kitchen()
        self.page = page
        self.top.show_page(page)
        self._show(page)

    def show_order(self, order_id: str) -> None:
        """The board with one ticket in sight."""
        self.show_page(Page.ORDERS)
        self.board.reveal(order_id)

    def show_help(self) -> None:
        """F1: the keys, and the version."""
        self._show("help")

    def _show(self, name: str) -> None:
        self.stack.bring(name)
        self.refresh()

    def _can(self, ability: Ability) -> bool:
        """Whether the cloud can do this; if not, the status line says so."""
        can = self._session.state.can(ability)
        if not can:
            self.note(tr(f"without.{ability}"))
        return can

    def _print_picked(self) -> None:
        if self._can(Ability.ORDERS):
            (self.kitchen if self.in_kitchen else self.board).print_picked()

    def _find_member(self) -> None:
        if self.page is not Page.COUNTER or not self.stack.shows(self.counter):
            self.show_page(Page.COUNTER)
        self.counter.find_member()

    def redeem(self) -> None:
        """F3 works on the counter only."""
        if self.stack.shows(self.counter):
            self.counter.redeem()

    def ask_busy(self) -> None:
        """F4: for how long the kitchen is busy."""
        if self._can(Ability.OUTLET):
            ask_busy(self._look, self, self._session, self.rush.sentence(), self.note)

    def ask_quit(self, quit_program: Callable[[], None]) -> None:
        """The agent goes on; only the screen ends."""
        ask(self._look, self, tr("quit.title"), tr("quit.sentence"), tr("quit.yes"), quit_program)

    def note(self, sentence: str) -> None:
        """One passing sentence in the status line."""
        if sentence:
            self.status_line.say(sentence)

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
        self.bands.refresh(state, self._session.clock_text(now), lamp, details_below=self.page is Page.OUTBOX)
        self.counter.show_ready(lamp is not Lamp.NOT_READY)
        self.flow.refresh()
        if self.in_setup:
            self._tell_setup()
        else:
            self.status_line.show_line(describe(state, now), hints(self.page, state, in_kitchen=self.in_kitchen))
        self._alarm(now)
        view = self.stack.shown()
        if view is not None:
            view.refresh()

    def _alarm(self, now: datetime) -> None:
        """What has to be heard and seen, on every page and behind every other window."""
        found = self.orders.alarms()
        self.bell.sound(self.orders.sounding(found))
        self.bands.alert(found, now, board_shown=self.stack.shows(self.board, self.kitchen))

    def tick(self) -> None:
        """Once a second: clocks, countdowns, proof of life."""
        self.refresh()
        view = self.stack.shown()
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
