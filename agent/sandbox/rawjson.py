"""JSON that keeps what a cloud must not change: decimals as written, and the very bytes of one member."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NoReturn

from agent.core.errors import InvalidInput

_DECODER = json.JSONDecoder(parse_float=Decimal)
_WHITE = " \t\r\n"


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a JSON number")


def _invalid(details: str) -> InvalidInput:
    return InvalidInput("invalid_json", "This is not JSON.", details=details)


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise _invalid("not UTF-8") from None


def read(body: bytes) -> object:
    """Parse UTF-8 JSON, numbers with a point as Decimal; raises InvalidInput `invalid_json`."""
    try:
        return json.loads(_text(body), parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as problem:
        raise _invalid(str(problem)) from None


def read_object(body: bytes) -> dict[str, object]:
    """Parse a JSON object; raises InvalidInput for anything else."""
    value = read(body)
    if not isinstance(value, dict):
        raise _invalid("an object is expected")
    return value


def write(value: object) -> bytes:
    """Compact UTF-8 JSON; a Decimal is written digit for digit."""
    return _write(value).encode("utf-8", "replace")


def _write(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(str(key), ensure_ascii=False)}:{_write(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ",".join(_write(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def member_bytes(body: bytes, name: str) -> bytes | None:
    """The bytes of the top-level member `name` as they stand in `body`, which `read_object` has accepted; the last one wins."""
    text = _text(body)
    found: bytes | None = None
    at = _skip(text, text.index("{") + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        start = _skip(text, _skip(text, at) + 1)
        at = _DECODER.raw_decode(text, start)[1]
        if key == name:
            found = text[start:at].encode()
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found


def _skip(text: str, at: int) -> int:
    while text[at] in _WHITE:
        at += 1
    return at
