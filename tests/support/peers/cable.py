"""A pseudo terminal under a name of its own: its number is somebody else's as soon as it is unplugged, its name never is."""

from __future__ import annotations

import os
import shutil
import tempfile
import tty
import weakref
from pathlib import Path


class Cable:
    """Two ends of a serial line; `path` is gone once it is unplugged."""

    def __init__(self) -> None:
        self.far, self.near = os.openpty()
        tty.setraw(self.near)
        folder = Path(tempfile.mkdtemp(prefix="cata-bridge-cable-"))
        self._tidy = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._name = folder / "tty"
        self._name.symlink_to(os.ttyname(self.near))

    @property
    def path(self) -> str:
        return str(self._name)

    @property
    def is_plugged(self) -> bool:
        return self.far >= 0

    def unplug(self) -> None:
        """The name first: who opens it from now on must not find somebody else's terminal."""
        if self.is_plugged:
            self._tidy()
            os.close(self.far)
            os.close(self.near)
            self.far = self.near = -1
