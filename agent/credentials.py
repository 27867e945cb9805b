"""The key and the PIN in force while the agent runs, in memory, so that nobody waits for a password store on the event loop."""

from __future__ import annotations

import asyncio

from agent.secrets import API_KEY, MANAGER_PIN, Secrets


class Credentials:
    """What the agent's parts ask for; `refresh` takes up what a person has changed."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._known: dict[str, str | None] = {}

    async def refresh(self) -> None:
        """Read the store again; raises what `Secrets.get` raises."""
        self._known = await asyncio.to_thread(lambda: {name: self._secrets.get(name) for name in (API_KEY, MANAGER_PIN)})

    def api_key(self) -> str | None:
        """The key of the cloud."""
        return self._known.get(API_KEY)

    def manager_pin(self) -> str | None:
        """The manager's PIN, if one was set."""
        return self._known.get(MANAGER_PIN)
