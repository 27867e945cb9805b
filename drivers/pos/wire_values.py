"""Values out of vendors' JSON, read tolerantly: text, tables, times and prices, and a catalogue from rows that may be bad."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from agent.core.catalogue import Catalogue, CatalogueItem, RowProblem
from agent.core.errors import InvalidInput
from agent.core.money import Money
from drivers.pos.amounts import read_amount

log = logging.getLogger(__name__)

T = TypeVar("T")
Table = Mapping[str, Any]
LONGEST = 500
LATEST_S = 4_102_444_800
"""Unix seconds of the year 2100; what is above counts milliseconds."""
LARGEST_TOTAL = Decimal(10) ** 12


def word(value: object) -> str:
    """Text or a number as one line of text; empty for everything else."""
    if isinstance(value, str):
        return " ".join(value.split())[:LONGEST]
    return str(value)[:LONGEST] if isinstance(value, int | Decimal) and not isinstance(value, bool) else ""


def needed(value: object, field: str) -> str:
    """Text that has to be there; raises InvalidInput `missing_field`."""
    found = word(value)
    if not found:
        raise InvalidInput("missing_field", f"The field {field} is empty.", field=field)
    return found


def table(value: object) -> Table:
    """A JSON object, or an empty one."""
    return value if isinstance(value, Mapping) else {}


def tables(value: object) -> list[Table]:
    """The objects of a JSON list; what else stands in it is left out."""
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def whole(value: object) -> int | None:
    """A whole number, written as number or text."""
    text = word(value)
    return int(text) if text.removeprefix("-").isdecimal() and len(text) < 18 else None


def moment(value: object, zone: ZoneInfo) -> datetime | None:
    """An aware time in UTC from ISO 8601 (the outlet's where no zone is written), Unix seconds or milliseconds; else None."""
    seconds = whole(value)
    try:
        if seconds is not None:
            return datetime.fromtimestamp(seconds if seconds < LATEST_S else seconds / 1000, UTC)
        found = datetime.fromisoformat(word(value))
    except (ValueError, OverflowError, OSError):
        return None
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def price(value: object, currency: str, *, is_minor: bool = False) -> Money:
    """A price of the menu, exact; raises InvalidInput `invalid_amount`."""
    found = read_amount(value, currency, is_minor=is_minor)
    if found.minor < 0:
        raise InvalidInput("invalid_amount", "A price cannot be less than nothing.", field="price")
    return found


def total(value: object, currency: str, *, is_minor: bool = False) -> Money:
    """A total that the POS computed; more digits than the currency has are rounded; raises InvalidInput `invalid_amount`."""
    if is_minor or isinstance(value, bool):
        return read_amount(value, currency, is_minor=is_minor)
    try:
        number = Decimal(value) if isinstance(value, str | int | Decimal) else Decimal("NaN")
    except InvalidOperation:
        return read_amount(value, currency)
    if not number.is_finite() or abs(number) > LARGEST_TOTAL:
        raise InvalidInput("invalid_amount", "The amount is missing or not a number.", field="amount")
    return Money.rounded(number, currency)


class Gathering:
    """A catalogue out of rows that come one by one and may be bad; of two with one code the first stands."""

    def __init__(self) -> None:
        self._items: dict[str, CatalogueItem] = {}
        self._problems: list[RowProblem] = []

    def add(self, where: str, read: Callable[[], CatalogueItem]) -> None:
        """One more row; one that cannot be read becomes a problem."""
        try:
            item = read()
        except InvalidInput as error:
            self._problems.append(RowProblem(where, error.reason, error.message))
            return
        if self._items.setdefault(item.code, item) is not item:
            twice = f"The code {item.code} is there twice; the first one is used."
            self._problems.append(RowProblem(where, "code_twice", twice))

    def catalogue(self) -> Catalogue:
        """All that was added."""
        return Catalogue(items=tuple(self._items.values()), problems=tuple(self._problems))


def gathered(rows: Iterable[tuple[str, Callable[[], CatalogueItem]]]) -> Catalogue:
    """Every item that can be read, and a problem for every row that cannot."""
    gathering = Gathering()
    for where, read in rows:
        gathering.add(where, read)
    return gathering.catalogue()


def readable(rows: Iterable[Table], read: Callable[[Table], T | None]) -> list[T]:
    """What can be read of these rows; one that cannot is left out and said in the log."""
    found: list[T] = []
    for row in rows:
        try:
            one = read(row)
        except InvalidInput as error:
            log.warning("row of the POS left out reason=%s", error.reason)
            continue
        if one is not None:
            found.append(one)
    return found
