"""Training: a whole outlet of its own beside the real one, in a folder that is thrown away; it never meets the real cloud."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

from gui.link.address import SIBLINGS

MARK = "CATA_BRIDGE_TRAINING"
"""Set for everything that runs in training."""
HOME = "CATA_BRIDGE_HOME"
PATIENCE_MS = 5000


def in_training() -> bool:
    """Whether this screen is the training's own."""
    return bool(os.environ.get(MARK))


def training_command() -> list[str]:
    """What opens the training: this Python, or the frozen program beside this one. Its home is a temporary one."""
    if not getattr(sys, "frozen", False):
        return [sys.executable, "-m", "agent", "demo"]
    folder = Path(sys.executable).parent
    found = [folder / (name + Path(sys.executable).suffix) for name in SIBLINGS]
    return [str(next((path for path in found if path.exists()), Path(sys.executable))), "demo"]


class Training(QObject):
    """At most one at a time; it ends with the screen that started it."""

    changed = Signal()

    def __init__(self, command: list[str] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._command = command or training_command()
        self._process = QProcess(self)
        self._process.setStandardOutputFile(QProcess.nullDevice())
        self._process.setStandardErrorFile(QProcess.nullDevice())
        self._process.stateChanged.connect(lambda _state: self.changed.emit())

    @property
    def is_on(self) -> bool:
        """Whether it runs."""
        return self._process.state() is not QProcess.ProcessState.NotRunning

    def toggle(self) -> None:
        """Start it, or end it."""
        if self.is_on:
            self._process.terminate()
            return
        around = QProcessEnvironment.systemEnvironment()
        around.remove(HOME)
        around.insert(MARK, "1")
        self._process.setProcessEnvironment(around)
        self._process.start(self._command[0], self._command[1:])

    def close(self) -> None:
        """End it, and wait for it to take its folder away."""
        if self.is_on:
            self._process.terminate()
            if not self._process.waitForFinished(PATIENCE_MS):
                self._process.kill()
                self._process.waitForFinished(PATIENCE_MS)
