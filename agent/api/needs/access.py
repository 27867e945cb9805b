"""Who may call, and what is written down about it."""

# ruff: noqa: D102 - the names are the contract; a sentence is there where they do not say enough

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol


class Caller(Protocol):
    """Whom a token belongs to."""

    @property
    def name(self) -> str: ...
    @property
    def scopes(self) -> Collection[str]: ...


class Paired(Protocol):
    """A token made by pairing; its text is shown this once."""

    @property
    def token(self) -> str: ...
    @property
    def scopes(self) -> Collection[str]: ...


class TokenInfo(Protocol):
    """A token in force."""

    @property
    def name(self) -> str: ...
    @property
    def scopes(self) -> Collection[str]: ...
    @property
    def created_at(self) -> datetime: ...


class Tokens(Protocol):
    """Who may call."""

    @property
    def code_life(self) -> timedelta: ...

    async def create(self, name: str, scopes: Collection[str]) -> str: ...
    async def list(self) -> Sequence[TokenInfo]: ...
    async def revoke(self, name: str) -> None: ...
    async def start_pairing(self, name: str, scopes: Collection[str]) -> str: ...

    async def authenticate(self, token: str) -> Caller | None:
        """The caller behind a token, compared in constant time; None when there is none."""
        ...

    async def prove(self, name: str, port: int, nonce: str) -> str | None:
        """The agent's proof to the owner of a token; None when there is none of this name."""
        ...

    async def redeem(self, code: str, name: str) -> Paired | None:
        """Trade a one-time code for a token; None when the code is wrong, used or too old."""
        ...


class ManagerPin(Protocol):
    """The manager's PIN."""

    @property
    def is_set(self) -> bool: ...

    def matches(self, pin: str) -> bool:
        """Compared in constant time."""
        ...


class Audit(Protocol):
    """The append-only record of who did what."""

    async def append(self, who: str, what: str, subject: str, reason: str) -> None: ...
