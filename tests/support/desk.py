"""The counter's flows on a real database: outbox, sender, loyalty and sales against a cloud in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.core.backoff import Backoff
from agent.core.entry import Draft, Entry, EntryKind
from agent.core.errors import Unreachable
from agent.core.member import MemberRef
from agent.core.money import Points
from agent.core.offline_burn import OfflineTerms
from agent.core.ref_code import ref_code_for_entry
from agent.db.database import Database
from agent.db.grants import Grants
from agent.db.sales import Sales
from agent.flows.actions import actions
from agent.flows.line.sender import Sender
from agent.flows.line.state import Line, LinePolicy
from agent.flows.line.verdicts import SenderPolicy
from agent.flows.loyalty.counter import Loyalty
from agent.flows.loyalty.intents import LoyaltyTerms
from agent.flows.loyalty.members import Members
from agent.flows.loyalty.offline_burn import OfflineBurn
from agent.flows.loyalty.sales import SalesDesk
from agent.identifiers import normalise
from tests.support.clock import CountingIds, FakeClock
from tests.support.ledger_cloud import MEI, LedgerCloud
from tests.support.shop import OUTLET, Shop, open_shop, running

TERMS = LoyaltyTerms(
    outlet_id=OUTLET,
    till="till-1",
    zone=ZoneInfo("Asia/Singapore"),
    business_day_ends=time(4),
    currency="SGD",
    points_per_unit=Decimal(1),
)
LINE = LinePolicy(
    backoff=Backoff(1.0, 8.0), breaker_after=5, breaker_probe_s=30.0, probe_unauthorized_s=60.0, probe_unconfigured_s=300.0
)
POLICY = SenderPolicy(backoff=Backoff(1.0, 8.0), requests_per_s=0.0)


def text_of(given: str) -> str:
    return normalise(given, country="SG").text


QUIET_TURNS, TURNS = 20, 150
"""Of the loop: enough for whatever needs no disk, and for what follows an entry on a slow one."""


@dataclass
class Desk:
    """One till's counter."""

    shop: Shop
    cloud: LedgerCloud
    line: Line
    sender: Sender
    members: Members
    loyalty: Loyalty
    sales: SalesDesk
    offline_burn: OfflineBurn
    grants: Grants
    scanned: dict[str, str]
    """Scan -> the member whose code it read."""
    clock: FakeClock
    ended: list[Entry] = field(default_factory=list)
    """What the sender said had reached its end."""
    told: list[tuple[str, str, object]] = field(default_factory=list)
    """What other channels were told: device, order and status."""

    async def put(self, *, kind: EntryKind = EntryKind.EARN, lane: str = "member:u-mei", **more: object) -> Entry:
        """Record an entry as some flow would, and tell the sender."""
        entry_id = self.shop.ids.new()
        fields: dict[str, object] = {"payload": {}, "member": MemberRef(uuid=MEI), "points": Points(10)}
        if kind is EntryKind.ORDER_STATUS:
            fields = {"payload": {"status": "READY"}, "order_id": lane.removeprefix("order:")}
        draft = Draft(
            id=entry_id,
            kind=kind,
            lane=lane,
            ref_code=ref_code_for_entry(entry_id),
            created_at=self.clock.now(),
            **(fields | more),  # type: ignore[arg-type]
        )
        entry = (await self.shop.outbox.record(draft)).entry
        self.sender.nudge()
        return entry

    async def now(self, entry: Entry) -> Entry:
        found = await self.shop.outbox.get(entry.id)
        assert found is not None
        return found

    async def until_ended(self, *entries: Entry, step_s: float = 0.5) -> list[Entry]:
        """Let time pass until all of them are no longer open."""
        return await self.until_all(entries, lambda entry: not entry.is_open, step_s=step_s)

    async def until_all(self, entries: tuple[Entry, ...], holds: object, *, step_s: float = 0.5) -> list[Entry]:
        """Let time pass until `holds` of all of them; 0 lets no time pass."""
        assert callable(holds)
        async with asyncio.timeout(10):
            while True:
                found = [await self.now(entry) for entry in entries]
                if all(holds(entry) for entry in found):
                    return found
                self.clock.move(step_s)
                await asyncio.sleep(0.001)

    async def rest(self) -> None:
        """Let everything that can go on without time passing go on; a call that is held up is not waited for long."""
        for turn in range(TURNS):
            if turn >= QUIET_TURNS and not self.sender._tasks:
                return
            await self.shop.outbox.counts()
            await asyncio.sleep(0 if turn < QUIET_TURNS else 0.001)


@asynccontextmanager
async def open_desk(
    folder: Path,
    *,
    cloud: LedgerCloud | None = None,
    policy: SenderPolicy = POLICY,
    clock: FakeClock | None = None,
    ids: CountingIds | None = None,
    start: bool = True,
    kind: type[Database] = Database,
    offline: OfflineTerms | None = None,
) -> AsyncIterator[Desk]:
    """Open (again) what is in the folder with its sender running, unless told not to start it."""
    cloud = cloud or LedgerCloud()
    async with open_shop(folder, clock, ids, kind=kind) as shop:
        desk = _build(shop, cloud, policy, offline)
        await desk.offline_burn.load()
        if not start:
            yield desk
            return
        await desk.sender.take_up()
        async with running(desk.sender.run):
            yield desk


def _build(shop: Shop, cloud: LedgerCloud, policy: SenderPolicy, offline: OfflineTerms | None) -> Desk:
    scanned: dict[str, str] = {}
    clock, ids, bus = shop.clock, shop.ids, shop.bus
    ended: list[Entry] = []
    line = Line(LINE, clock=clock, ids=ids, changed=lambda: sender.nudge())

    def heard(error: BaseException | None) -> None:
        if isinstance(error, Unreachable) and error.line_down:
            line.failed(error.reason)
        else:
            line.succeeded(latency_s=0.01)

    async def settled(entry: Entry) -> None:
        await sales.settled(entry)
        await members.settled(entry)
        await offline_burn.settled(entry)
        ended.append(entry)

    told: list[tuple[str, str, object]] = []

    async def tell_channel(device: str, order_id: str, payload: Mapping[str, object]) -> None:
        told.append((device, order_id, payload["status"]))

    table = actions(cloud, shop.cache, outlet_id=OUTLET, tell_channel=tell_channel)
    sender = Sender(
        shop.outbox, table, line, bus, clock=clock, ids=ids, policy=policy, settled=settled, has_channels=lambda: True
    )
    members = Members(
        shop.outbox,
        shop.cache,
        cloud,
        line,
        clock=clock,
        normalise=text_of,
        lane_of=lambda identifier: f"fp-{len(identifier)}-{identifier[-3:]}",
    )
    process = ids.token() if offline else ""
    grants = Grants(shop.database, shop.seal, shop.outbox, clock=clock, ids=ids, process=process)
    offline_burn = OfflineBurn(
        grants,
        members,
        line,
        bus,
        clock=clock,
        terms=offline,
        loyalty=TERMS,
        proven=scanned.get,
    )
    loyalty = Loyalty(members, shop.outbox, sender, line, bus, offline_burn, clock=clock, ids=ids, terms=TERMS)
    repository = Sales(shop.database, clock, shop.outbox)
    sales = SalesDesk(repository, loyalty, bus, clock=clock, claimable_for=timedelta(minutes=60))
    cloud.heard = heard
    line.succeeded(latency_s=0.01)
    return Desk(shop, cloud, line, sender, members, loyalty, sales, offline_burn, grants, scanned, clock, ended, told)
