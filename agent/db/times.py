"""Times as the database keeps them: whole milliseconds since 1970 in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware time, rounded down; what a flat battery says of earlier days counts as 1970."""
    return max(0, (moment - EPOCH) // timedelta(milliseconds=1))


def from_ms(value: int) -> datetime:
    """The aware UTC time of a stored number."""
    return EPOCH + timedelta(milliseconds=value)


def maybe_ms(moment: datetime | None) -> int | None:
    """As `to_ms`, None staying None."""
    return None if moment is None else to_ms(moment)


def maybe_from_ms(value: int | None) -> datetime | None:
    """As `from_ms`, None staying None."""
    return None if value is None else from_ms(value)
