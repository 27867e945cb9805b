"""The application's event filter that keeps scans out of fields and buttons and hands them on as codes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QWindow
from PySide6.QtWidgets import QApplication, QLineEdit

from agent.core.gs1 import SEPARATOR
from agent.core.scanner_learning import Keyed
from agent.core.scanner_profile import ScannerProfile, Stroke
from gui.wedge.burst import BurstDetector, Step, Verdict
from gui.wedge.layout import LayoutMemory, on_us_keyboard, place

ENTERS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
MODIFIER_KEYS = (
    Qt.Key.Key_Shift, Qt.Key.Key_CapsLock, Qt.Key.Key_AltGr, Qt.Key.Key_NumLock,
    Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta,
)  # fmt: skip
CTRL_ALT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
"""How Windows says AltGr."""
SHORTCUTS = CTRL_ALT | Qt.KeyboardModifier.MetaModifier
BY_CTRL = f"\n{SEPARATOR}"
"""What scanners type with Ctrl: LF at the end, FNC1 between the parts of GS1 data."""
WHOLE_MS = 350
"""After so long nothing more belongs to a scan that is learnt from."""


@dataclass(slots=True)
class HeldKey:
    """A key that was kept back: what it is, and its events in their order."""

    stroke: Stroke
    events: list[tuple[QWindow, QKeyEvent]] = field(default_factory=list)


class WedgeFilter(QObject):
    """Sees every key before any widget; a person's keys go on at most one gap later, in order."""

    scanned = Signal(str)
    reading = Signal(bool)
    """A burst runs, or has ended."""
    heard = Signal(object)
    """A Keyed, instead of `scanned` while `listen` is on."""

    def __init__(self, parent: QObject | None = None, *, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._detector = BurstDetector()
        self._profile: ScannerProfile | None = None
        self._layout = LayoutMemory()
        self._held: list[HeldKey] = []
        self._lesson: list[Stroke] = []
        self._listening = self._alt_gr = False
        self._replaying = False
        self._was_reading = False
        self._now = now
        self._skew = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._quiet)
        self._whole = QTimer(self)
        self._whole.setSingleShot(True)
        self._whole.timeout.connect(self._tell_lesson)

    def use(self, profile: ScannerProfile | None) -> None:
        """Read the scanner of this till by what was learnt of it."""
        self._profile = profile
        self._change(self._listening)

    def listen(self, on: bool) -> None:
        """Whether scans are to learn from: told whole, key by key, and handed on to nobody."""
        self._change(on)

    def _change(self, listening: bool) -> None:
        held, self._held = self._held, []
        self._replay(held)
        self._listening = listening
        self._detector = BurstDetector.patient() if listening else BurstDetector.of(self._profile)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """True keeps a key back or drops it."""
        if self._replaying or not isinstance(watched, QWindow) or not isinstance(event, QKeyEvent):
            return False
        if event.key() == Qt.Key.Key_AltGr:
            self._alt_gr = event.type() is QEvent.Type.KeyPress
        if event.type() is QEvent.Type.KeyRelease:
            return self._release(watched, event)
        if event.type() is not QEvent.Type.KeyPress or event.key() in MODIFIER_KEYS or _in_secret_field():
            return False
        return self._key(watched, event)

    def _release(self, window: QWindow, event: QKeyEvent) -> bool:
        """A release waits behind its press, else a button would see it first and stay down."""
        for held in self._held:
            if held.events[0][1].key() == event.key():
                held.events.append((window, event.clone()))
                return True
        return False

    def _key(self, window: QWindow, event: QKeyEvent) -> bool:
        stroke = self._stroke(event, self._time_of(event))
        text = stroke.text
        if self._is_shortcut(event, text) or len(text) != 1 or not (text.isprintable() or text in "\r\t" or text in BY_CTRL):
            step = self._detector.other()
        else:
            step = self._detector.key(text, stroke.at_s, repeat=event.isAutoRepeat())
        self._settle(step)
        if step.verdict is Verdict.HOLD:
            self._held.append(HeldKey(stroke, [(window, event.clone())]))
            self._timer.start(round(self._detector.gap_s * 1000) + 2)
        elif step.verdict is Verdict.DROP and self._lesson:
            self._lesson.append(stroke)
        self._tell_reading()
        return step.verdict is not Verdict.PASS

    def _stroke(self, event: QKeyEvent, at: float) -> Stroke:
        key = place(event.nativeScanCode())
        if self._alt_gr or event.modifiers() & Qt.KeyboardModifier.GroupSwitchModifier or self._is_alt_gr(event):
            how = "alt_gr"
        else:
            how = "shifted" if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else "plain"
        text = "\r" if event.key() in ENTERS else event.text()
        if len(text) != 1:  # a dead key, or a letter that this layout writes with two
            text = on_us_keyboard(key, how)
        return Stroke(text, at, key, how)

    @staticmethod
    def _is_alt_gr(event: QKeyEvent) -> bool:
        return event.modifiers() & CTRL_ALT == CTRL_ALT and len(event.text()) == 1 and event.text().isprintable()

    def _is_shortcut(self, event: QKeyEvent, text: str) -> bool:
        return bool(event.modifiers() & SHORTCUTS) and not self._is_alt_gr(event) and text not in BY_CTRL

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
            strokes = [held.stroke for held in self._held]
            self._held.clear()
            if self._listening:
                self._lesson += strokes
                self._whole.start(WHOLE_MS)
            else:
                self.scanned.emit(self._layout.code(strokes, self._profile))

    def _tell_lesson(self) -> None:
        strokes, self._lesson = tuple(self._lesson), []
        self.heard.emit(Keyed(strokes))

    def _replay(self, held: list[HeldKey]) -> None:
        self._replaying = True
        try:
            for window, event in (one for each in held for one in each.events):
                QCoreApplication.sendEvent(window, event)
        finally:
            self._replaying = False

    def _tell_reading(self) -> None:
        if self._detector.reading != self._was_reading:
            self._was_reading = self._detector.reading
            self.reading.emit(self._was_reading)


def _in_secret_field() -> bool:
    focus = QApplication.focusWidget() or QGuiApplication.focusObject()
    return isinstance(focus, QLineEdit) and focus.echoMode() is not QLineEdit.EchoMode.Normal
