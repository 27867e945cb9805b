"""`python -m tests.bench [--write] [NAME...]`: run the benchmarks, print a table, with --write keep it in docs/benchmarks.md."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from tests.bench import catalogue, claim, drain, earn, eyes, idle, lunch, report, scan, start, webhook
from tests.bench.machine import described
from tests.bench.result import Row

Run = Callable[[Path], Awaitable[list[Row]]]

BENCHMARKS: Mapping[str, tuple[str, Run]] = {
    "earn": (earn.TITLE, earn.run),
    "scan": (scan.TITLE, scan.run),
    "webhook": (webhook.TITLE, webhook.run),
    "drain": (drain.TITLE, drain.run),
    "catalogue": (catalogue.TITLE, catalogue.run),
    "start": (start.TITLE, start.run),
    "idle": (idle.TITLE, idle.run),
    "claim": (claim.TITLE, claim.run),
    "lunch": (lunch.TITLE, lunch.run),
    "eyes": (eyes.TITLE, eyes.run),
}
LONGEST_RUN_S = 600.0
"""A run that takes longer is broken off; a usual one takes a third of it."""


async def measured(names: Sequence[str]) -> list[report.Section]:
    """The sections of the table, printed as they come."""
    sections: list[report.Section] = []
    async with asyncio.timeout(LONGEST_RUN_S):
        for name in names:
            title, run = BENCHMARKS[name]
            with tempfile.TemporaryDirectory(prefix=f"cata-bridge-bench-{name}-") as folder:
                sections.append((title, await run(Path(folder))))
            print(report.text(sections[-1]), end="\n\n", flush=True)  # noqa: T201 - the terminal is the point
    return sections


def main() -> int:
    """Run what was asked for, all by default."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--write", action="store_true", help="keep the table in docs/benchmarks.md")
    parser.add_argument("name", nargs="*", metavar="NAME", choices=[[], *BENCHMARKS], help=", ".join(BENCHMARKS))
    options = parser.parse_args()
    if options.write and options.name:
        parser.error("--write keeps a whole run only")
    logging.getLogger().addHandler(logging.NullHandler())
    machine = described()
    print(machine, end="\n\n", flush=True)  # noqa: T201
    sections = asyncio.run(measured(options.name or list(BENCHMARKS)))
    if options.write:
        report.write(report.markdown(sections, machine))
    return 0


if __name__ == "__main__":
    sys.exit(main())
