"""The way to the cloud and the counter's verbs: line, sender, loyalty, scans and sales."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from agent.cloud.exchange import Exchange
from agent.cloud.local_routes import local_routes
from agent.core.entry import Entry
from agent.core.errors import KeyRefused
from agent.core.events import StatusChanged
from agent.flows.care.evacuation import EvacuationDesk
from agent.flows.line.local_signs import LocalSigns
from agent.flows.line.probe import Prober
from agent.flows.line.recording import Recorder
from agent.flows.line.sender import Sender, Settled
from agent.flows.line.state import Line
from agent.flows.loyalty.backfill import Backfill
from agent.flows.loyalty.counter import Loyalty
from agent.flows.loyalty.members import Members
from agent.flows.loyalty.offline_burn import OfflineBurn
from agent.flows.loyalty.sales import SalesDesk
from agent.flows.loyalty.scans import Scans
from agent.flows.orders.channels import Channels
from agent.flows.refusals import RefusedKind
from agent.wiring import rules
from agent.wiring.ground import Ground
from agent.wiring.way import way_to


class Counter:
    """Built on the ground; the kitchen adds to `settled_hooks` what follows its own entries, and brings the channels."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        settings, clock, ids, bus = ground.settings, ground.clock, ground.ids, ground.bus
        self.line = Line(rules.line_policy(settings), clock=clock, ids=ids, changed=self._line_changed)
        self.way = way_to(ground, self._heard, self._tell_channel)
        signs = LocalSigns(local_routes, clock=clock)
        self.prober = Prober(self.way.whoami, self.line, clock=clock, has_changed=signs.has_changed)
        self.sender = Sender(
            ground.outbox,
            self.way.actions,
            self.line,
            bus,
            clock=clock,
            ids=ids,
            policy=rules.sender_policy(settings),
            settled=self._settled,
            has_channels=lambda: self.channels is not None and self.channels.are_there(),
        )
        self.recorder = Recorder(ground.outbox, bus, nudge=self.sender.nudge)
        self.members = self._members()
        self.offline_burn = self._offline_burn()
        self.loyalty = self._loyalty()
        self.backfill = Backfill(self.loyalty, self.members, ground.outbox, self.way.programme, clock=clock, ids=ids)
        self.evacuation = EvacuationDesk(
            ground.evacuation,
            outlet_id=settings.outlet.id,
            key_memory=rules.sender_policy(settings).key_memory,
            clock=clock,
            announce=self.loyalty.announce,
        )
        self.scans = Scans(
            self.loyalty,
            bus,
            clock=clock,
            ids=ids,
            normalise=ground.normalise,
            member_pattern=settings.scan.member_pattern,
            voucher_pattern=settings.scan.voucher_pattern,
            card_pattern=settings.scan.card_pattern,
            refusals=ground.refusals.of(RefusedKind.SCAN),
            cloud_name=self.way.traits.name,
        )
        claimable_for = timedelta(minutes=settings.sales.claimable_min)
        self.sales = SalesDesk(ground.recorded_sales, self.loyalty, bus, clock=clock, claimable_for=claimable_for)
        self.channels: Channels | None = None
        self.settled_hooks: list[Settled] = [self.sales.settled, self.members.settled, self.offline_burn.settled]

    def _members(self) -> Members:
        ground = self._ground
        return Members(
            ground.outbox,
            ground.cache,
            self.way.members,
            self.line,
            clock=ground.clock,
            normalise=ground.normalise,
            lane_of=ground.seal.fingerprint,
            cloud_name=self.way.traits.name,
        )

    def _loyalty(self) -> Loyalty:
        ground = self._ground
        return Loyalty(
            self.members,
            ground.outbox,
            self.sender,
            self.line,
            ground.bus,
            self.offline_burn,
            clock=ground.clock,
            ids=ground.ids,
            terms=rules.loyalty_terms(ground.settings),
            programme=self.way.programme,
        )

    def _offline_burn(self) -> OfflineBurn:
        ground = self._ground
        return OfflineBurn(
            ground.grants,
            self.members,
            self.line,
            ground.bus,
            clock=ground.clock,
            terms=rules.offline_terms(ground.settings),
            loyalty=rules.loyalty_terms(ground.settings),
            proven=lambda scan_id: self.scans.proven(scan_id),
        )

    def _heard(self, exchange: Exchange) -> None:
        """Every exchange with the cloud says something about the line."""
        if exchange.is_line_down and exchange.error is not None:
            self.line.failed(exchange.error.reason)
        elif exchange.status is not None:
            self.line.succeeded(latency_s=exchange.elapsed_s or 0.0, cloud_time=exchange.server_time)
        if isinstance(exchange.error, KeyRefused):
            self.line.refuse_key()

    async def _tell_channel(self, device: str, order_id: str, payload: Mapping[str, object]) -> None:
        assert self.channels is not None, "nothing is sent before everything is built"
        await self.channels.tell(device, order_id, payload)

    def _line_changed(self) -> None:
        self._ground.bus.publish(StatusChanged())
        self.sender.nudge()

    async def _settled(self, entry: Entry) -> None:
        """What follows when an entry has reached its end; each hook ignores what is not its own."""
        for hook in self.settled_hooks:
            await hook(entry)
