"""A database in a temporary home, with everything that lives in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.db.database import Database
from agent.db.orders import Orders
from agent.db.outbox import Outbox
from agent.db.sales import Sales
from agent.db.sealing import Seal
from tests.db.drafts import KEY, open_outbox
from tests.support.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def seal() -> Seal:
    return Seal(KEY)


@pytest.fixture
async def database(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Database]:
    opened, _ = await open_outbox(tmp_path, clock)
    yield opened
    await opened.close()


@pytest.fixture
def outbox(database: Database, seal: Seal, clock: FakeClock) -> Outbox:
    return Outbox(database, seal, clock)


@pytest.fixture
def orders(database: Database, seal: Seal, clock: FakeClock, outbox: Outbox) -> Orders:
    return Orders(database, seal, clock, outbox)


@pytest.fixture
def sales(database: Database, clock: FakeClock, outbox: Outbox) -> Sales:
    return Sales(database, clock, outbox)
