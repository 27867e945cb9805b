"""Devices, orders and the menu: what comes in from the cloud and the POS, and where it goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from agent.cloud.order_wire import read_order
from agent.cloud.webhooks import WebhookRegistry
from agent.core.order import HandoffTarget, PaidOrder
from agent.core.roles import Pos
from agent.core.scan import TEST_CODES, Code, Scan
from agent.flows.devices.customer_display import CustomerDisplays
from agent.flows.devices.lessons import ScannerLessons
from agent.flows.devices.scan_quality import ScanQuality
from agent.flows.devices.supervisor import Devices
from agent.flows.devices.trials import Trials
from agent.flows.loyalty.cloud_events import CloudEvents
from agent.flows.menu.check import MenuCheck
from agent.flows.menu.pos_snooze import PosSnoozes
from agent.flows.menu.push import Menu
from agent.flows.menu.snooze import Snoozes
from agent.flows.orders.channels import Channels
from agent.flows.orders.deadlines import Deadlines
from agent.flows.orders.handoffs import Handoffs, targets
from agent.flows.orders.intake import Intake
from agent.flows.orders.outlet import OutletDesk
from agent.flows.orders.tickets import Tickets
from agent.flows.orders.webhook_registration import WebhookRegistration
from agent.flows.orders.webhook_secrets import WebhookSecrets
from agent.flows.pos.calls import PosCalls
from agent.flows.pos.moves import PosMoves
from agent.flows.pos.watch import PosWatch
from agent.flows.refusals import RefusedKind
from agent.plugging import DeviceDrawer, plug_in
from agent.wiring import rules
from agent.wiring.counter import Counter
from agent.wiring.ground import Ground
from drivers.registry import DriverContext
from drivers.scanner.learning import learnt_layout

TYPES = "hid-scanner"
"""The driver whose scanners type on a keyboard of some country."""


class Kitchen:
    """Built on the ground beside the counter."""

    def __init__(self, ground: Ground, counter: Counter) -> None:
        self._ground = ground
        self._counter = counter
        settings, clock, ids, bus = ground.settings, ground.clock, ground.ids, ground.bus
        zone = settings.outlet.zone
        self.context = self._context()
        self.quality = ScanQuality(ground.facts, clock=clock, zone=zone)
        self.devices = self._devices()
        self.lessons = ScannerLessons(self.devices)
        self.handoffs = Handoffs(
            ground.orders,
            self.devices,
            bus,
            clock=clock,
            ids=ids,
            zone=zone,
            backoff=rules.backoff(settings),
            language=settings.tickets.language,
        )
        self.displays = CustomerDisplays(self.devices.displays, bus, clock=clock)
        self.tickets = self._tickets()
        self.deadlines = Deadlines(ground.orders, self.tickets, bus, clock=clock, rules=rules.deadline_rules(settings))
        self.snoozes = Snoozes(ground.facts, counter.recorder, clock=clock, ids=ids)
        source, backoff = settings.menu.source, rules.backoff(settings)
        self.pos_snoozes = PosSnoozes(self.devices, ground.facts, bus, clock=clock, ids=ids, backoff=backoff, menu_source=source)
        self.menu_check = MenuCheck(counter.way.cata, bus, ids=ids) if counter.way.cata is not None else None
        self.menu = self._menu()
        moves = PosMoves(ground.orders, self.tickets, clock=clock)
        self.pos_watch = PosWatch(
            self.devices,
            ground.orders,
            ground.facts,
            moves,
            clock=clock,
            ids=ids,
            backoff=backoff,
            look_back=timedelta(minutes=settings.sales.claimable_min),
        )
        self.outlet = OutletDesk(
            ground.outbox,
            counter.recorder,
            ground.facts,
            ground.audit,
            bus,
            clock=clock,
            ids=ids,
            zone=zone,
            profile=rules.outlet_profile(settings),
        )
        self.webhook_secrets = WebhookSecrets(ground.secrets, ground.facts, clock=clock)
        self.intake = self._intake()
        self.trials = Trials(
            self.intake,
            self.devices.printers,
            clock=clock,
            ids=ids,
            shop=lambda: settings.outlet.name,
            language=settings.tickets.language,
        )
        self.channels = Channels(
            self.devices, self.intake, menu_source=source, fetch=self.menu.read, clock=clock, ids=ids, backoff=backoff
        )
        self.pos_calls = PosCalls(self.devices, moves, self.channels, clock=clock, menu_source=source, fetch_menu=self.menu.look)
        counter.channels = self.channels
        counter.settled_hooks += [self.menu.settled, self.outlet.settled, self.channels.settled]
        self.registration: WebhookRegistration | None = None
        self.events: CloudEvents | None = None
        if counter.way.cata is not None:
            self.registration = self._registration(WebhookRegistry(counter.way.wire))
        else:
            refused = ground.refusals.of(RefusedKind.DELIVERY)
            self.events = CloudEvents(ground.cache, keys=self._keys, clock=clock, refused=refused)

    def complaints(self) -> Sequence[str]:
        """What a person has to know, in sentences; empty ones say nothing."""
        registration = self.registration.complaint() if self.registration else ""
        return self.intake.complaint(), registration, self.menu.complaint()

    def _registration(self, registry: WebhookRegistry) -> WebhookRegistration:
        wanted = rules.registration_rules(self._ground.settings)
        return WebhookRegistration(registry, self.webhook_secrets, self._ground.facts, rules=wanted)

    def _keys(self) -> Sequence[str]:
        """Keys of the shop that this till knows; an event has to come with one of them."""
        return [self._ground.credentials.api_key() or "", *self.webhook_secrets.in_force()]

    def _context(self) -> DriverContext:
        """What every device is lent; its name and its secret are still its own."""
        ground = self._ground
        outlet = ground.settings.outlet
        return DriverContext(
            name="",
            clock=ground.clock,
            ids=ground.ids,
            http=ground.http,
            folder=ground.home.data / "devices",
            currency=outlet.currency,
            zone=outlet.zone,
        )

    def _devices(self) -> Devices:
        ground, counter = self._ground, self._counter
        return Devices(
            plug_in(ground.settings.devices, self.context, ground.device_secrets, partial(DeviceDrawer, ground.secrets)),
            ground.bus,
            clock=ground.clock,
            on_scan=self._on_scan,
            on_refused_scan=self._on_refused_scan,
            on_sale=counter.sales.record,
            refusals=ground.refusals,
        )

    async def _on_scan(self, code: Code, device: str) -> Scan:
        if layout := self._another_layout(code, device):
            self.quality.suggest(device, {"layout": layout})
            sentence = f"This scanner types on the keyboard of another country ({layout}). Set its layout to that."
            return self._on_refused_scan(device, "wrong_layout", sentence)
        self.quality.count(device, misread=False)
        return await self._counter.scans.route(code, device)

    def _another_layout(self, code: Code, device: str) -> str:
        """The country of a scanner that types, told by a test code that came out wrong; empty for every other scan."""
        options = next((one.options for one in self._ground.settings.devices if one.name == device and one.driver == TYPES), None)
        return "" if options is None else learnt_layout(code.text, str(options.get("layout", "us")), TEST_CODES)

    def _on_refused_scan(self, device: str, reason: str, message: str) -> Scan:
        self.quality.count(device, misread=True)
        return self._counter.scans.refuse(device, reason, message)

    def _tickets(self) -> Tickets:
        ground = self._ground
        return Tickets(
            ground.orders,
            ground.audit,
            self._counter.recorder,
            ground.bus,
            printers=lambda: list(self.devices.printers()),
            print_soon=self.handoffs.nudge,
            clock=ground.clock,
            ids=ground.ids,
        )

    def _menu(self) -> Menu:
        ground = self._ground
        return Menu(
            self._menu_source,
            ground.outbox,
            self._counter.recorder,
            ground.facts,
            ground.cache,
            self.snoozes,
            ground.bus,
            clock=ground.clock,
            ids=ground.ids,
            rules=rules.menu_rules(ground.settings),
            refusals=ground.refusals,
            tell_pos=self.pos_snoozes.want,
            confirmed=self.menu_check.confirmed if self.menu_check else None,
        )

    def _menu_source(self) -> Pos | None:
        return self.devices.pos_systems().get(self._ground.settings.menu.source)

    def _intake(self) -> Intake:
        ground = self._ground
        return Intake(
            ground.orders,
            ground.audit,
            self._read_order,
            self._counter.recorder,
            ground.bus,
            secrets=self.webhook_secrets.in_force,
            targets=self._targets,
            arrived=self.handoffs.nudge,
            clock=ground.clock,
            ids=ground.ids,
            rules=rules.intake_rules(ground.settings),
            refused=ground.refusals.of(RefusedKind.DELIVERY),
            cloud_now=self._counter.line.cloud_now,
        )

    def _read_order(self, raw: bytes) -> PaidOrder:
        return read_order(raw, currency=self._ground.settings.outlet.currency)

    def _targets(self) -> Sequence[tuple[HandoffTarget, str]]:
        orders = self._ground.settings.orders
        return targets(self.devices, orders.print_to, orders.inject_into)
