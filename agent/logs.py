"""Logs: one redacted line an event, files for this user only, seven days and 50 MB at most."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import BaseRotatingHandler
from pathlib import Path

from agent.paths import PRIVATE_FILE, Home
from agent.redaction import hide, one_line, redact

__all__ = ["LogFile", "OneLine", "hide", "one_line", "redact", "start"]

KEEP_S = 7 * 86_400
ALL_LOGS = 50 * 1024 * 1024
PROGRAMS = 2
"""Agent and screen share the 50 MB."""
PARTS = 5
LARGEST_PART = ALL_LOGS // PROGRAMS // PARTS


class OneLine(logging.Formatter):
    """Time in UTC, level, logger and the message with its traceback, redacted, on one line."""

    def __init__(self) -> None:
        super().__init__("%(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """One line without secrets, personal data or control characters."""
        moment = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        return f"{moment}Z {record.levelname} {record.name} {one_line(redact(super().format(record)))}"


class LogFile(BaseRotatingHandler):
    """Starts a new part when one is full or a day old, and removes parts that are too old or too many."""

    def __init__(self, path: Path, *, largest_part: int = LARGEST_PART, parts: int = PARTS, keep_s: float = KEEP_S) -> None:
        """Parts are `agent.log`, and `agent.log.1763...` named by the second they ended."""
        self._path = path
        self._largest = largest_part
        self._parts = parts
        self._keep_s = keep_s
        self._day = 0
        super().__init__(str(path), "a", encoding="utf-8")
        self.setFormatter(OneLine())

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line, into a new part where it belongs there; formatted once, since redacting takes longer than writing."""
        try:
            line = self.format(record) + self.terminator
            stream = self.stream = self.stream or self._open()
            if self._belongs_into_a_new_part(line, record.created, stream.tell()):
                self.doRollover()
            self.stream.write(line)
            self.flush()
        except Exception:  # noqa: BLE001 - as every handler of the library: a log that cannot be written stops nobody
            self.handleError(record)

    def _belongs_into_a_new_part(self, line: str, created: float, size: int) -> bool:
        return size > 0 and (size + len(line) > self._largest or _day(created) != self._day)

    def doRollover(self) -> None:
        """End this part and begin the next."""
        if self.stream is not None:
            self.stream.close()
        ended = int(self._path.stat().st_mtime)
        while (part := self._path.with_name(f"{self._path.name}.{ended}")).exists():
            ended += 1
        self._path.replace(part)
        self.stream = self._open()
        self._prune()

    def _open(self) -> TextIOWrapper:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        stream = os.fdopen(os.open(self._path, flags, PRIVATE_FILE), "a", encoding="utf-8", errors="backslashreplace")
        facts = os.stat(stream.fileno())
        self._day = _day(facts.st_mtime)
        return stream

    def _prune(self) -> None:
        newest = self._path.stat().st_mtime
        for place, part in enumerate(sorted(self._ended_parts(), key=_ended, reverse=True)):
            if place >= self._parts - 1 or newest - _ended(part) > self._keep_s:
                part.unlink(missing_ok=True)

    def _ended_parts(self) -> Iterator[Path]:
        lead = self._path.name + "."
        return (part for part in self._path.parent.iterdir() if part.name.startswith(lead) and part.name[len(lead) :].isdigit())


def start(home: Home, program: str = "agent", *, level: str = "info", console: bool = False) -> None:
    """Send every logger of this process to `logs/<program>.log`, and to stderr when `console`; raises OSError."""
    handlers: list[logging.Handler] = [LogFile(home.logs / f"{program}.log")]
    if console:
        screen = logging.StreamHandler(sys.stderr)
        screen.setFormatter(OneLine())
        handlers.append(screen)
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level.upper())
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(OneLine())
    # A failure to write a log (a full disk) must not fill stderr with tracebacks that are not redacted.
    logging.raiseExceptions = False
    logging.captureWarnings(True)


def _day(seconds: float) -> int:
    return int(seconds // 86_400)


def _ended(part: Path) -> int:
    return int(part.name.rpartition(".")[2])
