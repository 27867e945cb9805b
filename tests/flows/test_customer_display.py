"""The display follows the customer who stands here and no other, and forgets them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from agent.core.entry import Entry, EntryKind, Outcome
from agent.core.errors import Unreachable
from agent.core.events import EntryChanged, ScanRouted, StatusChanged
from agent.core.money import Points
from agent.core.roles import DeviceSink
from agent.core.scan import Scan, ScanKind
from agent.flows.bus import LARGEST_BACKLOG, Bus
from agent.flows.devices import customer_display as module
from agent.flows.devices.customer_display import SHOWN_S, CustomerDisplays
from tests.support.clock import START, FakeClock
from tests.support.samples import MEI, an_entry
from tests.support.shop import eventually, running

WELCOME = ("Welcome", "120 points")
IDLE = ("", "")


@dataclass
class Screen:
    """Shows what it is given, unless it is away or hangs."""

    shown: list[tuple[str, str]] = field(default_factory=list)
    is_away: bool = False
    hangs: bool = False

    async def run(self, sink: DeviceSink) -> None:
        await asyncio.Event().wait()

    async def test(self) -> str:
        return "It works."

    async def show(self, line1: str, line2: str) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.is_away:
            raise Unreachable("display_missing", "Gone.", maybe_applied=False)
        self.shown.append((line1, line2))


@dataclass
class Front:
    """A display and the facts it hears of."""

    screen: Screen
    bus: Bus
    clock: FakeClock

    def scan(self, kind: ScanKind = ScanKind.MEMBER) -> None:
        member = MEI if kind is ScanKind.MEMBER else None
        self.bus.publish(
            ScanRouted(Scan(id="s", device="d", code="c", symbology="", kind=kind, at=self.clock.now(), member=member))
        )

    def earn(self, seq: int, outcome: Outcome = Outcome.QUEUED, *, age_s: float = 0, attempts: int = 0) -> None:
        made: Entry = replace(
            an_entry(seq, EntryKind.EARN, None, START - timedelta(seconds=age_s)),
            outcome=outcome,
            points=Points(seq),
            attempts=attempts,
        )
        self.bus.publish(EntryChanged(made))

    async def until(self, *lines: tuple[str, str]) -> None:
        await eventually(lambda: self.screen.shown == list(lines))


@asynccontextmanager
async def open_front(*more: Screen) -> AsyncIterator[Front]:
    front = Front(Screen(), Bus(), FakeClock())
    screens = {"front": front.screen, **{f"other-{place}": one for place, one in enumerate(more)}}
    displays = CustomerDisplays(lambda: screens, front.bus, clock=front.clock)
    async with running(displays.run):
        await eventually(lambda: bool(front.bus._subscriptions))
        yield front


async def test_a_member_is_welcomed_and_sees_saved_and_then_confirmed() -> None:
    async with open_front() as front:
        front.scan()
        front.earn(12)
        front.earn(12, Outcome.CONFIRMED, attempts=1)
        await front.until(WELCOME, ("Saved", "+12 points to come"), ("Confirmed", "+12 points"))


async def test_the_next_customer_does_not_see_the_points_of_the_one_before() -> None:
    async with open_front() as front:
        front.earn(12)
        front.scan()
        front.earn(12, Outcome.CONFIRMED, attempts=1)
        front.earn(7, Outcome.CONFIRMED, age_s=60, attempts=1)
        front.earn(5)
        await front.until(("Saved", "+12 points to come"), WELCOME, ("Saved", "+5 points to come"))


async def test_after_a_while_without_news_the_customer_is_forgotten() -> None:
    async with open_front() as front:
        front.scan()
        await front.until(WELCOME)
        front.clock.move(SHOWN_S / 2)
        front.bus.publish(StatusChanged())
        front.scan(ScanKind.PRODUCT)
        front.clock.move(SHOWN_S / 2)
        await front.until(WELCOME, IDLE)


async def test_a_display_that_is_away_or_hangs_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHOW_DEADLINE_S", 0.05)
    async with open_front(Screen(is_away=True), Screen(hangs=True)) as front:
        front.scan()
        front.earn(12)
        await front.until(WELCOME, ("Saved", "+12 points to come"))


async def test_facts_that_were_missed_are_let_go() -> None:
    async with open_front() as front:
        for _ in range(LARGEST_BACKLOG + 1):
            front.bus.publish(StatusChanged())
        front.scan()
        await eventually(lambda: front.screen.shown == [WELCOME])


async def test_without_a_display_nothing_listens() -> None:
    bus = Bus()
    await CustomerDisplays(dict, bus, clock=FakeClock()).run()
    assert bus._subscriptions == []
