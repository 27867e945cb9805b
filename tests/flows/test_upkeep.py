"""Chores are done again and again; one that fails never stops the others, and a clock that is set never stops any."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.core.clock import SystemClock
from agent.core.errors import Unreachable
from agent.core.order_status import OrderStatus
from agent.flows.care.upkeep import WATCH_S, Chore, Flows, Retention, Upkeep, timetable
from tests.support.clock import FakeClock
from tests.support.shop import ORDER, eventually, open_shop, running

DATA = ["look", "copy_if_due", "copy", "search"]


class Bell:
    """A chore that counts."""

    def __init__(self, *fails: Exception) -> None:
        self.rings = 0
        self.fails = list(fails)

    async def ring(self) -> None:
        self.rings += 1
        if self.fails:
            raise self.fails.pop(0)


async def test_chores_are_done_at_start_and_then_regularly() -> None:
    often, rarely, later = Bell(), Bell(), Bell()
    chores = (
        Chore("often", 0.05, often.ring, at_start=True),
        Chore("rarely", 3600, rarely.ring, at_start=True),
        Chore("later", 3600, later.ring),
    )
    async with running(Upkeep(chores, clock=SystemClock()).run):
        await eventually(lambda: often.rings >= 3)
    assert (rarely.rings, later.rings) == (1, 0)


async def test_a_chore_that_fails_is_done_again_and_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    no_line = Unreachable("timeout", "No answer.", maybe_applied=False)
    flaky, broken, steady = Bell(no_line, no_line), Bell(ZeroDivisionError()), Bell()
    upkeep = Upkeep((), clock=FakeClock())
    with caplog.at_level(logging.DEBUG, "agent.flows.care.upkeep"):
        for _ in range(3):
            for bell, name in ((flaky, "flaky"), (broken, "broken"), (steady, "steady")):
                await upkeep.do(Chore(name, 1, bell.ring))
    said = [(record.levelname, record.getMessage().split(" reason")[0]) for record in caplog.records]
    assert said == [
        ("WARNING", "chore failed chore='flaky'"),
        ("ERROR", "chore failed in an unforeseen way chore='broken'"),
        ("DEBUG", "chore failed chore='flaky'"),
        ("INFO", "chore works again chore='broken'"),
        ("INFO", "chore works again chore='flaky'"),
    ]
    assert steady.rings == 3


async def test_a_slow_chore_is_never_done_twice_at_once() -> None:
    gate, begun = asyncio.Event(), 0

    async def slow() -> None:
        nonlocal begun
        begun += 1
        await gate.wait()

    other = Bell()
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    async with running(Upkeep((Chore("slow", 0.02, slow), Chore("other", 0.02, other.ring)), clock=SystemClock()).run):
        await eventually(lambda: other.rings >= 5)
        assert begun == 1
        gate.set()


async def test_after_the_clock_was_set_the_timetable_starts_anew(caplog: pytest.LogCaptureFixture) -> None:
    clock, bell = FakeClock(), Bell()
    with caplog.at_level(logging.WARNING, "agent.flows.care.upkeep"):
        async with running(Upkeep((Chore("bell", 0.05, bell.ring),), clock=clock).run):
            await eventually(lambda: bool(clock._sleepers))
            clock.move(WATCH_S)
            await eventually(lambda: bool(clock._sleepers))
            clock.jump(-7200)
            clock.move(WATCH_S)
            await eventually(lambda: bool(caplog.records))
            rings = bell.rings
            await eventually(lambda: bell.rings > rings)
    assert [record.getMessage() for record in caplog.records] == ["the clock of this PC was set, the timetable starts anew"]


class Anything:
    """Flows whose chores are only counted."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def __getattr__(self, name: str) -> Any:
        async def chore() -> None:
            self.done.append(name)

        return chore


async def test_the_timetable_prunes_and_forgets_persons_in_time(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        rest: Any = Anything()
        flows = Flows(
            menu=rest,
            menu_check=rest,
            snoozes=rest,
            sales=rest,
            outlet=rest,
            deadlines=rest,
            registration=rest,
            secrets=rest,
            outbox=shop.outbox,
            orders=shop.orders,
            data=rest,
        )
        keep = Retention(entries=timedelta(days=400), personal=timedelta(days=30))
        chores = timetable(flows, clock=shop.clock, menu_every_s=900, keep=keep)
        await shop.receive()
        await shop.orders.move(ORDER, OrderStatus.COMPLETED, drafts=[], at=shop.clock.now())
        shop.clock.move(31 * 86_400)
        for chore in chores:
            await chore.work()
        raws = await shop.database.read(lambda conn: [row["raw"] for row in conn.execute("SELECT raw FROM orders")])
        assert raws == [None]
        assert {chore.name: chore.every_s for chore in chores}["menu sync"] == 900
        assert rest.done == ["sweep", "look", "check", "renew", "expire", "register", "look", "look_again", "tidy", *DATA]
