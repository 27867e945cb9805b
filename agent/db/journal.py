"""The second memory of the till: an append-only file of every accepted intent and every end, checked line by line.

A line is one JSON object: `{"crc":"8 hex digits","seq":n,"record":{…}}`; the CRC-32 covers everything after the comma
that follows it. The database guards against power loss, this file against a damaged database.
"""

from __future__ import annotations

import json
import logging
import os
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

HEAD = b'{"crc":"'
HEAD_BYTES = len(HEAD) + 8 + len(b'",')
TAIL_BYTES = 256 * 1024
"""How much of the end is read to find the last sequence number."""


@dataclass(frozen=True, slots=True)
class Line:
    """One good line."""

    seq: int
    record: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Damage:
    """Something in the file that is not as it was written."""

    line: int
    """Counted from 1."""
    reason: str
    """`unreadable`, `torn` (the last line was cut off) or `gap` (lines before this one are missing)."""


@dataclass(frozen=True, slots=True)
class JournalContents:
    """Everything that could be read, and everything that could not."""

    lines: tuple[Line, ...]
    damage: tuple[Damage, ...]


class Journal:
    """The open file; used by the database's thread only. A disk that refuses a line gets it again with the next one."""

    def __init__(self, path: Path) -> None:
        """Open for appending, created if missing; raises OSError."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._seq, torn = _last_seq(path)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        _sync_folder(path.parent)
        self._waiting: list[bytes] = []
        self._torn = torn
        self._dirty_since: float | None = None
        self._is_failing = False

    @property
    def is_dirty(self) -> bool:
        """Whether there is something that the disk does not surely have."""
        return self._dirty_since is not None

    def append(self, records: Sequence[Mapping[str, object]], now_s: float) -> None:
        """Hand the records to the operating system; never raises, what fails is kept and tried again."""
        if not records:
            return
        for record in records:
            self._seq += 1
            self._waiting.append(encode(self._seq, record))
        if self._dirty_since is None:
            self._dirty_since = now_s
        self._write()

    def sync_if_due(self, now_s: float, within_s: float) -> None:
        """Sync when the oldest unsynced line is `within_s` old."""
        if self._dirty_since is not None and now_s - self._dirty_since >= within_s:
            self.sync()

    def sync(self) -> None:
        """Put everything on the disk; never raises, what fails is tried again."""
        self._write()
        if self._waiting:
            return
        try:
            os.fsync(self._file)
        except OSError as error:
            self._failed(error)
            return
        self._dirty_since = None

    def close(self) -> None:
        """Sync and close."""
        self.sync()
        os.close(self._file)

    def _write(self) -> None:
        """Write what waits; a line cut off by a failure is closed first, so that it spoils no other."""
        if not self._waiting:
            return
        data = (b"\n" if self._torn else b"") + b"".join(self._waiting)
        try:
            written = os.write(self._file, data)
        except OSError as error:
            self._failed(error)
            return
        self._torn = written < len(data)
        if self._torn:
            self._failed(OSError("short write"))
            return
        self._waiting.clear()
        if self._is_failing:
            log.info("the journal is written again seq=%d", self._seq)
        self._is_failing = False

    def _failed(self, error: OSError) -> None:
        level = logging.DEBUG if self._is_failing else logging.WARNING
        log.log(level, "the journal could not be written waiting=%d cause=%s", len(self._waiting), error)
        self._is_failing = True


def encode(seq: int, record: Mapping[str, object]) -> bytes:
    """One line with its newline."""
    rest = json.dumps({"seq": seq, "record": record}, separators=(",", ":"))[1:].encode()
    return HEAD + f"{zlib.crc32(rest):08x}".encode() + b'",' + rest + b"\n"


def decode(line: bytes) -> Line | None:
    """A line without its newline, or None when it is not as it was written."""
    rest = line[HEAD_BYTES:]
    if line[:HEAD_BYTES] != HEAD + f"{zlib.crc32(rest):08x}".encode() + b'",':
        return None
    found = json.loads(b"{" + rest)
    return Line(found["seq"], found["record"])


def read(path: Path) -> JournalContents:
    """The whole file; damaged lines are named and stepped over, never silently; a missing file is empty."""
    return _parse(path.read_bytes() if path.exists() else b"")


def _parse(data: bytes) -> JournalContents:
    lines: list[Line] = []
    damage: list[Damage] = []
    raw = data.split(b"\n")
    for number, text in enumerate(raw, start=1):
        if not text:
            continue
        line = decode(text)
        if line is None:
            damage.append(Damage(number, "torn" if number == len(raw) else "unreadable"))
        elif lines and line.seq <= lines[-1].seq:
            continue  # written twice, after a disk that took a line and then said it had not
        else:
            if line.seq != (lines[-1].seq if lines else 0) + 1:
                damage.append(Damage(number, "gap"))
            lines.append(line)
    return JournalContents(tuple(lines), tuple(damage))


def _last_seq(path: Path) -> tuple[int, bool]:
    """The number of the last good line, and whether the file ends in the middle of one."""
    if not path.exists():
        return 0, False
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        tail = file.read()
    found = _parse(tail) if _parse(tail).lines else read(path)
    return (found.lines[-1].seq if found.lines else 0), bool(tail) and not tail.endswith(b"\n")


def _sync_folder(folder: Path) -> None:
    """Make a new file's name durable; Windows does that by itself and cannot open folders."""
    if os.name == "nt":  # pragma: no cover
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
