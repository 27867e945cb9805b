"""Numbers, money and times as people read them at a till."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent.core.money import Money, minor_digits
from gui.strings import language, tr

MINUS = "−"
COMMA_DECIMALS = frozenset({"id"})
"""Languages that write 1.234,50; the others write 1,234.50, Tamil in Singapore included (CLDR)."""
SPACED_SYMBOLS = frozenset({"id"})
"""Languages that part the currency from the amount (CLDR); elsewhere it stands close."""
SHOWN_WHOLE = frozenset({"IDR"})
"""Currencies whose minor unit is on paper only: shown, and typed, without it."""
_SWAP = str.maketrans(",.", ".,")
SYMBOLS = {"SGD": "S$", "MYR": "RM", "IDR": "Rp", "VND": "₫", "THB": "฿", "PHP": "₱", "USD": "US$"}


def sentences(parts: Iterable[str]) -> str:
    """One after the other, without those that are empty; after a Chinese full stop comes no blank."""
    return " ".join(part for part in parts if part).replace("。 ", "。")


def number(value: int) -> str:
    """With thousands separators and a true minus."""
    return _separated(f"{value:,}").replace("-", MINUS)


def signed(value: int) -> str:
    """With its sign."""
    return f"+{number(value)}" if value > 0 else number(value)


def _separated(digits: str) -> str:
    return digits.translate(_SWAP) if language() in COMMA_DECIMALS else digits


def symbol(currency: str) -> str:
    """What stands before an amount."""
    return SYMBOLS.get(currency, currency)


def amount(money: Money) -> str:
    """The digits of an amount with separators, without the currency."""
    digits = 0 if money.minor % step(money.currency) == 0 and step(money.currency) > 1 else minor_digits(money.currency)
    return _separated(f"{money.major():,.{digits}f}")


def step(currency: str) -> int:
    """Minor units that one typed digit means."""
    return 10 ** minor_digits(currency) if currency in SHOWN_WHOLE else 1


def price(money: Money) -> str:
    """An amount with its currency, such as `S$12.50`."""
    close = money.currency in SYMBOLS and language() not in SPACED_SYMBOLS
    space = "" if close else "\N{NO-BREAK SPACE}"
    return f"{symbol(money.currency)}{space}{amount(money)}"


def zone(name: str) -> ZoneInfo:
    """The outlet's zone; an unknown name is UTC."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def clock(moment: datetime, where: ZoneInfo) -> str:
    """`12:41`."""
    local = moment.astimezone(where)
    return tr("locale.clock", hour=f"{local:%H}", minute=f"{local:%M}")


def clock_exact(moment: datetime, where: ZoneInfo) -> str:
    """`12:41:05`."""
    local = moment.astimezone(where)
    return tr("locale.exact", hour=f"{local:%H}", minute=f"{local:%M}", second=f"{local:%S}")


def day(moment: datetime, where: ZoneInfo) -> str:
    """`30 Nov`."""
    local = moment.astimezone(where)
    return tr("locale.day", day=local.day, month=tr(f"month.{local.month}"))


def minutes_between(later: datetime, earlier: datetime) -> int:
    """Whole minutes, rounded down towards the earlier one."""
    return int((later - earlier).total_seconds() // 60)


def countdown(until: datetime, now: datetime) -> str:
    """`3:12`; never below zero."""
    left = max(0, int((until - now).total_seconds()))
    return f"{left // 60}:{left % 60:02d}"


def span(seconds: float) -> str:
    """`4 seconds`, `9 minutes`, `2 hours`."""
    whole = max(0, int(seconds))
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if whole >= size:
            return counted(word, whole // size)
    return counted("second", whole)


def counted(word: str, count: int) -> str:
    """`1 second`, `2 seconds`: `word` is the singular key of the strings."""
    return tr(f"{word}.one" if count == 1 else f"{word}.many", count=number(count))


def days_until(moment: datetime, now: datetime, where: ZoneInfo) -> int:
    """Calendar days in the outlet's zone."""
    return (moment.astimezone(where).date() - now.astimezone(where).date()).days


def seconds_left(until: datetime, now: datetime) -> int:
    """Whole seconds that are left, rounded up so that the last one is seen."""
    return max(0, -int((now - until) // timedelta(seconds=1)))
