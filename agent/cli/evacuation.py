"""Moving unsent entries between homes: the agent is asked where one runs, else the database is opened here."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from agent.cli.connection import TillApi, is_set_up
from agent.cli.exits import not_set_up
from agent.cli.stored_outbox import StoredOutbox
from agent.cli.terminal import hidden, is_person
from agent.core.clock import SystemClock, to_wire
from agent.core.entry import EntryKind, EntryState
from agent.core.errors import InvalidInput, NeedsPerson, Refused
from agent.evacuation_file import check_passphrase
from agent.instance import running
from agent.paths import Home

MOST_AT_ONCE = 200
LARGEST_AT_ONCE = 512 * 1024
"""Characters of JSON; several entries go together up to here, well within what the till API takes."""
COUNTS = ("recorded", "known", "overtaken")


class Door(Protocol):
    """The outbox of a home."""

    def page(self, *, state: EntryState | None, kind: EntryKind | None, limit: int, after: str | None) -> Any: ...  # noqa: D102
    def one(self, entry_id: str) -> Any: ...  # noqa: D102

    def take(self, after: int, pin: str | None) -> Any:
        """One page of what has not ended."""
        ...

    def bring(self, content: Mapping[str, object], pin: str | None) -> Any:
        """What became of entries from another home."""
        ...


class RunningOutbox:
    """The outbox of a running agent."""

    def __init__(self, api: TillApi) -> None:
        self._api = api

    def page(self, *, state: EntryState | None, kind: EntryKind | None, limit: int, after: str | None) -> Any:
        """As `GET /v1/outbox`."""
        return self._api.get("outbox", state=state, kind=kind, limit=limit, after=after)

    def one(self, entry_id: str) -> Any:
        """As `GET /v1/outbox/{id}`."""
        return self._api.get("outbox", entry_id)

    def take(self, after: int, pin: str | None) -> Any:
        """As `POST /v1/outbox/export`."""
        return self._api.post("outbox", "export", body={"after": after, **_pin(pin)})

    def bring(self, content: Mapping[str, object], pin: str | None) -> Any:
        """As `POST /v1/outbox/import`."""
        try:
            return self._api.post("outbox", "import", body={**content, **_pin(pin)})
        except Refused as error:
            if error.reason != "too_large":
                raise
            sentence = "An entry is too large while Cata Bridge is running. Stop it, then import again."
            raise NeedsPerson("entry_too_large", sentence) from None


def door(home: Home) -> Door:
    """The way to the outbox of a home; raises NeedsPerson `not_set_up` where there can be none."""
    if (agent := running(home)) is not None:
        return RunningOutbox(TillApi(agent))
    if home.db.exists() or is_set_up(home):
        return StoredOutbox(home)
    raise not_set_up()


def gathered(way: Door, pin: str | None) -> dict[str, Any]:
    """The content of an evacuation file: everything that has not ended; nothing is removed."""
    written_at = to_wire(SystemClock().now())
    entries: list[Any] = []
    after: int | None = 0
    outlet_id = ""
    while after is not None:
        page = way.take(after, pin)
        entries += page["entries"]
        outlet_id, after = page["outlet_id"], page["next"]
    return content_of(outlet_id, written_at, entries)


def content_of(outlet_id: str, written_at: str, entries: Sequence[Any], *, final: bool = False) -> dict[str, Any]:
    """What lies in an evacuation file."""
    return {"outlet_id": outlet_id, "written_at": written_at, "final": final, "entries": list(entries)}


def taken_in(way: Door, content: Mapping[str, Any], pin: str | None) -> dict[str, Any]:
    """What became of the entries of a file; when it ends early, the same file again does the rest."""
    total: dict[str, Any] = {**dict.fromkeys(COUNTS, 0), "different": []}
    for part in parts(content["entries"]):
        done = way.bring({**content, "entries": part}, pin)
        for name in COUNTS:
            total[name] += done[name]
        total["different"] += done["different"]
    return total


def parts(entries: Sequence[Any]) -> Iterator[list[Any]]:
    """The entries in their order, as many at once as fit into a call; one empty part for none."""
    part: list[Any] = []
    size = 0
    for entry in entries:
        length = len(json.dumps(entry))
        if part and (size + length > LARGEST_AT_ONCE or len(part) == MOST_AT_ONCE):
            yield part
            part, size = [], 0
        part.append(entry)
        size += length
    yield part


def new_passphrase(*, from_stdin: bool) -> str:
    """A passphrase for a file to be, asked for twice where a person types; raises InvalidInput."""
    passphrase = check_passphrase(passphrase_of_file(from_stdin=from_stdin))
    if is_person() and not from_stdin and hidden("The same passphrase again") != passphrase:
        raise InvalidInput("passphrases_differ", "These were two different passphrases, so nothing was written.")
    return passphrase


def passphrase_of_file(*, from_stdin: bool) -> str:
    """The passphrase of a file: the next line of stdin, or typed without echo."""
    if not from_stdin:
        return hidden("Passphrase of the file")
    passphrase = sys.stdin.readline().strip()
    if not passphrase:
        raise InvalidInput("no_answer", "There was no passphrase on stdin.")
    return passphrase


def _pin(pin: str | None) -> dict[str, str]:
    return {} if pin is None else {"pin": pin}
