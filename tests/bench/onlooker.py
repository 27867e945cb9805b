"""Somebody in front of a real screen: notes when a ticket or the member's card was painted and when a sound was started."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QEvent, QEventLoop, QObject, QSocketNotifier
from PySide6.QtWidgets import QApplication

from agent.core.clock import SystemClock
from agent.core.ids import RandomIds
from gui.app import Screen
from gui.counter.card import MemberCard
from gui.state import FINISHED
from gui.tickets.ticket import Ticket
from gui.wire.orders import OrderSeen
from tests.support.peers.sound_player import SoundPlayer

PATIENCE_MS = 20_000


class Onlooker(QObject):
    """Looks at one screen, which is a client of the agent in `home` and plays its sounds through `player`."""

    def __init__(self, app: QApplication, home: Path, player: SoundPlayer) -> None:
        super().__init__()
        self._app, self._player = app, player
        self._awaited = ""
        self.noted: dict[str, float] = {}
        """When something was noticed for the first time since `wait_for`."""
        self.screen = Screen(app, home, starts_agent=False, clock=SystemClock(), ids=RandomIds())
        self.screen.window.bell.is_mute = False
        self._ear = QSocketNotifier(player.fd, QSocketNotifier.Type.Read, self)
        self._ear.activated.connect(self._listen)
        self.screen.link.heard.connect(self._hear)
        app.installEventFilter(self)
        self.screen.start()
        self.screen.window.showNormal()
        self.screen.window.resize(1280, 800)
        self.until(lambda: self.screen.session.state.status is not None)

    def wait_for(self, ref: str) -> float:
        """Look out for an order from this moment on; an empty `ref` is for the next member."""
        self._awaited, self.noted = ref, {}
        return time.perf_counter()

    def since(self, begun: float, what: str) -> float:
        """Seconds until something was noticed: `event`, `painted` as a whole frame, or `sound`."""
        self.until(lambda: what in self.noted)
        return self.noted[what] - begun

    def until(self, holds: Callable[[], bool]) -> None:
        """Let the screen live until something holds; AssertionError when it never does."""
        end = QDeadlineTimer(PATIENCE_MS)
        while not holds():
            assert not end.hasExpired(), (self._awaited, self.noted)
            self._app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            if "painting" in self.noted:  # what paints a frame returns when the frame is on the window
                self.noted.setdefault("painted", time.perf_counter())

    def order(self) -> OrderSeen | None:
        """The order that is looked out for, as the screen knows it."""
        return next((order for order in self.screen.session.state.orders.values() if order.ref_no == self._awaited), None)

    def turn_down(self) -> None:
        """Reject the order, and see its ticket go."""
        order = self.order()
        assert order is not None
        self.screen.window.orders.reject(order.id, "too_busy")
        self.until(lambda: (found := self.order()) is None or found.status in FINISHED)
        self.until(lambda: not self.screen.window.board.tickets() and not self.screen.window.bell.is_ringing)

    def minimise(self) -> None:
        """Put the window away; offscreen it is painted all the same, so that this can be seen."""
        self.screen.window.showMinimized()
        self.until(self.screen.window.isMinimized)

    def bring_back(self) -> None:
        """The window, where it was."""
        self.screen.window.showNormal()
        self.until(lambda: not self.screen.window.isMinimized())

    def leave(self) -> None:
        """Close the screen."""
        self._app.removeEventFilter(self)
        self.screen.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Only looks."""
        if event.type() is QEvent.Type.Paint and self._is_awaited(watched):
            self.noted.setdefault("painting", time.perf_counter())
        return False

    def _is_awaited(self, watched: QObject) -> bool:
        if isinstance(watched, Ticket):
            return bool(self._awaited) and watched.order.ref_no == self._awaited
        return isinstance(watched, MemberCard) and not self._awaited and self.screen.window.flow.desk.member is not None

    def _listen(self) -> None:
        if self._player.started():
            self.noted.setdefault("sound", time.perf_counter())

    def _hear(self, name: str, data: dict[str, object]) -> None:
        if (name == "order" and data.get("ref_no") == self._awaited) or (name == "scan" and not self._awaited):
            self.noted.setdefault("event", time.perf_counter())
