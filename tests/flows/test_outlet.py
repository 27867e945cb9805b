"""What staff switch is told to the cloud, and busy ends by itself whatever happens to this till."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agent.core.entry import EntryState
from agent.core.errors import InvalidInput, NotSaved
from agent.flows.orders.outlet import OpeningHours, OutletDesk, OutletProfile, profile_body
from tests.support.shop import Shop, eventually, open_shop, running

PROFILE = OutletProfile(external_id="shop-1", name="Kopi Kita", timezone="Asia/Singapore", currency="SGD")


def desk_of(shop: Shop, profile: OutletProfile | None = None) -> OutletDesk:
    return OutletDesk(
        shop.outbox,
        shop.recorder,
        shop.facts,
        shop.audit,
        shop.bus,
        clock=shop.clock,
        ids=shop.ids,
        zone=ZoneInfo("Asia/Singapore"),
        profile=profile,
    )


async def told(shop: Shop) -> list[Any]:
    return [dict(entry.payload) for entry in await shop.entries()]


async def passing(shop: Shop, desk: OutletDesk, condition: Callable[[], bool], step_s: float = 1.0) -> None:
    """Let time pass in steps until something holds."""

    async with asyncio.timeout(5):
        while not condition():
            shop.clock.move(step_s)
            for _ in range(10):
                await asyncio.sleep(0.001)
                if condition():
                    break


async def test_open_and_close_are_told_audited_and_remembered(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        desk = desk_of(shop)
        await desk.close("mei")
        assert desk.paused() == "The outlet is closed for orders."
        assert await told(shop) == [{"verb": "status", "body": {"status": "CLOSED"}}]
        assert (await shop.audit.latest())[0].who == "mei"
    async with open_shop(tmp_path) as shop:
        desk = desk_of(shop)
        await desk.load()
        assert desk.paused()
        shop.clock.move(1)
        shop.ids.new()
        await desk.open("mei")
        assert desk.paused() == ""


async def test_busy_is_told_and_ended_by_our_own_timer(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        desk = desk_of(shop)
        async with running(desk.run):
            await desk.busy(20, "mei")
            assert desk.paused() == "The outlet is busy until 12:20; no orders come until then."
            await passing(shop, desk, lambda: desk.paused() == "", step_s=60)
        busy, free = await told(shop)
        assert busy == {"verb": "busy", "body": {"isBusy": True, "busyUntil": "2026-11-22T04:20:00Z"}}
        assert free == {"verb": "busy", "body": {"isBusy": False}}


async def test_busy_ends_on_time_across_a_restart(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        clock, ids = shop.clock, shop.ids
        await desk_of(shop).busy(20, "mei")
    clock.move(15 * 60)
    async with open_shop(tmp_path, clock, ids) as shop:
        desk = desk_of(shop)
        async with running(desk.run):
            await eventually(lambda: desk.paused() != "")
            clock.move(4 * 60)
            assert len(await told(shop)) == 1
            await passing(shop, desk, lambda: desk.paused() == "", step_s=30)
        assert clock.now() - (await shop.entries())[0].created_at < timedelta(minutes=40)
        assert (await told(shop))[-1]["body"] == {"isBusy": False}


async def test_busy_that_ended_while_we_were_away_is_ended_at_once(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        clock, ids = shop.clock, shop.ids
        await desk_of(shop).busy(20, "mei")
    clock.move(3600)
    async with open_shop(tmp_path, clock, ids) as shop:
        desk = desk_of(shop)
        async with running(desk.run):
            await _until_told(shop, 2)
            await eventually(lambda: desk.paused() == "")
        assert (await told(shop))[-1] == {"verb": "busy", "body": {"isBusy": False}}


async def test_a_wall_clock_set_back_never_makes_busy_longer(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        clock, ids = shop.clock, shop.ids
        await desk_of(shop).busy(20, "mei")
    clock.jump(-86_400)
    async with open_shop(tmp_path, clock, ids) as shop:
        desk = desk_of(shop)
        began = clock.monotonic()
        async with running(desk.run):
            await eventually(lambda: desk.paused() != "")
            await passing(shop, desk, lambda: desk.paused() == "", step_s=60)
        assert clock.monotonic() - began < 3600
        assert len(await told(shop)) == 2


async def test_staff_may_end_or_lengthen_busy(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        desk = desk_of(shop)
        async with running(desk.run):
            await desk.busy(5, "mei")
            await desk.busy(60, "mei")
            shop.clock.move(6 * 60)
            assert desk.paused() != ""
            entry = await desk.busy(0, "mei")
            assert entry.payload["body"] == {"isBusy": False}
            assert desk.paused() == ""
        assert len(await told(shop)) == 3


@pytest.mark.parametrize("minutes", [-1, 481])
async def test_busy_has_bounds(tmp_path: Path, minutes: int) -> None:
    async with open_shop(tmp_path) as shop:
        with pytest.raises(InvalidInput, match="invalid_minutes"):
            await desk_of(shop).busy(minutes, "mei")


async def test_an_end_of_busy_that_cannot_be_saved_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_shop(tmp_path) as shop:
        desk = desk_of(shop)
        await desk.busy(5, "mei")
        record, full = shop.recorder.record, [True]

        async def refuse_once(draft: Any) -> Any:
            if full:
                full.pop()
                raise NotSaved("disk_full", "The disk is full.")
            return await record(draft)

        monkeypatch.setattr(shop.recorder, "record", refuse_once)
        async with running(desk.run):
            await eventually(lambda: desk.paused() != "")
            await passing(shop, desk, lambda: desk.paused() == "", step_s=60)
        assert not full
        assert len(await told(shop)) == 2


async def test_a_registration_is_sent_once_and_again_when_it_changes(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        assert await desk_of(shop).register() is None
        desk = desk_of(shop, PROFILE)
        first = await desk.register()
        assert first is not None
        assert await desk.register() == first
        await desk.settled(await shop.confirm(first.id))
        assert await desk.register() is None
        other = OutletProfile(external_id="shop-1", name="Kopi Kita 2", timezone="Asia/Singapore", currency="SGD")
        moved = await desk_of(shop, other).register()
        assert moved is not None
        assert moved.state is EntryState.PENDING


async def test_a_registration_that_cannot_be_remembered_disturbs_nobody(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        desk = desk_of(shop, PROFILE)
        entry = await desk.register()
        assert entry is not None
        confirmed = await shop.confirm(entry.id)
        await shop.database.close()
        await desk.settled(confirmed)


async def test_other_entries_are_no_registration(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        desk = desk_of(shop, PROFILE)
        closed = await desk.close("mei")
        await desk.settled(await shop.confirm(closed.id))
        assert await desk.register() is not None


def test_only_what_is_known_is_told() -> None:
    assert profile_body(PROFILE) == {
        "externalId": "shop-1",
        "name": "Kopi Kita",
        "timezone": "Asia/Singapore",
        "currency": "SGD",
    }
    whole = OutletProfile(
        external_id="shop-1",
        name="Kopi Kita",
        timezone="Asia/Singapore",
        currency="SGD",
        country="SG",
        street="1 Orchard Road",
        phone="+6561234567",
        hours=(OpeningHours(day=1, opens=time(8), closes=time(2, 30)),),
    )
    body = profile_body(whole)
    assert body["address"] == {"street1": "1 Orchard Road", "country": "SG"}
    assert body["contact"] == {"phone": "+6561234567"}
    assert body["openingHours"] == [{"dayOfWeek": 1, "openTime": "08:00", "closeTime": "02:30"}]


async def _until_told(shop: Shop, count: int) -> None:
    async with asyncio.timeout(5):
        while len(await told(shop)) < count:  # noqa: ASYNC110 - the database does not say when it has changed
            await asyncio.sleep(0.002)
