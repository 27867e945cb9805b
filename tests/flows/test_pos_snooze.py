"""Sold out in the POS too: told until the POS has taken it, the last word counts, and back when the time is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from agent.core.backoff import Backoff
from agent.core.device import DeviceState
from agent.core.errors import Refused, Unreachable
from agent.core.events import MenuChanged
from agent.flows.menu.pos_snooze import FACT, PosSnoozes
from tests.support.asked_pos import POS, AskedPos, Shelf
from tests.support.clock import START
from tests.support.shop import BookPos, Shop, eventually, open_shop, running

LATER = START + timedelta(minutes=30)


@dataclass
class Kitchen:
    """One POS that can be told, and what staff want."""

    shop: Shop
    pos: AskedPos
    shelf: Shelf
    snoozes: PosSnoozes


@asynccontextmanager
async def kitchen(folder: Path) -> AsyncIterator[Kitchen]:
    async with open_shop(folder) as shop:
        pos = AskedPos()
        shelf = Shelf(pos, shop.clock)
        async with running(shelf.run):
            yield Kitchen(shop, pos, shelf, snoozes_of(shop, shelf))


def snoozes_of(shop: Shop, shelf: Shelf, source: str = POS) -> PosSnoozes:
    return PosSnoozes(shelf, shop.facts, shop.bus, clock=shop.clock, ids=shop.ids, backoff=Backoff(1.0, 60.0), menu_source=source)


async def test_the_pos_is_told_once_and_again_when_the_time_is_over(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as at, running(at.snoozes.run):
        await at.snoozes.want("LAKSA", LATER)
        await eventually(lambda: at.pos.wishes == [("LAKSA", LATER)])
        for _ in range(31):
            at.shop.clock.move(60)
            await asyncio.sleep(0.005)
        await eventually(lambda: at.pos.wishes == [("LAKSA", LATER), ("LAKSA", None)])


async def test_nothing_is_kept_of_what_is_over(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as at:
        await at.snoozes.want("LAKSA", None)
        await at.snoozes.tell_due(at.pos)
        assert at.pos.wishes == [("LAKSA", None)]
        assert await at.shop.facts.get(FACT) == {}


async def test_what_could_not_be_told_is_told_after_a_restart(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as at:
        at.pos.raises = [Unreachable("offline", "No connection.", maybe_applied=False)] * 2
        async with running(at.snoozes.run):
            await at.snoozes.want("LAKSA", LATER)
            await eventually(lambda: at.shelf.said == (DeviceState.MISSING, "No connection."))
        async with running(snoozes_of(at.shop, at.shelf).run):
            at.shop.clock.move(60)
            await eventually(lambda: at.pos.raises == [])
            at.shop.clock.move(60)
            await eventually(lambda: at.pos.wishes == [("LAKSA", LATER)])
            await eventually(lambda: at.shelf.said == (DeviceState.READY, "Ready."))


async def test_staff_who_change_their_mind_meanwhile_are_heard(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as at:
        at.pos.gate = asyncio.Event()
        async with running(at.snoozes.run):
            await at.snoozes.want("LAKSA", LATER)
            await asyncio.sleep(0.01)
            await at.snoozes.want("LAKSA", None)
            at.pos.gate.set()
            await eventually(lambda: at.pos.wishes == [("LAKSA", LATER), ("LAKSA", None)])


async def test_an_item_that_the_pos_refuses_is_said_and_holds_up_no_other(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as at:
        at.pos.raises = [Refused("pos_refused", "It does not know this item.")]
        await at.snoozes.want("GHOST", LATER)
        await at.snoozes.want("LAKSA", LATER)
        await at.snoozes.tell_due(at.pos)
        assert at.pos.wishes == [("LAKSA", LATER)]
        assert MenuChanged(("GHOST in the POS: It does not know this item.",)) in await at.shop.published()


@pytest.mark.parametrize(
    ("error", "sentence"),
    [(RuntimeError("a slip"), "The driver of this device has failed. It is asked again."), (None, f"{POS} does not answer.")],
)
async def test_a_driver_that_fails_or_hangs_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception | None, sentence: str
) -> None:
    monkeypatch.setattr("agent.flows.menu.pos_snooze.DEADLINE_S", 0.05)
    async with kitchen(tmp_path) as at:
        at.pos.raises = [error] if error else []
        at.pos.gate = None if error else asyncio.Event()
        async with running(at.snoozes.run):
            await at.snoozes.want("LAKSA", LATER)
            await eventually(lambda: at.shelf.said[1] == sentence)
            at.pos.gate = None

            def is_told_in_time() -> bool:
                at.shop.clock.move(60)
                return ("LAKSA", LATER) in at.pos.wishes

            await eventually(is_told_in_time)


async def test_a_pos_that_cannot_be_told_is_left_alone(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        for shelf, source in ((Shelf(BookPos(), shop.clock), POS), (Shelf(AskedPos(), shop.clock), "another")):
            snoozes = snoozes_of(shop, shelf, source)
            await snoozes.want("LAKSA", LATER)
            await snoozes.run()
        assert await shop.facts.get(FACT) is None
