"""The webhook secrets in force: the current one, and for a while after a change the one before."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Protocol

from agent.core.clock import Clock, from_wire, to_wire
from agent.db.facts import Facts

log = logging.getLogger(__name__)

CURRENT = "webhook-secret"
PREVIOUS = "webhook-secret-previous"
GRACE = timedelta(minutes=10)
"""How long deliveries signed with the secret before are still taken (contract 5.4)."""
PREVIOUS_UNTIL = "webhook.previous_until"
"""Fact: end of the grace; without it a previous secret that somebody set by hand stays in force."""


class SecretStore(Protocol):
    """Where secrets are kept; may block, so it is called in a thread."""

    def get(self, name: str) -> str | None:
        """The secret, or None."""
        ...

    def set(self, name: str, value: str) -> None:
        """Keep it."""
        ...

    def clear(self, name: str) -> None:
        """Forget it."""
        ...


class WebhookSecrets:
    """What the receiver verifies with; reading it never waits."""

    def __init__(self, store: SecretStore, facts: Facts, *, clock: Clock) -> None:
        self._store = store
        self._facts = facts
        self._clock = clock
        self._current = ""
        self._previous = ""
        self._previous_until: datetime | None = None

    async def load(self) -> None:
        """Read the store; to be repeated after somebody set a secret by hand."""
        until = await self._facts.get(PREVIOUS_UNTIL)
        self._previous_until = from_wire(until) if isinstance(until, str) else None
        self._current = await asyncio.to_thread(self._read, CURRENT)
        self._previous = await asyncio.to_thread(self._read, PREVIOUS)

    def in_force(self) -> list[str]:
        """Secrets that a delivery may be signed with now, newest first."""
        is_over = self._previous_until is not None and self._clock.now() >= self._previous_until
        return [secret for secret in (self._current, "" if is_over else self._previous) if secret]

    async def replace(self, secret: str) -> None:
        """A new secret is in force from now on, the one before for the grace; raises NotSaved or NeedsPerson."""
        if self._current and self._current != secret:
            until = self._clock.now() + GRACE
            await self._facts.set(PREVIOUS_UNTIL, to_wire(until))
            await asyncio.to_thread(self._store.set, PREVIOUS, self._current)
            self._previous, self._previous_until = self._current, until
        self._current = secret
        await asyncio.to_thread(self._store.set, CURRENT, secret)
        log.info("webhook secret replaced")

    async def tidy(self) -> None:
        """Forget the previous secret once its grace is over."""
        if self._previous_until is not None and self._clock.now() >= self._previous_until:
            if self._previous:
                await asyncio.to_thread(self._store.clear, PREVIOUS)
            self._previous, self._previous_until = "", None
            await self._facts.set(PREVIOUS_UNTIL, None)

    def _read(self, name: str) -> str:
        return self._store.get(name) or ""
