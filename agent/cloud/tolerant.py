"""Reading JSON from others: sizes and depth bounded, numbers exact, names by alias, wrong types as if absent."""

from __future__ import annotations

import codecs
import itertools
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from json import JSONDecoder
from typing import Any

from agent.core.clock import from_wire
from agent.core.errors import InvalidInput
from agent.core.json_pieces import WINDOW, read_pieces

DEEPEST = 64
LONGEST_TEXT = 2_000
LARGE, KEPT = 1024 * 1024, 50
"""Bytes from which on an answer is read in outline, and how many of its objects are kept then."""
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_ROUND = bytes.maketrans(b"[]{}", b"()()")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_EPOCH_MS_FROM = 10**11
"""A larger number of seconds would be after the year 5000, so it counts milliseconds."""


def read_json(raw: bytes) -> Any:
    """JSON with exact numbers; raises InvalidInput `not_json` or `too_deep`."""
    if _depth(raw) > DEEPEST:
        raise InvalidInput("too_deep", "The message is nested too deeply.")
    with _refused():
        return _DECODER.decode(raw.decode("utf-8-sig"))


def read_outline(raw: bytes) -> Any:
    """As `read_json`, but of a large answer only the first objects are kept, and the outer ones: nobody reads 10,000 products."""
    if len(raw) <= LARGE:
        return read_json(raw)
    objects = itertools.count()

    def slim(member: Any) -> Any:
        return member if not isinstance(member, dict) or next(objects) < KEPT else None

    slices = (raw[start : start + WINDOW] for start in range(0, len(raw), WINDOW))
    with _refused():
        return read_pieces(codecs.iterdecode(slices, "utf-8-sig"), _DECODER, slim)


@contextmanager
def _refused() -> Iterator[None]:
    """The parser itself gives up on what is nested in the thousands."""
    try:
        yield
    except (ValueError, RecursionError, InvalidOperation):
        raise InvalidInput("not_json", "The message cannot be read.") from None


def find(tree: object, *places: str) -> Any:
    """What stands at the first dotted place that has something other than null or an empty text."""
    for place in places:
        at: object = tree
        for name in place.split("."):
            at = at.get(name) if isinstance(at, Mapping) else None
        if at is not None and at != "":
            return at
    return None


def text(value: object, longest: int = LONGEST_TEXT) -> str:
    """Readable text of a string or number, bounded and encodable; anything else is empty."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return ""
    return str(value)[:longest].encode("utf-8", "replace").decode().strip()


def decimal(value: object) -> Decimal | None:
    """A finite number from a number or a numeric text, else None."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    try:
        number = Decimal(value.strip().replace(",", "") if isinstance(value, str) else value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 40 else None


def whole(value: object) -> int | None:
    """A whole number, also when written as `3.0` or `"3"`, else None."""
    number = decimal(value)
    return int(number) if number is not None and number == number.to_integral_value() else None


def moment(value: object) -> datetime | None:
    """An aware time from RFC 3339 or a Unix time in seconds or milliseconds, else None; without a zone it is UTC."""
    if isinstance(value, str):
        try:
            return from_wire(value)
        except (ValueError, OverflowError):
            return _without_zone(value) or _epoch(whole(value))
    return _epoch(whole(value))


def _without_zone(value: str) -> datetime | None:
    try:
        return from_wire(value.strip() + "Z") if len(value.strip()) > 10 else None
    except (ValueError, OverflowError):
        return None


def _epoch(number: int | None) -> datetime | None:
    if number is None or number <= 0:
        return None
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number / 1000 if number >= _EPOCH_MS_FROM else number)
    except OverflowError:
        return None


def _depth(raw: bytes) -> int:
    """How deep brackets are nested outside of texts, counted only as far as it matters: a large answer is a large menu."""
    left = _TEXT.sub(b"", raw).translate(_ROUND, _NOT_BRACKETS)
    depth = 0
    while left and depth <= DEEPEST:
        # One round takes the innermost level away; what never closes is as deep as it is long.
        outer = left.replace(b"()", b"")
        if outer == left:
            return depth + left.count(b"(")
        left, depth = outer, depth + 1
    return depth


def _no_constant(name: str) -> object:
    raise ValueError(name)


_DECODER = JSONDecoder(parse_float=Decimal, parse_constant=_no_constant)
