"""Everything that the till API's routes are given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from agent.api.needs.access import Audit, ManagerPin, Tokens
from agent.api.needs.devices import Devices, Lessons, Quality, Trials
from agent.api.needs.loyalty import Backfill, Erasing, Loyalty, OfflineBurn, SalesDesk, Scans
from agent.api.needs.orders import Tickets
from agent.api.needs.outbox import Evacuation, Outbox, Sender
from agent.api.needs.outlet import Doctor, Health, Menu, OutletDesk, SetUp
from agent.core.clock import Clock
from agent.core.clouds import CATA, CloudTraits
from agent.core.ids import Ids
from agent.flows.bus import Bus


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """All of it."""

    loyalty: Loyalty
    offline_burn: OfflineBurn
    scans: Scans
    sales: SalesDesk
    tickets: Tickets
    menu: Menu
    outlet: OutletDesk
    devices: Devices
    health: Health
    doctor: Doctor
    outbox: Outbox
    evacuation: Evacuation
    backfill: Backfill
    sender: Sender
    tokens: Tokens
    audit: Audit
    pin: ManagerPin
    erasing: Erasing
    set_up: SetUp
    trials: Trials
    quality: Quality
    lessons: Lessons
    refresh: Callable[[], Awaitable[None]]
    """Takes up changed secrets and asks the cloud who we are."""
    bus: Bus
    clock: Clock
    ids: Ids
    cloud: CloudTraits = CATA
    """What the cloud can do; calls for anything else are refused here."""
    refused: Counter[str] = field(default_factory=Counter)
    """Calls that did not fit, by reason; counted at the edge of the API."""
