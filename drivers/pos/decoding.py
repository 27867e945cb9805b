"""JSON of a vendor, read exactly: amounts stay decimal, and nothing that only looks like JSON gets through; pure."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def decoded(raw: bytes) -> Any:
    """The document, numbers with a point as Decimal; raises ValueError for what is no JSON, or too deep to be honest."""
    try:
        return json.loads(raw, parse_float=Decimal, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def encoded(document: Any) -> bytes:
    """A document as a vendor reads it, Decimals as the same numbers; raises TypeError for what JSON cannot say exactly."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_number).encode()


def _number(value: object) -> float:
    """A Decimal that JSON's shortest notation writes with the same value: every amount of up to 15 digits."""
    if isinstance(value, Decimal) and value.is_finite() and Decimal(repr(float(value))) == value:
        return float(value)
    raise TypeError(type(value).__name__)


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no number")
