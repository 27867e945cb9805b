"""The shops of a POS account, asked for by the command line: an id is copied and not guessed."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from agent.paths import Home
from tests.cli.conftest import Run
from tests.drivers.simulators.square import LOCATION, TOKEN, Square

DEVICE = """
[[devices]]
name = "square"
driver = "square"
location = "unknown-yet"
base_url = "{base}"
[[devices]]
name = "folder"
driver = "pos-drop-folder"
folder = "shared"
"""


@contextmanager
def in_a_thread(square: Square) -> Iterator[Square]:
    """The POS on a loop of its own, since the command runs one too."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(square.start(), loop).result(10)
    try:
        yield square
    finally:
        asyncio.run_coroutine_threadsafe(square.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def square(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Square]:
    monkeypatch.setenv("CATA_BRIDGE_SECRETS", "file")
    monkeypatch.setenv("CATA_BRIDGE_SECRET_DEVICE_SQUARE", TOKEN)
    with in_a_thread(Square()) as one:
        home.prepare().config.write_text(DEVICE.format(base=one.base))
        yield one


def test_the_shops_of_an_account_are_listed(run: Run, square: Square) -> None:
    assert json.loads(run("devices", "--outlets", "square", "--json").out) == {"outlets": [{"id": LOCATION, "name": "Main"}]}
    assert LOCATION in run("devices", "--outlets", "square").out


def test_a_pos_without_such_a_list_says_so(run: Run, square: Square) -> None:
    for name, words in (("folder", "cannot say which shops it has"), ("nobody", "There is no device named nobody.")):
        ended = run("devices", "--outlets", name)
        assert ended.code != 0
        assert words in ended.err
