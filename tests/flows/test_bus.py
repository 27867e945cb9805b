"""Facts reach every listener in order, and a slow listener knows that it missed some."""

from __future__ import annotations

import asyncio

import pytest

from agent.core.events import SalesChanged, StatusChanged
from agent.flows.bus import LARGEST_BACKLOG, Bus, Lagged


async def test_every_listener_hears_every_fact_in_order() -> None:
    bus = Bus()
    with bus.subscribe() as one, bus.subscribe() as other:
        bus.publish(StatusChanged())
        bus.publish(SalesChanged())
        for subscription in (one, other):
            assert await subscription.next() == StatusChanged()
            assert await subscription.next() == SalesChanged()


async def test_a_listener_that_waits_is_woken() -> None:
    bus = Bus()
    with bus.subscribe() as subscription:
        waiting = asyncio.create_task(subscription.next())
        await asyncio.sleep(0)
        bus.publish(StatusChanged())
        assert await waiting == StatusChanged()


async def test_a_slow_listener_is_told_once_and_goes_on() -> None:
    bus = Bus()
    with bus.subscribe() as subscription:
        for _ in range(LARGEST_BACKLOG + 1):
            bus.publish(StatusChanged())
        with pytest.raises(Lagged):
            await subscription.next()
        bus.publish(SalesChanged())
        assert await subscription.next() == SalesChanged()


async def test_a_listener_that_left_hears_nothing() -> None:
    bus = Bus()
    with bus.subscribe() as subscription:
        pass
    bus.publish(StatusChanged())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await subscription.next()
