"""The agent's face and its housekeeping: health, doctor, timetable, and everything the till API asks of."""

from __future__ import annotations

from agent import __version__
from agent.agent import Agent, Parts
from agent.api.auth import StoredPin
from agent.api.services import Services
from agent.db.erasure import Erasure
from agent.flows.care.doctor import Doctor
from agent.flows.care.erasing import Erasing
from agent.flows.care.health import Health, HealthFacts
from agent.flows.care.upkeep import Flows, Upkeep, timetable
from agent.flows.refusals import RefusedKind
from agent.setup.desk import SetUpDesk, SetUpGround
from agent.wiring import rules
from agent.wiring.counter import Counter
from agent.wiring.ground import Ground
from agent.wiring.kitchen import Kitchen


class Front:
    """Joins ground, counter and kitchen into an agent."""

    def __init__(self, ground: Ground, counter: Counter, kitchen: Kitchen) -> None:
        self._ground = ground
        self._counter = counter
        self._kitchen = kitchen
        self._health = Health(
            HealthFacts(
                version=__version__,
                outlet=rules.outlet_facts(ground.settings),
                loyalty=rules.loyalty_facts(ground.settings),
                board=rules.board_facts(ground.settings),
                folder=ground.home.data,
                sandbox=rules.is_practice(ground.settings),
                missing=ground.missing,
                cloud=counter.way.traits,
            ),
            counter.line,
            ground.outbox,
            ground.orders,
            kitchen.menu,
            clock=ground.clock,
            devices=kitchen.devices.statuses,
            paused=kitchen.outlet.paused,
            complaints=lambda: [
                ground.complaint,
                ground.data_watch.complaint(),
                counter.offline_burn.complaint(),
                *kitchen.complaints(),
            ],
            refused=ground.refusals.totals,
            busy_until=kitchen.outlet.busy_until,
            offline_burn=counter.offline_burn.view,
        )

    def agent(self) -> Agent:
        """The agent, not started."""
        settings = self._ground.settings
        return Agent(self._parts(), self._services(), rules.api_settings(settings), settings)

    def _doctor(self) -> Doctor:
        ground = self._ground

        async def parked() -> int:
            return (await ground.outbox.counts()).parked

        return Doctor(
            self._counter.line,
            base_url=ground.settings.cloud.base_url,
            missing=ground.missing,
            free_bytes=self._health.free_bytes,
            whoami=self._counter.way.whoami,
            cloud=self._counter.way.traits,
            devices=self._kitchen.devices.statuses,
            parked=parked,
            offline_burn=self._counter.offline_burn.complaint,
        )

    def _upkeep(self) -> Upkeep:
        ground, kitchen = self._ground, self._kitchen
        flows = Flows(
            menu=kitchen.menu,
            menu_check=kitchen.menu_check,
            snoozes=kitchen.snoozes,
            sales=self._counter.sales,
            outlet=kitchen.outlet,
            deadlines=kitchen.deadlines,
            registration=kitchen.registration,
            secrets=kitchen.webhook_secrets,
            outbox=ground.outbox,
            orders=ground.orders,
            data=ground.data_watch,
        )
        chores = timetable(
            flows, clock=ground.clock, menu_every_s=ground.settings.menu.interval_s, keep=rules.retention(ground.settings)
        )
        return Upkeep(chores, clock=ground.clock)

    def _parts(self) -> Parts:
        ground, counter, kitchen = self._ground, self._counter, self._kitchen
        return Parts(
            http=ground.http,
            database=ground.database,
            cache=ground.cache,
            outbox=ground.outbox,
            credentials=ground.credentials,
            tokens=ground.tokens,
            prober=counter.prober,
            sender=counter.sender,
            sales=counter.sales,
            offline_burn=counter.offline_burn,
            webhook_secrets=kitchen.webhook_secrets,
            devices=kitchen.devices,
            quality=kitchen.quality,
            lessons=kitchen.lessons,
            handoffs=kitchen.handoffs,
            displays=kitchen.displays,
            menu=kitchen.menu,
            outlet=kitchen.outlet,
            intake=kitchen.intake,
            channels=kitchen.channels,
            events=kitchen.events,
            pos_calls=kitchen.pos_calls,
            pos_snoozes=kitchen.pos_snoozes,
            pos_watch=kitchen.pos_watch,
            upkeep=self._upkeep(),
        )

    def _services(self) -> Services:
        ground, counter, kitchen = self._ground, self._counter, self._kitchen
        return Services(
            loyalty=counter.loyalty,
            offline_burn=counter.offline_burn,
            scans=counter.scans,
            sales=counter.sales,
            sender=counter.sender,
            tickets=kitchen.tickets,
            menu=kitchen.menu,
            outlet=kitchen.outlet,
            devices=kitchen.devices,
            health=self._health,
            doctor=self._doctor(),
            outbox=ground.outbox,
            evacuation=counter.evacuation,
            backfill=counter.backfill,
            tokens=ground.tokens,
            audit=ground.audit,
            pin=StoredPin(ground.credentials.manager_pin),
            erasing=Erasing(Erasure(ground.database, ground.seal), ground.cache, ground.audit, normalise=ground.normalise),
            set_up=self._set_up(),
            trials=kitchen.trials,
            quality=kitchen.quality,
            lessons=kitchen.lessons,
            refresh=self._refresh,
            bus=ground.bus,
            clock=ground.clock,
            ids=ground.ids,
            cloud=counter.way.traits,
            refused=ground.refusals.of(RefusedKind.CALL),
        )

    def _set_up(self) -> SetUpDesk:
        ground = self._ground

        async def waiting() -> int:
            counts = await ground.outbox.counts()
            return counts.pending + counts.parked

        return SetUpDesk(
            SetUpGround(
                home=ground.home,
                settings=ground.settings,
                secrets=ground.secrets,
                context=self._kitchen.context,
                missing=ground.missing,
                complaint=ground.complaint,
                waiting=waiting,
                rebuild=ground.rebuild,
            )
        )

    async def _refresh(self) -> None:
        await self._ground.credentials.refresh()
        await self._kitchen.webhook_secrets.load()
        await self._counter.prober.probe()
