"""Facts and the audit last; the cache may be lost and nobody notices."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.core.errors import NotSaved
from agent.core.member import Balance, Profile
from agent.core.money import Points
from agent.core.perks import Perks, PunchCard
from agent.db import cache as cache_module
from agent.db.audit import Audit
from agent.db.cache import CACHE, Cache, CachedMember, CachedMenu
from agent.db.database import Database
from agent.db.facts import Facts
from agent.db.migrations import Schema
from agent.db.sealing import Seal
from tests.support.clock import START, FakeClock

CARD = PunchCard(id="pc", name="Kopi", punches=8, needed=10, rewards=1)
MEI = Profile(
    uuid="u1",
    name="Mei Ling Tan",
    phone="+6591234567",
    email="mei@example.com",
    code="CKT12345678",
    perks=Perks(cards=(CARD,), welcome_offer="A cake"),
)
RICH = Balance(points=Points(90), expiring=Points(5), expires_at=START + timedelta(days=3))


@pytest.fixture
async def cache(tmp_path: Path, seal: Seal, clock: FakeClock) -> AsyncIterator[Cache]:
    opened = await Cache.open(tmp_path / "cache.db", seal=seal, clock=clock)
    yield opened
    await opened.close()


def spoil(path: Path) -> None:
    path.write_bytes(b"\xff" * 8192)


def overwrite(path: Path, place: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        file.write(data)


async def test_facts_are_set_and_replaced(database: Database) -> None:
    facts = Facts(database)
    assert await facts.get("menu") is None
    await facts.set("menu", {"items": [1, None]})
    assert await facts.get("menu") == {"items": [1, None]}
    await facts.set("menu", "gone")
    assert await facts.get("menu") == "gone"


async def test_the_audit_is_read_newest_first(database: Database, seal: Seal, clock: FakeClock) -> None:
    audit = Audit(database, seal, clock)
    await audit.append("Ann", "open", "outlet", "")
    await audit.append("Bob", "close", "outlet", "fire")
    assert [(line.who, line.reason) for line in await audit.latest()] == [("Bob", "fire"), ("Ann", "")]
    assert len(await audit.latest(1)) == 1


async def test_a_member_is_remembered_with_what_names_them(cache: Cache) -> None:
    assert await cache.member("u1") is None
    assert await cache.uuid_for("+6591234567") is None
    await cache.put_member(MEI, RICH, START)
    await cache.link("+6591234567", "u1")
    await cache.link("CARD-7", "u1")
    expected = CachedMember(profile=MEI, balance=RICH, as_of=START, identifiers=("+6591234567", "CARD-7"), age=timedelta(0))
    assert await cache.member("u1") == expected
    assert await cache.uuid_for("CARD-7") == "u1"


async def test_the_menu_is_remembered(cache: Cache) -> None:
    assert await cache.menu() is None
    await cache.put_menu({"items": []}, START)
    assert await cache.menu() == CachedMenu({"items": []}, START)


@pytest.mark.parametrize("foreign", [True, False])
async def test_a_cache_that_cannot_be_read_is_replaced(tmp_path: Path, seal: Seal, clock: FakeClock, foreign: bool) -> None:
    path = tmp_path / "cache.db"
    if foreign:
        await (await Database.open(path, clock=clock, schema=Schema(CACHE.application_id, (*CACHE.steps, "")))).close()
    else:
        spoil(path)
    cache = await Cache.open(path, seal=seal, clock=clock)
    await cache.put_member(MEI, RICH, START)
    assert await cache.member("u1") is not None
    await cache.close()


async def test_damage_found_while_running_costs_the_cache_and_nothing_else(
    cache: Cache, tmp_path: Path, clock: FakeClock
) -> None:
    await cache.put_member(MEI, RICH, START)
    await cache.close()
    cache = await Cache.open(tmp_path / "cache.db", seal=Seal(b"x" * 32), clock=clock)
    assert await asyncio.gather(*(cache.member("u1") for _ in range(3))) == [None, None, None]
    await cache.put_member(MEI, RICH, START)
    assert await cache.member("u1") is not None
    await cache.close()


async def test_a_damaged_page_found_by_a_write_is_replaced(tmp_path: Path, seal: Seal, clock: FakeClock) -> None:
    path = tmp_path / "cache.db"
    cache = await Cache.open(path, seal=seal, clock=clock)
    await cache.close()
    with sqlite3.connect(path) as conn:
        (page,) = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = 'members'").fetchone()
        (size,) = conn.execute("PRAGMA page_size").fetchone()
    conn.close()
    overwrite(path, (page - 1) * size, b"\xff" * size)
    cache = await Cache.open(path, seal=seal, clock=clock)
    await cache.put_member(MEI, RICH, START)
    await cache.put_member(MEI, RICH, START)
    assert await cache.member("u1") is not None
    await cache.close()


async def test_a_closed_or_full_cache_is_no_obstacle(
    tmp_path: Path, seal: Seal, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cache.db"
    cache = await Cache.open(path, seal=seal, clock=clock)
    await cache.put_member(MEI, RICH, START)
    await cache.close()
    await cache.put_member(MEI, RICH, START)
    assert await cache.member("u1") is None

    async def refuse(*_: object) -> Database:
        raise NotSaved("disk_full", "The disk is full.")

    other = await Cache.open(path, seal=Seal(b"x" * 32), clock=clock)
    monkeypatch.setattr(cache_module, "_replaced", refuse)
    assert await other.member("u1") is None
    await other.close()


async def test_how_old_a_balance_is_counts_by_the_monotonic_clock_and_for_the_newest_members(
    cache: Cache, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module, "MOST_HEARD", 1)
    await cache.put_member(MEI, RICH, clock.now())
    clock.move(60)
    clock.jump(-3600)
    assert (await known(cache, "u1")).age == timedelta(seconds=60)
    await cache.put_member(replace(MEI, uuid="u2"), RICH, clock.now())
    assert ((await known(cache, "u1")).age, (await known(cache, "u2")).age) == (None, timedelta(0))
    cache.outdate("u2")
    assert (await known(cache, "u2")).age is None


async def known(cache: Cache, uuid: str) -> CachedMember:
    found = await cache.member(uuid)
    assert found is not None
    return found
