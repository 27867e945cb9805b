"""A player of sounds, found by its name as the system's own is: a program that says which file it was started with."""

from __future__ import annotations

import os
from pathlib import Path

from gui.alarms.sounds import PLAYERS

PROGRAM = """#!/bin/sh
echo "$1" > "{line}"
"""


class SoundPlayer:
    """Every start can be read from `fd`, without waiting; put `folder` first on the PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        line = folder / "started"
        os.mkfifo(line)
        self.fd = os.open(line, os.O_RDWR | os.O_NONBLOCK)
        program = folder / PLAYERS[0]
        program.write_text(PROGRAM.format(line=line))
        program.chmod(0o755)

    def started(self) -> list[Path]:
        """The files of the players that were started since this was last asked."""
        try:
            return [Path(line) for line in os.read(self.fd, 65536).decode().splitlines()]
        except BlockingIOError:
            return []

    def close(self) -> None:
        """Nobody listens any more."""
        os.close(self.fd)
