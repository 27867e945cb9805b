"""What a benchmark found: samples, and the few numbers that describe them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

ENOUGH = {0.95: 20, 0.99: 100}
"""A share of the samples is told only from so many samples on."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `samples` empty means that it was skipped, `target` then says why."""

    what: str
    unit: str
    samples: tuple[float, ...]
    target: str = ""

    @property
    def cells(self) -> list[str]:
        """What, number of samples, min, p50, p95, p99, max, unit, target."""
        if not self.samples:
            return [self.what, "0", *["-"] * 5, self.unit, self.target]
        numbers = [min(self.samples), at(self.samples, 0.5), at(self.samples, 0.95), at(self.samples, 0.99), max(self.samples)]
        return [self.what, str(len(self.samples)), *map(short, numbers), self.unit, self.target]


def milliseconds(what: str, seconds: Sequence[float], target: str = "") -> Row:
    """Durations given in seconds, told in milliseconds."""
    return Row(what, "ms", tuple(1000 * each for each in seconds), target)


def rate(what: str, per_second: Sequence[float], target: str = "") -> Row:
    """One number a round."""
    return Row(what, "1/s", tuple(per_second), target)


def skipped(what: str, why: str) -> Row:
    """Nothing was measured."""
    return Row(what, "", (), f"skipped: {why}")


def at(samples: Sequence[float], share: float) -> float:
    """The sample that a share of all samples does not exceed (nearest rank); NaN when there are too few to say."""
    if len(samples) < ENOUGH.get(share, 1):
        return math.nan
    return sorted(samples)[max(0, math.ceil(share * len(samples)) - 1)]


def short(number: float) -> str:
    """Three digits that count."""
    if math.isnan(number):
        return "-"
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"
