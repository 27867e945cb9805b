"""The screen as a program: finds or starts the agent, shows the window and the tray, and comes back by itself."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from logging.handlers import TimedRotatingFileHandler
from pathlib import Path

from PySide6.QtCore import QLoggingCategory, QTimer
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from agent.core.clock import Clock, SystemClock
from agent.core.ids import Ids, RandomIds
from gui.link.address import find_home
from gui.link.client import Client
from gui.link.stream import AgentLink
from gui.practice import Practice
from gui.session import Session
from gui.strings import tr
from gui.taste import keep_taste, load_taste
from gui.training import Training, in_training
from gui.wedge.filter import WedgeFilter
from gui.wedge.till import TypingScanner
from gui.window.main import MainWindow
from gui.window.placing import appear, come_forward
from gui.window.top_bar import Page
from gui.window.tray import Tray, icon

DEMO_CONTROL = "CATA_BRIDGE_DEMO_CONTROL"
log = logging.getLogger(__name__)

SMOKE_DEADLINE_MS = 20_000
LOG_DAYS = 7


class Screen:
    """Everything the screen consists of, put together once."""

    def __init__(self, app: QApplication, home: Path, *, starts_agent: bool, clock: Clock, ids: Ids) -> None:
        self._app, self._home = app, home
        self._taste = load_taste(home)
        self.client = Client(app)
        self.session = Session(self.client, clock, ids, app)
        self.link = AgentLink(home, self.client, ids, starts_agent=starts_agent, clock=clock, parent=app)
        self.practice = self._practice()
        self.typing = TypingScanner(self._taste.scanner, app)
        self.window = MainWindow(self._taste.look(), self.session, self.practice, home / "sheets", self.typing)
        self.wedge = WedgeFilter(app)
        self.tray = Tray(self.session, self.open_page, self.ask_quit, self.change_look, self.window)
        self.training = Training(parent=app)
        self._connect()

    def _practice(self) -> Practice | None:
        url = os.environ.get(DEMO_CONTROL, "")
        return Practice(url, self.client, self.session, self._app) if url else None

    def _connect(self) -> None:
        self.link.heard.connect(self.session.hear)
        self.link.opened.connect(self.session.opened)
        self.link.lost.connect(self.session.lost)
        self.link.usurped.connect(self.session.usurped)
        self.session.changed.connect(self.tray.refresh)
        self.wedge.scanned.connect(self.session.scan)
        self.wedge.reading.connect(self.window.set_reading)
        self.wedge.use(self.typing.profile)
        self.wedge.heard.connect(self.typing.heard)
        self.typing.listening.connect(self.wedge.listen)
        self.typing.changed.connect(self._keep_scanner)
        self.window.look_wanted.connect(self.change_look)
        self.window.training_wanted.connect(self.stop if in_training() else self.training.toggle)
        self.training.changed.connect(self._tell_training)
        self._app.installEventFilter(self.wedge)
        self._app.styleHints().colorSchemeChanged.connect(lambda _scheme: self._show_look())
        self.tray.appeared.connect(self._hide_on_close)
        if QSystemTrayIcon.isSystemTrayAvailable():
            self._hide_on_close()

    def _hide_on_close(self) -> None:
        """Only where there is a way back: the tray."""
        self.window.hide_on_close(True)
        self._app.setQuitOnLastWindowClosed(False)

    def start(self) -> None:
        """Show the window, then look for the agent."""
        appear(self.window)
        self.link.connect_now()
        if self.practice is not None:
            self.practice.load()

    def change_look(self, word: str) -> None:
        """Zoom, colours or language, kept for the next time. The pages are rebuilt after the press has ended."""
        self._taste = self._taste.changed(word)
        keep_taste(self._home, self._taste)
        QTimer.singleShot(0, self.window, self._show_look)

    def _keep_scanner(self) -> None:
        self.wedge.use(self.typing.profile)
        self._taste = replace(self._taste, scanner=self.typing.profile)
        keep_taste(self._home, self._taste)

    def _show_look(self) -> None:
        self.window.set_look(self._taste.look())
        self.tray.say_again()

    def open_page(self, name: str) -> None:
        """What the tray's menu asks for."""
        come_forward(self.window)
        if name in set(Page):
            self.window.show_page(Page(name))
        elif name == "busy":
            self.window.ask_busy()
        elif name == "doctor":
            self.window.show_page(Page.DEVICES)
            self.window.devices.find_fault()
        elif name == "scanner":
            self.window.open_page("doctor")
        elif name in {"settings", "handover", "training"}:
            self.window.open_page(name)
        elif name == "about":
            self.window.show_help()

    def _tell_training(self) -> None:
        self.session.noticed.emit(tr("training.runs" if self.training.is_on else "training.ended"))

    def ask_quit(self) -> None:
        """Asks, because the board would no longer ring."""
        come_forward(self.window)
        self.window.ask_quit(self.stop)

    def stop(self) -> None:
        """End the screen; the agent goes on."""
        self.window.hide_on_close(False)
        self.link.close()
        self.training.close()
        self._app.removeEventFilter(self.wedge)
        self.window.close()
        self.tray.leave()
        self._app.quit()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the screen until it is closed; returns the exit code."""
    options = _options(list(sys.argv[1:] if argv is None else argv))
    if options.offscreen_smoke:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    home = find_home(options.home)
    _log_to(home)
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication([sys.argv[0]])
    QLoggingCategory.setFilterRules("qt.text.font.db=false")  # one line for each font that lacks a script, at every text
    app.setApplicationName(tr("app.name"))
    app.setDesktopFileName("cata-bridge")
    app.setWindowIcon(icon("ready", dark=False))
    screen = Screen(app, home, starts_agent=not options.no_start, clock=SystemClock(), ids=RandomIds())
    screen.start()
    log.info("screen started pid=%d", os.getpid())
    if options.kitchen:
        screen.window.toggle_kitchen()
    if options.offscreen_smoke:
        _smoke(app, screen)
    code = int(app.exec())
    screen.link.close()
    return code


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="cata-bridge", description="The screen of Cata Bridge.")
    parser.add_argument("--home", metavar="DIR", help="home directory")
    parser.add_argument("--kitchen", action="store_true", help="the kitchen screen, over the whole display")
    parser.add_argument("--no-start", action="store_true", help="do not start an agent")
    parser.add_argument("--offscreen-smoke", action="store_true", help="exit 0 after the first snapshot has been painted")
    return parser.parse_args(argv)


def _smoke(app: QApplication, screen: Screen) -> None:
    """Leave with 0 once a snapshot was drawn, with 1 when none comes."""

    def check() -> None:
        if screen.session.state.status is not None:
            drawn = screen.window.grab()
            screen.stop()
            app.exit(1 if drawn.isNull() else 0)

    screen.session.changed.connect(check)
    QTimer.singleShot(SMOKE_DEADLINE_MS, app, lambda: app.exit(1))


def _log_to(home: Path) -> None:
    """`logs/screen.log`; a home that cannot be written to leaves the log on stderr."""
    try:
        (home / "logs").mkdir(parents=True, exist_ok=True, mode=0o700)
        path = home / "logs" / "screen.log"
        handler: logging.Handler = TimedRotatingFileHandler(
            path, when="midnight", backupCount=LOG_DAYS, delay=True, encoding="utf-8"
        )
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger("gui")
    root.addHandler(handler)
    root.setLevel(logging.INFO)
