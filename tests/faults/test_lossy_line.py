"""A line that spoils every third request: each intent that is not declined has exactly one effect."""

from __future__ import annotations

import random

import pytest

from tests.faults import figures
from tests.faults.promises import Verdict, judge
from tests.faults.rig import Rig, rig, until
from tests.faults.traffic import Traffic

HARNESS = "lossy line"
SHARDS = figures.size(push=1, release=10)
INTENTS = figures.size(push=1000, release=100_000) // SHARDS
FAULTS = 0.3


async def over_a_bad_line(count: int, *, seed: int, bug: str = "") -> tuple[Verdict, Traffic, Rig]:
    """What became of so many intents; the line stays bad until the last of them has its end."""
    async with rig(seed=seed, bug=bug) as one:
        traffic = Traffic(one, random.Random(seed), pace_s=0.002, wanted=count)
        await one.start_agent()
        await one.ready()
        one.line.rate = FAULTS
        async with traffic.running(orders=False):

            async def taken() -> bool:
                return len(traffic.promises.acknowledged) == count

            await until(taken, every_s=0.05, within_s=120 + count)
        await one.at_rest(within_s=120 + count)
        verdict = await judge(one, traffic.promises)
        await one.stop_agent()
        return verdict, traffic, one


@pytest.mark.timeout(600 + INTENTS)
@pytest.mark.parametrize("shard", range(SHARDS))
async def test_every_intent_that_is_not_declined_has_one_effect(shard: int) -> None:
    """I2, I3."""
    verdict, traffic, one = await over_a_bad_line(INTENTS, seed=random.randrange(10**6))
    figures.record(HARNESS, "intents", INTENTS)
    figures.record(HARNESS, "requests", one.line.counts.total())
    figures.record(HARNESS, "requests spoilt", one.line.faults)
    figures.record(HARNESS, "declined", verdict.declined)
    figures.record(HARNESS, "waiting for a person", verdict.waiting)
    figures.record(HARNESS, "effects != intents", len(verdict.lost) + len(verdict.doubled))
    assert traffic.unexpected == []
    assert verdict.lost == []
    assert verdict.doubled == []
    assert verdict.effects == INTENTS - verdict.declined - verdict.waiting
    assert one.line.faults > INTENTS / 10, "the line was not that bad"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("bug", ["mark before send", "new key per try"])
async def test_a_planted_bug_is_found(bug: str) -> None:
    verdict, *_ = await over_a_bad_line(60, seed=3, bug=bug)
    figures.planted(HARNESS, bug, found=not verdict.is_clean)
    assert not verdict.is_clean
