"""What is new about a ticket flashes twice as it arrives and never again: pure, from the moment of the change."""

from __future__ import annotations

from datetime import datetime, timedelta

PHASE = timedelta(milliseconds=300)
FLASHES = 2
"""Lit for a phase, dark for a phase, so often: 1.2 s, well below three flashes a second."""


def is_lit(changed_at: datetime, now: datetime) -> bool:
    """Whether a ticket that changed then is lit now."""
    phase = _phase(changed_at, now)
    return 0 <= phase < 2 * FLASHES and phase % 2 == 0


def turns_in(changed_at: datetime, now: datetime) -> timedelta | None:
    """How long it stays as it is now; None when it stays so for good."""
    phase = _phase(changed_at, now)
    return changed_at + (phase + 1) * PHASE - now if 0 <= phase < 2 * FLASHES - 1 else None


def _phase(changed_at: datetime, now: datetime) -> int:
    return (now - changed_at) // PHASE
