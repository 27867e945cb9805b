"""The tray icon: six shapes, one sentence, the usual menu, one toast an outage; everything works without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QAction, QColor, QCursor, QGuiApplication, QIcon, Qt
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from agent.core.clouds import Ability
from gui.formats import counted
from gui.icons.glyphs import pixmap
from gui.session import Session
from gui.state import Link, State, shown_state
from gui.strings import NAMES, language, tr
from gui.training import in_training
from gui.window.status_line import describe

SIZES = (16, 20, 24, 32, 40, 48)
STATES = ("ready", "working", "offline", "attention", "paused", "setup")
LIGHT_BAR = dict(zip(STATES, ("#17633A", "#5C4F45", "#3B4D66", "#B3261E", "#5C4F45", "#6A3417"), strict=True))
DARK_BAR = dict(zip(STATES, ("#93DDAE", "#E8DDD1", "#B7C9E2", "#FF8A7D", "#E8DDD1", "#E9B68C"), strict=True))
WORKING_SHOWN_AFTER_S = 2.0
TOAST_MS = 6000
LOOK_MS = 5000
"""Proof of life grows old, and a desktop grows a tray, without anybody telling."""


def icon(name: str, *, dark: bool) -> QIcon:
    """One of the six states at all sizes; a missing agent needs a person."""
    shape = "attention" if name == "gone" else name
    found = QIcon()
    for size in SIZES:
        found.addPixmap(pixmap(shape, size, QColor((DARK_BAR if dark else LIGHT_BAR)[shape])))
    return found


@dataclass(frozen=True, slots=True)
class Outage:
    """Pure memory of the line, so that an outage and its end are told once each."""

    is_out: bool = False
    saved: int = 0

    def after(self, state: State) -> tuple[Outage, str]:
        """The next memory, and `lost`, `back` or nothing."""
        status = state.status
        if status is None or state.link is not Link.CONNECTED:
            return self, ""
        out = status.state == "offline" or (status.state == "attention" and not status.reachable)
        if out:
            return Outage(True, max(self.saved, status.pending)), "" if self.is_out else "lost"
        if self.is_out and status.reachable:
            return Outage(), "back"
        return (replace(self, is_out=False) if not self.is_out else self), ""


class Tray(QObject):
    """Shows the state beside the clock of the desktop where there is such a place, as soon as there is one."""

    appeared = Signal()
    """There is a place for it now."""

    def __init__(
        self,
        session: Session,
        open_page: Callable[[str], None],
        quit_program: Callable[[], None],
        change_look: Callable[[str], None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._session, self._open, self._quit, self._change_look = session, open_page, quit_program, change_look
        self._shown, self._working_since = ("", False), 0.0
        self._outage = Outage()
        self.gone = False
        self.menu = QMenu(parent)
        self._status, self._orders, self._outbox, self._busy = (QAction(self) for _ in range(4))
        self._status.setEnabled(False)
        self._orders.triggered.connect(lambda: self._open("orders"))
        self._outbox.triggered.connect(lambda: self._open("outbox"))
        self._busy.triggered.connect(lambda: self._open("busy"))
        self._languages = QMenu(self.menu)
        self._fill_menu()
        self.tray = QSystemTrayIcon(self)
        self.tray.setContextMenu(self.menu)
        self.tray.activated.connect(self._activated)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.refresh)
        self._timer.start(LOOK_MS)
        self.refresh()

    def say_again(self) -> None:
        """Another language is spoken now."""
        self._fill_menu()
        self.refresh()

    def _fill_menu(self) -> None:
        menu = self.menu
        menu.clear()
        first = menu.addAction(tr("tray.open"), lambda: self._open(""))
        font = first.font()
        font.setBold(True)
        first.setFont(font)
        menu.setDefaultAction(first)
        menu.addAction(self._status)
        menu.addSeparator()
        menu.addActions([self._orders, self._outbox])
        menu.addAction(self._busy)
        self._busy.setText(tr("tray.busy"))
        menu.addAction(tr("tray.test_scanner"), lambda: self._open("scanner"))
        menu.addSeparator()
        menu.addAction(tr("tray.find_fault"), lambda: self._open("doctor"))
        menu.addAction(tr("tray.settings"), lambda: self._open("settings"))
        menu.addAction(tr("devices.open.handover"), lambda: self._open("handover"))
        menu.addAction(tr("training.end" if in_training() else "devices.open.training"), lambda: self._open("training"))
        menu.addAction(tr("tray.about"), lambda: self._open("about"))
        menu.addSeparator()
        menu.addMenu(self._fill_languages())
        menu.addSeparator()
        menu.addAction(tr("tray.quit"), self._quit)

    def _fill_languages(self) -> QMenu:
        """Every language by its own name; the word above them in two, for whoever cannot read this one."""
        found = self._languages
        found.clear()
        word = tr("look.language")
        found.setTitle(word if language() == "en" else f"{word} / Language")
        for code, name in NAMES.items():
            action = found.addAction(name, partial(self._change_look, code))
            action.setCheckable(True)
            action.setChecked(code == language())
        return found

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is QSystemTrayIcon.ActivationReason.Trigger:
            self._open("orders" if self._session.state.can(Ability.ORDERS) else "counter")

    def refresh(self) -> None:
        """Icon, tooltip, menu numbers and toasts."""
        self._appear()
        state, now = self._session.state, self._session.now()
        line = describe(state, now)
        self._show_icon(self._calm(shown_state(state, now), now))
        self.tray.setToolTip(
            tr("tray.tooltip", word=line.word, sentence=line.sentence, time=self._session.clock_text(now, exact=True))
        )
        self._status.setText(f"{line.word} {line.sentence}".replace("&", "&&"))
        self._orders.setVisible(state.can(Ability.ORDERS))
        self._busy.setVisible(state.can(Ability.OUTLET))
        self._orders.setText(_numbered(tr("page.orders"), len(state.open_orders())))
        self._outbox.setText(_numbered(tr("page.outbox"), sum(state.counts())))
        self._tell_outage(state)

    def _appear(self) -> None:
        if not self.tray.isVisible() and QSystemTrayIcon.isSystemTrayAvailable() and not self.gone:
            self.tray.show()
            self.appeared.emit()

    def leave(self) -> None:
        """For good."""
        self.gone = True
        self._timer.stop()
        self.tray.hide()

    def _calm(self, name: str, now: datetime) -> str:
        """Work is shown only after two seconds of it."""
        if name != "working":
            self._working_since = 0.0
            return name
        self._working_since = self._working_since or now.timestamp()
        long = now.timestamp() - self._working_since >= WORKING_SHOWN_AFTER_S
        return name if long or not self._shown[0] else self._shown[0]

    def _show_icon(self, name: str) -> None:
        dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
        if (name, dark) != self._shown:
            self._shown = name, dark
            self.tray.setIcon(icon(name, dark=dark))

    def _tell_outage(self, state: State) -> None:
        saved = self._outage.saved
        self._outage, news = self._outage.after(state)
        if news == "lost":
            self._toast(tr("toast.lost"), tr("toast.lost_rest"), "offline")
        elif news == "back":
            rest = tr("toast.back_rest", entries=counted("entry", saved)) if saved else tr("toast.back_bare")
            self._toast(tr("toast.back"), rest, "ready")

    def _toast(self, title: str, sentence: str, name: str) -> None:
        if self.tray.isVisible():
            self.tray.showMessage(title, sentence, icon(name, dark=False), TOAST_MS)

    def popup(self) -> None:
        """The menu where the pointer is, for windows without a tray."""
        self.menu.popup(QCursor.pos())


def _numbered(word: str, count: int) -> str:
    return f"{word}\t{count}" if count else word
