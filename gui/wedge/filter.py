"""The application's event filter that keeps scans out of fields and buttons and hands them on as codes."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QWindow
from PySide6.QtWidgets import QApplication, QLineEdit

from gui.wedge.burst import GAP_S, BurstDetector, Step, Verdict
from gui.wedge.layout import LayoutMemory, physical

ENTERS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
MODIFIER_KEYS = (Qt.Key.Key_Shift, Qt.Key.Key_CapsLock, Qt.Key.Key_AltGr, Qt.Key.Key_NumLock)
SHORTCUTS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


Held = tuple[QWindow, QKeyEvent]


class WedgeFilter(QObject):
    """Sees every key before any widget; a person's keys go on at most one gap later, in order."""

    scanned = Signal(str)
    reading = Signal(bool)
    """A burst runs, or has ended."""

    def __init__(self, parent: QObject | None = None, *, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._detector = BurstDetector()
        self._layout = LayoutMemory()
        self._held: list[list[Held]] = []
        self._replaying = False
        self._was_reading = False
        self._now = now
        self._skew = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._quiet)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """True keeps a key back or drops it."""
        if self._replaying or not isinstance(watched, QWindow) or not isinstance(event, QKeyEvent):
            return False
        if event.type() is QEvent.Type.KeyRelease:
            return self._release(watched, event)
        if event.type() is not QEvent.Type.KeyPress or event.key() in MODIFIER_KEYS or _in_secret_field():
            return False
        return self._key(watched, event)

    def _release(self, window: QWindow, event: QKeyEvent) -> bool:
        """A release waits behind its press, else a button would see it first and stay down."""
        for group in self._held:
            if group[0][1].key() == event.key():
                group.append((window, event.clone()))
                return True
        return False

    def _key(self, window: QWindow, event: QKeyEvent) -> bool:
        at = self._time_of(event)
        text = "\r" if event.key() in ENTERS else event.text()
        if len(text) != 1:  # a dead key, or a letter that this layout writes with two
            text = _on_us_keyboard(event)
        if event.modifiers() & SHORTCUTS or len(text) != 1 or not (text.isprintable() or text in "\r\t"):
            step = self._detector.other()
        else:
            step = self._detector.key(text, at, repeat=event.isAutoRepeat())
        self._settle(step)
        if step.verdict is Verdict.HOLD:
            self._held.append([(window, event.clone())])
            self._timer.start(round(GAP_S * 1000) + 2)
        self._tell_reading()
        return step.verdict is not Verdict.PASS

    def _time_of(self, event: QKeyEvent) -> float:
        """The platform's own time of the key where it has one: a frozen window must not make a person look like a scanner."""
        now = self._now()
        if not event.timestamp():
            return now
        stamp = event.timestamp() / 1000
        if self._skew == 0.0 or not -1.0 < now - stamp - self._skew < 10.0:
            self._skew = now - stamp
        self._skew = min(self._skew, now - stamp)
        return stamp + self._skew

    def _quiet(self) -> None:
        step = self._detector.quiet(self._now())
        if step is not None:
            self._settle(step)
        elif self._detector.holding:
            self._timer.start(5)
        self._tell_reading()

    def _settle(self, step: Step) -> None:
        if step.released:
            held, self._held = self._held[: step.released], self._held[step.released :]
            self._replay(held)
        if step.scanned:
            keys = [_on_us_keyboard(group[0][1]) for group in self._held]
            self._held.clear()
            self.scanned.emit(self._layout.read(step.scanned, "".join(keys) if all(keys) else ""))

    def _replay(self, groups: list[list[Held]]) -> None:
        self._replaying = True
        try:
            for window, event in (held for group in groups for held in group):
                QCoreApplication.sendEvent(window, event)
        finally:
            self._replaying = False

    def _tell_reading(self) -> None:
        if self._detector.reading != self._was_reading:
            self._was_reading = self._detector.reading
            self.reading.emit(self._was_reading)


def _on_us_keyboard(event: QKeyEvent) -> str:
    return physical(event.nativeScanCode(), shift=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))


def _in_secret_field() -> bool:
    focus = QApplication.focusWidget() or QGuiApplication.focusObject()
    return isinstance(focus, QLineEdit) and focus.echoMode() is not QLineEdit.EchoMode.Normal
