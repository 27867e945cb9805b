"""The logs on the terminal: the last lines, or every line as it is written."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from agent.cli.invocation import Invocation, say_json
from agent.cli.terminal import say
from agent.core.errors import NeedsPerson

POLL_S = 0.2
TAIL_BYTES = 4 * 1024 * 1024
"""How far back the last lines are looked for."""
commands = typer.Typer()


@commands.command()
def logs(
    context: typer.Context,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many lines of the past.")] = 100,
    of_screen: Annotated[bool, typer.Option("--screen", help="The screen's log instead of the agent's.")] = False,
) -> None:
    """Print the log; no secret and no personal data is in it."""
    invocation = Invocation.of(context)
    path = invocation.home.logs / ("screen.log" if of_screen else "agent.log")
    if not path.exists() and not follow:
        raise NeedsPerson("no_log", f"There is no log yet at {path}.")
    tell = say_json if invocation.as_json else say
    with suppress(KeyboardInterrupt):
        for line in _wanted(path, lines, follow=follow):
            tell(line)


def _wanted(path: Path, lines: int, *, follow: bool) -> Iterator[str]:
    past, end = history(path, lines)
    yield from past
    if follow:
        yield from followed(path, end)


def history(path: Path, count: int) -> tuple[list[str], int]:
    """The last lines of a log and of the parts before it, and the offset behind them in the log itself."""
    lines, end = tail(path, count)
    lead = f"{path.name}."
    older = [part for part in path.parent.glob(f"{lead}*") if part.name.removeprefix(lead).isdecimal()]
    for part in sorted(older, key=lambda part: int(part.name.removeprefix(lead)), reverse=True):
        if len(lines) < count:
            lines = tail(part, count - len(lines))[0] + lines
    return lines, end


def tail(path: Path, count: int) -> tuple[list[str], int]:
    """The last whole lines of a file and the offset behind them; nothing if it is not there."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
            lines = deque(_whole_lines(file), maxlen=count)
            return list(lines), file.tell()
    except FileNotFoundError:
        return [], 0


def followed(path: Path, offset: int, stop: threading.Event | None = None) -> Iterator[str]:
    """Every whole line behind the offset as it is written, across rotation; ends when `stop` is set."""
    asked = stop or threading.Event()
    file = _opened(path)
    try:
        if file is not None:
            file.seek(offset)
        while not asked.wait(POLL_S):
            if file is not None:
                yield from _whole_lines(file)
            if file is None or _was_replaced(path, file):
                if file is not None:
                    file.close()
                file = _opened(path)
    finally:
        if file is not None:
            file.close()


def _whole_lines(file: BinaryIO) -> Iterator[str]:
    while line := file.readline():
        if not line.endswith(b"\n"):
            file.seek(-len(line), os.SEEK_CUR)
            return
        yield _text(line)


def _opened(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except FileNotFoundError:
        return None


def _was_replaced(path: Path, file: BinaryIO) -> bool:
    """Whether the name belongs to another file by now, or the file has been cut."""
    try:
        there, ours = path.stat(), os.fstat(file.fileno())
    except FileNotFoundError:
        return False
    return (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino) or there.st_size < file.tell()


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r\n")
