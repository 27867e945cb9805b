"""The process: it ends with 0 when asked to, refuses to run twice, and says with its exit code what is wrong."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from agent import runtime
from agent.core.errors import DamagedData, InvalidInput, NotSaved
from agent.instance import running
from agent.paths import Home

CONFIG = '[till_api]\nlisten = "127.0.0.1:0"\n[webhook]\nlisten = "127.0.0.1:0"\n'


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home").prepare()
    home.config.write_text(CONFIG)
    return home


async def spawn(home: Home) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "agent",
        "--home",
        str(home.root),
        "agent",
        env={**os.environ, "CATA_BRIDGE_SECRETS": "file"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def end_of(process: asyncio.subprocess.Process) -> tuple[int | None, str]:
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return process.returncode, (out + err).decode()


@asynccontextmanager
async def living(home: Home) -> AsyncIterator[asyncio.subprocess.Process]:
    """An agent that has announced itself."""
    process = await spawn(home)
    try:
        async with asyncio.timeout(60):
            while (found := running(home)) is None or found.pid != process.pid:
                assert process.returncode is None, await process.communicate()
                await asyncio.sleep(0.05)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def test_it_ends_with_zero_when_asked_and_can_start_again(home: Home) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        async with living(home) as process:
            process.send_signal(number)
            code, said = await end_of(process)
            assert (code, "Traceback" in said) == (runtime.DONE, False)
            assert running(home) is None


async def test_a_second_agent_of_one_home_is_refused_and_the_first_goes_on(home: Home) -> None:
    async with living(home) as first:
        code, said = await end_of(await spawn(home))
        assert (code, "Traceback" in said) == (runtime.ALREADY_RUNNING, False)
        assert first.returncode is None
        found = running(home)
        assert found is not None
        assert found.pid == first.pid


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda home: home.db.write_bytes(b"this is no database" * 1_000), runtime.CANNOT_SAVE),
        (lambda home: home.config.write_text("[till_api]\nlissten = 'x'\n"), runtime.FAILED),
    ],
)
async def test_what_keeps_it_from_starting_is_one_sentence_and_a_code(home: Home, damage: Any, code: int) -> None:
    damage(home)
    ended, said = await end_of(await spawn(home))
    assert (ended, "Traceback" in said) == (code, False)
    assert said.strip()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotSaved("disk_failed", "The disk did not take this."), runtime.CANNOT_SAVE),
        (DamagedData("row_damaged", "The stored data is damaged."), runtime.CANNOT_SAVE),
        (InvalidInput("odd", "This is odd."), runtime.FAILED),
    ],
)
async def test_a_part_that_must_not_end_ends_the_process_with_its_own_sentence(
    home: Home, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int
) -> None:
    async def run() -> None:
        async with asyncio.TaskGroup() as outer:
            outer.create_task(fail())

    async def fail() -> None:
        raise ExceptionGroup("parts", [ValueError("beside it"), error])

    async def nothing() -> None:
        return None

    agent = SimpleNamespace(start=nothing, run=run, stop=nothing, url="http://127.0.0.1:1", local_token="t")

    async def build(*given: object, **more: object) -> Any:
        return cast("Any", agent)

    monkeypatch.setattr(runtime, "build", build)
    said: list[str] = []
    assert await runtime.run_agent(home, announce=said.append) == code
    assert said[-1] == error.args[0]


async def test_a_fault_of_ours_is_not_hidden() -> None:
    group = BaseExceptionGroup("parts", [ExceptionGroup("inner", [ValueError("a slip")])])
    assert isinstance(runtime.first_of(group), ValueError)


async def test_a_signal_lets_everything_go_in_order(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    async def start() -> None:
        done.append("start")

    async def run() -> None:
        done.append("run")
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()

    async def stop() -> None:
        done.append("stop")

    async def build(*given: object, **more: object) -> Any:
        return SimpleNamespace(start=start, run=run, stop=stop, url="http://127.0.0.1:1", local_token="t")

    monkeypatch.setattr(runtime, "build", build)
    assert await runtime.run_agent(home, announce=lambda said: None) == runtime.DONE
    assert done == ["start", "run", "stop"]
