"""Tokens and pairing codes straight in the database, for a till whose agent does not run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from agent.core.clock import SystemClock, to_wire
from agent.core.ids import RandomIds
from agent.db.database import Database
from agent.db.tokens import CODE_LIFE, Tokens
from agent.instance import Instance
from agent.paths import Home

T = TypeVar("T")
PAIRED_SCOPES = ("pos",)


class StoredDesk:
    """The same answers as the agent's, for as long as no agent starts."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._clock = SystemClock()

    def create(self, name: str, scopes: Sequence[str]) -> dict[str, Any]:
        """`{"name", "token", "scopes"}`; raises Conflict `name_taken`."""
        token = self._with(lambda tokens: tokens.create(name, scopes))
        return {"name": name, "token": token, "scopes": sorted(scopes)}

    def list(self) -> list[dict[str, Any]]:
        """Rows with `name`, `scopes` and `created_at`."""
        return [
            {"name": info.name, "scopes": sorted(info.scopes), "created_at": to_wire(info.created_at)}
            for info in self._with(lambda tokens: tokens.list())
        ]

    def revoke(self, name: str) -> None:
        """Raises Refused `token_unknown`."""
        self._with(lambda tokens: tokens.revoke(name))

    def pairing_code(self, name: str) -> dict[str, Any]:
        """`{"code", "expires_at"}`."""
        code = self._with(lambda tokens: tokens.start_pairing(name, PAIRED_SCOPES))
        return {"code": code, "expires_at": to_wire(self._clock.now() + CODE_LIFE)}

    def _with(self, work: Callable[[Tokens], Awaitable[T]]) -> T:
        # The agent's own lock: none can start between the look and the write. Raises NeedsPerson `already_running`.
        with Instance(self._home):
            return asyncio.run(self._opened(work))

    async def _opened(self, work: Callable[[Tokens], Awaitable[T]]) -> T:
        database = await Database.open(self._home.db, clock=self._clock)
        try:
            return await work(Tokens(database, self._clock, RandomIds()))
        finally:
            await database.close()
