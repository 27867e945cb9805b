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
    """A set of keys in a file of `YYYY-MM-DD key [value]` lines; neither holds personal data or spaces."""

    path: Path
    _keys: dict[str, tuple[str, str]] | None = field(default=None, repr=False)

    def __contains__(self, key: str) -> bool:
        """Whether the key was added before."""
        return key in self._loaded()

    def value(self, key: str) -> str | None:
        """What was kept with the key, or None when it was not added."""
        found = self._loaded().get(key)
        return found[1] if found else None

    def add(self, key: str, day: date, value: str = "") -> None:
        """Keep a key; returns when it is on disk; raises OSError."""
        keys = self._loaded()
        if key in keys:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.path.open("a", encoding="ascii") as file:
            # A line that a power cut left unfinished must not swallow this one.
            file.write(f"\n{_line(day.isoformat(), key, value)}\n")
            file.flush()
            os.fsync(file.fileno())
        keys[key] = day.isoformat(), value

    def remove(self, key: str) -> None:
        """Take a key out again; returns when that is on disk; raises OSError."""
        keys = self._loaded()
        if key in keys:
            self._write({other: kept for other, kept in keys.items() if other != key})

    def forget_old(self, today: date) -> None:
        """Leave out what is older than KEEP; raises OSError."""
        keys = self._loaded()
        since = (today - KEEP).isoformat()
        recent = {key: kept for key, kept in keys.items() if kept[0] >= since}
        if len(recent) != len(keys):
            self._write(recent)

    def _write(self, keys: dict[str, tuple[str, str]]) -> None:
        unfinished = self.path.with_suffix(".tmp")
        with unfinished.open("w", encoding="ascii") as file:
            file.writelines(f"{_line(day, key, value)}\n" for key, (day, value) in keys.items())
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, self.path)
        self._keys = keys

    def _loaded(self) -> dict[str, tuple[str, str]]:
        if self._keys is None:
            lines = self.path.read_text("ascii", errors="replace").splitlines() if self.path.exists() else []
            parts = [line.split(" ") for line in lines]
            self._keys = {part[1]: (part[0], "".join(part[2:])) for part in parts if len(part) in (2, 3)}
        return self._keys


def _line(day: str, key: str, value: str) -> str:
    return f"{day} {key} {value}".rstrip()
