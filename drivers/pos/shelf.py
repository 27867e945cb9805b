"""A folder shared with a POS: files seen whole, moved aside and never deleted, written so that nobody sees half of one."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

ENDINGS = (".csv", ".json", ".xml")
DONE = ".done"
"""`sales.csv.done` says that `sales.csv` is complete; without it the size must stay the same for two looks."""
LONGEST_STEM = 80


@dataclass(slots=True)
class Watcher:
    """Remembers how files looked, to tell which are no longer being written."""

    _seen: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def complete(self, folder: Path) -> list[Path]:
        """Files that look as they did at the last call, oldest first; raises OSError when the folder cannot be read."""
        now: dict[Path, tuple[int, int]] = {}
        for path in folder.iterdir():
            if path.suffix.lower() in ENDINGS and not path.name.startswith((".", "~")) and path.is_file():
                about = path.stat()
                now[path] = (about.st_size, about.st_mtime_ns)
        steady = [path for path, look in now.items() if self._seen.get(path) == look or _is_marked(path)]
        self._seen = now
        return sorted(steady, key=lambda path: (now[path][1], path.name))


def move_aside(path: Path, folder: Path, note: str = "") -> Path:
    """Move a file into `folder` under a free name, with a `.err.txt` beside it when there is a note."""
    folder.mkdir(exist_ok=True)
    target = _free(folder, path.name)
    if note:
        write_whole(target.with_name(target.name + ".err.txt"), note.encode())
    os.rename(path, target)
    marker = path.with_name(path.name + DONE)
    if marker.exists():
        os.rename(marker, _free(folder, marker.name))
    return target


def write_whole(path: Path, data: bytes) -> None:
    """The file appears under its name only when all of it is on disk."""
    unfinished = path.with_name(path.name + ".tmp")
    with unfinished.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make names durable, where the platform can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:  # some network shares cannot; the file itself is synced
        return
    finally:
        os.close(handle)


def safe_stem(order_id: str) -> str:
    """A file name for an order id: the same for the same id, different for different ones, whatever is in it."""
    if re.fullmatch(r"[A-Za-z0-9_-]{1,80}", order_id, re.ASCII):
        return order_id
    kept = re.sub(r"[^A-Za-z0-9_-]", "_", order_id)[: LONGEST_STEM - 17]
    return f"{kept}.{hashlib.sha256(order_id.encode()).hexdigest()[:16]}"


def _is_marked(path: Path) -> bool:
    return path.with_name(path.name + DONE).exists()


def _free(folder: Path, name: str) -> Path:
    target, count = folder / name, 1
    while target.exists():
        count += 1
        stem, dot, ending = name.partition(".")
        target = folder / f"{stem}~{count}{dot}{ending}"
    return target
