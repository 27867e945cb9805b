"""A practice cloud for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.sandbox.receiver import Receiver, receiver
from tests.support.sandbox import OUTLET, Practice, practice_cloud


@pytest.fixture
async def cloud() -> AsyncIterator[Practice]:
    async with practice_cloud() as practice:
        yield practice


@pytest.fixture
async def shop(cloud: Practice) -> AsyncIterator[Receiver]:
    """A shop whose webhook is registered."""
    async with receiver() as taking:
        body = {"outletId": OUTLET, "provider": "kopibridge", "callbackUrl": taking.url, "events": ["order.paid"]}
        taking.secret = (await cloud.ok("POST", "/api/v1/webhooks/register", body))["webhook"]["secret"]
        yield taking
