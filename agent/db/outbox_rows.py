"""How entries of the outbox lie in their table and in the journal."""

from __future__ import annotations

import base64
import codecs
import json
import sqlite3
import zlib
from collections.abc import Callable, ItemsView, Iterator, Mapping
from itertools import chain
from typing import Any, cast

from agent.core.entry import Draft, Entry, EntryError, EntryKind, EntryState, Outcome
from agent.core.errors import DamagedData
from agent.core.json_pieces import Reading, pieces, read_pieces
from agent.core.member import MemberRef
from agent.core.money import Points
from agent.core.ref_code import MENU_LEVELS, RefCode, payload_hash
from agent.db.marks import ENTRY_COLUMNS, damaged, entry_mark, is_sound_entry
from agent.db.sealing import Seal
from agent.db.times import from_ms, maybe_from_ms, maybe_ms, to_ms

LARGE, FAST = 64 * 1024, 1
"""Bytes of a payload from which on it is packed, and not read before somebody looks; how hard zlib tries."""
SLICE = 8 * 1024
"""Packed bytes that are unpacked at once."""
_ENCODER, _DECODER = json.JSONEncoder(), json.JSONDecoder()
INTENT_COLUMNS = (*ENTRY_COLUMNS, "mark")
END_COLUMNS = ("state", "outcome", "settled_at", "error_reason", "error_message")
NEW_COLUMNS = (*INTENT_COLUMNS, "attempts", *END_COLUMNS)
INSERT = f"INSERT INTO outbox ({', '.join(NEW_COLUMNS)}) VALUES ({', '.join(':' + name for name in NEW_COLUMNS)}) RETURNING *"
UNREADABLE = "What was said of this was damaged on the disk of this till."
FREED = "(attempts = 0 AND state IN ('settled', 'discarded'))"
"""The entry ended without a byte having left: its key is free again. Word for word as in the indexes."""


def new_row(draft: Draft, seal: Seal) -> dict[str, object]:
    """The columns of an entry about to be inserted, personal ones sealed."""
    declined = draft.declined
    return {
        **_intent(draft, seal),
        "attempts": 0,
        "state": EntryState.SETTLED if declined else EntryState.PENDING,
        "outcome": Outcome.DECLINED if declined else Outcome.QUEUED,
        "settled_at": to_ms(draft.created_at) if declined else None,
        "error_reason": declined.reason if declined else None,
        "error_message": seal.seal(declined.message) if declined else None,
    }


def carried_row(entry: Entry, seal: Seal) -> dict[str, object]:
    """The columns of an entry that comes from another home, with what is known of it already."""
    return {
        **_intent(entry, seal),
        "attempts": entry.attempts,
        "state": entry.state,
        "outcome": entry.outcome,
        "settled_at": maybe_ms(entry.settled_at),
        "error_reason": entry.error.reason if entry.error else None,
        "error_message": seal.seal(entry.error.message) if entry.error else None,
    }


def _intent(draft: Draft | Entry, seal: Seal) -> dict[str, object]:
    uuid = draft.member.uuid if draft.member else None
    identifier = draft.member.identifier if draft.member else None
    columns = {
        "id": draft.id,
        "kind": draft.kind,
        "lane": draft.lane,
        "ref_code": draft.ref_code,
        "payload": seal.seal(_stored(draft.payload)),
        "payload_hash": payload_hash(draft.payload),
        "created_at": to_ms(draft.created_at),
        "member_uuid": uuid,
        "member_identifier": None if identifier is None else seal.seal(identifier),
        "member_fingerprint": None if identifier is None else seal.fingerprint(identifier),
        "points": draft.points,
        "receipt": draft.receipt,
        "order_id": draft.order_id,
        "reverses": draft.reverses,
        "urgent": int(draft.urgent),
    }
    return {**columns, "mark": entry_mark(columns, seal)}


def to_entry(row: sqlite3.Row, seal: Seal) -> Entry:
    """The entry of a row; DamagedData `row_damaged` when it is not what was stored."""
    if not is_sound_entry(row, seal):
        raise damaged("entry", row["id"])
    return Entry(
        seq=row["seq"],
        id=row["id"],
        kind=EntryKind(row["kind"]),
        lane=row["lane"],
        state=EntryState(row["state"]),
        outcome=Outcome(row["outcome"]),
        ref_code=RefCode(row["ref_code"]),
        payload=_payload(seal.open(row["payload"])),
        payload_hash=row["payload_hash"],
        created_at=from_ms(row["created_at"]),
        attempts=row["attempts"],
        member=_member(row, seal),
        points=None if row["points"] is None else Points(row["points"]),
        receipt=row["receipt"],
        order_id=row["order_id"],
        reverses=row["reverses"],
        urgent=bool(row["urgent"]),
        settled_at=maybe_from_ms(row["settled_at"]),
        not_before=maybe_from_ms(row["not_before"]),
        error=_error(row, seal),
    )


