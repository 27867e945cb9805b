"""Points without a receipt: as many as the outlet allows its tills in a day, and not one more (T13)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from agent.core.errors import Refused
from agent.flows.loyalty.by_hand import ByHand, ByHandLimits
from tests.flows.test_loyalty import earn
from tests.support.desk import TERMS, Desk, open_desk

A_DAY_S = 86_400


def allow(desk: Desk, limits: ByHandLimits) -> None:
    terms = replace(TERMS, by_hand=limits)
    desk.loyalty.terms = terms
    desk.loyalty._by_hand = ByHand(limits, clock=desk.clock, zone=terms.zone, business_day_ends=terms.business_day_ends)


@pytest.mark.parametrize("limits", [ByHandLimits(entries_per_day=2), ByHandLimits(points_per_day=25)])
async def test_two_are_allowed_and_a_third_is_not_until_tomorrow(tmp_path: Path, limits: ByHandLimits) -> None:
    async with open_desk(tmp_path, start=False) as desk:
        allow(desk, limits)
        for _ in range(2):
            await desk.loyalty.earn(earn(None))
        with pytest.raises(Refused, match="by_hand_limit"):
            await desk.loyalty.earn(earn(None))
        assert (await desk.shop.outbox.counts()).pending == 2
        await desk.loyalty.earn(earn("R-1"))
        desk.clock.move(A_DAY_S)
        await desk.loyalty.earn(earn(None))


async def test_what_was_taken_back_unsent_and_what_is_told_again_does_not_count(tmp_path: Path) -> None:
    async with open_desk(tmp_path, start=False) as desk:
        allow(desk, ByHandLimits(entries_per_day=1))
        first = await desk.loyalty.earn(earn(None, key="k-1"))
        assert not (await desk.loyalty.earn(earn(None, key="k-1"))).is_new
        await desk.loyalty.reverse(first.entry.id, "slip")
        await desk.loyalty.earn(earn(None))


async def test_two_callers_do_not_share_the_last_one(tmp_path: Path) -> None:
    async with open_desk(tmp_path, start=False) as desk:
        allow(desk, ByHandLimits(entries_per_day=1))
        made = await asyncio.gather(*(desk.loyalty.earn(earn(None)) for _ in range(5)), return_exceptions=True)
        assert sum(isinstance(one, Refused) for one in made) == 4


async def test_without_a_limit_there_is_none(tmp_path: Path) -> None:
    async with open_desk(tmp_path, start=False) as desk:
        for _ in range(30):
            await desk.loyalty.earn(earn(None))
