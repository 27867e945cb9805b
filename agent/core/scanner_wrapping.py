"""What a scanner puts around its codes, found by taking scans apart: pure, on text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from enum import StrEnum

from agent.core.gs1 import SEPARATOR, check_digit_ok
from agent.core.scan import TEST_CODES
from agent.core.scanner_profile import ENDINGS, LONGEST_SHORTEST, SHORTEST, CheckDigit, Interface, ScannerProfile
from agent.core.symbology import split_aim

ALIKE = 0.7
"""A read that agrees with a test code so far, and no further, is that code with letters lost or wrong."""
LETTERS = 0.6
"""So large a part of a code is letters and digits."""
GOODS, GOODS_LENGTHS = frozenset({"ean13", "ean8", "upca"}), frozenset({8, 12, 13, 14})
LONGEST_CODE_ID = 4
LEAST_DOUBLED = 6
"""Shorter codes repeat themselves by chance."""
STX, ETX = "\x02", "\x03"
ENDS = "\r\n\t" + ETX


class Trouble(StrEnum):
    """Why a scan, or three of them, taught nothing."""

    TYPED = "typed"
    """Keys came as slowly as from a hand: typing among it, or a scanner with a delay between its keys."""
    GARBAGE = "garbage"
    """Nothing that looks like a code, read in any way."""
    UNEQUAL = "unequal"
    """A known code, or one that was read before, came out otherwise: letters get lost or are wrong."""
    TWICE = "twice"
    """One pull of the trigger sent the code twice."""
    ENDS_DIFFER = "ends_differ"
    """Not every scan was wrapped in the same way: more than one scanner, or letters got lost."""
    CAPS_LOCK = "caps_lock"
    """Capitals came as small letters, and this computer does not say which keys were pressed."""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """One scan taken apart: `[before] [AIM id] code [after] [ending]`."""

    before: str
    code: str = field(repr=False)
    after: str
    ending: str
    aim: str = ""
    number: int = 0
    """Which test code it was, from 1; 0 for any other code."""


def number_of(text: str) -> int:
    """Which test code is in a text, from 1; 0 for none."""
    return next((number for number, code in enumerate(TEST_CODES, 1) if code in text), 0)


def is_other_code(text: str) -> bool:
    """Whether this looks like a code of the shop, and is not what became of a test code."""
    code = text.strip(ENDS + STX).replace(SEPARATOR, "")
    looks_like_one = len(code) >= SHORTEST and code.isascii() and code.isprintable() and " " not in code
    return looks_like_one and sum(map(str.isalnum, code)) >= LETTERS * len(code) and not is_damaged(code)


def is_damaged(code: str) -> bool:
    """Whether this is what became of a test code."""
    return any(SequenceMatcher(None, code.upper(), known.upper()).ratio() >= ALIKE for known in TEST_CODES)


def why_unread(texts: Sequence[str]) -> Trouble:
    """What texts are that are no codes."""
    return Trouble.UNEQUAL if any(is_damaged(text.strip(ENDS)) for text in texts) else Trouble.GARBAGE


def unwrapped(texts: Sequence[str]) -> list[Wrapped] | Trouble:
    """Each scan taken apart, or why they cannot be."""
    if trouble := next((reason for text in texts if (reason := _not_one_code(text))), None):
        return trouble
    found = [_unwrapped(text) for text in texts]
    known = next((one for one in found if one.number), None)
    if known is not None:
        found = [one if one.number else _like(one, known) for one in found]
    if len({(len(one.before), one.after, one.ending, bool(one.aim)) for one in found}) > 1:
        return Trouble.ENDS_DIFFER
    return Trouble.UNEQUAL if any(_has_lost(one, other) for one in found for other in found) else found


def described(found: Sequence[Wrapped], interface: Interface) -> ScannerProfile:
    """What is around these codes, as a profile."""
    before, after = found[0].before, found[0].after
    known = [one for one in found if one.number]
    is_code_id = len({one.before for one in found}) > 1 or (
        0 < len(before) <= LONGEST_CODE_ID and len({one.number == 1 for one in found}) == 1
    )
    ending = next(name for name in sorted(ENDINGS, key=len, reverse=True) if found[0].ending.endswith(name))
    shortest = min(len(one.code) for one in found) // 2
    return ScannerProfile(
        interface=interface,
        prefix="" if is_code_id else before,
        code_id_length=len(before) if is_code_id else 0,
        has_aim=bool(found[0].aim),
        symbologies=tuple(dict.fromkeys(split_aim(one.aim)[0] for one in found if one.aim)),
        tail=after + found[0].ending.removesuffix(ending),
        ending=ENDINGS[ending],
        check_digit=_check_digit(found),
        shortest=SHORTEST if known else max(SHORTEST, min(LONGEST_SHORTEST, shortest)),
    )


def _not_one_code(text: str) -> Trouble | None:
    parts = [part for part in re.split(f"[{ENDS}]+", text.strip(STX)) if part]
    if not parts or not all(number_of(part) or is_other_code(part) for part in parts):
        return why_unread(parts)
    if len(parts) > 1:
        return Trouble.TWICE if len(set(parts)) == 1 else Trouble.UNEQUAL
    return Trouble.TWICE if _is_doubled(parts[0]) else None


def _is_doubled(body: str) -> bool:
    half, number = len(body) // 2, number_of(body)
    return (half >= LEAST_DOUBLED and body == body[:half] * 2) or (number > 0 and body.count(TEST_CODES[number - 1]) > 1)


def _unwrapped(text: str) -> Wrapped:
    body = text.lstrip(STX).rstrip(ENDS)
    ending = text[len(text.rstrip(ENDS)) :]
    if text.startswith(STX):  # understood always; what follows the ETX is the end
        ending = ending.removeprefix(ETX)
    if not (number := number_of(body)):
        code = split_aim(body)[1]
        return Wrapped("", code, "", ending, body[: len(body) - len(code)])
    before, code, after = body.partition(TEST_CODES[number - 1])
    aim = before[-3:] if split_aim(before[-3:])[0] else ""
    return Wrapped(before.removesuffix(aim), code, after, ending, aim, number)


def _like(other: Wrapped, known: Wrapped) -> Wrapped:
    """A code of the shop, wrapped as a test code was; alone it cannot tell what was added to it."""
    body = other.aim + other.code
    before, rest = body[: len(known.before)], body[len(known.before) :]
    code = split_aim(rest)[1]
    after = known.after if code.endswith(known.after) else ""
    return replace(other, before=before, code=code.removesuffix(after), after=after, aim=rest[: len(rest) - len(code)])


def _has_lost(one: Wrapped, other: Wrapped) -> bool:
    """Whether one is the other with letters missing."""
    rest = iter(other.code)
    return not one.number and len(one.code) < len(other.code) and all(char in rest for char in one.code)


def _check_digit(found: Sequence[Wrapped]) -> CheckDigit:
    goods = [one for one in found if one.code.isdigit()]
    if any(split_aim(one.aim)[0] in GOODS and not check_digit_ok(one.code) for one in goods):
        return CheckDigit.LEFT_OUT
    is_sent = any(len(one.code) in GOODS_LENGTHS and check_digit_ok(one.code) for one in goods)
    return CheckDigit.SENT if is_sent else CheckDigit.UNKNOWN
