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

from agent.db.durable import sync_folder

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
    left_out_to: int = 0
    """Up to this number lines were left out on purpose, since a copy has what they said."""

    @property
    def last(self) -> int:
        """The highest number that was given out."""
        return max(self.left_out_to, self.lines[-1].seq if self.lines else 0)


class Journal:
    """The open file; used by the database's thread only. A disk that refuses a line gets it again with the next one."""

    def __init__(self, path: Path) -> None:
        """Open for appending, created if missing; raises OSError."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = path
        self._seq, torn = _last_seq(path)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        sync_folder(path.parent)
        self._waiting: list[bytes] = []
        self._unsynced: list[bytes] = []
        """Written, but not yet surely on the disk."""
        self._torn = torn
        self._dirty_since: float | None = None
        self._is_failing = False

    @property
    def seq(self) -> int:
        """The number of the last line."""
        return self._seq

    def go_on_after(self, seq: int) -> None:
        """Give out no number up to `seq` again: the database has counted lines that were lost here."""
        if seq > self._seq:
            log.info("the journal goes on after lines that it lost last=%d next=%d", self._seq, seq + 1)
            self._seq = seq

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
            # The system may have dropped what it held and call the next sync a success: it is written once more.
            self._waiting, self._unsynced = self._unsynced, []
            self._torn = True
            self._failed(error)
            return
        self._unsynced.clear()
        self._dirty_since = None

    def exchange(self, fresh: Path, taken_to: int) -> None:
        """Put a shorter file in this one's place, with what was added here behind the byte `taken_to`; raises OSError."""
        self.sync()
        with self._path.open("rb") as old, fresh.open("ab") as new:
            old.seek(taken_to)
            new.write(old.read())
            new.flush()
            os.fsync(new.fileno())
        os.close(self._file)
        try:
            fresh.replace(self._path)
        finally:
            self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        sync_folder(self._path.parent)

    def close(self) -> None:
        """Sync and close; what a last sync refused is at least handed to the system once more."""
        self.sync()
        self._write()
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
        self._unsynced += self._waiting
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
    return parse(path.read_bytes() if path.exists() else b"")


def parse(data: bytes) -> JournalContents:
    """As `read`, of what was read."""
    lines: list[Line] = []
    damage: list[Damage] = []
    left_out_to = 0
    raw = data.split(b"\n")
    for number, text in enumerate(raw, start=1):
        if not text:
            continue
        line = decode(text)
        if line is None:
            damage.append(Damage(number, "torn" if number == len(raw) else "unreadable"))
        elif line.seq == 0:
            left_out_to = int(str(line.record["through"]))
        elif lines and line.seq <= lines[-1].seq:
            continue  # written twice, after a disk that took a line and then said it had not
        else:
            if line.seq > max(left_out_to, lines[-1].seq if lines else 0) + 1:
                damage.append(Damage(number, "gap"))
            lines.append(line)
    return JournalContents(tuple(lines), tuple(damage), left_out_to)


def last_seq(path: Path) -> int:
    """The number of the last line that can be read."""
    return _last_seq(path)[0]


def _last_seq(path: Path) -> tuple[int, bool]:
    """The number of the last good line, and whether the file ends in the middle of one."""
    if not path.exists():
        return 0, False
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        tail = file.read()
    found = parse(tail) if parse(tail).last else read(path)
    return found.last, bool(tail) and not tail.endswith(b"\n")
