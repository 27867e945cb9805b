"""Server-sent events from bytes: pure, and indifferent to where the chunks are cut."""

from __future__ import annotations

import json
from dataclasses import dataclass

from gui.link.fields import Json, as_object

LARGEST_EVENT = 32 * 1024 * 1024
"""A stream that never ends an event is no event stream."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event."""

    id: str
    name: str
    data: Json


class EventReader:
    """Feeds on bytes and gives whole events; keeps the id to resume from."""

    def __init__(self) -> None:
        self._rest = b""
        self._name = ""
        self._data: list[str] = []
        self.last_id = ""

    def restart(self) -> None:
        """A new connection: forget half an event, keep the id."""
        self._rest, self._name, self._data = b"", "", []

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that are whole now; raises ValueError when one grows beyond all measure."""
        self._rest += chunk
        if len(self._rest) > LARGEST_EVENT:
            raise ValueError("an event without end")
        *lines, self._rest = self._rest.split(b"\n")
        events = [self._take(line.rstrip(b"\r").decode("utf-8", "replace")) for line in lines]
        return [event for event in events if event is not None]

    def _take(self, line: str) -> Event | None:
        if not line:
            return self._finish()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "event":
                self._name = value
            case "data":
                self._data.append(value)
            case "id":
                self.last_id = value
        return None

    def _finish(self) -> Event | None:
        name, lines = self._name, self._data
        self._name, self._data = "", []
        if not lines:
            return None
        try:
            data = as_object(json.loads("\n".join(lines)))
        except ValueError:
            return None
        return Event(self.last_id, name or "message", data)
