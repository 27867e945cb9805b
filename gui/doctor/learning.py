"""A scanner being learnt, wherever it is heard: by this screen from its keys, or by the agent from its line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from PySide6.QtCore import QObject, QTimer, Signal

from agent.core.scanner_learning import Keyed, Lesson
from agent.core.scanner_profile import Interface, ScannerProfile
from agent.core.scanner_wrapping import Trouble
from gui.link.client import Answer
from gui.link.fields import Json, as_object, sentence, text, whole
from gui.session import Session
from gui.wedge.profile import read_profile
from gui.wedge.till import TypingScanner

LOOK_MS = 250
GOES_ON = frozenset({"opening", "listening"})


@dataclass(frozen=True, slots=True)
class Lecture:
    """How far it is, as it is shown."""

    name: str = ""
    """The agent's scanner; empty for the one that types into this screen."""
    state: str = "listening"
    """A word of the till API: opening, listening, learnt, failed, ended."""
    count: int = 0
    numbers: frozenset[int] = frozenset()
    """Test codes that came through, from 1."""
    trouble: str = ""
    profile: ScannerProfile | None = None
    options: Json = field(default_factory=dict)
    """Settings of the agent's scanner that have to change."""
    problem: str = ""
    """Why it failed, in words."""

    @property
    def goes_on(self) -> bool:
        """Whether scans are still listened to."""
        return self.state in GOES_ON


class ScannerLearning(QObject):
    """One lesson at a time; without another wish it is that of the scanner that types."""

    changed = Signal()

    def __init__(self, session: Session, typing: TypingScanner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self.typing = session, typing
        self.now = Lecture()
        self._lesson = Lesson(Interface.SCREEN)
        self._is_open = False
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.timeout.connect(self._look_again)
        typing.heard.connect(self._hear)

    def open(self) -> None:
        """Listen to the scanner that types."""
        self._is_open = True
        self.again()
        self.typing.listening.emit(True)

    def close(self) -> None:
        """Scans mean again what they mean."""
        if self._is_open:
            self._is_open = False
            self.typing.listening.emit(False)
            self._give_back()

    def again(self) -> None:
        """Forget what was read, and listen to the scanner that types."""
        self._give_back()
        self._lesson.forget()
        self._show(Lecture())

    def begin(self, name: str) -> None:
        """Let the agent learn one of its scanners."""
        self._give_back()
        self._show(Lecture(name, "opening"))
        self._ask("POST", "")

    def typed(self) -> None:
        """Somebody typed, or a scanner as slowly as that."""
        if not self.now.name and self.now.profile is None:
            self._show(replace(self.now, trouble=Trouble.TYPED.value))

    def _give_back(self) -> None:
        self._look.stop()
        if self.now.name and self.now.goes_on:
            self._ask("POST", "/end", lambda answer: None)

    def _hear(self, scan: Keyed) -> None:
        if self.now.name and self.now.goes_on:
            return
        lesson = self._lesson
        lesson.hear(scan)
        state = "listening" if lesson.profile is None else "learnt"
        self._show(Lecture("", state, lesson.count, lesson.numbers, lesson.trouble or "", lesson.profile))

    def _ask(self, method: str, rest: str, done: Callable[[Answer], None] | None = None) -> None:
        path = f"/v1/devices/{quote(self.now.name, safe='')}/lesson{rest}"
        self._session.ask(method, path, {}, done or self._taker(self.now.name))

    def _taker(self, name: str) -> Callable[[Answer], None]:
        def done(answer: Answer) -> None:
            if name != self.now.name or not self._is_open:
                return
            if not answer.ok:
                self._show(Lecture(name, "failed", problem=answer.message))
                return
            self._show(_lecture(answer.body))
            if self.now.goes_on:
                self._look.start(LOOK_MS)

        return done

    def _look_again(self) -> None:
        self._ask("GET", "")

    def _show(self, lecture: Lecture) -> None:
        if lecture != self.now:
            self.now = lecture
            self.changed.emit()


def _lecture(seen: Json) -> Lecture:
    numbers = seen.get("numbers")
    return Lecture(
        name=text(seen, "name"),
        state=text(seen, "state"),
        count=whole(seen, "count"),
        numbers=frozenset(one for one in numbers if isinstance(one, int)) if isinstance(numbers, list) else frozenset(),
        trouble=text(seen, "trouble"),
        profile=read_profile(seen.get("profile")),
        options=as_object(seen.get("options")),
        problem=sentence(seen),
    )
