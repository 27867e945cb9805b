"""Copies are whole, private, few, and never take the last room."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest

from agent.core.errors import DamagedData, NotSaved
from agent.db import copies as module
from agent.db.copies import KEPT, Copies, newest_first, newest_good
from agent.db.database import Database
from agent.db.journal_keep import shorten
from agent.db.outbox import Outbox
from agent.db.schema import BRIDGE
from agent.db.soundness import trouble
from tests.db.drafts import a_draft
from tests.support.clock import START, FakeClock


async def test_a_copy_an_hour_and_the_last_day_of_them(
    tmp_path: Path, database: Database, outbox: Outbox, clock: FakeClock
) -> None:
    folder = tmp_path / "copies"
    copies = Copies(database, folder, clock)
    assert copies.is_due()
    for number in range(KEPT + 3):
        await outbox.record(a_draft())
        assert await copies.take() == number + 1
        assert not copies.is_due()
        clock.move(3600)
    assert copies.is_due()
    names = [path.name for path in newest_first(folder)]
    assert (len(names), names[0]) == (KEPT, "bridge-20261123-060000.db")
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert newest_good(folder) == folder / names[0]
    assert newest_good(tmp_path / "nowhere") is None


async def test_a_copy_that_does_not_check_does_not_count(
    tmp_path: Path, database: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "trouble", lambda path, schema: "damaged")
    with pytest.raises(DamagedData, match="copy_damaged"):
        await Copies(database, tmp_path / "copies", clock).take()
    assert list((tmp_path / "copies").iterdir()) == []


async def test_a_full_disk_keeps_its_last_room(
    tmp_path: Path, database: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = Copies(database, tmp_path / "copies", clock)
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies" / "bridge-1.part").write_text("left by a kill")
    with monkeypatch.context() as patch:
        patch.setattr(module, "KEEP_FREE_BYTES", 1 << 60)
        with pytest.raises(NotSaved, match="no_room_for_copy"):
            await copies.take()

    def refuse(path: Path) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(module, "sync_file", refuse)
    with pytest.raises(NotSaved, match="copy_failed"):
        await copies.take()
    assert list((tmp_path / "copies").iterdir()) == []


async def test_a_journal_that_cannot_be_shortened_is_left(tmp_path: Path, database: Database) -> None:
    with pytest.raises(NotSaved, match="journal_not_shortened"):
        await shorten(database, tmp_path / "nowhere", through=1, entries_before=START, orders_before=START)


async def test_a_check_is_bounded_and_tells_a_locked_file_from_a_damaged_one(
    tmp_path: Path, database: Database, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(300):
        await outbox.record(a_draft())
    with pytest.raises(NotSaved, match="database_in_use"):
        trouble(tmp_path / "bridge.db", BRIDGE)
    await database.close()
    monkeypatch.setattr("agent.db.soundness.STEPS_BETWEEN_LOOKS", 10)
    asked: list[int] = []

    def is_late() -> bool:
        asked.append(1)
        return True

    assert trouble(tmp_path / "bridge.db", BRIDGE, is_late=is_late) == ""
    assert asked
    newer = type(BRIDGE)(BRIDGE.application_id, BRIDGE.steps[:1])
    assert trouble(tmp_path / "bridge.db", newer) == ""
    assert trouble(tmp_path / "nothing", BRIDGE) == "missing"


@pytest.mark.parametrize(
    ("error", "said"), [(UnicodeDecodeError("utf-8", b"x", 0, 1, ""), "damaged"), (sqlite3.DatabaseError("odd"), "damaged")]
)
async def test_a_schema_that_cannot_be_read_is_damage(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    await database.close()

    def refuse(*_: object) -> str:
        raise error

    monkeypatch.setattr("agent.db.soundness._examined", refuse)
    assert trouble(tmp_path / "bridge.db", BRIDGE) == said
