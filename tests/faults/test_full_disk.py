"""A full or dead disk is an answer, not a crash, and room alone makes the agent whole again."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from agent.core.http import HttpRequest
from agent.instance import running
from agent.paths import Home
from agent.runtime import CANNOT_SAVE
from tests.faults import figures
from tests.faults.small_disk import SmallDisk, can_loop, small_disk, why_not
from tests.support.sandbox import KEY, OUTLET

HARNESS = "full disk"
ROOT = Path(__file__).parents[2]
DEADLINE_S = 60.0
MEGABYTES = 24
CONFIG = f"""
[outlet]
id = "{OUTLET}"
name = "Toa Payoh Lor 4"
till = "till-1"
[cloud]
base_url = "http://127.0.0.1:9"
[webhook]
listen = "127.0.0.1:0"
[till_api]
listen = "127.0.0.1:0"
"""
EVERY_DISK = [
    pytest.param(False, marks=pytest.mark.skipif(bool(why_not()), reason=why_not() or "-"), id="tmpfs"),
    pytest.param(True, marks=pytest.mark.skipif(not can_loop(), reason="Only root can mount a file system; not run."), id="ext4"),
]
pytestmark = pytest.mark.timeout(300)


@dataclass
class Shop:
    """An agent whose home is on a small disk, and a till that calls it."""

    disk: SmallDisk
    http: HttpxClient
    process: subprocess.Popen[str] | None = None
    earned: int = 0

    @property
    def home(self) -> Home:
        return Home(self.disk.seen / "home")

    def furnish(self) -> None:
        (self.disk.seen / "home").mkdir(mode=0o700)
        (self.disk.seen / "home" / "config.toml").write_text(CONFIG)

    def start(self) -> None:
        environment = os.environ | {
            "CATA_BRIDGE_SECRETS": "file",
            "CATA_BRIDGE_SECRET_API_KEY": KEY,
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = self.disk.inside(sys.executable, "-m", "agent", "--home", str(self.disk.mount / "home"), "agent")
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)

    async def is_ready(self) -> bool:
        """Waits; False when it ended instead."""
        assert self.process is not None
        async with asyncio.timeout(DEADLINE_S):
            while self.process.poll() is None:
                found = running(self.home)
                if found is not None and found.pid == self.process.pid:
                    return True
                await asyncio.sleep(0.05)
        return False

    async def earn(self) -> tuple[int, Any]:
        self.earned += 1
        body = {"member": {"uuid": "00000000-0000-4000-8000-000000000001"}, "points": 5, "receipt": f"R-{self.earned}"}
        agent = running(self.home)
        assert agent is not None
        headers = {"Authorization": f"Bearer {agent.token}", "Content-Type": "application/json"}
        request = HttpRequest(
            method="POST", url=f"{agent.url}/v1/loyalty/earn", headers=headers, body=json.dumps(body).encode(), timeout_s=30
        )
        answer = await self.http.send(request)
        return answer.status, json.loads(answer.body)

    async def earn_until_refused(self) -> Any:
        """What is left of free pages is used up first; returns the refusal."""
        for _ in range(2_000):
            status, body = await self.earn()
            if status not in (200, 201, 202):
                return status, body
        raise AssertionError("a full disk took everything")

    def stop(self) -> tuple[int, str]:
        assert self.process is not None
        self.process.terminate()
        _, said = self.process.communicate(timeout=DEADLINE_S)
        return self.process.returncode, said

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


@asynccontextmanager
async def shop(folder: Path, *, ext4: bool) -> AsyncIterator[Shop]:
    http = HttpxClient(SystemClock())
    with small_disk(folder, MEGABYTES, ext4=ext4) as disk:
        one = Shop(disk, http)
        try:
            one.furnish()
            yield one
        finally:
            one.end()
            await http.close()


def assert_not_saved(answer: tuple[int, Any]) -> None:
    status, body = answer
    assert (status, body["error"]["reason"]) == (507, "not_saved"), answer
    assert body["error"]["message"].endswith(".")


def assert_cannot_save(one: Shop) -> None:
    """It ended by itself, with the code and the sentence for it."""
    assert one.process is not None
    _, said = one.process.communicate()
    assert one.process.returncode == CANNOT_SAVE, said
    assert said.endswith(".\n"), said
    assert "Traceback" not in said, said


@pytest.mark.parametrize("ext4", EVERY_DISK)
async def test_a_full_disk_refuses_and_room_is_enough_to_go_on(tmp_path: Path, ext4: bool) -> None:
    async with shop(tmp_path, ext4=ext4) as one:
        one.start()
        assert await one.is_ready()
        assert (await one.earn())[0] < 300
        one.disk.fill()
        assert_not_saved(await one.earn_until_refused())
        one.disk.clear()
        assert (await one.earn())[0] < 300
        assert one.stop()[0] == 0
    figures.record(HARNESS, f"{'ext4' if ext4 else 'tmpfs'}: refused while full, went on with room", "yes")


@pytest.mark.parametrize("ext4", EVERY_DISK)
async def test_starting_on_a_full_disk_is_no_crash(tmp_path: Path, ext4: bool) -> None:
    async with shop(tmp_path, ext4=ext4) as one:
        for is_new in (True, False):
            one.disk.fill()
            one.start()
            if await one.is_ready():
                assert_not_saved(await one.earn_until_refused())
                assert one.stop()[0] in (0, CANNOT_SAVE)
            else:
                assert_cannot_save(one)
            one.disk.clear()
            one.start()
            assert await one.is_ready(), is_new
            assert (await one.earn())[0] < 300
            assert one.stop()[0] == 0


@pytest.mark.parametrize("ext4", EVERY_DISK)
async def test_starting_on_a_read_only_disk_says_so_and_ends(tmp_path: Path, ext4: bool) -> None:
    async with shop(tmp_path, ext4=ext4) as one:
        one.start()
        assert await one.is_ready()
        assert one.stop()[0] == 0
        one.disk.read_only(by_force=False)
        one.start()
        assert not await one.is_ready()
        assert_cannot_save(one)


@pytest.mark.parametrize("ext4", EVERY_DISK[1:])
async def test_a_disk_that_turns_read_only_takes_no_new_promises(tmp_path: Path, ext4: bool) -> None:
    async with shop(tmp_path, ext4=ext4) as one:
        one.start()
        assert await one.is_ready()
        assert (await one.earn())[0] < 300
        one.disk.read_only(by_force=True)
        assert_not_saved(await one.earn())
        assert_not_saved(await one.earn())
        assert one.stop()[0] in (0, CANNOT_SAVE)
