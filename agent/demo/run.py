"""Starts the demo: the screen on a stage where there is a display, else the tour."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from agent.core.errors import CataBridgeError
from agent.demo.stage import Stage, program
from agent.demo.tour import MEMBER_CODE, Tour

DONE, FAILED = 0, 1


def run_demo(*, headless: bool, home: Path | None) -> int:
    """Play until the tour ends or the screen is closed; returns the exit code."""
    try:
        return asyncio.run(_until_ended(_tour(home) if headless else _show(home)))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return DONE


async def _until_ended(playing: Coroutine[Any, Any, int]) -> int:
    """Play; SIGTERM ends it as Ctrl-C does, so that nothing of the stage stays behind."""
    task = asyncio.ensure_future(playing)
    with contextlib.suppress(NotImplementedError):  # Windows' loop has no signal handlers
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


async def _tour(home: Path | None) -> int:
    stage = await Stage.open(home)
    try:
        result = await Tour(stage, _say).play()
    except CataBridgeError as error:
        _say(error.message)
        _say(json.dumps({"result": "fail", "reason": error.reason}))
        return FAILED
    finally:
        await stage.close()
    _say(json.dumps(result.as_json()))
    return DONE if result.holds else FAILED


async def _show(home: Path | None) -> int:
    """The screen on a living outlet; ends with the screen."""
    stage = await Stage.open(home)
    try:
        await stage.start_agent()
        screen = await asyncio.create_subprocess_exec(
            *program(),
            "--home",
            str(stage.folder),
            env={**stage.surroundings, "CATA_BRIDGE_DEMO_CONTROL": stage.cloud.control_url},
        )
        _say(f"The practice cloud's own page: {stage.cloud.control_url}/__sandbox__/")
        _say(f"To scan, type a code here and press Enter, such as {MEMBER_CODE}. To end: Quit in the tray, or Ctrl-C.")
        living = [asyncio.create_task(_first_order(stage)), asyncio.create_task(_scan_typed_codes(stage))]
        try:
            return DONE if await screen.wait() == 0 else FAILED
        finally:
            for task in living:
                task.cancel()
            if screen.returncode is None:
                screen.terminate()
                await screen.wait()
    finally:
        await stage.close()


async def _first_order(stage: Stage) -> None:
    """Something to look at on the board, once the agent has told the practice cloud where to deliver."""

    async def is_registered() -> bool:
        return bool((await stage.control.state())["webhooks"])

    await stage.until(is_registered)
    await stage.control.place_order()


async def _scan_typed_codes(stage: Stage) -> None:
    if not sys.stdin.isatty():
        return
    typed: asyncio.Queue[str] = asyncio.Queue()
    # Nothing ends a read of a terminal but a key: a thread that nobody waits for, so that the demo can end without one.
    threading.Thread(target=_read_codes, args=(asyncio.get_running_loop(), typed), daemon=True).start()
    while True:
        await stage.scanner.scan(await typed.get())


def _read_codes(loop: asyncio.AbstractEventLoop, typed: asyncio.Queue[str]) -> None:
    """Each line that is typed, until the terminal or the demo ends; not through sys.stdin, which Python locks at its end."""
    with contextlib.suppress(OSError, RuntimeError):
        while line := os.read(sys.stdin.fileno(), 1024):
            if code := line.decode(errors="replace").strip():
                loop.call_soon_threadsafe(typed.put_nowait, code)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the demo speaks to the terminal
