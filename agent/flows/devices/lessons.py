"""The scanner doctor: takes a scanner for a while, learns it from three scans and says what its settings have to be."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from agent.core.errors import CataBridgeError, Refused
from agent.core.roles import Learnable
from agent.core.scanner_learning import Lesson
from agent.core.scanner_profile import Interface, ScannerProfile
from agent.core.sentence import Sentence
from agent.flows.devices.driver_edge import driver_edge
from agent.flows.devices.supervisor import Devices

log = logging.getLogger(__name__)

LESSON_S = 120.0
"""A lesson that nobody scans for gives the scanner back after this."""
SENTENCE = Sentence("The scanner doctor is learning it.", "scanner_lesson")
INTERFACES = {"hid-scanner": Interface.HID, "serial-scanner": Interface.SERIAL, "tcp-scanner": Interface.NETWORK}
"""Driver -> what hears the scanner; any other sends bytes, whatever carries them."""


class LessonState(StrEnum):
    """How far a lesson is."""

    OPENING = "opening"
    """The scanner is not listened to yet, or is opened in another way."""
    LISTENING = "listening"
    LEARNT = "learnt"
    FAILED = "failed"
    """The device cannot be opened, or was not understood in any way."""
    ENDED = "ended"
    """Nobody scanned, or somebody stopped it."""


@dataclass(slots=True)
class ScannerLesson:
    """One lesson, as it stands."""

    name: str
    lesson: Lesson
    end: LessonState | None = None
    """How it ended; None while it goes on."""
    options: Mapping[str, object] = field(default_factory=dict)
    """Settings that have to change; none when the scanner is set up right."""
    reason: str = ""
    sentence: str = ""
    """Why it failed."""

    @property
    def state(self) -> LessonState:
        """How far it is."""
        return self.end or (LessonState.LISTENING if self.lesson.is_open else LessonState.OPENING)

    @property
    def heard(self) -> int:
        """Scans so far."""
        return self.lesson.heard

    @property
    def count(self) -> int:
        """Of them those that count."""
        return self.lesson.count

    @property
    def numbers(self) -> list[int]:
        """Test codes that came through, from 1."""
        return sorted(self.lesson.numbers)

    @property
    def trouble(self) -> str:
        """What was wrong with the last scan."""
        return self.lesson.trouble or ""

    @property
    def profile(self) -> ScannerProfile | None:
        """What was learnt."""
        return self.lesson.profile


class ScannerLessons:
    """At most one lesson for each scanner; while it runs, its scans go nowhere else."""

    def __init__(self, devices: Devices) -> None:
        self._devices = devices
        self._lessons: dict[str, ScannerLesson] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._asked: asyncio.Queue[ScannerLesson] = asyncio.Queue()

    async def run(self) -> None:
        """Give the lessons that are asked for, until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                lesson = await self._asked.get()
                self._running[lesson.name] = group.create_task(self._give(lesson))

    def begin(self, name: str) -> ScannerLesson:
        """Start anew. Raises Refused `device_unknown`, or `not_learnable` for what cannot be listened to."""
        status = next((status for status in self._devices.statuses() if status.name == name), None)
        if status is None:
            raise Refused("device_unknown", "There is no device with this name.", status=404)
        self.end(name)
        lesson = ScannerLesson(name, Lesson(INTERFACES.get(status.driver, Interface.SERIAL)))
        self._lessons[name] = lesson
        self._asked.put_nowait(lesson)
        return lesson

    def view(self, name: str) -> ScannerLesson:
        """How far it is; raises Refused `no_lesson` when none was asked for."""
        if (lesson := self._lessons.get(name)) is None:
            raise Refused("no_lesson", "This scanner is not being learnt.", status=404)
        return lesson

    def end(self, name: str) -> None:
        """Give the scanner back; nothing happens where there is no lesson."""
        if (running := self._running.pop(name, None)) is not None:
            running.cancel()
        if (lesson := self._lessons.get(name)) is not None:
            lesson.end = lesson.end or LessonState.ENDED

    async def _give(self, one: ScannerLesson) -> None:
        if one.end is not None:
            return
        try:
            async with asyncio.timeout(LESSON_S), self._devices.lent(one.name, SENTENCE) as device:
                if not isinstance(device, Learnable):
                    raise Refused("not_learnable", "This kind of scanner has nothing that could be learnt.")
                with driver_edge(one.name):
                    await device.listen(one.lesson)
                self._conclude(one, device)
        except TimeoutError:
            one.end = LessonState.ENDED
        except CataBridgeError as error:
            one.end, one.reason, one.sentence = LessonState.FAILED, error.reason, error.message
        log.info("scanner lesson device=%s state=%s reason=%s", one.name, one.state, one.reason or "none")

    @staticmethod
    def _conclude(one: ScannerLesson, device: Learnable) -> None:
        if one.profile is None:
            sentence = "The scanner was not understood in any way. Look up how its serial port is set."
            raise Refused("scanner_not_understood", sentence)
        one.options = device.options_for(one.profile)
        one.end = LessonState.LEARNT
