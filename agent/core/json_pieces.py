"""Large JSON a piece at a time, out and in: a whole menu need not lie in memory as one text beside what it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from json import JSONDecoder, JSONEncoder
from typing import Any

WINDOW = 64 * 1024
"""Characters that are looked at together; what is no longer than this is always read at once."""
_NUMBER = "0123456789+-.eE"
_SPACE = re.compile(r"[ \t\n\r]*")


def pieces(value: object, encoder: JSONEncoder, levels: int) -> Iterator[str]:
    """The text of `encoder.encode(value)`; the outer `levels` member by member, and iterators in them as lists."""
    if not levels or not isinstance(value, Mapping | list | Iterator):
        yield encoder.encode(value)
        return
    opening, closing = "{}" if isinstance(value, Mapping) else "[]"
    for start, member in _members(value, encoder):
        yield opening + start
        yield from pieces(member, encoder, levels - 1)
        opening = encoder.item_separator
    yield closing if opening == encoder.item_separator else opening + closing


def _members(value: Mapping[str, object] | Iterable[object], encoder: JSONEncoder) -> Iterator[tuple[str, object]]:
    if not isinstance(value, Mapping):
        yield from (("", member) for member in value)
        return
    for name, member in sorted(value.items()) if encoder.sort_keys else value.items():
        yield encoder.encode(name) + encoder.key_separator, member


def read_pieces(texts: Iterable[str], decoder: JSONDecoder, each: Callable[[Any], Any] = lambda member: member) -> Any:
    """What `decoder` makes of the text; raises ValueError, or RecursionError.

    Objects and lists that are longer than the window are read member by member; what a member is goes through `each`.
    """
    reading = Reading(texts, decoder, each)
    value = reading.value()
    if reading.peek():
        raise ValueError("something follows")
    return value


class Reading:
    """A text of which only a window is there; reading it further raises ValueError, or RecursionError."""

    def __init__(self, texts: Iterable[str], decoder: JSONDecoder, each: Callable[[Any], Any] = lambda member: member) -> None:
        self._texts = iter(texts)
        self._decoder = decoder
        self._each = each
        self._window, self._at = "", 0

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            spaces = _SPACE.match(self._window, self._at)
            self._at = spaces.end() if spaces else self._at
            if self._at < len(self._window) or not self._has(1):
                return self._window[self._at : self._at + 1]

    def value(self) -> Any:
        """The next value, at once where it fits in the window."""
        first = self.peek()
        self._has(WINDOW)
        try:
            return self._whole()
        except ValueError:
            if first == "{":
                made = {self._name(): self._each(self.value()) for _ in self._parts("{", "}")}
                return made if self._decoder.object_hook is None else self._decoder.object_hook(made)
            return list(self.members()) if first == "[" else self._long()

    def members(self) -> Iterator[Any]:
        """Those of the next value, which is a list, one by one."""
        return (self._each(self.value()) for _ in self._parts("[", "]"))

    def is_at(self, name: str) -> bool:
        """Whether the next value, which is an object, has this name; if so, what is under it is the next value now."""
        for _ in self._parts("{", "}"):
            if self._name() == name:
                return True
            self.value()
        return False

    def _whole(self) -> Any:
        value, self._at = self._decoder.raw_decode(self._window, self._at)
        return value

    def _long(self) -> Any:
        """A text that goes on behind the window; each time it is begun anew there is twice as much of it."""
        while self._has(2 * (len(self._window) - self._at) + 1):
            try:
                return self._whole()
            except ValueError:
                continue
        return self._whole()

    def _parts(self, opening: str, closing: str) -> Iterator[None]:
        """Stops before one part of an object or list after the other."""
        if self._next() != opening:
            raise ValueError(f"{opening} is missing")
        if self.peek() == closing:
            self._at += 1
            return
        found = ","
        while found == ",":
            yield
            found = self._next()
        if found != closing:
            raise ValueError(f"{closing} is missing")

    def _name(self) -> str:
        name = self.value()
        if not isinstance(name, str) or self._next() != ":":
            raise ValueError("a name is missing")
        return name

    def _next(self) -> str:
        found = self.peek()
        self._at += 1
        return found

    def _has(self, wanted: int) -> bool:
        """Whether so many characters are in the window, once those to come have been read; it never ends inside a number."""
        missing = wanted - (len(self._window) - self._at)
        if missing <= 0:
            return True
        parts = [self._window[self._at :]]
        while (missing > 0 or parts[-1][-1:] in _NUMBER) and (text := next(self._texts, None)) is not None:
            parts.append(text)
            missing -= len(text)
        self._window, self._at = "".join(parts), 0
        return missing <= 0
