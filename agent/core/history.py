"""Purchases of the past that a cloud is told of afterwards, and what has become of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from agent.core.money import Money


class RowState(StrEnum):
    """What has become of a row."""

    ABSENT = "absent"
    """Not recorded yet."""
    WAITING = "waiting"
    """Safe on disk, on its way."""
    CONFIRMED = "confirmed"
    PARKED = "parked"
    """In the outbox for a person."""
    DISCARDED = "discarded"
    """A person gave it up."""
    REFUSED = "refused"
    """It fits nothing here, and was not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One past purchase."""

    identifier: str
    """Phone, e-mail or code, as it was written."""
    occurred_at: datetime
    amount: Money
    receipt: str
    punches: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class RowSeen:
    """A row and what is known of it."""

    state: RowState
    reason: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of some rows."""

    rows: tuple[RowSeen, ...]
    """One for each, in their order."""
    recorded: int
    """How many of them were recorded just now."""
