"""How far sales have been read: a time or a number that only grows, with the row's id where two share it; pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from agent.core.errors import InvalidInput

Value = int | str | datetime

_SHAPE = re.compile(r"\d{4}-\d\d-\d\d([T ])\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)?")


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the POS's sales, in the database's own words."""

    at: Value
    id: Value

    def to_json(self) -> str:
        """For a file; read back by `from_json`."""
        return json.dumps([_written(self.at), _written(self.id)])

    @classmethod
    def from_json(cls, text: str) -> Mark:
        """Raises ValueError for what is no mark."""
        at, row_id = (_read(value) for value in json.loads(text))
        return cls(at, row_id)

    def earlier(self, by: float) -> Mark:
        """So many seconds or numbers before, at the first row there: what was committed late is read then."""
        nothing: Value = 0 if isinstance(self.id, int) else ""
        if isinstance(self.at, int):
            return Mark(self.at - int(by), nothing)
        if isinstance(self.at, datetime):
            return Mark(self.at - timedelta(seconds=by), nothing)
        return Mark(_like(self.at, datetime.fromisoformat(self.at) - timedelta(seconds=by)), nothing)

    def moment(self, zone: ZoneInfo) -> datetime | None:
        """The time of a mark, aware; None for a number."""
        if isinstance(self.at, int):
            return None
        found = self.at if isinstance(self.at, datetime) else datetime.fromisoformat(self.at)
        return found if found.tzinfo else found.replace(tzinfo=zone)


def mark_of(at: Any, row_id: Any) -> Mark:
    """The mark of a row; raises InvalidInput `invalid_mark` for a column that cannot be one."""
    return Mark(_value(at, is_mark=True), _value(row_id, is_mark=False))


def _value(value: Any, *, is_mark: bool) -> Value:
    if isinstance(value, datetime | int) and not isinstance(value, bool):
        return value
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    if isinstance(value, str) and (not is_mark or _SHAPE.fullmatch(value)):
        return value
    sentence = "The column that marks how far sales were read is no whole number and no time like 2026-11-22 13:05:00."
    raise InvalidInput("invalid_mark", sentence, field="sales_mark")


def _like(shape: str, moment: datetime) -> str:
    """A time written like another one, so that the database compares them as text."""
    found = _SHAPE.fullmatch(shape)
    assert found is not None
    separator, seconds, fraction, zone = found.groups()
    digits = len(fraction) - 1 if fraction else 0
    text = moment.strftime(f"%Y-%m-%d{separator}%H:%M" + (":%S" if seconds else ""))
    if digits:
        text += "." + f"{moment.microsecond:06}".ljust(digits, "0")[:digits]
    return text + (zone or "")


def _written(value: Value) -> dict[str, Any]:
    return {"time": value.isoformat()} if isinstance(value, datetime) else {"value": value}


def _read(value: Any) -> Value:
    if "time" in value:
        return datetime.fromisoformat(value["time"])
    found = value["value"]
    if isinstance(found, int | str):
        return found
    raise ValueError("no mark")
