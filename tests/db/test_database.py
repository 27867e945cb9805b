"""The database answers only after a commit, commits together and fails one by one."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.core.errors import DamagedData, InvalidInput, NeedsPerson, NotSaved
from agent.db import connection
from agent.db.database import Database, Transaction
from agent.db.faults import translate
from agent.db.journal import Journal, read
from agent.db.migrations import Schema
from tests.support.clock import FakeClock

ROWS = Schema(application_id=7, steps=("CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT UNIQUE);",))


def add(text: str, failure: Exception | None = None) -> Callable[[Transaction], str]:
    def work(tx: Transaction) -> str:
        tx.conn.execute("INSERT INTO rows (text) VALUES (?)", (text,))
        tx.journal({"text": text})
        if failure:
            raise failure
        return text

    return work


async def texts(database: Database) -> list[str]:
    return await database.read(lambda conn: [row["text"] for row in conn.execute("SELECT text FROM rows ORDER BY id")])


async def opened(folder: Path, journal: Journal | None = None, schema: Schema = ROWS) -> Database:
    return await Database.open(folder / "rows.db", clock=FakeClock(), journal=journal, schema=schema)


async def test_what_was_answered_is_there_after_reopening(tmp_path: Path) -> None:
    database = await opened(tmp_path)
    assert await database.write(add("one")) == "one"
    await database.close()
    again = await opened(tmp_path)
    assert await texts(again) == ["one"]
    await again.close()


async def test_every_pragma_of_the_profile_is_in_force(tmp_path: Path) -> None:
    database = await opened(tmp_path)
    for name, _, expected in connection.PROFILE:
        found = await database.read(lambda conn, name=name: conn.execute(f"PRAGMA {name}").fetchone()[0])  # type: ignore[misc]
        assert found == expected
    assert (tmp_path / "rows.db").stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "rows.db-shm").exists()
    await database.close()


async def test_a_pragma_that_does_not_take_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "PROFILE", (("synchronous", "FULL", 3),))
    with pytest.raises(NotSaved, match="database_unsafe"):
        await opened(tmp_path)


async def test_waiting_works_share_a_commit_and_fail_one_by_one(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.log")
    database = await opened(tmp_path, journal)
    commits: list[str] = []
    await database.read(lambda conn: conn.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None))
    works = [database.write(add(str(number), ValueError("no") if number == 3 else None)) for number in range(20)]
    results = await asyncio.gather(*works, return_exceptions=True)
    assert [str(result) for result in results if isinstance(result, Exception)] == ["no"]
    kept = [str(number) for number in range(20) if number != 3]
    assert await texts(database) == kept
    assert len(commits) < 20
    await database.close()
    assert [line.record["text"] for line in read(tmp_path / "journal.log").lines] == kept


async def test_a_failed_commit_fails_every_work_in_it(tmp_path: Path) -> None:
    schema = Schema(7, (ROWS.steps[0] + "CREATE TABLE child (row INTEGER REFERENCES rows (id) DEFERRABLE INITIALLY DEFERRED);",))
    database = await opened(tmp_path, schema=schema)
    await database.write(add("before"))

    def orphan(tx: Transaction) -> None:
        tx.conn.execute("INSERT INTO child VALUES (99)")

    held = [database.write(add("neighbour")), database.write(orphan)]
    results = await asyncio.gather(*held, return_exceptions=True)
    assert isinstance(results[1], InvalidInput)
    assert await texts(database) in (["before"], ["before", "neighbour"])
    assert isinstance(results[0], InvalidInput) == (await texts(database) == ["before"])
    await database.close()


async def test_a_full_disk_is_not_saved_and_room_helps(tmp_path: Path) -> None:
    database = await opened(tmp_path)
    await database.write(add("before"))

    def limit(pages: int) -> Callable[[Transaction], None]:
        return lambda tx: tx.conn.execute(f"PRAGMA max_page_count = {pages}").fetchone()[0]

    await database.write(limit(1))
    with pytest.raises(NotSaved, match="disk_full"):
        await database.write(add("x" * 100_000))
    await database.write(limit(10_000))
    await database.write(add("after"))
    assert await texts(database) == ["before", "after"]
    await database.close()


@pytest.mark.parametrize("failure", [sqlite3.OperationalError("gone"), ValueError("ours")])
async def test_a_group_that_sqlite_has_undone_fails_as_a_whole(tmp_path: Path, failure: Exception) -> None:
    database = await opened(tmp_path)

    def lose(tx: Transaction) -> None:
        tx.conn.execute("ROLLBACK")
        raise failure

    with pytest.raises(NotSaved, match="not_saved"):
        await database.write(lose)
    await database.write(add("after"))
    assert await texts(database) == ["after"]
    await database.close()


async def test_errors_of_sqlite_never_leave_as_such(tmp_path: Path) -> None:
    database = await opened(tmp_path)
    await database.write(add("one"))
    with pytest.raises(InvalidInput, match="change_refused"):
        await database.write(add("one"))
    with pytest.raises(NotSaved):
        await database.read(lambda conn: conn.execute("SELECT * FROM nowhere"))
    with pytest.raises(NotSaved, match="disk_read_only"):
        await database.read(lambda conn: conn.execute("DELETE FROM rows"))
    nothing: dict[str, str] = {}
    with pytest.raises(KeyError):
        await database.read(lambda conn: nothing["nothing"])
    await database.close()


async def test_what_is_queued_at_close_is_refused(tmp_path: Path) -> None:
    database = await opened(tmp_path)
    queued = [asyncio.create_task(database.write(add(str(number)))) for number in range(5)]
    await asyncio.sleep(0)
    await database.close()
    results = await asyncio.gather(*queued, return_exceptions=True)
    with pytest.raises(NotSaved, match="stopping"):
        await database.write(add("late"))
    with pytest.raises(NotSaved, match="stopping"):
        await database.read(lambda conn: None)
    again = await opened(tmp_path)
    assert await texts(again) == [result for result in results if isinstance(result, str)]
    assert all(isinstance(result, str | NotSaved) for result in results)
    await again.close()


async def test_a_caller_that_gave_up_disturbs_nobody(tmp_path: Path) -> None:
    database = await opened(tmp_path)
    gone = asyncio.create_task(database.write(add("gone")))
    await asyncio.sleep(0)
    gone.cancel()
    await database.write(add("here"))
    assert "here" in await texts(database)
    await database.close()


def test_a_loop_that_is_gone_ends_in_silence(tmp_path: Path) -> None:
    async def start() -> Database:
        database = await opened(tmp_path)
        await database.write(add("one"))
        return database

    database = asyncio.run(start())
    finished = database._thread
    database._queue.put(None)
    finished.join()
    assert not finished.is_alive()
    loop_is_gone = threading.Event()
    late = asyncio.run(opened_and_abandoned(tmp_path, loop_is_gone))
    loop_is_gone.set()
    late._thread.join(10)
    assert not late._thread.is_alive()


async def opened_and_abandoned(folder: Path, loop_is_gone: threading.Event) -> Database:
    database = await opened(folder)
    task = asyncio.create_task(database.read(lambda conn: loop_is_gone.wait(10)))
    await asyncio.sleep(0)
    task.cancel()
    database._queue.put(None)
    return database


async def test_an_opener_that_gives_up_leaves_no_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Database] = []
    keep = Database.__init__

    def remember(self: Database, *args: Any) -> None:
        keep(self, *args)
        made.append(self)

    monkeypatch.setattr(Database, "__init__", remember)
    task = asyncio.create_task(opened(tmp_path))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.to_thread(made[0]._thread.join, 10)
    assert not made[0]._thread.is_alive()


async def test_one_file_has_one_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BUSY_WAIT_S", 0.01)
    database = await opened(tmp_path)
    with pytest.raises(NotSaved, match="database_in_use"):
        await opened(tmp_path)
    await database.close()


async def test_a_file_that_is_no_database_is_damaged_data(tmp_path: Path) -> None:
    (tmp_path / "rows.db").write_bytes(b"not a database at all" * 500)
    with pytest.raises(DamagedData, match="database_damaged"):
        await opened(tmp_path)


async def test_a_folder_that_cannot_be_made_is_not_saved(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotSaved, match="cannot_open"):
        await opened(tmp_path / "file")
    (tmp_path / "rows.db").mkdir()
    with pytest.raises(NotSaved, match="cannot_open"):
        await opened(tmp_path)


async def test_foreign_and_newer_files_are_refused(tmp_path: Path) -> None:
    await (await opened(tmp_path)).close()
    with pytest.raises(DamagedData, match="not_our_database"):
        await opened(tmp_path, schema=Schema(8, ROWS.steps))
    with pytest.raises(NeedsPerson, match="schema_newer"):
        await opened(tmp_path, schema=Schema(7, ()))
    with sqlite3.connect(tmp_path / "other.db") as conn:
        conn.execute("CREATE TABLE theirs (id)")
    conn.close()
    with pytest.raises(DamagedData, match="not_our_database"):
        await Database.open(tmp_path / "other.db", clock=FakeClock(), schema=ROWS)


async def test_a_step_is_applied_once_and_whole(tmp_path: Path) -> None:
    await (await opened(tmp_path)).close()
    broken = Schema(7, (*ROWS.steps, "CREATE TABLE second (id); CREATE TABLE rows (id);"))
    with pytest.raises(NotSaved):
        await opened(tmp_path, schema=broken)
    with pytest.raises(NotSaved):
        await opened(tmp_path, schema=Schema(7, (*ROWS.steps, "COMMIT; nonsense;")))
    database = await opened(tmp_path, schema=Schema(7, (*ROWS.steps, "CREATE TABLE second (id);")))
    rows = await database.read(lambda conn: [row[0] for row in conn.execute("SELECT name FROM _sqlite_migrations")])
    assert rows == ["0001", "0002"]
    await database.close()


async def test_the_journal_reaches_the_disk_by_itself(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.log")
    database = await opened(tmp_path, journal)
    await database.write(add("one"))
    async with asyncio.timeout(20):
        while journal.is_dirty:  # noqa: ASYNC110 - it is another thread that does it
            await asyncio.sleep(0.01)
    await database.close()


def test_an_error_without_a_code_is_not_saved() -> None:
    assert translate(sqlite3.Error("odd")).reason == "not_saved"
