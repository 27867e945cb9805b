"""The composition root: out of home, settings and secrets comes a built agent; the only place that names concrete classes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from agent import __version__
from agent.agent import Agent, Parts
from agent.api.auth import StoredPin
from agent.api.services import Services
from agent.api.settings import ApiSettings
from agent.cloud.cata import CataCloud
from agent.cloud.exchange import Exchange, Wire
from agent.cloud.http import HttpxClient
from agent.cloud.order_wire import read_order
from agent.cloud.webhooks import WebhookRegistry
from agent.core.backoff import Backoff
from agent.core.clock import Clock, SystemClock
from agent.core.entry import Entry
from agent.core.errors import InvalidInput, KeyRefused
from agent.core.events import StatusChanged
from agent.core.ids import Ids, RandomIds
from agent.core.roles import Pos
from agent.credentials import Credentials
from agent.db.audit import Audit
from agent.db.cache import Cache
from agent.db.database import Database
from agent.db.facts import Facts
from agent.db.journal import Journal
from agent.db.orders import Orders
from agent.db.outbox import Outbox
from agent.db.sales import Sales
from agent.db.sealing import Seal
from agent.db.tokens import Tokens
from agent.flows.actions import actions
from agent.flows.bus import Bus
from agent.flows.deadlines import DeadlineRules, Deadlines
from agent.flows.devices import Devices
from agent.flows.doctor import Doctor
from agent.flows.handoffs import Handoffs, targets
from agent.flows.health import Health, HealthFacts, LoyaltyFacts, OutletFacts
from agent.flows.intake import Intake, IntakeRules
from agent.flows.line import Line, LinePolicy
from agent.flows.loyalty import Loyalty, LoyaltyTerms
from agent.flows.menu import Menu, MenuRules
from agent.flows.menu_check import MenuCheck
from agent.flows.menu_snooze import Snoozes
from agent.flows.outlet import OpeningHours, OutletDesk, OutletProfile
from agent.flows.probe import Prober
from agent.flows.recording import Recorder
from agent.flows.refusals import Refusals, RefusedKind
from agent.flows.sales import SalesDesk
from agent.flows.scan import Scans
from agent.flows.sender import Sender, SenderPolicy
from agent.flows.tickets import Tickets
from agent.flows.upkeep import Flows, Retention, Upkeep, timetable
from agent.flows.webhook_registration import RegistrationRules, WebhookRegistration
from agent.flows.webhook_secrets import WebhookSecrets
from agent.identifiers import normalise
from agent.paths import Home
from agent.plugging import plug_in
from agent.secrets import Secrets
from agent.settings import Settings
from drivers.registry import DriverContext


class Workshop:
    """Builds the parts of one agent in the order in which they need each other."""

    def __init__(self, home: Home, settings: Settings, secrets: Secrets, *, clock: Clock, ids: Ids) -> None:
        self.home = home
        self.settings = settings
        self.secrets = secrets
        self.clock = clock
        self.ids = ids
        self.bus = Bus()
        self.refusals = Refusals()
        self.credentials = Credentials(secrets)
        self.http = HttpxClient(clock, ca_file=Path(settings.cloud.ca_file) if settings.cloud.ca_file else None)
        self.line = Line(_line_policy(settings), clock=clock, ids=ids, changed=self._line_changed)

    async def open(self) -> None:
        """Secrets and databases, which may refuse; closes what it opened when it fails."""
        await self.credentials.refresh()
        self.seal = Seal(await asyncio.to_thread(self.secrets.seal_key))
        self.device_secrets = await asyncio.to_thread(self._read_device_secrets)
        self.database = await Database.open(self.home.db, clock=self.clock, journal=Journal(self.home.journal))
        try:
            self.cache = await Cache.open(self.home.cache, seal=self.seal, clock=self.clock)
        except BaseException:
            await self.database.close()
            raise
        self.outbox = Outbox(self.database, self.seal, self.clock)
        self.orders = Orders(self.database, self.seal, self.clock, self.outbox)
        self.facts = Facts(self.database)
        self.audit = Audit(self.database, self.seal, self.clock)
        self.tokens = Tokens(self.database, self.clock, self.ids)

    def build(self) -> Agent:
        """Everything that runs."""
        cloud = self._cloud()
        self.prober = Prober(self._whoami, self.line, clock=self.clock)
        self.sender = self._sender()
        self.recorder = Recorder(self.outbox, self.bus, nudge=self.sender.nudge)
        self.loyalty = self._loyalty(cloud)
        self.scans = self._scans()
        self.sales = self._sales()
        self.devices = self._devices()
        self.handoffs = self._handoffs()
        self.tickets = self._tickets()
        self.snoozes = Snoozes(self.facts, self.recorder, clock=self.clock, ids=self.ids)
        self.menu = self._menu()
        self.menu_check = MenuCheck(cloud, self.bus, ids=self.ids)
        self.outlet = self._outlet()
        self.webhook_secrets = WebhookSecrets(self.secrets, self.facts, clock=self.clock)
        self.registration = self._registration()
        self.intake = self._intake()
        self.health = self._health()
        return Agent(self._parts(), self._services(), self._api_settings(), self.settings)

    def _cloud(self) -> CataCloud:
        cloud = self.settings.cloud
        self.wire = Wire(
            self.http,
            base_url=cloud.base_url,
            key=self.credentials.api_key,
            clock=self.clock,
            quirks=cloud.quirks,
            provider=self.settings.orders.provider_slug,
            timeout_s=cloud.timeout_s,
            on_exchange=self._heard,
        )
        self.cloud = CataCloud(self.wire, outlet_id=self.settings.outlet.id)
        return self.cloud

    def _sender(self) -> Sender:
        sender = self.settings.sender
        return Sender(
            self.outbox,
            actions(self.cloud, self.cache, outlet_id=self.settings.outlet.id),
            self.line,
            self.bus,
            clock=self.clock,
            ids=self.ids,
            policy=SenderPolicy(
                backoff=Backoff(sender.backoff_base_s, sender.backoff_cap_s),
                requests_per_s=self.settings.cloud.requests_per_s,
                in_flight=sender.in_flight,
                conflict_tries=sender.conflict_tries,
                key_memory=timedelta(hours=sender.unknown_age_h),
            ),
            settled=self._settled,
        )

    def _loyalty(self, cloud: CataCloud) -> Loyalty:
        outlet = self.settings.outlet
        terms = LoyaltyTerms(
            outlet_id=outlet.id,
            till=outlet.till,
            zone=outlet.zone,
            business_day_ends=outlet.business_day_ends,
            currency=outlet.currency,
            points_per_unit=self.settings.loyalty.points_per_unit,
        )
        return Loyalty(
            self.outbox,
            self.cache,
            cloud,
            self.sender,
            self.line,
            self.bus,
            clock=self.clock,
            ids=self.ids,
            terms=terms,
            normalise=self._normalise,
            lane_of=self.seal.fingerprint,
        )

    def _scans(self) -> Scans:
        return Scans(
            self.loyalty,
            self.bus,
            clock=self.clock,
            ids=self.ids,
            normalise=self._normalise,
            member_pattern=self.settings.scan.member_pattern,
            voucher_pattern=self.settings.scan.voucher_pattern,
            refusals=self.refusals.of(RefusedKind.SCAN),
        )

    def _sales(self) -> SalesDesk:
        claimable_for = timedelta(minutes=self.settings.sales.claimable_min)
        return SalesDesk(
            Sales(self.database, self.clock, self.outbox), self.loyalty, self.bus, clock=self.clock, claimable_for=claimable_for
        )

    def _devices(self) -> Devices:
        outlet = self.settings.outlet
        context = DriverContext(
            name="",
            clock=self.clock,
            ids=self.ids,
            http=self.http,
            folder=self.home.data / "devices",
            currency=outlet.currency,
            zone=outlet.zone,
        )
        return Devices(
            plug_in(self.settings.devices, context, self.device_secrets),
            self.bus,
            clock=self.clock,
            on_scan=self.scans.route,
            on_refused_scan=self.scans.refuse,
            on_sale=self.sales.record,
            refusals=self.refusals,
        )

    def _handoffs(self) -> Handoffs:
        backoff = Backoff(self.settings.sender.backoff_base_s, self.settings.sender.backoff_cap_s)
        return Handoffs(
            self.orders,
            self.devices,
            self.bus,
            clock=self.clock,
            ids=self.ids,
            zone=self.settings.outlet.zone,
            backoff=backoff,
        )

    def _tickets(self) -> Tickets:
        return Tickets(
            self.orders,
            self.audit,
            self.recorder,
            self.bus,
            printers=lambda: list(self.devices.printers()),
            print_soon=self.handoffs.nudge,
            clock=self.clock,
            ids=self.ids,
        )

    def _menu(self) -> Menu:
        menu = self.settings.menu
        rules = MenuRules(
            currency=self.settings.outlet.currency,
            interval_s=menu.interval_s,
            style=menu.style,
            max_drop_percent=menu.max_drop_percent,
        )
        return Menu(
            self._menu_source,
            self.outbox,
            self.recorder,
            self.facts,
            self.cache,
            self.snoozes,
            self.bus,
            clock=self.clock,
            ids=self.ids,
            rules=rules,
            refusals=self.refusals,
        )

    def _menu_source(self) -> Pos | None:
        return self.devices.pos_systems().get(self.settings.menu.source)

    def _outlet(self) -> OutletDesk:
        return OutletDesk(
            self.outbox,
            self.recorder,
            self.facts,
            self.audit,
            self.bus,
            clock=self.clock,
            ids=self.ids,
            zone=self.settings.outlet.zone,
            profile=_profile(self.settings) if self.settings.outlet.register_at_cloud else None,
        )

    def _registration(self) -> WebhookRegistration:
        rules = RegistrationRules(
            outlet_id=self.settings.outlet.id,
            provider=self.settings.orders.provider_slug,
            callback_url=self.settings.webhook.callback_url,
        )
        return WebhookRegistration(WebhookRegistry(self.wire), self.webhook_secrets, self.facts, rules=rules)

    def _intake(self) -> Intake:
        orders, webhook = self.settings.orders, self.settings.webhook
        rules = IntakeRules(
            outlet_id=self.settings.outlet.id,
            signature=webhook.signature,
            tolerance_s=webhook.tolerance_s,
            auto_accept=orders.auto_accept,
        )
        return Intake(
            self.orders,
            self.audit,
            lambda raw: read_order(raw, currency=self.settings.outlet.currency),
            self.recorder,
            self.bus,
            secrets=self.webhook_secrets.in_force,
            targets=lambda: targets(self.devices, orders.print_to, orders.inject_into),
            arrived=self.handoffs.nudge,
            clock=self.clock,
            ids=self.ids,
            rules=rules,
            refused=self.refusals.of(RefusedKind.DELIVERY),
        )

    def _health(self) -> Health:
        outlet, loyalty = self.settings.outlet, self.settings.loyalty
        facts = HealthFacts(
            version=__version__,
            outlet=OutletFacts(name=outlet.name, till=outlet.till, currency=outlet.currency, timezone=outlet.timezone),
            loyalty=LoyaltyFacts(points_per_unit=loyalty.points_per_unit, undo_s=round(loyalty.undo_s)),
            folder=self.home.data,
            sandbox=self.settings.cloud.base_url.startswith(("http://127.0.0.1", "http://localhost")),
            missing=self._missing,
        )
        return Health(
            facts,
            self.line,
            self.outbox,
            self.orders,
            self.menu,
            clock=self.clock,
            devices=self.devices.statuses,
            paused=self.outlet.paused,
            complaints=self._complaints,
            refused=self.refusals.totals,
        )

    def _doctor(self) -> Doctor:
        async def parked() -> int:
            return (await self.outbox.counts()).parked

        return Doctor(
            self.line,
            base_url=self.settings.cloud.base_url,
            missing=self._missing,
            free_bytes=self.health.free_bytes,
            whoami=self.cloud.whoami,
            devices=self.devices.statuses,
            parked=parked,
        )

    def _upkeep(self) -> Upkeep:
        orders, storage = self.settings.orders, self.settings.storage
        deadlines = Deadlines(
            self.orders,
            self.tickets,
            self.bus,
            clock=self.clock,
            rules=DeadlineRules(accept_within=timedelta(seconds=orders.accept_deadline_s), auto_reject=orders.auto_reject),
        )
        flows = Flows(
            menu=self.menu,
            menu_check=self.menu_check,
            snoozes=self.snoozes,
            sales=self.sales,
            outlet=self.outlet,
            deadlines=deadlines,
            registration=self.registration,
            secrets=self.webhook_secrets,
            outbox=self.outbox,
            orders=self.orders,
        )
        keep = Retention(entries=timedelta(days=storage.keep_entries_days), personal=timedelta(days=orders.keep_days))
        return Upkeep(timetable(flows, clock=self.clock, menu_every_s=self.settings.menu.interval_s, keep=keep), clock=self.clock)

    def _parts(self) -> Parts:
        return Parts(
            http=self.http,
            database=self.database,
            cache=self.cache,
            credentials=self.credentials,
            webhook_secrets=self.webhook_secrets,
            tokens=self.tokens,
            prober=self.prober,
            sender=self.sender,
            sales=self.sales,
            devices=self.devices,
            handoffs=self.handoffs,
            menu=self.menu,
            outlet=self.outlet,
            intake=self.intake,
            upkeep=self._upkeep(),
        )

    def _services(self) -> Services:
        return Services(
            loyalty=self.loyalty,
            scans=self.scans,
            sales=self.sales,
            tickets=self.tickets,
            menu=self.menu,
            outlet=self.outlet,
            devices=self.devices,
            health=self.health,
            doctor=self._doctor(),
            outbox=self.outbox,
            sender=self.sender,
            tokens=self.tokens,
            audit=self.audit,
            pin=StoredPin(self.credentials.manager_pin),
            refresh=self._refresh,
            bus=self.bus,
            clock=self.clock,
            ids=self.ids,
            refused=self.refusals.of(RefusedKind.CALL),
        )

    def _api_settings(self) -> ApiSettings:
        return ApiSettings(
            version=__version__,
            currency=self.settings.outlet.currency,
            allowed_origins=self.settings.till_api.allowed_origins,
            accept_deadline_s=self.settings.orders.accept_deadline_s,
        )

    def _normalise(self, text: str) -> str:
        return normalise(text, country=self.settings.outlet.country, url_hosts=self.settings.scan.url_hosts).text

    async def _whoami(self) -> datetime | None:
        return (await self.cloud.whoami()).expires_at

    async def _refresh(self) -> None:
        await self.credentials.refresh()
        await self.webhook_secrets.load()
        await self.prober.probe()

    def _heard(self, exchange: Exchange) -> None:
        """Every exchange with the cloud says something about the line."""
        if exchange.is_line_down and exchange.error is not None:
            self.line.failed(exchange.error.reason)
        elif exchange.status is not None:
            self.line.succeeded(latency_s=exchange.elapsed_s or 0.0, cloud_time=exchange.server_time)
        if isinstance(exchange.error, KeyRefused):
            self.line.refuse_key()

    def _line_changed(self) -> None:
        self.bus.publish(StatusChanged())
        self.sender.nudge()

    async def _settled(self, entry: Entry) -> None:
        """What follows when an entry has reached its end; each of them ignores what is not its own."""
        await self.menu.settled(entry)
        await self.menu_check.settled(entry)
        await self.outlet.settled(entry)
        await self.sales.settled(entry)
        await self.loyalty.settled(entry)

    def _missing(self) -> str:
        if not self.settings.cloud.base_url or not self.settings.outlet.id:
            return "This till is not set up yet. Run the set-up."
        return "" if self.credentials.api_key() else "The key of Cata is missing. Run the set-up."

    def _complaints(self) -> Sequence[str]:
        return self.intake.complaint(), self.registration.complaint(), self.menu.complaint()

    def _read_device_secrets(self) -> dict[str, str | None]:
        return {device.name: self.secrets.get(f"device/{device.name}") for device in self.settings.devices}


async def build(home: Home, settings: Settings, secrets: Secrets, *, clock: Clock | None = None, ids: Ids | None = None) -> Agent:
    """An agent that has not started; raises NotSaved, DamagedData or NeedsPerson when its data cannot be opened."""
    _refuse_what_is_missing(settings)
    workshop = Workshop(home, settings, secrets, clock=clock or SystemClock(), ids=ids or RandomIds())
    try:
        await workshop.open()
        return workshop.build()
    except BaseException:
        await workshop.http.close()
        raise


def _refuse_what_is_missing(settings: Settings) -> None:
    """Settings that this version knows of but cannot honour are refused, never quietly ignored."""
    if settings.cloud.provider != "cata":
        sentence = "This version of Cata Bridge works with Cata only."
        raise InvalidInput("provider_unavailable", sentence, field="cloud.provider")
    if settings.loyalty.offline_burn != "deny":
        sentence = "This version of Cata Bridge never redeems points without a connection."
        raise InvalidInput("offline_burn_unavailable", sentence, field="loyalty.offline_burn")
    if settings.relay.url or settings.relay.nats_url:
        raise InvalidInput("relay_unavailable", "This version of Cata Bridge works without a relay.", field="relay.url")


def _line_policy(settings: Settings) -> LinePolicy:
    sender = settings.sender
    return LinePolicy(
        backoff=Backoff(sender.backoff_base_s, sender.backoff_cap_s),
        breaker_after=sender.breaker_after,
        breaker_probe_s=sender.breaker_probe_s,
        probe_unauthorized_s=sender.probe_unauthorized_s,
        probe_unconfigured_s=sender.probe_unconfigured_s,
    )


def _profile(settings: Settings) -> OutletProfile:
    outlet = settings.outlet
    return OutletProfile(
        external_id=outlet.external_id or outlet.id,
        name=outlet.name,
        street=outlet.street,
        city=outlet.city,
        postal_code=outlet.postal_code,
        country=outlet.country,
        phone=outlet.phone,
        timezone=outlet.timezone,
        currency=outlet.currency,
        hours=tuple(OpeningHours(day=day.day, opens=day.opens, closes=day.closes) for day in outlet.hours),
    )
