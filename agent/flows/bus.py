"""The one place where facts meet listeners, all on the agent's event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType

from agent.core.events import Event

LARGEST_BACKLOG = 1_000
"""Facts kept for a slow listener; beyond it the listener takes a snapshot instead."""


class Lagged(Exception):
    """The listener was too slow and has missed facts: take a snapshot and go on."""


class Subscription:
    """One listener's facts, in order; use as a context manager so that it always ends."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._facts: deque[Event] = deque()
        self._lagged = False
        self._wake = asyncio.Event()

    def put(self, event: Event) -> None:
        """Called by the bus only."""
        if len(self._facts) >= LARGEST_BACKLOG:
            self._facts.clear()
            self._lagged = True
        else:
            self._facts.append(event)
        self._wake.set()

    async def next(self) -> Event:
        """The next fact; raises Lagged once when facts were missed."""
        while True:
            if self._lagged:
                self._lagged = False
                raise Lagged
            if self._facts:
                return self._facts.popleft()
            self._wake.clear()
            await self._wake.wait()

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bus.forget(self)


class Bus:
    """Hands every fact to every listener; publishing never waits and never fails."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []

    def publish(self, event: Event) -> None:
        """Tell everybody what happened."""
        for subscription in self._subscriptions:
            subscription.put(event)

    def subscribe(self) -> Subscription:
        """Facts from now on."""
        subscription = Subscription(self)
        self._subscriptions.append(subscription)
        return subscription

    def forget(self, subscription: Subscription) -> None:
        """Stop telling a listener; a second call does nothing."""
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)
