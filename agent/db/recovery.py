"""At start: a database that is damaged, missing or older than the journal is made whole by itself, and never quietly."""

from __future__ import annotations

import json
import logging
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from agent.core.clock import Clock
from agent.core.errors import NotSaved
from agent.db import journal
from agent.db.adoption import SET, adopt
from agent.db.audit import append_in
from agent.db.connection import connect
from agent.db.copies import NAME, newest_first, newest_good
from agent.db.durable import sync_folder
from agent.db.faults import translate
from agent.db.grants_found import distrust_switch, find_grants
from agent.db.group import Transaction
from agent.db.replay import Tally, Terms, bring_up, fold
from agent.db.schema import BRIDGE
from agent.db.soundness import place_of, trouble
from agent.db.times import to_ms
from agent.db.traces import note_untraced

log = logging.getLogger(__name__)

SUFFIXES = ("", "-wal", "-shm", "-journal")
WHO = "Cata Bridge"
FACT = "data_recovered"
"""What the screen says until somebody has seen it."""
CHECK_S = 5.0
"""A check of the pages that takes longer is left to the hourly copy."""


@dataclass(frozen=True, slots=True)
class DataPlaces:
    """The files that this is about."""

    db: Path
    journal: Path
    copies: Path
    damaged: Path
    """Where damaged files are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What was found and what was done about it."""

    reason: str
    """`missing`, `empty`, `foreign`, `damaged` or `older`."""
    base: str
    """The copy that it was rebuilt from; empty when there was none, or none was needed."""
    entries: int
    orders: int
    lost: int
    """Lines of the journal that could not be read."""


def recover(places: DataPlaces, *, terms: Terms, clock: Clock) -> Recovered | None:
    """Call before the database is opened; None when all is well or there is no past. Raises NotSaved and NeedsPerson."""
    try:
        return _recover(places, terms, clock)
    except sqlite3.Error as error:
        raise translate(error) from error
    except OSError as error:
        raise NotSaved("cannot_recover", "The data of this till could not be restored.", details=str(error)) from error


def _recover(places: DataPlaces, terms: Terms, clock: Clock) -> Recovered | None:
    has_past = bool(newest_first(places.copies)) or (places.journal.exists() and places.journal.stat().st_size > 0)
    if not has_past:
        return None
    deadline = clock.monotonic() + CHECK_S
    said = trouble(places.db, BRIDGE, is_late=lambda: clock.monotonic() > deadline)
    if said:
        return _rebuild(places, terms, said)
    if _is_old_version(places.db):
        _upgrade(places, terms)
    if place_of(places.db) < journal.last_seq(places.journal):
        return _bring_up(places.db, places, terms, "older", "")
    return None


def _rebuild(places: DataPlaces, terms: Terms, reason: str) -> Recovered:
    """Beside the damaged file; only a finished one takes its place, so that a kill at any moment costs nothing."""
    log.error("the data is damaged and is rebuilt reason=%s", reason)
    fresh = places.db.with_name(places.db.name + ".rebuild")
    for suffix in SUFFIXES:
        fresh.with_name(fresh.name + suffix).unlink(missing_ok=True)
    base = newest_good(places.copies)
    if base is not None:
        shutil.copyfile(base, fresh)
    recovered = _bring_up(fresh, places, terms, reason, base.name if base else "")
    _put_away(places, terms)
    fresh.replace(places.db)
    sync_folder(places.db.parent)
    return recovered


def _put_away(places: DataPlaces, terms: Terms) -> None:
    """Damaged files are kept for support, never deleted."""
    folder = places.damaged / terms.now.strftime("%Y%m%d-%H%M%S")
    for suffix in reversed(SUFFIXES):
        path = places.db.with_name(places.db.name + suffix)
        if path.exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.replace(_unused(folder / path.name))


def _unused(path: Path) -> Path:
    number = 1
    while path.exists():
        path, number = path.with_name(f"{path.name}.{number}"), number + 1
    return path


def _bring_up(path: Path, places: DataPlaces, terms: Terms, reason: str, base: str) -> Recovered:
    found = journal.read(places.journal)
    conn = connect(path, BRIDGE)
    try:
        place = conn.execute("PRAGMA user_version").fetchone()[0]
        known = max(place, found.left_out_to)
        lost = max(0, found.last - known) - sum(line.seq > known for line in found.lines)
        lost = max(lost, 0) or int(not found.lines and bool(found.damage))

        def work() -> Recovered:
            adopt(conn, terms.seal)
            tally = bring_up(conn, fold(found.lines), terms)
            find_grants(conn, terms.seal)
            distrust_switch(conn, terms.now)
            conn.execute(f"PRAGMA user_version = {max(place, found.last)}")
            recovered = _summed(reason, base, tally, lost)
            _say(conn, recovered, terms)
            return recovered

        return _in_transaction(conn, work)
    finally:
        conn.close()


def _in_transaction(conn: sqlite3.Connection, work: Callable[[], Recovered]) -> Recovered:
    conn.execute("PRAGMA foreign_keys = OFF")  # an original may have been pruned that its reversal still names
    conn.execute("BEGIN IMMEDIATE")
    recovered = work()
    conn.execute("COMMIT")
    return recovered


def _summed(reason: str, base: str, tally: Tally, lost: int) -> Recovered:
    return Recovered(reason=reason, base=base, entries=tally.entries + tally.ends, orders=tally.orders, lost=lost)


def _say(conn: sqlite3.Connection, recovered: Recovered, terms: Terms) -> None:
    """In the log, in the audit, and where the status finds it."""
    log.error(
        "the data was restored reason=%s copy=%s entries=%d orders=%d lost_lines=%d",
        recovered.reason, recovered.base, recovered.entries, recovered.orders, recovered.lost,
    )  # fmt: skip
    text = json.dumps(asdict(recovered))
    append_in(Transaction(conn), terms.seal, terms.now, who=WHO, what="restore", subject=recovered.reason, reason=text)
    conn.execute(SET, (FACT, json.dumps({"at": to_ms(terms.now), **asdict(recovered)})))
    note_untraced(conn)


def _is_old_version(path: Path) -> bool:
    conn = sqlite3.connect(path, isolation_level=None)
    try:
        conn.execute("PRAGMA locking_mode = EXCLUSIVE")
        return int(conn.execute("SELECT count(*) FROM _sqlite_migrations").fetchone()[0]) < len(BRIDGE.steps)
    finally:
        conn.close()


def _upgrade(places: DataPlaces, terms: Terms) -> None:
    """A copy first; a file of the first version counted no lines of the journal, so it starts to count here."""
    places.copies.mkdir(mode=0o700, parents=True, exist_ok=True)
    copy = places.copies / terms.now.strftime(NAME)
    conn = sqlite3.connect(places.db, isolation_level=None)
    try:
        conn.execute("PRAGMA locking_mode = EXCLUSIVE")
        copy.unlink(missing_ok=True)
        conn.execute("VACUUM INTO ?", (str(copy),))
        copy.chmod(0o600)
    finally:
        conn.close()
    conn = connect(places.db, BRIDGE)
    try:
        last = journal.last_seq(places.journal)
        conn.execute(f"PRAGMA user_version = {max(last, conn.execute('PRAGMA user_version').fetchone()[0])}")
    finally:
        conn.close()
