"""The bell for new orders: a short generated tone through the platform's own player, else the system's beep."""

from __future__ import annotations

import io
import math
import os
import shutil
import struct
import sys
import tempfile
import wave
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QTimer
from PySide6.QtWidgets import QApplication

RATE = 22050
TONES = ((880.0, 0.12), (1318.5, 0.22))
REPEAT_MS = 10_000
PLAYERS = ("pw-play", "paplay", "aplay", "afplay")


def tone() -> bytes:
    """Two notes as a wav file."""
    samples = [
        math.sin(2 * math.pi * pitch * at / RATE) * min(1.0, at / 200, (length * RATE - at) / 900)
        for pitch, length in TONES
        for at in range(int(length * RATE))
    ]
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(struct.pack("<h", int(sample * 24000)) for sample in samples))
    return out.getvalue()


class Bell(QObject):
    """Rings at once and then every 10 seconds while something waits for an answer."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file: Path | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(REPEAT_MS)
        self._timer.timeout.connect(self.ring)
        self.rung = 0

    def set_waiting(self, waiting: bool) -> None:
        """Whether a new order is unanswered."""
        if waiting and not self._timer.isActive():
            self.ring()
            self._timer.start()
        elif not waiting:
            self._timer.stop()

    def ring(self) -> None:
        """Once."""
        self.rung += 1
        player = next((found for name in PLAYERS if (found := shutil.which(name))), None)
        if QApplication.platformName() == "offscreen":
            return
        if sys.platform == "win32":
            import winsound

            winsound.PlaySound(str(self._path()), winsound.SND_FILENAME | winsound.SND_ASYNC)
        elif player is None or not QProcess.startDetached(player, [str(self._path())])[0]:
            QApplication.beep()

    def _path(self) -> Path:
        if self._file is None or not self._file.exists():
            handle, name = tempfile.mkstemp(prefix="cata-bridge-", suffix=".wav")
            os.write(handle, tone())
            os.close(handle)
            self._file = Path(name)
        return self._file

    def close(self) -> None:
        """Leave no file behind."""
        self._timer.stop()
        if self._file is not None:
            self._file.unlink(missing_ok=True)