class LargePayload(Mapping[str, object]):
    """What a large entry carries, read whenever it is asked for: most who hold an entry with a whole menu never look inside.

    Whoever does takes `items()` once; what is alike in it is the same object, as the choices of many products are.
    """

    def __init__(self, packed: bytes) -> None:
        """`packed` is a JSON object as zlib leaves it."""
        self._packed = packed

    def __getitem__(self, name: str) -> object:
        reading = Reading(self._texts(), _DECODER)
        if not reading.is_at(name):
            raise KeyError(name)
        return reading.value()

    def listed(self, *place: str, hook: Callable[[dict[str, Any]], Any]) -> Iterator[Any]:
        """The members of the list under these names, one after the other: who sends a menu need not hold all of it.

        What `hook` makes of an object, inner ones first, stands in its place.
        """
        reading = Reading(self._texts(), json.JSONDecoder(object_hook=hook))
        if not all(map(reading.is_at, place)):
            raise KeyError(place)
        return reading.members()

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def items(self) -> ItemsView[str, object]:
        """All of it, read once."""
        return self._read().items()

    def _read(self) -> dict[str, object]:
        known: dict[object, dict[str, object]] = {}

        def shared(one: dict[str, object]) -> dict[str, object]:
            marks = [(name, value if isinstance(value, str) else _mark(value)) for name, value in one.items()]
            return known.setdefault(tuple(marks), one)

        return cast("dict[str, object]", read_pieces(self._texts(), json.JSONDecoder(object_hook=shared)))

    def _texts(self) -> Iterator[str]:
        return codecs.iterdecode(_unpacked(self._packed), "utf-8")


def _mark(value: object) -> object:
    """The same for what is alike; objects inside are shared already and stay alive with whoever holds them."""
    if isinstance(value, dict):
        return id(value)
    return (list, *map(id, value)) if isinstance(value, list) else (type(value), value)


def _stored(payload: Mapping[str, object]) -> bytes:
    """JSON, packed when it is large: a menu is the same few words over and over, and is written, sealed and copied many times."""
    texts = pieces(payload, _ENCODER, MENU_LEVELS)
    start = ""
    for text in texts:
        start += text
        if len(start) > LARGE:
            packing = zlib.compressobj(FAST)
            packed = [packing.compress(more.encode()) for more in chain([start], texts)]
            return b"".join([*packed, packing.flush()])
    return start.encode()


def _unpacked(packed: bytes) -> Iterator[bytes]:
    unpacking = zlib.decompressobj()
    for start in range(0, len(packed), SLICE):
        yield unpacking.decompress(packed[start : start + SLICE])


def _payload(stored: bytes) -> Mapping[str, object]:
    return cast("dict[str, object]", json.loads(stored)) if stored.startswith(b"{") else LargePayload(stored)


def _member(row: sqlite3.Row, seal: Seal) -> MemberRef | None:
    if row["member_uuid"] is not None:
        return MemberRef(uuid=row["member_uuid"])
    if row["member_identifier"] is not None:
        return MemberRef(identifier=seal.open_text(row["member_identifier"]))
    return None


def _error(row: sqlite3.Row, seal: Seal) -> EntryError | None:
    if row["error_reason"] is None:
        return None
    try:
        return EntryError(row["error_reason"], seal.open_text(row["error_message"]))
    except DamagedData:  # words for people decide nothing, and an entry is not held up for them
        return EntryError(row["error_reason"], UNREADABLE)


def intent_line(values: Mapping[str, object]) -> dict[str, object]:
    """What the journal keeps of an accepted intent: enough to write its row again; `payload` and such stay sealed."""
    return {"what": "intent", **{name: _json(values[name]) for name in INTENT_COLUMNS}}


def end_line(row: sqlite3.Row, *, by: bytes | None = None) -> dict[str, object]:
    """What the journal keeps of an end; `by` is the sealed name of the person who discarded."""
    columns = ("id", "attempts", *END_COLUMNS)
    return {"what": "end", **{name: _json(row[name]) for name in columns}, "by": _json(by)}


def _json(value: object) -> object:
    """Blobs as base64 text; everything else is JSON already."""
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
