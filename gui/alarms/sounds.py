"""Four sounds that can be told apart, each louder the longer nobody answers, through the platform's own player."""

from __future__ import annotations

import io
import math
import shutil
import struct
import sys
import tempfile
import wave
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QTimer
from PySide6.QtWidgets import QApplication

from gui.alarms.rules import Alarm, Sound

RATE = 22050
PLAYERS = ("pw-play", "paplay", "aplay", "afplay")
MELODIES = {
    Sound.NEW: ((880.0, 0.12), (1318.5, 0.22)),
    Sound.CHANGED: ((988.0, 0.07), (0.0, 0.05), (988.0, 0.07), (0.0, 0.05), (988.0, 0.14)),
    Sound.CANCELLED: ((659.3, 0.18), (440.0, 0.32)),
    Sound.PROBLEM: ((523.3, 0.12), (784.0, 0.12), (523.3, 0.12), (784.0, 0.12)),
}
"""Rising, tapping, falling, to and fro: pitch in Hz (0 is a rest) and length in s."""
LOUDNESS = (0.35, 0.55, 0.8, 1.0)
REPEAT_MS = (10_000, 8_000, 6_000, 4_000)
"""By level of escalation."""
LOUDEST = 30_000


def tone(sound: Sound, level: int) -> bytes:
    """A sound as a wav file; at the loudest level it is played twice in a row."""
    notes = MELODIES[sound] * (2 if level == len(LOUDNESS) - 1 else 1)
    peak = LOUDEST * LOUDNESS[level]
    samples = [
        math.sin(2 * math.pi * pitch * at / RATE) * min(1.0, at / 200, max(0.0, (length * RATE - at) / 900))
        for pitch, length in notes
        for at in range(int(length * RATE))
    ]
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(struct.pack("<h", int(sample * peak)) for sample in samples))
    return out.getvalue()


class Bell(QObject):
    """Sounds at once, again as soon as it is more pressing or more waits, and over and over until nothing waits."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._again)
        self._alarm: Alarm | None = None
        self.rung: list[tuple[Sound, int]] = []
        """The last sounds with their levels."""
        self.is_mute = QApplication.platformName() == "offscreen"
        """Nobody sits in front of a window that is offscreen."""

    @property
    def is_ringing(self) -> bool:
        """Whether it will sound again by itself."""
        return self._timer.isActive()

    def sound(self, alarm: Alarm | None) -> None:
        """What waits now; None is silence."""
        before, self._alarm = self._alarm, alarm
        if alarm is None:
            self._timer.stop()
        elif before is None or alarm.count > before.count or _named(alarm) != _named(before):
            self._timer.start(REPEAT_MS[alarm.level])
            self.ring(alarm.sound, alarm.level)

    def _again(self) -> None:
        if self._alarm is not None:
            self.ring(self._alarm.sound, self._alarm.level)

    def ring(self, sound: Sound, level: int) -> None:
        """Once."""
        self.rung = [*self.rung[-99:], (sound, level)]
        if self.is_mute:
            return
        player = next((found for name in PLAYERS if (found := shutil.which(name))), None)
        if sys.platform == "win32":
            import winsound

            winsound.PlaySound(str(self._path(sound, level)), winsound.SND_FILENAME | winsound.SND_ASYNC)
        elif player is None or not QProcess.startDetached(player, [str(self._path(sound, level))])[0]:
            QApplication.beep()

    def _path(self, sound: Sound, level: int) -> Path:
        """The sound as a file, made when it is first needed."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="cata-bridge-", ignore_cleanup_errors=True)
        path = Path(self._folder.name) / f"{sound}-{level}.wav"
        if not path.exists():
            path.write_bytes(tone(sound, level))
        return path

    def close(self) -> None:
        """Leave no file behind."""
        self._timer.stop()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def _named(alarm: Alarm) -> tuple[Sound, int, str]:
    return alarm.sound, alarm.level, alarm.order_id
