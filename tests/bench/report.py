"""The table of results: on the terminal, and between two markers of docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.bench.result import Row

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- results -->", "<!-- end of results -->"
HEAD = ["", "n", "min", "p50", "p95", "p99", "max", "unit", "target"]
NUMBERS = range(1, 7)

Section = tuple[str, Sequence[Row]]


def text(section: Section) -> str:
    """One section for the terminal."""
    title, rows = section
    cells = [[title, *HEAD[1:]], *(row.cells for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    return "\n".join("  ".join(_padded(line, widths)).rstrip() for line in cells)


def markdown(sections: Iterable[Section], machine: str) -> str:
    """Everything as one table with a line about the machine."""
    lines = [machine, "", _line(HEAD), _line(["---:" if column in NUMBERS else "---" for column in range(len(HEAD))])]
    for title, rows in sections:
        lines.append(_line([f"**{title}**", *[""] * 8]))
        lines += [_line(row.cells) for row in rows]
    return "\n".join(lines)


def write(results: str, document: Path = DOCUMENT) -> None:
    """Put the results where the last ones were; what people wrote around them stays."""
    before, _, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    document.write_text(f"{before}{BEGIN}\n{results}\n{END}{after}", encoding="utf-8")


def _padded(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        cell.rjust(width) if column in NUMBERS else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(line, widths, strict=True))
    ]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
