"""The outlet at a glance: one word, one sentence, the most pressing thing first."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from agent.core.device import DeviceState, DeviceStatus, Role
from agent.core.entry import EntryState
from agent.flows.care.health import DISK_WARN_BYTES, Health, HealthFacts
from agent.flows.status import LoyaltyFacts, MenuHealth, OutletFacts
from tests.support.desk import Desk, open_desk
from tests.support.ledger_cloud import poison

MENU = MenuHealth(items=3, synced_at=None, next_at=None)


@dataclass
class Ward:
    desk: Desk
    health: Health
    said: dict[str, str] = field(default_factory=dict)
    devices: list[DeviceStatus] = field(default_factory=list)

    async def judgement(self) -> tuple[str, str]:
        status = await self.health.snapshot()
        return status.state, status.sentence


class Progress:
    def progress(self) -> MenuHealth:
        return MENU


@asynccontextmanager
async def open_ward(folder: Path, *, start: bool = True) -> AsyncIterator[Ward]:
    async with open_desk(folder, start=start) as desk:
        said: dict[str, str] = {}
        devices: list[DeviceStatus] = []
        facts = HealthFacts(
            version="1.2.3",
            outlet=OutletFacts(name="Kopi", till="till-1", currency="SGD", timezone="Asia/Singapore"),
            loyalty=LoyaltyFacts(points_per_unit=Decimal(1), undo_s=10),
            folder=folder,
            sandbox=True,
            missing=lambda: said.get("missing", ""),
        )
        health = Health(
            facts,
            desk.line,
            desk.shop.outbox,
            desk.shop.orders,
            Progress(),
            clock=desk.clock,
            devices=lambda: devices,
            paused=lambda: said.get("paused", ""),
            complaints=lambda: ["", said.get("complaint", "")],
            refused=lambda: {"scan": {"card_number": 2}},
        )
        yield Ward(desk, health, said, devices)


async def test_a_quiet_outlet_is_ready_and_tells_its_numbers(tmp_path: Path) -> None:
    async with open_ward(tmp_path) as ward:
        status = await ward.health.snapshot()
        assert (status.state, status.sentence) == ("ready", "Nothing is waiting to be sent.")
        assert (status.cloud.reachable, status.outbox.oldest_s, status.orders.open) == (True, None, 0)
        assert (status.menu, status.refused) == (MENU, {"scan": {"card_number": 2}})
        assert (status.sender.paused_reason, status.sender.next_try_at) == (None, None)


async def test_what_waits_is_counted_with_its_age(tmp_path: Path) -> None:
    async with open_ward(tmp_path, start=False) as ward:
        await ward.desk.put()
        ward.desk.clock.move(12)
        assert await ward.judgement() == ("working", "1 entry is being sent.")
        await ward.desk.put()
        status = await ward.health.snapshot()
        assert (status.sentence, status.outbox.pending, status.outbox.oldest_s) == ("2 entries are being sent.", 2, 12)


async def test_the_most_pressing_thing_is_said_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_ward(tmp_path) as ward:
        line = ward.desk.line
        ward.said["paused"] = "The outlet is busy."
        assert await ward.judgement() == ("paused", "The outlet is busy.")
        line.failed("no_route")
        assert (await ward.judgement())[0] == "offline"
        assert "No connection" in (await ward.judgement())[1]
        ward.devices.append(
            DeviceStatus(name="kitchen", driver="d", role=Role.PRINTER, state=DeviceState.ATTENTION, sentence="Put paper in.")
        )
        assert await ward.judgement() == ("attention", "kitchen: Put paper in.")
        ward.said["complaint"] = "A paid order could not be read."
        assert (await ward.judgement())[1] == "A paid order could not be read."
        line.clock_skew_s = -300
        assert "off by 300 seconds" in (await ward.judgement())[1]
        line.miss_loyalty()
        assert "CFG-01" in (await ward.judgement())[1]
        line.succeeded(latency_s=0.01)
        line.has_loyalty()
        ward.desk.cloud.trouble("earn", poison(), poison())
        for count, sentence in ((1, "1 entry needs a person."), (2, "2 entries need a person.")):
            (parked,) = await ward.desk.until_ended(await ward.desk.put())
            assert (parked.state, (await ward.judgement())[1], count) == (EntryState.PARKED, sentence, count)
        monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=DISK_WARN_BYTES - 1))
        assert "DSK-01" in (await ward.judgement())[1]
        line.refuse_key()
        assert "KEY-01" in (await ward.judgement())[1]
        ward.said["missing"] = "Run the set-up."
        assert await ward.judgement() == ("setup", "Run the set-up.")


async def test_a_proof_of_life_that_is_old_is_no_proof(tmp_path: Path) -> None:
    async with open_ward(tmp_path) as ward:
        ward.desk.clock.move(31)
        assert "No answer from Cata yet" in (await ward.judgement())[1]


async def test_why_nothing_is_sent_is_one_word_with_a_time(tmp_path: Path) -> None:
    async with open_ward(tmp_path) as ward:
        line = ward.desk.line
        line.miss_loyalty()
        assert (await ward.health.snapshot()).sender.paused_reason == "loyalty_not_configured"
        line.failed("no_route")
        sender = (await ward.health.snapshot()).sender
        assert sender.paused_reason == "no_route"
        assert sender.next_try_at is not None
        assert sender.next_try_at > ward.desk.clock.now()
        line.refuse_key()
        assert (await ward.health.snapshot()).sender.paused_reason == "key_refused"
