"""The practice scanner reads new lines of a file and what is written into a FIFO."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from drivers.registry import build
from tests.support.device_sink import context, running, until, until_scans

FAST = {"poll_s": 0.01}


async def test_lines_added_to_a_file_are_scans_and_older_ones_are_not(tmp_path: Path) -> None:
    feed = tmp_path / "feed.txt"
    feed.write_text("OLD\n")
    device = build("front", "simulated-scanner", {"feed": str(feed), **FAST}, context(tmp_path))
    async with running(device) as (sink, _):
        with feed.open("a") as file:
            file.write("NEW-1\nNEW-2\n")
        await until(lambda: len(sink.codes) == 2)
        feed.write_text("X\n")
        await until(lambda: len(sink.codes) == 3)
    assert sink.texts == ["NEW-1", "NEW-2", "X"]


async def test_lines_added_while_it_was_unplugged_are_scans_once(tmp_path: Path) -> None:
    feed = tmp_path / "private" / "scans.txt"
    device = build("front", "simulated-scanner", FAST, context(tmp_path))
    async with running(device) as (first, _):
        feed.parent.mkdir()
        feed.write_text("ONE\n")
        await until(lambda: first.codes)
    with feed.open("a") as file:
        file.write("TWO\n")
    async with running(device) as (second, _):
        await until(lambda: second.codes)
    assert (first.texts, second.texts) == (["ONE"], ["TWO"])


async def test_what_is_written_into_a_fifo_is_scanned(tmp_path: Path) -> None:
    feed = tmp_path / "feed"
    os.mkfifo(feed)
    device = build("front", "simulated-scanner", {"feed": str(feed), **FAST}, context(tmp_path))
    async with running(device) as (sink, _):
        for place in range(3):
            await asyncio.to_thread(feed.write_text, f"CODE-{place}\n")
            await until_scans(sink, place + 1)
    assert sink.texts == ["CODE-0", "CODE-1", "CODE-2"]
