"""An exclusive lock on a file, held by one process at a time and freed by the system when that process ends."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from agent.core.errors import NotSaved
from agent.paths import PRIVATE_FILE

POLL_S = 0.02
TRIES = 250


class FileLock:
    """Taken without waiting; two objects exclude each other even in one process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def is_held(self) -> bool:
        """Whether this object holds the lock."""
        return self._descriptor is not None

    def take(self) -> bool:
        """Whether the lock is ours now; raises OSError when the file cannot be opened."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), PRIVATE_FILE)
        try:
            _lock(descriptor)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def free(self) -> None:
        """Let others have it; a second call does nothing."""
        if self._descriptor is not None:
            with suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None


@contextmanager
def waiting(path: Path, tries: int = TRIES) -> Iterator[None]:
    """Hold the lock for a short piece of work; raises NotSaved when somebody else keeps it for about `tries` * POLL_S seconds."""
    lock = FileLock(path)
    while not lock.take():
        tries -= 1
        if tries <= 0:
            raise NotSaved("locked", "Another program is holding the files of Cata Bridge.")
        threading.Event().wait(POLL_S)
    try:
        yield
    finally:
        lock.free()


if sys.platform == "win32":  # pragma: no cover - the other branch is this one's test on other systems
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
