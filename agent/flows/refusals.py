"""How much came in that did not fit, by kind and reason, since the start: one place that everything turned away is counted in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from agent.core.catalogue import RowProblem
from agent.core.errors import CataBridgeError, Refused


class RefusedKind(StrEnum):
    """What was turned away."""

    SCAN = "scan"
    SALE = "sale"
    """A row of a POS's sales, or a file of them that makes no sense."""
    CATALOGUE = "catalogue"
    """A row of the POS's menu, or a menu as a whole."""
    DELIVERY = "delivery"
    SETTING = "setting"
    """A device that cannot work as it is set up; settings that nothing can work with keep the agent from starting."""
    CALL = "call"
    """A call of the till API."""


class Refusals:
    """The counts; they say nothing of what was in what was refused."""

    def __init__(self) -> None:
        self._counts = {kind: Counter[str]() for kind in RefusedKind}
        self._left_out: frozenset[RowProblem] = frozenset()

    def of(self, kind: RefusedKind) -> Counter[str]:
        """The counter of one kind, by reason, for whoever does the refusing."""
        return self._counts[kind]

    def rows(self, problems: Sequence[RowProblem]) -> None:
        """Count the catalogue rows that were left out; a row that is still as it was at the last look counts once."""
        left_out = frozenset(problems)
        self.of(RefusedKind.CATALOGUE).update(problem.reason for problem in left_out - self._left_out)
        self._left_out = left_out

    def menu(self, error: CataBridgeError) -> None:
        """Count a menu that was turned away as a whole; a POS that cannot be asked is none."""
        if isinstance(error, Refused):
            self.of(RefusedKind.CATALOGUE)[error.reason] += 1

    def totals(self) -> dict[str, dict[str, int]]:
        """Kind -> reason -> how often; kinds of which nothing was refused are left out."""
        return {str(kind): dict(sorted(counts.items())) for kind, counts in self._counts.items() if counts}
