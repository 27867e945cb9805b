"""The power goes at any moment and the disk keeps any part of what was not synced: nothing acknowledged is lost."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest

from agent.db.journal import read
from tests.db.drafts import open_outbox
from tests.faults import figures
from tests.faults.disk_model import Disk, content_of
from tests.faults.power_cuts import Cut, Reader, Tally, cuts, lay_out
from tests.faults.syscalls import Create, Operation, Said, Sync, Truncate, Unlink, Write, needs_strace, record
from tests.support.clock import FakeClock

HARNESS = "power cut"
SCRIBE = "tests.faults.scribe"
SHARDS = figures.size(push=4, release=40)
STATES = figures.size(push=20_000, release=1_000_000) // SHARDS
FAILED_SYNCS = range(1, 29, figures.size(push=4, release=1))
"""Which sync of the database's thread fails, counted from when it has opened its file: until then a failure ends the program."""
MEMORY = Path("/dev/shm")

pytestmark = [needs_strace, pytest.mark.timeout(900)]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: what is laid out here thousands of times need not wear a disk."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else tmp_path) as name:
        yield Path(name)


def tally(operations: list[Operation], count: int, seed: int, folder: Path) -> Tally:
    total, reader = Tally(), Reader(folder)
    for cut in cuts(operations, count, seed):
        total.add(cut, reader)
    return total


def count(total: Tally, what: str) -> None:
    figures.record(HARNESS, what, total.states)
    figures.record(HARNESS, f"{what}: acknowledged rows lost", total.lost)
    figures.record(HARNESS, f"{what}: corrupt", total.corrupt)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_acknowledged_row_is_there_after_a_power_cut(shard: int, home: Path, folder: Path) -> None:
    """I1."""
    total = tally(record(home, SCRIBE, ["FULL"]), STATES, shard, folder)
    count(total, "states")
    assert (total.states, total.lost, total.corrupt) == (STATES, 0, 0), total.examples[:5]


def test_planted_commits_without_a_sync_lose_acknowledged_rows(home: Path, folder: Path) -> None:
    total = tally(record(home, SCRIBE, ["NORMAL"]), 800, 0, folder)
    figures.planted(HARNESS, "synchronous=NORMAL", found=total.lost > 0)
    assert total.lost > 0


@pytest.mark.parametrize("number", FAILED_SYNCS)
def test_what_follows_a_failed_sync_does_not_build_on_it(number: int, home: Path, folder: Path) -> None:
    opening = syncs_of_opening(home.with_name("calm"))
    operations = record(home, SCRIBE, ["FULL"], inject=f"fdatasync:error=EIO:when={opening + number}")
    assert any(isinstance(one, Sync) and not one.is_done for one in operations)
    total = tally(operations, figures.size(push=250, release=5_000), number, folder)
    count(total, "states after a failed sync")
    assert (total.lost, total.corrupt) == (0, 0), total.examples[:5]


def syncs_of_opening(home: Path) -> int:
    """How many syncs of the database's files come before anything is acknowledged."""
    home.mkdir()
    before = takewhile(lambda one: not isinstance(one, Said), record(home, SCRIBE, ["FULL"]))
    return sum(isinstance(one, Sync) and Path(one.path).name.startswith("bridge.db") for one in before) - 1


async def test_the_agents_own_opening_takes_every_such_disk(home: Path, folder: Path) -> None:
    every = list(cuts(record(home, SCRIBE, ["FULL"]), 2_500, 0))
    for cut in random.Random(0).sample(every, figures.size(push=60, release=1_000)):
        await _opens(cut, folder)


async def _opens(cut: Cut, folder: Path) -> None:
    lay_out(cut.content, folder)
    journalled = {str(line.record["id"]) for line in read(folder / "journal.log").lines}
    database, outbox = await open_outbox(folder, FakeClock())
    page = await outbox.page(state=None, kind=None, limit=1_000, after=None)
    await database.close()
    entries = {entry.id for entry in page.entries}
    assert {name for name in cut.promises if name.startswith("e")} <= entries
    assert {name for name in journalled if name.startswith("e")} <= {f"e{number}" for number in range(1, 100)}


def contents(operations: list[Operation], way: str, seed: int = 0) -> dict[str, bytes]:
    disk = Disk(random.Random(seed))
    for operation in operations:
        disk.apply(operation)
    return dict(content_of(disk.state(way)))


def test_the_model_keeps_what_was_synced_and_may_lose_the_rest() -> None:
    made: list[Operation] = [Create("/a/x"), Sync("/a", True), Write("/a/x", 0, b"old"), Sync("/a/x", True)]
    changed = [*made, Write("/a/x", 0, b"new"), Write("/a/x", None, b"more")]
    assert contents(changed, "none") == {"/a/x": b"old"}
    assert contents(changed, "all") == {"/a/x": b"newmore"}
    assert {contents(changed, "torn", seed)["/a/x"] for seed in range(200)} == {b"old", b"new", b"oldmore", b"newmore"}
    assert contents([*made, Truncate("/a/x", 1)], "none") == {"/a/x": b"old"}
    assert contents([*made, Unlink("/a/x")], "none") == {"/a/x": b"old"}
    assert contents([*made, Unlink("/a/x"), Sync("/a", True)], "none") == {}


def test_the_model_tears_writes_at_sectors_and_loses_unsynced_names() -> None:
    made: list[Operation] = [Create("/a/x"), Write("/a/x", 0, b"1" * 1024)]
    assert contents(made, "none") == {}
    seen = {contents([*made, Sync("/a", True)], "torn", seed)["/a/x"] for seed in range(200)}
    assert bytes(512) + b"1" * 512 in seen


def test_the_model_forgets_what_a_failed_sync_should_have_kept() -> None:
    made: list[Operation] = [Create("/a/x"), Sync("/a", True), Write("/a/x", 0, b"1"), Sync("/a/x", False), Sync("/a/x", True)]
    assert {contents(made, "all", seed)["/a/x"] for seed in range(20)} == {b"", b"1"}
