"""Events of Cockato: with a known key, each once, and only what is newer moves a balance."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.core.clock import to_wire
from agent.core.errors import Refused
from agent.core.member import Balance, Profile
from agent.core.money import Points
from agent.flows.loyalty import cloud_events
from agent.flows.loyalty.cloud_events import CloudEvents
from tests.support.clock import START
from tests.support.shop import Shop, open_shop

KEYS = ["ck_live_one", "ck_live_two", ""]


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as one:
        balance = Balance(points=Points(100), expiring=Points(0), expires_at=None)
        await one.cache.put_member(Profile(uuid="c1", name="Mei"), balance, START)
        yield one


def events(shop: Shop) -> CloudEvents:
    return CloudEvents(shop.cache, keys=lambda: KEYS, clock=shop.clock)


def event(balance: int | None = 110, *, name: str = "transaction.completed", uuid: str = "c1", after_s: int = 60) -> bytes:
    data = {"customer_id": uuid, "new_balance": balance, "customer_name": "Mei"}
    return json.dumps({"event": name, "timestamp": to_wire(START + timedelta(seconds=after_s)), "data": data}).encode()


async def points(shop: Shop) -> int:
    known = await shop.cache.member("c1")
    assert known is not None
    return known.balance.points


@pytest.mark.parametrize("key", ["ck_live_one", "ck_live_two"])
async def test_a_newer_balance_is_taken_from_whoever_holds_a_key(shop: Shop, key: str) -> None:
    await events(shop).receive({"x-api-key": key}, event())
    assert await points(shop) == 110


async def test_what_is_older_or_says_no_balance_or_is_about_a_stranger_changes_nothing(shop: Shop) -> None:
    taking = events(shop)
    for body in (
        event(90, after_s=-60),
        event(None),
        event(uuid="c2"),
        event(uuid=""),
        event(name="customer.created", balance=None),
    ):
        await taking.receive({"x-api-key": KEYS[0]}, body)
    assert await points(shop) == 100
    assert await shop.cache.member("c2") is None


async def test_the_same_body_counts_once_and_old_bodies_are_forgotten(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud_events, "REMEMBERED", 1)
    taking = events(shop)
    strange = event(name="novel.thing")
    for body in (strange, strange, event(), strange):
        await taking.receive({"x-api-key": KEYS[0]}, body)
    assert taking.unknown_events == 2


@pytest.mark.parametrize("given", ["", "ck_live_three", "ck_live_on"])
async def test_a_strange_key_is_refused_and_counted_and_nothing_is_read(shop: Shop, given: str) -> None:
    taking = events(shop)
    with pytest.raises(Refused) as refused:
        await taking.receive({"x-api-key": given} if given else {}, b"{")
    assert (refused.value.status, taking.refused) == (401, {"bad_key": 1})


async def test_an_event_that_cannot_be_read_is_422(shop: Shop) -> None:
    with pytest.raises(Refused) as refused:
        await events(shop).receive({"x-api-key": KEYS[0]}, b"{")
    assert refused.value.status == 422
