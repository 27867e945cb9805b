"""A sentence for people that knows its stable word and its values, so that a screen can say it in another language."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Value = str | int
Values = Mapping[str, Value]
NO_VALUES: Values = MappingProxyType({})


class Sentence(str):
    """Plain English, equal to the same letters without a word; what is made of it by formatting knows no word any more."""

    __slots__ = ("reason", "values")
    reason: str
    values: Values

    def __new__(cls, english: str, reason: str = "", **values: Value) -> Sentence:
        """`reason` is stable and lower_snake_case; `values` are what the sentence names: a port, a price, seconds.

        The value `device` is the name of the device that the sentence is about, where the English begins with it.
        """
        made = super().__new__(cls, english)
        made.reason, made.values = reason, values
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str, str], dict[str, Value]]:
        """A copy knows its word too."""
        return (str(self), self.reason), dict(self.values)


def reason_of(words: str) -> str:
    """The stable word of a sentence; empty when it has none."""
    return words.reason if isinstance(words, Sentence) else ""


def values_of(words: str) -> dict[str, Value]:
    """What a sentence names; empty when it says nothing of it."""
    return dict(words.values) if isinstance(words, Sentence) else {}


def about(device: str, words: str) -> Sentence:
    """The sentence with the name of its device before it."""
    return Sentence(f"{device}: {words}", reason_of(words), **{**values_of(words), "device": device})
