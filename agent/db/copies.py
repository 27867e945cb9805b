"""Verified copies of the database: one an hour, each looked through before it counts."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path

from agent.core.clock import Clock
from agent.core.errors import DamagedData, NotSaved
from agent.db.database import Database
from agent.db.durable import sync_file, sync_folder
from agent.db.migrations import Schema
from agent.db.schema import BRIDGE
from agent.db.soundness import place_of, trouble

log = logging.getLogger(__name__)

KEPT = 24
NAME = "bridge-%Y%m%d-%H%M%S.db"
PATTERN = "bridge-*.db"
KEEP_FREE_BYTES = 200 * 1024 * 1024
"""Copies never take the last room from what they are copies of."""
YOUNG = timedelta(minutes=59)


def newest_first(folder: Path) -> list[Path]:
    """All copies, by the time in their names."""
    return sorted(folder.glob(PATTERN), reverse=True)


def newest_good(folder: Path, schema: Schema = BRIDGE) -> Path | None:
    """The newest copy that can be relied on."""
    for path in newest_first(folder):
        said = trouble(path, schema)
        if not said:
            return path
        log.warning("a copy cannot be used copy=%s reason=%s", path.name, said)
    return None


class Copies:
    """Takes copies of an open database and keeps the last 24."""

    def __init__(self, database: Database, folder: Path, clock: Clock, schema: Schema = BRIDGE) -> None:
        self._database = database
        self._folder = folder
        self._clock = clock
        self._schema = schema

    def is_due(self) -> bool:
        """No copy is younger than an hour."""
        newest = next(iter(newest_first(self._folder)), None)
        return newest is None or newest.name < _name(self._clock.now() - YOUNG)

    async def take(self) -> int:
        """One more copy; the place in the journal that it reaches to. Raises NotSaved, or DamagedData when it does not check."""
        path = self._folder / _name(self._clock.now())
        part = path.with_suffix(".part")
        try:
            await asyncio.to_thread(_make_room, self._folder, part)
            await self._database.alone(lambda conn: conn.execute("VACUUM INTO ?", (str(part),)).fetchone())
            return await asyncio.to_thread(self._keep, part, path)
        except OSError as error:
            raise NotSaved("copy_failed", "The data of this till could not be copied.", details=str(error)) from error
        finally:
            part.unlink(missing_ok=True)

    def _keep(self, part: Path, path: Path) -> int:
        if said := trouble(part, self._schema):
            raise DamagedData("copy_damaged", "A copy of this till's data was not as it should be.", details=said)
        place = place_of(part)
        sync_file(part)
        part.replace(path)
        sync_folder(path.parent)
        for old in newest_first(self._folder)[KEPT:]:
            old.unlink()
        log.info("data copied copy=%s bytes=%d", path.name, path.stat().st_size)
        return place


def _make_room(folder: Path, part: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < KEEP_FREE_BYTES:
        raise NotSaved("no_room_for_copy", "The disk is too full to copy the data of this till.")
    for left in folder.glob("*.part"):
        left.unlink()
    # SQLite fills an empty file, and so it is nobody else's from the start.
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _name(moment: datetime) -> str:
    return moment.strftime(NAME)
