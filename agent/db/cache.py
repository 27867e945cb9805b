"""What the cloud and the POS last said of members and menu: a convenience that may be lost at any time."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from agent.core.clock import Clock
from agent.core.errors import DamagedData, NeedsPerson, NotSaved
from agent.core.member import Balance, Profile
from agent.core.money import Points
from agent.core.perks import Perks, PunchCard
from agent.db.database import Database, Transaction
from agent.db.migrations import Schema
from agent.db.sealing import Seal
from agent.db.times import from_ms, maybe_from_ms, maybe_ms, to_ms

log = logging.getLogger(__name__)

T = TypeVar("T")

CACHE = Schema(
    application_id=0x43424331,
    steps=(
        """
CREATE TABLE members (
  uuid TEXT PRIMARY KEY,
  profile BLOB NOT NULL,                -- sealed JSON
  points INTEGER NOT NULL,
  expiring INTEGER NOT NULL,
  expires_at INTEGER,
  as_of INTEGER NOT NULL
) STRICT;
CREATE TABLE links (
  fingerprint TEXT PRIMARY KEY,         -- of what was scanned or typed
  identifier BLOB NOT NULL,             -- sealed
  uuid TEXT NOT NULL
) STRICT;
CREATE INDEX links_uuid ON links (uuid);
CREATE TABLE menu (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), data TEXT NOT NULL, as_of INTEGER NOT NULL) STRICT;
""",
    ),
)
"""cache.db; `CBC1`."""

MOST_HEARD = 2_000
"""Members whose balance's age is kept in mind; that of others counts as not known."""
PUT_MEMBER = "INSERT OR REPLACE INTO members (uuid, profile, points, expiring, expires_at, as_of) VALUES (?, ?, ?, ?, ?, ?)"
LINK = "INSERT OR REPLACE INTO links (fingerprint, identifier, uuid) VALUES (?, ?, ?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedMember:
    """A member as the cloud last said."""

    profile: Profile
    balance: Balance
    as_of: datetime
    identifiers: tuple[str, ...]
    """What was scanned or typed for this member before; personal data."""
    age: timedelta | None = None
    """By the monotonic clock; None when this process did not ask for the balance, or it has changed since."""


@dataclass(frozen=True, slots=True)
class CachedMenu:
    """A menu as it was last read, as JSON."""

    data: object
    as_of: datetime


