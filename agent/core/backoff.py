"""How long to wait after the n-th failure in a row: full jitter, doubling up to a cap."""

from __future__ import annotations

from dataclasses import dataclass

LARGEST_DOUBLING = 30
"""2 ** 30 seconds is above every cap; a larger exponent would only make large numbers."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """A retry schedule."""

    base_s: float
    """Upper bound of the first wait."""
    cap_s: float
    """Upper bound of every wait."""

    def delay_s(self, failures: int, fraction: float) -> float:
        """Wait after `failures` (>= 1) in a row; `fraction` in [0, 1) is the jitter."""
        ceiling = min(self.cap_s, self.base_s * 2.0 ** min(failures - 1, LARGEST_DOUBLING))
        return fraction * ceiling
