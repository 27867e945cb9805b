"""Read JSON without trusting it: missing or odd fields become empty values, never an exception."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

from agent.core.clock import from_wire
from agent.core.money import Money
from agent.core.sentence import Sentence

Json = Mapping[str, object]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for a moment that was not told."""


def section(source: object, key: str) -> Json:
    """A nested object, or an empty one."""
    value = as_object(source).get(key)
    return as_object(value)


def as_object(value: object) -> Json:
    """The value if it is an object, else an empty one."""
    return cast("Json", value) if isinstance(value, Mapping) else {}


def rows(source: object, key: str) -> list[Json]:
    """The objects of a list."""
    value = as_object(source).get(key)
    return [as_object(item) for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def texts(source: object, key: str) -> tuple[str, ...]:
    """The texts of a list; objects in it speak by their `message` or `name`."""
    value = as_object(source).get(key)
    found = [_said(item) for item in value] if isinstance(value, list) else []
    return tuple(item for item in found if item)


def _said(item: object) -> str:
    if isinstance(item, Mapping):
        inner = as_object(item)
        return text(inner, "message") or text(inner, "sentence") or text(inner, "name")
    return item if isinstance(item, str) else ""


def sentence(source: object, key: str = "sentence") -> Sentence:
    """A sentence of the agent with its stable word and what it names, which stand beside it."""
    return Sentence(text(source, key), text(source, "reason"), **values(source))


def sentences(source: object, key: str) -> tuple[Sentence, ...]:
    """Sentences of the agent; what each of them says stands in the same order under `KEY_told`."""
    english, said = texts(source, key), rows(source, f"{key}_told")
    apart = [*said, *({} for _ in english[len(said) :])]
    return tuple(Sentence(words, text(one, "reason"), **values(one)) for words, one in zip(english, apart, strict=False))


def values(source: object) -> dict[str, str | int]:
    """What a sentence names: texts and whole numbers."""
    return {key: value for key, value in section(source, "values").items() if isinstance(value, str | int)}


def text(source: object, key: str, default: str = "") -> str:
    """A text."""
    value = as_object(source).get(key)
    return value if isinstance(value, str) else default


def whole(source: object, key: str, default: int = 0) -> int:
    """A whole number."""
    value = as_object(source).get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def flag(source: object, key: str, default: bool = False) -> bool:
    """Yes or no."""
    value = as_object(source).get(key)
    return value if isinstance(value, bool) else default


def moment(source: object, key: str) -> datetime | None:
    """A time, or None when there is none or it cannot be read."""
    try:
        return from_wire(text(source, key))
    except ValueError:
        return None


def money(source: object, key: str) -> Money | None:
    """An amount `{"minor","currency"}`."""
    value = section(source, key)
    currency = text(value, "currency")
    return Money(whole(value, "minor"), currency) if currency else None
