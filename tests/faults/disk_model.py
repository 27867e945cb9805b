"""What a disk may hold after its power was cut: everything synced, and any part of what was not."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from tests.faults.syscalls import Create, Operation, Rename, Said, Sync, Truncate, Unlink, Write

SECTORS = (512, 4096)

Change = Write | Truncate
Content = Mapping[str, bytes]
"""Path and bytes of every file that is there after the cut."""
Choice = tuple[Change, ...]


@dataclass(slots=True, eq=False)
class File:
    """One file, whatever it is called."""

    durable: bytearray = field(default_factory=bytearray)
    version: int = 0
    """Counts the syncs, so that equal states are known without comparing bytes."""
    pending: list[Change] = field(default_factory=list)
    size: int = 0
    """As the program sees it."""


State = Mapping[str, tuple[File, Choice]]
"""Which files there are, and what of their unsynced changes the disk has."""


@dataclass(slots=True)
class Folder:
    """The names in one folder; changes of names reach the disk in their order, as file systems with a journal do it."""

    durable: dict[str, File] = field(default_factory=dict)
    pending: list[tuple[str, File | None]] = field(default_factory=list)


class Disk:
    """Takes operations one by one and can be cut off after each."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._names: dict[str, File] = {}
        self._folders: dict[str, Folder] = {}

    def apply(self, operation: Operation) -> None:
        match operation:
            case Write() | Truncate():
                self._change(operation)
            case Sync(path, is_done):
                self._sync(path, is_done=is_done)
            case Create(path):
                if path not in self._names:
                    self._name(path, File())
            case Unlink(path):
                self._name(path, None)
            case Rename(path, to):
                moved = self._names[path]
                self._name(to, moved)
                self._name(path, None)
            case Said():
                pass

    def _change(self, change: Change) -> None:
        file = self._names[change.path]
        if isinstance(change, Truncate):
            file.size = change.size
        else:
            offset = file.size if change.offset is None else change.offset
            change = Write(change.path, offset, change.data)
            file.size = max(file.size, offset + len(change.data))
        file.pending.append(change)

    def _name(self, path: str, file: File | None) -> None:
        folder = self._folders.setdefault(str(PurePosixPath(path).parent), Folder())
        folder.pending.append((path, file))
        if file is None:
            self._names.pop(path, None)
        else:
            self._names[path] = file

    def _sync(self, path: str, *, is_done: bool) -> None:
        if path in self._names:
            file = self._names[path]
            # After a sync that failed, the kernel may call the pages clean: no later sync writes them.
            kept = file.pending if is_done else [one for one in file.pending if self._chance.random() < 0.5]
            for change in kept:
                put(file.durable, change)
            file.pending, file.version = [], file.version + 1
        elif is_done:
            folder = self._folders.setdefault(path, Folder())
            for name, named in folder.pending:
                set_name(folder.durable, name, named)
            folder.pending = []

    def state(self, way: str) -> State:
        """A legal state: `none` and `all` of what was not synced, or `torn`, which is any part of it."""
        found: dict[str, tuple[File, Choice]] = {}
        for folder in self._folders.values():
            names = dict(folder.durable)
            count = {"none": 0, "all": len(folder.pending)}.get(way, self._chance.randint(0, len(folder.pending)))
            for name, file in folder.pending[:count]:
                set_name(names, name, file)
            found |= {name: (file, self._choice(file, way)) for name, file in names.items()}
        return found

    def _choice(self, file: File, way: str) -> Choice:
        if way == "none" or not file.pending:
            return ()
        if way == "all":
            return tuple(file.pending)
        return tuple(self._part(file.pending))

    def _part(self, pending: Sequence[Change]) -> Iterator[Change]:
        """All before some moment, or each with some chance; whole, or torn at sectors."""
        if self._chance.random() < 0.25:
            pending = pending[: self._chance.randint(0, len(pending))]
            yield from pending
            return
        likely, sector = self._chance.choice((0.1, 0.5, 0.9)), self._chance.choice((*SECTORS, None))
        for change in pending:
            if isinstance(change, Truncate) or sector is None:
                if self._chance.random() < likely:
                    yield change
            else:
                yield from (piece for piece in pieces(change, sector) if self._chance.random() < likely)


def pieces(change: Write, sector: int) -> Iterator[Write]:
    """A write cut where sectors begin."""
    assert change.offset is not None
    start, end = change.offset, change.offset + len(change.data)
    while start < end:
        until = min(end, (start // sector + 1) * sector)
        yield Write(change.path, start, change.data[start - change.offset : until - change.offset])
        start = until


def put(content: bytearray, change: Change) -> None:
    """Do a change; what lies between the old end and a write beyond it reads as zeros."""
    if isinstance(change, Truncate):
        content[:] = content[: change.size].ljust(change.size, b"\0")
        return
    assert change.offset is not None
    if len(content) < change.offset:
        content.extend(bytes(change.offset - len(content)))
    content[change.offset : change.offset + len(change.data)] = change.data


def set_name(names: dict[str, File], name: str, file: File | None) -> None:
    if file is None:
        names.pop(name, None)
    else:
        names[name] = file


def content_of(state: State) -> Content:
    """The bytes of a state."""
    made = {}
    for name, (file, choice) in state.items():
        content = bytearray(file.durable)
        for change in choice:
            put(content, change)
        made[name] = bytes(content)
    return made


def key_of(state: State) -> object:
    """Equal for states with the same bytes that came about in the same way."""
    return frozenset((name, id(file), file.version, choice) for name, (file, choice) in state.items())
