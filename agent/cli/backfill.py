"""Telling the cloud of past purchases out of a file: at a courteous pace, and again from the start after whatever happened."""

from __future__ import annotations

import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.connection import TillApi, shaped, till_api
from agent.cli.exits import FAILED
from agent.cli.history_file import BadRow, FileRow, HistoryFile, read, report_beside, write_report
from agent.cli.invocation import Invocation, say_json
from agent.cli.terminal import complain, say
from agent.core.clock import SystemClock
from agent.core.history import RowState

WINDOW = 50
"""Rows that are under way at once."""
LOOK_EVERY_S = 0.25
PATIENCE_S = 240.0
"""So long without any row coming to its end, the rest is left to the agent and to another run; doubt about one lasts 180."""
PAUSE_S = 0.03
"""Between two calls while rows come to their end: an agent takes fifty calls a second of one program."""
TELL_EVERY_S = 5.0
"""How often a program, or a log, is told of the progress."""
OPEN = frozenset({RowState.ABSENT, RowState.WAITING})
commands = typer.Typer()


@dataclass
class Progress:
    """Rows by what has become of them."""

    total: int
    counts: Counter[RowState] = field(default_factory=Counter)
    waiting: int = 0
    """Recorded, and on their way."""

    @property
    def ended(self) -> int:
        """Rows of which the end is known."""
        return self.counts.total()

    def shown(self, bad: int) -> dict[str, int]:
        """As numbers by name."""
        ended = {str(state): self.counts[state] for state in RowState if state not in OPEN}
        return {"rows": self.total, **ended, "waiting": self.waiting, "not_taken": bad}


@commands.command()
def backfill(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with columns for member, date, amount and receipt.")],
    check: Annotated[bool, typer.Option("--check", help="Only read the file and write the report of bad rows.")] = False,
) -> None:
    """Tell the cloud of past purchases, each once and under its own date; safe to run again (Cockato)."""
    from agent.settings import load

    invocation = Invocation.of(context)
    settings = load(invocation.home)
    found = read(file, currency=settings.outlet.currency, zone=settings.outlet.zone, now=SystemClock().now())
    bad, per_s = list(found.bad), settings.cloud.cockato.backfill_per_s
    progress = Progress(len(found.rows) + len(bad))
    try:
        if not check:
            api = till_api(invocation.home)
            with _shown(progress, invocation, len(bad)) as tell:
                told(api, found, progress, bad, per_s=per_s, tell=tell)
    finally:
        # Whatever ended the run: no row that was turned away is without its reason.
        report = report_beside(file) if bad else None
        if report is not None:
            write_report(report, found.heading, bad)
    open_rows = 0 if check else len(found.rows) - progress.ended
    _finish(invocation, progress, bad, report, is_told=not check, open_rows=open_rows)


def told(
    api: TillApi, found: HistoryFile, progress: Progress, bad: list[BadRow], *, per_s: float, tell: Callable[[], None]
) -> None:
    """Until every row has come to its end, or nothing moves any more; what was not taken is added to `bad`."""
    clock, pace = SystemClock(), Pace(per_s)
    ahead, under_way = deque(found.rows), list[FileRow]()
    moved_at = clock.monotonic()
    while ahead or under_way:
        while ahead and len(under_way) < WINDOW:
            under_way.append(ahead.popleft())
        before = progress.ended
        under_way, recorded = _step(api, under_way, progress, bad, record=pace.allowed(clock.monotonic()))
        pace.spend(recorded)
        if progress.ended > before or recorded:
            moved_at = clock.monotonic()
        elif clock.monotonic() - moved_at > PATIENCE_S:
            return
        tell()
        time.sleep(PAUSE_S if progress.ended > before else LOOK_EVERY_S)


def _step(api: TillApi, rows: list[FileRow], progress: Progress, bad: list[BadRow], *, record: int) -> tuple[list[FileRow], int]:
    """One call; the rows of which the end is still open, and how many were recorded."""
    from agent.api.schema import Backfilled

    answer = shaped(Backfilled, api.post("loyalty", "backfill", body={"rows": [row.body for row in rows], "record": record}))
    open_rows: list[FileRow] = []
    for row, seen in zip(rows, answer.rows, strict=True):
        if seen.state in OPEN:
            open_rows.append(row)
            continue
        progress.counts[seen.state] += 1
        if seen.state is not RowState.CONFIRMED:
            bad.append(BadRow(row.line, row.cells, seen.reason or str(seen.state), seen.message))
    progress.waiting = sum(seen.state is RowState.WAITING for seen in answer.rows)
    return open_rows, answer.recorded


class Pace:
    """How many rows may be recorded now, so that it stays so many in a second."""

    def __init__(self, per_s: float) -> None:
        """0 is no limit."""
        self._per_s = per_s
        self._left = 1.0
        self._at: float | None = None

    def allowed(self, now: float) -> int:
        """At the monotonic time `now`."""
        if not self._per_s:
            return WINDOW
        since = 0.0 if self._at is None else now - self._at
        self._left, self._at = min(self._left + since * self._per_s, max(1.0, self._per_s)), now
        return min(int(self._left), WINDOW)

    def spend(self, count: int) -> None:
        """So many were recorded."""
        self._left -= count


def is_watched() -> bool:
    """Whether somebody looks at a terminal."""
    return sys.stdout.isatty()


@contextmanager
def _shown(progress: Progress, invocation: Invocation, bad: int) -> Iterator[Callable[[], None]]:
    """Shows the progress while it goes on: a bar for people, a line of JSON now and then for programs, else a line."""
    if not invocation.as_json and is_watched():
        from rich.progress import Progress as Bar

        with Bar() as bar:
            task = bar.add_task("Telling", total=progress.total - bad)
            yield lambda: bar.update(task, completed=progress.ended)
        return
    clock, told_at = SystemClock(), [float("-inf")]

    def tell() -> None:
        if clock.monotonic() - told_at[0] >= TELL_EVERY_S:
            told_at[0] = clock.monotonic()
            if invocation.as_json:
                say_json({"done": False, **progress.shown(bad)})
            else:
                say(f"{progress.ended} of {progress.total - bad} rows have come to their end.")

    yield tell


def _finish(
    invocation: Invocation, progress: Progress, bad: list[BadRow], report: Path | None, *, is_told: bool, open_rows: int
) -> None:
    result = {"done": open_rows == 0, **progress.shown(len(bad)), "report": str(report) if report else None}
    if invocation.as_json:
        say_json(result)
    elif is_told:
        say(f"{progress.counts[RowState.CONFIRMED]} of {progress.total} rows are confirmed.")
    else:
        say(f"{progress.total - len(bad)} of {progress.total} rows can be told.")
    if report is not None and not invocation.as_json:
        complain(f"{len(bad)} rows were not taken; they are in {report} with the reason of each.")
    if open_rows and not invocation.as_json:
        complain(f"{open_rows} rows have not come to their end. What was saved goes by itself; run this again for the rest.")
    if bad or open_rows:
        raise typer.Exit(FAILED)
