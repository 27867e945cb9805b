"""Keeping the journal short: what a verified copy holds and what has long ended goes, and what was said anew since."""

from __future__ import annotations

import asyncio
import os
from datetime import datetime
from pathlib import Path

from agent.core.errors import NotSaved
from agent.db.database import Database
from agent.db.journal import JournalContents, Line, encode, parse
from agent.db.times import to_ms

WORTH_IT = 0.25
"""The file is written anew when at least this part of its lines may go."""
CAME = frozenset({"order", "delivery_forgotten"})
SAID_ANEW = frozenset({"intent", "end", "order"})
"""Kinds of lines that are written once, and once more when a person is forgotten."""


async def shorten(database: Database, path: Path, *, through: int, entries_before: datetime, orders_before: datetime) -> int:
    """Leave out lines up to `through`, which a copy reaches, of entries that ended and orders that came before these times.

    A line that a later one takes the place of, since a person was forgotten, goes as well.
    Returns how many lines went; raises NotSaved.
    """
    fresh = path.with_name(path.name + ".shorter")
    try:
        taken_to, gone = await asyncio.to_thread(_write_fresh, path, fresh, through, entries_before, orders_before)
        if gone:
            await database.exchange_journal(fresh, taken_to)
        return gone
    except OSError as error:
        raise NotSaved("journal_not_shortened", "The journal could not be shortened.", details=str(error)) from error
    finally:
        fresh.unlink(missing_ok=True)


def _write_fresh(path: Path, fresh: Path, through: int, entries_before: datetime, orders_before: datetime) -> tuple[int, int]:
    data = path.read_bytes()
    data = data[: data.rfind(b"\n") + 1]
    found = parse(data)
    replaced = _replaced(found, through)
    old = _old(found, through, to_ms(entries_before), to_ms(orders_before)) | replaced
    if not replaced and len(old) < max(1.0, WORTH_IT * len(found.lines)):
        return len(data), 0
    head = encode(0, {"what": "left_out", "through": max([found.left_out_to, *old])})
    kept = b"".join(encode(line.seq, line.record) for line in found.lines if line.seq not in old)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(head + kept)
    return len(data), len(old)


def _old(found: JournalContents, through: int, entries_before: int, orders_before: int) -> set[int]:
    """Numbers of the lines that may go."""
    ended = {line.record["id"]: _number(line, "settled_at") for line in found.lines if line.record.get("what") == "end"}
    came = {line.record["id"]: _number(line, "received_at") for line in found.lines if line.record.get("what") in CAME}

    def is_old(line: Line) -> bool:
        subject = line.record.get("id")
        if line.record.get("what") in ("intent", "end"):
            return ended.get(subject, entries_before) < entries_before
        return came.get(subject, 0) < orders_before

    return {line.seq for line in found.lines if line.seq <= through and is_old(line)}


def _replaced(found: JournalContents, through: int) -> set[int]:
    """Numbers of the lines whose place a later one of the same kind and subject has taken."""
    last = {(line.record["what"], line.record["id"]): line.seq for line in found.lines if line.record.get("what") in SAID_ANEW}
    said = [line for line in found.lines if line.record.get("what") in SAID_ANEW and line.seq <= through]
    return {line.seq for line in said if last[line.record["what"], line.record["id"]] > line.seq}


def _number(line: Line, name: str) -> int:
    return int(str(line.record[name]))
