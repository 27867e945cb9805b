"""The date and time that a receipt carries, however it is written; pure."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

_DATE = re.compile(r"(?<!\d)(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})(?!\d)")
_NAMED = re.compile(
    r"(?<!\d)(\d{1,2})[\s-]*(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[\s,-]*(\d{4}|\d{2})(?!\d)", re.IGNORECASE
)
_TIME = re.compile(r"(?<![\d:])(\d{1,2})[:h](\d{2})(?::(\d{2}))?\s*([ap])?\.?m?\b", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def written_time(line: str, date_order: str, zone: ZoneInfo) -> datetime | None:
    """The moment in a line that has both a date and a time of day, or None; `date_order` is `dmy`, `mdy` or `ymd`."""
    day, clock = _day(line, date_order), _TIME.search(line)
    if day is None or clock is None:
        return None
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    if clock[4]:
        hour = hour % 12 + (12 if clock[4].lower() == "p" else 0)
    try:
        return datetime(*day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None


def _day(line: str, date_order: str) -> tuple[int, int, int] | None:
    if named := _NAMED.search(line):
        return _year(named[3]), _MONTHS.index(named[2].lower()) + 1, int(named[1])
    found = _DATE.search(line)
    if found is None:
        return None
    order = "ymd" if len(found[1]) == 4 else date_order
    parts = dict(zip(order, found.groups(), strict=True))
    return _year(parts["y"]), int(parts["m"]), int(parts["d"])


def _year(text: str) -> int:
    return int(text) + (2000 if len(text) == 2 else 0)
