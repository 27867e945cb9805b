"""A till API on a real socket, with a till in memory behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from agent.api.app import create_till_api
from agent.api.serve import Listener
from tests.support.raw_http import Client
from tests.support.till import Till, some_settings

PAGE = "https://pos.example"


@dataclass(frozen=True)
class Served:
    till: Till
    port: int

    @property
    def screen(self) -> Client:
        return self.caller("screen-token")

    @property
    def pos(self) -> Client:
        return self.caller("pos-token")

    def caller(self, token: str) -> Client:
        return Client(self.port, token)


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    till = Till()
    async with Listener(create_till_api(till.services(), some_settings(origins=(PAGE,))), "127.0.0.1", 0) as listener:
        yield Served(till, listener.port)
