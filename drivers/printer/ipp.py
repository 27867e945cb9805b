"""The part of the Internet Printing Protocol that a ticket needs: a request as bytes, an answer as values (RFC 8010); pure."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

from agent.core.errors import Unreachable


class Operation(IntEnum):
    """What is asked (RFC 8011)."""

    PRINT_JOB = 0x0002
    CANCEL_JOB = 0x0008
    GET_JOB = 0x0009
    GET_PRINTER = 0x000B


OPERATION_GROUP, JOB_GROUP, PRINTER_GROUP, END = 1, 2, 4, 3
INTEGER, ENUM = 0x21, 0x23
BOOLEAN, NAME, KEYWORD, URI, CHARSET, LANGUAGE, MEDIA_TYPE = 0x22, 0x42, 0x44, 0x45, 0x47, 0x48, 0x49
"""Value tags."""
NOT_FOUND, GONE = 0x0406, 0x0407
Value = int | bool | str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the print server said."""

    status: int
    values: Mapping[str, tuple[Value, ...]]
    """Attributes by name, of whatever group."""

    @property
    def is_ok(self) -> bool:
        """Whether it did as it was asked."""
        return self.status < 0x0100

    def number(self, name: str) -> int:
        """The first value of an attribute as a number; 0 when there is none."""
        value = next(iter(self.values.get(name, ())), 0)
        return value if isinstance(value, int) else 0

    def words(self, name: str) -> tuple[str, ...]:
        """All values of an attribute as words."""
        return tuple(str(value) for value in self.values.get(name, ()))


def request(operation: Operation, printer: str, attributes: Mapping[str, tuple[int, Value]], data: bytes = b"") -> bytes:
    """A request about the printer at that URI; `attributes` are tag and value by name, `data` the document."""
    first: dict[str, tuple[int, Value]] = {
        "attributes-charset": (CHARSET, "utf-8"),
        "attributes-natural-language": (LANGUAGE, "en"),
        "printer-uri": (URI, printer),
    }
    head = struct.pack(">BBHIB", 1, 1, operation, 1, OPERATION_GROUP)
    return head + b"".join(_attribute(name, *value) for name, value in {**first, **attributes}.items()) + bytes([END]) + data


def parse(raw: bytes) -> Answer:
    """An answer; raises Unreachable `printer_missing` for bytes that are none."""
    try:
        _, _, status, _ = struct.unpack_from(">BBHI", raw)
        values: dict[str, tuple[Value, ...]] = {}
        last = ""
        for name, value in _values(raw):
            last = name or last
            values[last] = (*values.get(last, ()), value) if not name else (value,)
        return Answer(status, values)
    except (struct.error, IndexError, UnicodeDecodeError):
        sentence = "What answers at the print server's address is no print server."
        raise Unreachable("printer_missing", sentence, maybe_applied=False) from None


def _values(raw: bytes) -> Iterator[tuple[str, Value]]:
    """Names and values in order; further values of a list have an empty name."""
    place = 8
    while (tag := raw[place]) != END:
        place += 1
        if tag <= 0x0F:
            continue
        name, place = _string(raw, place)
        value, place = _string(raw, place)
        yield name.decode("ascii"), _value(tag, value)


def _string(raw: bytes, place: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from(">H", raw, place)
    return raw[place + 2 : place + 2 + length], place + 2 + length


def _value(tag: int, value: bytes) -> Value:
    if tag in (INTEGER, ENUM):
        return int(struct.unpack(">i", value)[0])
    return value == b"\x01" if tag == BOOLEAN else value.decode("utf-8", "replace")


def _attribute(name: str, tag: int, value: Value) -> bytes:
    coded = struct.pack(">i", value) if isinstance(value, int) else value.encode()
    return struct.pack(">BH", tag, len(name)) + name.encode() + struct.pack(">H", len(coded)) + coded
