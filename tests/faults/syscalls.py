"""What a program did to its files, as the kernel saw it: a recording by strace, read into plain operations."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WRITES = ("write", "pwrite64")
SYNCS = ("fsync", "fdatasync")
NAMES = ("openat", "open", "rename", "renameat", "renameat2", "unlink", "unlinkat")
UNREAD = ("writev", "pwritev", "pwritev2", "truncate", "fallocate", "copy_file_range", "sendfile", "sync_file_range")
"""Would change files in ways that are not modelled: seen on a file of ours, the recording is refused."""
TRACED = (*WRITES, *SYNCS, "ftruncate", *NAMES, *UNREAD)

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="The power-cut model needs strace; it was not run.")


@dataclass(frozen=True, slots=True)
class Write:
    path: str
    offset: int | None
    """None appends."""
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    path: str
    is_done: bool
    """False when the disk refused: what waited for it may never get there."""


@dataclass(frozen=True, slots=True)
class Create:
    path: str


@dataclass(frozen=True, slots=True)
class Rename:
    path: str
    to: str


@dataclass(frozen=True, slots=True)
class Unlink:
    path: str


@dataclass(frozen=True, slots=True)
class Said:
    """The program told the outside world something."""

    text: str


Operation = Write | Truncate | Sync | Create | Rename | Unlink | Said


def record(home: Path, module: str, arguments: Sequence[str], *, inject: str | None = None) -> list[Operation]:
    """Run `python -m module home *arguments` and return all it did below `home` and said on its standard output."""
    log = home.with_suffix(".strace")
    strace = [
        "strace",
        "-f",
        "-xx",
        "-y",
        "-s",
        str(1 << 24),
        "-o",
        str(log),
        "-e",
        "trace=" + ",".join(f"?{name}" for name in TRACED),
    ]
    faults = [] if inject is None else ["-e", f"inject={inject}"]
    command = [*strace, *faults, sys.executable, "-m", module, str(home), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    lines = log.read_text(encoding="ascii").splitlines()
    log.unlink()
    operations = [found for line in _whole(lines) if (found := _operation(line, str(home))) is not None]
    said = "".join(one.text for one in operations if isinstance(one, Said))
    assert said == done.stdout, "the recording is not what happened"
    return operations


def _whole(lines: Sequence[str]) -> Iterator[str]:
    """Calls with their results; a call that another thread interrupted counts from when it began, a sync from its end."""
    begun: dict[str, str] = {}
    ended = _endings(lines)
    for number, line in enumerate(lines):
        thread, _, call = line.partition(" ")
        call = call.lstrip()
        if call.endswith("<unfinished ...>"):
            head = call.removesuffix("<unfinished ...>").rstrip()
            if head.startswith(SYNCS):
                begun[thread] = head
            else:
                yield head + ended.get(number, ") = ?")
        elif call.startswith("<..."):
            if thread in begun:
                yield begun.pop(thread) + call.partition("resumed>")[2]
        elif call[:1].isalpha():
            yield call


def _endings(lines: Sequence[str]) -> dict[int, str]:
    """How each interrupted call went on, by the number of its first line."""
    open_at: dict[str, int] = {}
    ended: dict[int, str] = {}
    for number, line in enumerate(lines):
        thread, _, call = line.partition(" ")
        if call.endswith("<unfinished ...>"):
            open_at[thread] = number
        elif call.lstrip().startswith("<..."):
            ended[open_at.pop(thread)] = call.partition("resumed>")[2]
    return ended


HEX = re.compile(r"(?:\\x[0-9a-f]{2})+")
FILE = re.compile(r"^\w+\((\d+)<([^>]*)>(\(deleted\))?")
STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
RESULT = re.compile(r"\)\s*= (-?\d+|\?)")


def _operation(call: str, home: str) -> Operation | None:
    name = call.partition("(")[0]
    result = RESULT.search(call)
    worked = result is not None and not result[1].startswith(("-", "?"))
    if name in NAMES:
        return _name_operation(name, call, home) if worked else None
    file = FILE.match(call)
    if file is None:
        return None
    path = _text(file[2])
    if name == "write" and file[1] == "1":
        return Said(_bytes(_strings(call)[0]).decode())
    if file[3] is not None or not (path + "/").startswith(home + "/"):
        return None
    assert name not in UNREAD, f"{name} on {path} is not modelled"
    if name in SYNCS:
        return Sync(path, is_done=worked)
    return _change(name, call, path, int(result[1])) if worked and result is not None else None


def _change(name: str, call: str, path: str, result: int) -> Operation:
    if name == "ftruncate":
        return Truncate(path, int(_numbers(call)[-1]))
    data = _bytes(_strings(call)[0])[:result]
    return Write(path, int(_numbers(call)[-1]) if name == "pwrite64" else None, data)


def _name_operation(name: str, call: str, home: str) -> Operation | None:
    paths = [_text(found) for found in _strings(call)]
    if not paths[0].startswith(home + "/"):
        return None
    if name.startswith("rename"):
        return Rename(paths[0], paths[1])
    if name.startswith("unlink"):
        return Unlink(paths[0])
    if "O_TRUNC" in call:
        return Truncate(paths[0], 0)
    return Create(paths[0]) if "O_CREAT" in call else None


def _strings(call: str) -> list[str]:
    return STRING.findall(call)


def _numbers(call: str) -> list[str]:
    return re.findall(r", (\d+)(?=[,)])", call.rpartition(") ")[0] + ")")


def _bytes(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))


def _text(escaped: str) -> str:
    return HEX.sub(lambda found: _bytes(found[0]).decode(), escaped)
