"""The figures that fault harnesses reach, kept in files so that every test process can add to one table; and their sizes."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Iterable
from pathlib import Path

FOLDER = "CATA_BRIDGE_FIGURES"
"""Environment variable: where the processes of one test run leave their figures."""
SIZE = "CATA_BRIDGE_FAULTS"
"""Environment variable: `release` makes every harness loop as long as a release asks for."""

Row = tuple[str, str, str]
"""Harness, what was counted, and how much of it."""
PLANTED = "planted bug: "


def record(harness: str, name: str, value: int | str) -> None:
    """Add one figure to the table at the end of the run, where numbers of one name are added up; else it is printed nowhere."""
    folder = os.environ.get(FOLDER)
    if folder is None:
        return
    Path(folder).mkdir(exist_ok=True)
    with (Path(folder) / f"{os.getpid()}.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps([harness, name, value]) + "\n")


def planted(harness: str, bug: str, *, found: bool) -> None:
    """Whether a harness turned red over a bug that was planted for it."""
    record(harness, PLANTED + bug, "red" if found else "STAYED GREEN")


def is_release() -> bool:
    """Whether this run is the long one."""
    return os.environ.get(SIZE) == "release"


def size(push: int, release: int) -> int:
    """How often a harness goes round."""
    return release if is_release() else push


def new_folder() -> Path:
    """A folder that this process and those it starts record into; made by the first figure, so most runs make none."""
    folder = Path(tempfile.gettempdir()) / f"cata-bridge-figures-{secrets.token_hex(8)}"
    os.environ[FOLDER] = str(folder)
    return folder


def recorded(folder: Path) -> list[Row]:
    """All figures of a run, by harness, in the order they were recorded; numbers of the same name are added up."""
    lines = [line for file in sorted(folder.glob("*.jsonl")) for line in file.read_text(encoding="utf-8").splitlines()]
    found: dict[tuple[str, str], int | str] = {}
    for harness, name, value in map(json.loads, lines):
        before = found.get((harness, name))
        found[harness, name] = before + value if isinstance(before, int) else value
    greens = [value != "red" for (_, name), value in found.items() if name.startswith(PLANTED)]
    if greens:
        found["~ all", "bugs planted"] = len(greens)
        found["~ all", "bugs planted that stayed green"] = sum(greens)
    rows = [(harness, name, f"{value:,}" if isinstance(value, int) else value) for (harness, name), value in found.items()]
    return sorted(rows, key=lambda row: row[0])


def table(rows: Iterable[Row]) -> list[str]:
    """The figures as lines of a Markdown table."""
    shown = [("harness", "figure", "value"), *rows]
    widths = [max(len(row[column]) for row in shown) for column in range(3)]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in shown]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]
