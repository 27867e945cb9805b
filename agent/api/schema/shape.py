"""What all shapes share: strictness, times as RFC 3339 UTC, and texts that are safe to keep."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from agent.core.card_number import looks_like_card_number
from agent.core.clock import from_wire, to_wire
from agent.core.errors import InvalidInput
from agent.core.sentence import reason_of, values_of


class Body(BaseModel):
    """A request body: exactly the listed fields, no conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)


class Answer(BaseModel):
    """An answer: readers ignore fields that they do not know, and core values convert by attribute."""

    model_config = ConfigDict(extra="ignore", frozen=True, from_attributes=True, use_attribute_docstrings=True)


class Told(Answer):
    """What a sentence says, for a screen that says it in its own language; the English stands beside it."""

    reason: str = ""
    """Stable machine word; empty or unknown: show the English."""
    values: dict[str, str | int] = Field(default_factory=dict)
    """What the sentence names, such as a port or a price; `device` is whom it is about, where the English begins with that."""


def told(words: str) -> Told:
    """A sentence without its English."""
    return Told(reason=reason_of(words), values=values_of(words))


def _read_time(value: object) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if not isinstance(value, str):
        raise ValueError("a time must be RFC 3339 text with its zone")
    return from_wire(value)


def _round(value: object) -> object:
    return round(value) if isinstance(value, float) else value


def _no_card_number(text: str) -> str:
    if looks_like_card_number(text):
        raise InvalidInput("card_number", "This looks like a payment card number, which is never kept here.")
    return text


def _no_control(text: str) -> str:
    if any(ord(char) < 0x20 or ord(char) == 0x7F for char in text):
        raise ValueError("control characters are not allowed")
    return text


Time = Annotated[
    datetime,
    BeforeValidator(_read_time),
    PlainSerializer(to_wire, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-22T05:30:00Z"]}),
]
"""RFC 3339 in UTC."""

Whole = Annotated[int, BeforeValidator(_round)]
"""A measurement as a whole number."""

Line = Annotated[str, StringConstraints(max_length=300), AfterValidator(_no_control), AfterValidator(_no_card_number)]
"""One line of text that may be empty and is no card number."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=128, strip_whitespace=True), AfterValidator(_no_control)]
"""A short name or code."""

Identifier = Annotated[Name, AfterValidator(_no_card_number)]
"""What was scanned or typed to name a member, or a receipt number; never a card number."""

Amount = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}(\.[0-9]{1,4})?$")]
"""Money in major units as text, such as `12.50`; a JSON number is refused."""
