"""What an agent leaves in its home is for its own user alone, whatever the user's umask says (T18)."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.outlet import eventually, shop

EARN = {"member": {"identifier": "+6591230001"}, "points": 5, "receipt": "R-1", "wait_s": 5}
THEIRS = {"data/bridge.db", "data/bridge.db-wal", "data/journal.log", "data/cache.db"}


@pytest.fixture
def careless() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


async def test_every_file_and_folder_of_a_working_agent_is_private(tmp_path: Path, careless: None) -> None:
    async with shop(tmp_path) as one:
        await one.till.post("/v1/loyalty/earn", EARN)

        async def copied() -> bool:
            return any(one.home.copies.glob("*.db"))

        await eventually(copied)
        paths = [path for path in one.home.root.rglob("*") if path != one.home.config]
        found = {path.relative_to(one.home.root).as_posix(): stat.S_IMODE(path.lstat().st_mode) for path in paths}
        assert found.keys() >= THEIRS
        assert {path: oct(mode) for path, mode in found.items() if mode & 0o077} == {}
