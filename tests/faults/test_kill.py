"""`kill -9` at any moment, under tills, orders and a bad line: nothing acknowledged is lost and nothing happens twice."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal

import pytest

from tests.faults import figures
from tests.faults.promises import Verdict, judge
from tests.faults.rig import Rig, rig, until
from tests.faults.traffic import Traffic

HARNESS = "kill -9"
SHARDS = figures.size(push=1, release=10)
ROUNDS = figures.size(push=100, release=2000) // SHARDS
FAULTS = 0.15
MOST_TAKEN = 8
"""An agent that is not killed early lives until it has taken so many intents at most; busy machines thus see the same traffic."""
PATIENCE_S = 3.0
EARLY = 0.15
"""Share of the agents that are killed while they start."""


async def rounds(one: Rig, traffic: Traffic, count: int) -> None:
    """Start and kill it so often, with everybody at work."""
    for _ in range(count):
        await one.start_agent()
        async with traffic.running():
            if traffic.random.random() >= EARLY:
                await one.ready()
                await some_traffic(traffic)
            await asyncio.sleep(traffic.random.uniform(0, 0.1))
            one.signal(signal.SIGKILL)
            assert await one.ended() == -signal.SIGKILL, "the agent had ended by itself"


async def some_traffic(traffic: Traffic) -> None:
    """Until a few more intents have been taken, or nothing moves."""
    enough = len(traffic.promises.acknowledged) + traffic.random.randint(1, MOST_TAKEN)

    async def taken() -> bool:
        return len(traffic.promises.acknowledged) >= enough

    with contextlib.suppress(TimeoutError):
        await until(taken, within_s=PATIENCE_S)


async def killed(count: int, *, seed: int, bug: str = "", faults: float = FAULTS) -> tuple[Verdict, Traffic, Rig]:
    """What is left of all promises after so many rounds, once the line is good again."""
    async with rig(seed=seed, bug=bug) as one:
        one.line.lag_s = 0.03
        traffic = Traffic(one, random.Random(seed))
        await one.open_shop()
        one.line.rate = faults
        await rounds(one, traffic, count)
        one.line.rate = 0.0
        await one.start_agent()
        await one.ready()
        await traffic.finish()
        await one.at_rest()
        verdict = await judge(one, traffic.promises)
        await one.stop_agent()
        return verdict, traffic, one


@pytest.mark.timeout(60 + 20 * ROUNDS)
@pytest.mark.parametrize("shard", range(SHARDS))
async def test_nothing_is_lost_or_doubled_by_kill_9(shard: int) -> None:
    """I1, I2."""
    verdict, traffic, one = await killed(ROUNDS, seed=random.randrange(10**6))
    figures.record(HARNESS, "rounds", ROUNDS)
    figures.record(HARNESS, "intents acknowledged", len(traffic.promises.acknowledged))
    figures.record(HARNESS, "orders taken", verdict.orders)
    figures.record(HARNESS, "requests spoilt on the line", one.line.faults)
    figures.record(HARNESS, "lost", len(verdict.lost))
    figures.record(HARNESS, "doubled", len(verdict.doubled))
    figures.record(HARNESS, "waiting for a person", verdict.waiting)
    assert traffic.unexpected == []
    assert verdict.lost == []
    assert verdict.doubled == []
    assert len(traffic.promises.acknowledged) > ROUNDS, "there was hardly any traffic"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("bug", ["reclaim forgets", "answer before commit"])
async def test_a_planted_bug_is_found(bug: str) -> None:
    verdict, *_ = await killed(12, seed=7, bug=bug, faults=0.3)
    figures.planted(HARNESS, bug, found=not verdict.is_clean)
    assert not verdict.is_clean
