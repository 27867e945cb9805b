"""What has not reached the cloud."""

# ruff: noqa: D102 - the names are the contract; a sentence is there where they do not say enough

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from agent.core.entry import Entry, EntryKind, EntryState
from agent.db.evacuation import Brought, Taken


class Page(Protocol):
    """One page of the outbox."""

    @property
    def entries(self) -> Sequence[Entry]: ...
    @property
    def next(self) -> str | None: ...


class Outbox(Protocol):
    """The durable things to send."""

    async def get(self, entry_id: str) -> Entry | None: ...
    async def page(self, *, state: EntryState | None, kind: EntryKind | None, limit: int, after: str | None) -> Page: ...
    async def ended_loyalty(self, *, since: datetime, limit: int) -> Sequence[Entry]: ...
    async def discard(self, entry_id: str, *, reason: str, by: str) -> Entry: ...


class Evacuation(Protocol):
    """Unsent entries on their way between two homes of one outlet."""

    @property
    def outlet_id(self) -> str: ...

    async def take(self, *, after: int, by: str) -> Taken: ...
    async def bring(
        self, entries: Sequence[Entry], *, outlet_id: str, written_at: datetime, is_final: bool, by: str
    ) -> Brought: ...


class Sender(Protocol):
    """Empties the outbox."""

    async def retry(self, entry_id: str) -> Entry: ...
