"""What a device has already taken in or handed out, so that it survives a restart; one line each, durable when added."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

KEEP = timedelta(days=40)
"""Longer than any POS repeats a sale; older lines are left out at the next start."""


@dataclass(slots=True)
class Ledger:
    """A set of keys in a file of `YYYY-MM-DD key` lines; keys hold no personal data."""

    path: Path
    _keys: dict[str, str] | None = field(default=None, repr=False)

    def __contains__(self, key: str) -> bool:
        """Whether the key was added before."""
        return key in self._loaded()

    def add(self, key: str, day: date) -> None:
        """Keep a key; returns when it is on disk; raises OSError."""
        keys = self._loaded()
        if key in keys:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.path.open("a", encoding="ascii") as file:
            # A line that a power cut left unfinished must not swallow this one.
            file.write(f"\n{day.isoformat()} {key}\n")
            file.flush()
            os.fsync(file.fileno())
        keys[key] = day.isoformat()

    def forget_old(self, today: date) -> None:
        """Leave out what is older than KEEP; raises OSError."""
        keys = self._loaded()
        since = (today - KEEP).isoformat()
        recent = {key: day for key, day in keys.items() if day >= since}
        if len(recent) == len(keys):
            return
        unfinished = self.path.with_suffix(".tmp")
        with unfinished.open("w", encoding="ascii") as file:
            file.writelines(f"{day} {key}\n" for key, day in recent.items())
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, self.path)
        self._keys = recent

    def _loaded(self) -> dict[str, str]:
        if self._keys is None:
            lines = self.path.read_text("ascii", errors="replace").splitlines() if self.path.exists() else []
            parts = [line.split(" ") for line in lines]
            self._keys = {part[1]: part[0] for part in parts if len(part) == 2}
        return self._keys
