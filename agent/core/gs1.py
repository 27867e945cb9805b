"""GS1 element strings and check digits: what a marked code says about itself; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.core.errors import InvalidInput

SEPARATOR = "\x1d"
"""FNC1 inside the data, as scanners send it."""


@dataclass(frozen=True, slots=True)
class Element:
    """One application identifier with its value."""

    ai: str
    value: str


@dataclass(frozen=True, slots=True)
class _Shape:
    pattern: re.Pattern[str]
    fixed: int = 0
    """Predefined length, no separator needed; 0 when the separator or the end ends it."""
    check: int = 0
    """How many leading digits carry a mod-10 check digit at their end."""


def _fixed(digits: int, *, check: bool = False) -> _Shape:
    return _Shape(re.compile(rf"\d{{{digits}}}", re.ASCII), digits, digits if check else 0)


def _open(pattern: str, *, check: int = 0) -> _Shape:
    return _Shape(re.compile(pattern, re.ASCII), 0, check)


def _text(most: int) -> _Shape:
    return _open(rf"[!-z ]{{1,{most}}}")


SHAPES: dict[str, _Shape] = {
    "00": _fixed(18, check=True),
    "01": _fixed(14, check=True),
    "02": _fixed(14, check=True),
    "10": _text(20),
    **{ai: _fixed(6) for ai in ("11", "12", "13", "15", "16", "17")},
    "20": _fixed(2),
    "21": _text(20),
    "22": _text(20),
    "30": _open(r"\d{1,8}"),
    "37": _open(r"\d{1,8}"),
    **{str(ai): _fixed(6) for family in range(310, 370) for ai in range(family * 10, family * 10 + 10)},
    **{f"390{n}": _open(r"\d{1,15}") for n in range(10)},
    **{f"391{n}": _open(r"\d{4,18}") for n in range(10)},
    **{f"392{n}": _open(r"\d{1,15}") for n in range(10)},
    **{f"393{n}": _open(r"\d{4,18}") for n in range(10)},
    **{f"394{n}": _open(r"\d{4}") for n in range(4)},
    **{ai: _text(30) for ai in ("240", "241", "250", "251", "400", "401", "403")},
    "253": _open(r"\d{13}[!-z]{0,17}", check=13),
    "254": _text(20),
    "255": _open(r"\d{13}\d{0,12}", check=13),
    **{f"41{n}": _fixed(13, check=True) for n in range(8)},
    "8003": _open(r"\d{14}[!-z]{0,16}", check=14),
    "8006": _open(r"\d{18}", check=14),
    "8017": _open(r"\d{18}", check=18),
    "8018": _open(r"\d{18}", check=18),
    "8019": _open(r"\d{1,10}"),
    "8020": _text(25),
    "8110": _text(70),
    "8111": _open(r"\d{4}"),
    "8112": _text(70),
    "8200": _text(70),
    "90": _text(30),
    **{str(ai): _text(90) for ai in range(91, 100)},
}
"""The identifiers that goods, coupons and cards of a shop carry."""


def check_digit_ok(digits: str) -> bool:
    """Whether the last digit of a GTIN, GLN, SSCC or GSRN (any length) is the mod-10 check digit of the others."""
    if len(digits) < 2 or not (digits.isascii() and digits.isdigit()):
        return False
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return total % 10 == 0


def elements(text: str) -> tuple[Element, ...]:
    """The elements of the data of a GS1 symbol, in order; raises InvalidInput `not_gs1` when it does not add up."""
    found: list[Element] = []
    rest = text.removeprefix(SEPARATOR)
    while rest:
        element, rest = _next(rest)
        found.append(element)
    return tuple(found)


def _next(rest: str) -> tuple[Element, str]:
    ai, shape = _shape(rest)
    body = rest[len(ai) :]
    value, after = (body[: shape.fixed], body[shape.fixed :]) if shape.fixed else _until_separator(body)
    if not shape.pattern.fullmatch(value):
        raise _not_gs1(f"The part {ai} of this code has the wrong form.")
    if shape.check and not check_digit_ok(value[: shape.check]):
        raise _not_gs1(f"The check digit in part {ai} of this code is wrong.")
    return Element(ai, value), after.removeprefix(SEPARATOR)


def _shape(rest: str) -> tuple[str, _Shape]:
    for length in (2, 3, 4):
        if (shape := SHAPES.get(rest[:length])) is not None:
            return rest[:length], shape
    raise _not_gs1("This code is not built as GS1 prescribes.")


def _until_separator(body: str) -> tuple[str, str]:
    value, _, after = body.partition(SEPARATOR)
    return value, after


def _not_gs1(message: str) -> InvalidInput:
    return InvalidInput("not_gs1", message, field="code")
