"""What is proven of each POS driver and what is assumed, as the table of docs/drivers.md: straight from the benches."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from tests.contract.bench import COLUMNS, PosBench
from tests.contract.benches import benches

PAGE = Path(__file__).resolve().parents[2] / "docs" / "drivers.md"
BEGIN, END = "<!-- table -->", "<!-- /table -->"
PROVEN, ASSUMED, NONE = "proven", "assumed", "-"


def word(bench: PosBench, column: str) -> str:
    """One cell."""
    if COLUMNS[column] in bench.not_applicable:
        return NONE
    return ASSUMED if column in bench.assumed else PROVEN


async def opened() -> Mapping[str, PosBench]:
    """Every bench, closed again: only what it says of itself is wanted."""
    found = {}
    http = HttpxClient(SystemClock())
    for kind, workshop in sorted(benches().items()):
        with tempfile.TemporaryDirectory() as folder:
            async with workshop(Path(folder), http) as bench:
                found[kind] = bench
    await http.close()
    return found


def lines(found: Mapping[str, PosBench]) -> Iterator[str]:
    """The table, then why a cell says `assumed` or `-`."""
    yield f"| | {' | '.join(COLUMNS)} |"
    yield f"|---{'|---' * len(COLUMNS)}|"
    for kind, bench in found.items():
        yield f"| `{kind}` | {' | '.join(word(bench, column) for column in COLUMNS)} |"
    yield ""
    for kind, bench in found.items():
        notes = [f"{column}: {bench.assumed[column]}" for column in COLUMNS if word(bench, column) == ASSUMED]
        lacks = [f"no {column}: {bench.not_applicable[case]}" for column, case in COLUMNS.items() if case in bench.not_applicable]
        if notes or lacks:
            yield f"- `{kind}` {' '.join([*notes, *lacks])}"


def table() -> str:
    """All of it, from the benches as they are."""
    return "\n".join(lines(asyncio.run(opened())))


def written(page: str, made: str) -> str:
    """The page with this table between its markers; raises ValueError when it has lost them."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("docs/drivers.md has lost the markers of the table")
    return f"{before}{BEGIN}\n{made}\n{END}{after}"
