"""Every page of the window, built in one look, one on top of the other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QWidget

from gui.board.flow import BoardFlow
from gui.board.kitchen import KitchenPage
from gui.board.page import BoardPage
from gui.counter.flow import CounterFlow
from gui.counter.page import CounterPage
from gui.doctor.learning import ScannerLearning
from gui.doctor.page import DoctorPage
from gui.handover.page import HandoverPage
from gui.outbox.page import OutboxPage
from gui.preferences.page import PreferencesPage
from gui.session import Session
from gui.setup.flow import SetupFlow
from gui.setup.page import SetupPage
from gui.style import Look
from gui.window.devices_page import DevicesPage
from gui.window.help_page import HelpPage
from gui.window.menu_page import MenuPage
from gui.window.top_bar import Page


class View(Protocol):
    """What every page can do."""

    def refresh(self) -> None:
        """Show the state."""
        ...

    def tick(self) -> None:
        """A second passed."""
        ...


class Doors(Protocol):
    """What pages ask of the window around them."""

    def toggle_kitchen(self) -> None:
        """To the kitchen's screen, or back."""
        ...

    def open_page(self, name: str) -> None:
        """A page that is behind no tab."""
        ...

    def go_back(self) -> None:
        """The page of the tab."""
        ...

    def change_look(self, word: str) -> None:
        """Zoom, colours or language."""
        ...

    def ring_once(self) -> None:
        """The sound of a new order, to hear whether it can be heard."""
        ...


@dataclass(frozen=True, slots=True)
class Behind:
    """What outlives a look: the flows behind the pages, and where sheets of paper are saved."""

    session: Session
    counter: CounterFlow
    orders: BoardFlow
    setting_up: SetupFlow
    learning: ScannerLearning
    sheets: Path | None


class Pages(QStackedWidget):
    """Built anew for each look."""

    def __init__(self, look: Look, behind: Behind, doors: Doors) -> None:
        super().__init__()
        session, setting_up = behind.session, behind.setting_up
        self.counter = CounterPage(look, session, behind.counter)
        self.board = BoardPage(look, session, behind.orders)
        self.kitchen = KitchenPage(look, session, behind.orders, doors.toggle_kitchen)
        self.outbox = OutboxPage(look, session)
        self.menu = MenuPage(look, session)
        self.devices = DevicesPage(look, session, doors.change_look, doors.open_page)
        self.help = HelpPage(look, session)
        self.setup = SetupPage(look, session, setting_up, behind.sheets, doors.ring_once)
        self.handover = HandoverPage(look, session, behind.sheets, doors.go_back)
        self.doctor = DoctorPage(look, session, setting_up, behind.learning, doors.go_back)
        self.preferences = PreferencesPage(look, session, setting_up, doors.open_page)
        self._views: dict[str, View] = {
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
        for view in self._views.values():
            if isinstance(view, QWidget):
                self.addWidget(view)

    def bring(self, name: str) -> None:
        """Put one in front, and give it the keyboard."""
        view = self._views[name]
        if isinstance(view, QWidget):
            self.setCurrentWidget(view)
            view.setFocus(Qt.FocusReason.OtherFocusReason)

    def open(self, name: str) -> bool:
        """Begin anew one of the pages that are behind no tab; False when there is none of this name."""
        match name:
            case "doctor":
                self.doctor.open()
            case "handover":
                self.handover.open()
            case "settings":
                self.preferences.open()
            case _:
                return False
        self.bring(name)
        return True

    def shown(self) -> View | None:
        """The page in front."""
        current: object = self.currentWidget()
        return next((view for view in self._views.values() if view is current), None)

    def shows(self, *pages: QWidget) -> bool:
        """Whether one of these is in front."""
        return self.currentWidget() in pages
