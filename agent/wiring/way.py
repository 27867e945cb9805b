"""The way to the cloud that the settings name: its wire, who asks it for members, what the sender tells it, how it counts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.cloud.cata import CataCloud
from agent.cloud.cockato import CockatoCloud, CockatoWire
from agent.cloud.exchange import Exchange, Wire
from agent.core.clouds import CloudTraits
from agent.core.entry import EntryKind
from agent.core.roles import MemberCloud
from agent.db.traces import Traces
from agent.flows.actions import TellChannel, actions, to_channel
from agent.flows.line.sender import Action
from agent.flows.loyalty.programmes import ByPoints, ByVisit, Programme
from agent.flows.loyalty.visits import Visits
from agent.wiring import rules
from agent.wiring.ground import Ground

Heard = Callable[[Exchange], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One cloud, as the flows meet it."""

    traits: CloudTraits
    members: MemberCloud
    programme: Programme
    actions: Mapping[EntryKind, Action]
    """What the sender can tell it."""
    whoami: Callable[[], Awaitable[datetime | None]]
    """Tries the key; when it expires, None for never."""
    wire: Wire
    cata: CataCloud | None
    """For what Cata alone has: the menu read back, and the register of callback addresses."""


def way_to(ground: Ground, heard: Heard, tell_channel: TellChannel) -> Way:
    """`heard` is told how every exchange went; `tell_channel` takes statuses of orders that did not come from the cloud."""
    build = _to_cockato if ground.settings.cloud.provider == "cockato" else _to_cata
    return build(ground, heard, tell_channel)


def _to_cata(ground: Ground, heard: Heard, tell_channel: TellChannel) -> Way:
    settings = ground.settings
    wire = Wire(
        ground.http,
        base_url=settings.cloud.base_url,
        key=ground.credentials.api_key,
        clock=ground.clock,
        quirks=settings.cloud.quirks,
        provider=settings.orders.provider_slug,
        timeout_s=settings.cloud.timeout_s,
        on_exchange=heard,
    )
    cloud = CataCloud(wire, outlet_id=settings.outlet.id)

    async def whoami() -> datetime | None:
        return (await cloud.whoami()).expires_at

    return Way(
        traits=rules.traits(settings),
        members=cloud,
        programme=ByPoints(settings.loyalty.points_per_unit),
        actions=actions(cloud, ground.cache, outlet_id=settings.outlet.id, tell_channel=tell_channel),
        whoami=whoami,
        wire=wire,
        cata=cloud,
    )


def _to_cockato(ground: Ground, heard: Heard, tell_channel: TellChannel) -> Way:
    settings, quirks = ground.settings, ground.settings.cloud.cockato

    def wire_to(base_url: str) -> CockatoWire:
        return CockatoWire(
            ground.http,
            base_url=base_url,
            key=ground.credentials.api_key,
            clock=ground.clock,
            quirks=settings.cloud.quirks,
            timeout_s=settings.cloud.timeout_s,
            on_exchange=heard,
        )

    wire = wire_to(settings.cloud.base_url)
    customers = wire_to(quirks.customers_url) if quirks.customers_url else None
    cloud = CockatoCloud(wire, quirks, outlet_id=settings.outlet.id, customers=customers)
    visits = Visits(
        cloud,
        ground.cache,
        Traces(ground.database),
        clock=ground.clock,
        idempotent=quirks.idempotent,
        doubt_wait=timedelta(seconds=quirks.doubt_wait_s),
    )
    programme = ByVisit(
        ground.cache, currency_per_point=quirks.currency_per_point, points_per_currency=quirks.points_per_currency
    )
    return Way(
        traits=rules.traits(settings),
        members=cloud,
        programme=programme,
        actions={**visits.actions(), EntryKind.ORDER_STATUS: to_channel(tell_channel)},
        whoami=cloud.whoami,
        wire=wire,
        cata=None,
    )
