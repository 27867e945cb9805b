"""The screen through a lunch: 200 open tickets that scroll and advance, 10,000 unsent entries, and 1,000 orders in memory."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from tests.bench.result import Row, milliseconds, rate

if TYPE_CHECKING:
    from PySide6.QtCore import QCoreApplication

    from gui.session import Session
    from gui.window.main import MainWindow

TITLE = "Lunch: the screen offscreen, 200 open tickets, 10,000 entries, 1,000 orders"
OPEN, ENTRIES, ORDERS, FRAMES, STEP_PX = 200, 10_000, 1000, 240, 12
WARM_UP = 200
OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": "qt.text.font.db=false"}


async def run(folder: Path) -> list[Row]:
    """The whole table, measured in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.lunch",
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **OFFSCREEN},
    )
    out, _ = await process.communicate()
    found: dict[str, list[float]] = json.loads(out)
    before, after = found["memory"]
    growth = 100 * (after - before) / before
    return [
        rate("scrolling the board", [1 / each for each in found["scroll"]], "p50 >= 60"),
        rate("advancing tickets, each a whole frame", [1 / each for each in found["advance"]], "p50 >= 60"),
        milliseconds("one order event on the screen's thread", found["event"], "p95 <= 8"),
        milliseconds(f"opening {ENTRIES:,} entries", found["outbox"], "<= 200"),
        Row(f"memory of the screen after {ORDERS:,} orders", "MiB", (after,), "<= 110"),
        Row(f"growth over the last {ORDERS - WARM_UP:,} orders", "%", (growth,), "<= 5"),
    ]


def main() -> None:
    """Measure, and print seconds and MiB as JSON."""
    from PySide6.QtWidgets import QApplication

    from gui.style import Look
    from gui.window.main import MainWindow
    from gui.window.top_bar import Page
    from tests.gui import sample

    app = QApplication([])
    session = sample.session(sample.base())
    window = MainWindow(Look(), session)
    window.resize(1280, 800)
    window.show()
    window.show_page(Page.ORDERS)
    app.processEvents()

    memory = lunch(window, session, app)
    session.hear("snapshot", {"orders": many(OPEN)})
    app.processEvents()

    def timed(act: Callable[[], object]) -> float:
        begun = time.perf_counter()
        act()
        app.processEvents()
        return time.perf_counter() - begun

    bar = window.board.shelves["preparing"].verticalScrollBar()
    found = {"memory": memory, "scroll": [timed(lambda: bar.setValue(bar.value() + STEP_PX)) for _ in range(FRAMES)]}
    bar.setValue(0)
    app.processEvents()
    moves = [{**order, "status": "READY", "status_at": sample.at("12:41")} for order in many(OPEN)[:60]]
    found["advance"] = [timed(partial(session.hear, "order", body)) for body in moves]
    printed = [{**order, "printed": 2} for order in many(OPEN)[60:160]]
    found["event"] = [timed(partial(session.hear, "order", body)) for body in printed]
    found["outbox"] = [timed(_fill(window, session))]
    print(json.dumps(found))  # noqa: T201  the answer to the process that asked


def many(count: int) -> list[dict[str, object]]:
    """Orders in preparation."""
    from tests.gui import sample

    return [{**sample.ORDERS[2 + at % 4], "id": f"L{at:03}", "ref_no": f"L{at:03}", "problems": []} for at in range(count)]


def _fill(window: MainWindow, session: Session) -> Callable[[], object]:
    from gui.window.top_bar import Page
    from tests.gui import sample

    entries = [
        sample.entry(f"w{at}", "12:32", "earn", sample.MEI, 24, f"R-{at}", state="pending", outcome="queued")
        for at in range(ENTRIES)
    ]
    session.hear("snapshot", {"entries": entries})
    return lambda: window.show_page(Page.OUTBOX)


def lunch(window: MainWindow, session: Session, app: QCoreApplication) -> list[float]:
    """MiB after the warm-up and at the end: every order is received, accepted, made ready and collected."""
    from gui.window.top_bar import Page
    from tests.gui import sample

    session.hear("snapshot", {"entries": [], "orders": []})
    window.show_page(Page.ORDERS)
    measured = []
    for at in range(ORDERS):
        body = {**sample.ORDERS[at % 6], "id": f"M{at}", "ref_no": f"M{at}", "problems": [], "promised_at": None}
        for status in ("PAID", "ACCEPTED", "READY", "COMPLETED"):
            session.hear("order", {**body, "status": status, "unacknowledged": status == "PAID"})
            app.processEvents()
        if at in {WARM_UP, ORDERS - 1}:
            gc.collect()
            measured.append(psutil.Process().memory_info().rss / 2**20)
    return measured


if __name__ == "__main__":
    main()
