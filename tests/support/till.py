"""A till in memory: honest, small stand-ins for the flows that the till API talks to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from agent.api.services import Services
from agent.api.settings import ApiSettings, Limits
from agent.core.clock import Clock, SystemClock
from agent.core.entry import Entry, EntryKind
from agent.core.events import EntryChanged, OrderChanged
from agent.core.ids import RandomIds
from agent.core.order import Order
from agent.core.sale import Sale
from agent.flows.bus import Bus
from agent.flows.loyalty.intents import BurnRequest, EarnRequest
from tests.support.samples import an_entry, an_order
from tests.support.till_parts import (
    BackfillOf,
    DevicesOf,
    ErasingOf,
    EvacuationOf,
    HealthOf,
    LessonsOf,
    LoyaltyOf,
    Made,
    MenuOf,
    OfflineBurnOf,
    OutboxOf,
    OutletOf,
    PinOf,
    Program,
    QualityOf,
    SalesOf,
    ScansOf,
    SetUpOf,
    TicketsOf,
    TokensOf,
    TrialsOf,
)


@dataclass
class Till:
    """Every role of `Services` at once; `fail` makes the next call of any flow raise."""

    bus: Bus = field(default_factory=Bus)
    clock: Clock = field(default_factory=SystemClock)
    entries: dict[str, Entry] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    sales: dict[str, Sale] = field(default_factory=dict)
    earned: list[EarnRequest] = field(default_factory=list)
    burned: list[BurnRequest] = field(default_factory=list)
    audited: list[tuple[str, str, str, str]] = field(default_factory=list)
    moves: list[tuple[str, str, int | None]] = field(default_factory=list)
    callers: dict[str, Program] = field(default_factory=dict)
    pin: str = ""
    changes: list[tuple[dict[str, object], dict[str, str]]] = field(default_factory=list)
    """What set-up was asked to write: settings and secrets."""
    burns_offline: bool = False
    ended: list[str] = field(default_factory=list)
    """Entries of which the bounded mode was told that a person ended them."""
    fail: Exception | None = None
    sentence: str = "Ready."
    writes: int = 0
    """Calls that changed something."""

    def __post_init__(self) -> None:
        self.callers |= {f"{scope}-token": Program(scope, frozenset({scope})) for scope in ("screen", "pos", "board")}

    def services(self) -> Services:
        return Services(
            loyalty=LoyaltyOf(self),
            offline_burn=OfflineBurnOf(self),
            scans=ScansOf(self),
            sales=SalesOf(self),
            tickets=TicketsOf(self),
            menu=MenuOf(self),
            outlet=OutletOf(self),
            devices=DevicesOf(self),
            health=HealthOf(self),
            doctor=HealthOf(self),
            outbox=OutboxOf(self),
            evacuation=EvacuationOf(self),
            backfill=BackfillOf(self),
            sender=OutboxOf(self),
            tokens=TokensOf(self),
            audit=TokensOf(self),
            pin=PinOf(self),
            erasing=ErasingOf(self),
            set_up=SetUpOf(self),
            trials=TrialsOf(self),
            quality=QualityOf(self),
            lessons=LessonsOf(self),
            refresh=self._refresh,
            bus=self.bus,
            clock=self.clock,
            ids=RandomIds(),
        )

    async def _refresh(self) -> None:
        self.act()

    def act(self) -> None:
        """Every change passes here."""
        self.trip()
        self.writes += 1

    def trip(self) -> None:
        if self.fail is not None:
            raise self.fail

    def add_entry(self, kind: EntryKind, key: str | None, **fields: object) -> Made:
        self.act()
        known = next((each for each in self.entries.values() if each.ref_code == key), None)
        if known is not None:
            return Made(known, False)
        entry = an_entry(len(self.entries) + 1, kind, key, self.clock.now())
        entry = replace(entry, **fields)  # type: ignore[arg-type]
        self.entries[entry.id] = entry
        self.bus.publish(EntryChanged(entry))
        return Made(entry, True)

    def add_order(self, order_id: str) -> Order:
        self.orders[order_id] = order = an_order(order_id)
        self.bus.publish(OrderChanged(order))
        return order


def some_settings(*, limits: Limits | None = None, origins: tuple[str, ...] = (), heartbeat_s: float = 10.0) -> ApiSettings:
    return ApiSettings(
        version="1.2.3",
        currency="SGD",
        allowed_origins=origins,
        heartbeat_s=heartbeat_s,
        status_pause_s=0.01,
        limits=limits or Limits(),
    )