class Cache:
    """cache.db; a full disk or a damaged file costs what is in it and nothing else."""

    def __init__(self, path: Path, database: Database, seal: Seal, clock: Clock) -> None:
        """Use `Cache.open`."""
        self._path = path
        self._database = database
        self._seal = seal
        self._clock = clock
        self._replacing = asyncio.Lock()
        self._heard: OrderedDict[str, float] = OrderedDict()

    @classmethod
    async def open(cls, path: Path, *, seal: Seal, clock: Clock) -> Cache:
        """Open or create; a file that is damaged, foreign or newer is replaced. Raises NotSaved."""
        try:
            database = await Database.open(path, clock=clock, schema=CACHE)
        except (DamagedData, NeedsPerson) as error:
            database = await _replaced(path, clock, error.reason)
        return cls(path, database, seal, clock)

    async def close(self) -> None:
        """Let go of the file."""
        await self._database.close()

    async def put_member(self, profile: Profile, balance: Balance, as_of: datetime) -> None:
        """Remember what the cloud said of a member."""
        sealed = self._seal.seal(json.dumps(asdict(profile)))
        values = (profile.uuid, sealed, balance.points, balance.expiring, maybe_ms(balance.expires_at), to_ms(as_of))
        heard = self._clock.monotonic()
        if await self._write(PUT_MEMBER, values):
            self._heard[profile.uuid] = heard
            self._heard.move_to_end(profile.uuid)
            while len(self._heard) > MOST_HEARD:
                self._heard.popitem(last=False)

    def outdate(self, uuid: str) -> None:
        """The balance that is kept is surely not the one of now."""
        self._heard.pop(uuid, None)

    async def link(self, identifier: str, uuid: str) -> None:
        """Remember whom a normalised identifier belongs to."""
        await self._write(LINK, (self._seal.fingerprint(identifier), self._seal.seal(identifier), uuid))

    async def forget(self, uuid: str | None, identifiers: Collection[str]) -> None:
        """Forget a member and how they were found; raises NotSaved, since somebody was promised it."""
        fingerprints = [(self._seal.fingerprint(each),) for each in identifiers]

        def work(tx: Transaction) -> None:
            tx.conn.execute("DELETE FROM members WHERE uuid = ?", (uuid,))
            tx.conn.execute("DELETE FROM links WHERE uuid = ?", (uuid,))
            tx.conn.executemany("DELETE FROM links WHERE fingerprint = ?", fingerprints)

        await self._database.write(work)

    async def put_menu(self, data: object, as_of: datetime) -> None:
        """Remember the menu; `data` is JSON values."""
        await self._write(
            "INSERT OR REPLACE INTO menu (only_row, data, as_of) VALUES (1, ?, ?)", (json.dumps(data), to_ms(as_of))
        )

    async def member(self, uuid: str) -> CachedMember | None:
        """The member as last heard of, however long ago."""

        def work(conn: sqlite3.Connection) -> CachedMember | None:
            row = conn.execute("SELECT * FROM members WHERE uuid = ?", (uuid,)).fetchone()
            links = conn.execute("SELECT identifier FROM links WHERE uuid = ? ORDER BY rowid", (uuid,)).fetchall()
            return None if row is None else self._member(row, [link["identifier"] for link in links])

        return await self._read(work)

    async def uuid_for(self, identifier: str) -> str | None:
        """Whom a normalised identifier belonged to when it was last looked up."""
        fingerprint = self._seal.fingerprint(identifier)

        def work(conn: sqlite3.Connection) -> str | None:
            row = conn.execute("SELECT uuid FROM links WHERE fingerprint = ?", (fingerprint,)).fetchone()
            return None if row is None else row["uuid"]

        return await self._read(work)

    async def menu(self) -> CachedMenu | None:
        """The menu as last read."""

        def work(conn: sqlite3.Connection) -> CachedMenu | None:
            row = conn.execute("SELECT data, as_of FROM menu").fetchone()
            return None if row is None else CachedMenu(json.loads(row["data"]), from_ms(row["as_of"]))

        return await self._read(work)

    async def _write(self, statement: str, values: tuple[Any, ...]) -> bool:
        def work(tx: Transaction) -> None:
            tx.conn.execute(statement, values)

        try:
            await self._database.write(work)
        except NotSaved as error:
            log.debug("not cached reason=%s", error.reason)
        except DamagedData as error:
            await self._replace(error)
        else:
            return True
        return False

    async def _read(self, work: Callable[[sqlite3.Connection], T | None]) -> T | None:
        try:
            return await self._database.read(work)
        except NotSaved as error:
            log.debug("cache not read reason=%s", error.reason)
        except DamagedData as error:
            await self._replace(error)
        return None

    async def _replace(self, error: DamagedData) -> None:
        damaged = self._database
        async with self._replacing:
            if self._database is not damaged:
                return
            await damaged.close()
            try:
                self._database = await _replaced(self._path, self._clock, error.reason)
            except NotSaved as cause:
                log.warning("the cache could not be replaced reason=%s", cause.reason)

    def _member(self, row: sqlite3.Row, identifiers: list[bytes]) -> CachedMember:
        return CachedMember(
            profile=_profile(json.loads(self._seal.open(row["profile"]))),
            balance=Balance(
                points=Points(row["points"]), expiring=Points(row["expiring"]), expires_at=maybe_from_ms(row["expires_at"])
            ),
            as_of=from_ms(row["as_of"]),
            identifiers=tuple(self._seal.open_text(each) for each in identifiers),
            age=self._age(row["uuid"]),
        )

    def _age(self, uuid: str) -> timedelta | None:
        heard = self._heard.get(uuid)
        return None if heard is None else timedelta(seconds=self._clock.monotonic() - heard)


def _profile(tree: dict[str, Any]) -> Profile:
    """The profile that was kept, with what is nested in it."""
    perks = tree.pop("perks", None) or {}
    cards = tuple(PunchCard(**card) for card in perks.get("cards", ()))
    return Profile(**tree, perks=Perks(cards=cards, welcome_offer=perks.get("welcome_offer", "")))


async def _replaced(path: Path, clock: Clock, reason: str) -> Database:
    log.warning("the cache is replaced reason=%s", reason)
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return await Database.open(path, clock=clock, schema=CACHE)
