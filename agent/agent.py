"""A built agent: what is started first, what runs together, and in which order everything is let go."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from agent.api.app import create_till_api
from agent.api.serve import Listener
from agent.api.services import Services
from agent.api.settings import WEBHOOK_LIMITS, ApiSettings, WebhookSettings
from agent.api.webhook import create_webhook_receiver
from agent.core.http import Http
from agent.core.proof import LOCAL
from agent.credentials import Credentials
from agent.db.cache import Cache
from agent.db.database import Database
from agent.db.outbox import Outbox
from agent.db.tokens import Tokens
from agent.flows.care.upkeep import Upkeep
from agent.flows.devices.customer_display import CustomerDisplays
from agent.flows.devices.lessons import ScannerLessons
from agent.flows.devices.scan_quality import ScanQuality
from agent.flows.devices.supervisor import Devices
from agent.flows.line.probe import Prober
from agent.flows.line.sender import Sender
from agent.flows.loyalty.cloud_events import CloudEvents
from agent.flows.loyalty.offline_burn import OfflineBurn
from agent.flows.loyalty.sales import SalesDesk
from agent.flows.menu.pos_snooze import PosSnoozes
from agent.flows.menu.push import Menu
from agent.flows.orders.channels import Channels
from agent.flows.orders.handoffs import Handoffs
from agent.flows.orders.intake import Intake
from agent.flows.orders.outlet import OutletDesk
from agent.flows.orders.webhook_secrets import WebhookSecrets
from agent.flows.pos.calls import PosCalls
from agent.flows.pos.watch import PosWatch
from agent.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the agent starts and stops."""

    http: Http
    database: Database
    cache: Cache
    outbox: Outbox
    credentials: Credentials
    webhook_secrets: WebhookSecrets
    tokens: Tokens
    prober: Prober
    sender: Sender
    sales: SalesDesk
    offline_burn: OfflineBurn
    devices: Devices
    quality: ScanQuality
    lessons: ScannerLessons
    handoffs: Handoffs
    displays: CustomerDisplays
    menu: Menu
    outlet: OutletDesk
    intake: Intake
    channels: Channels
    events: CloudEvents | None
    """Of a loyalty cloud; where there are such, there are no orders."""
    pos_calls: PosCalls
    pos_snoozes: PosSnoozes
    pos_watch: PosWatch
    upkeep: Upkeep


class Agent:
    """One agent; `start`, then `run` until cancelled, then `stop`."""

    def __init__(self, parts: Parts, services: Services, api: ApiSettings, settings: Settings) -> None:
        self.parts = parts
        self.services = services
        self.local_token = ""
        """Full access for the screen and the command line of this home."""
        self._till_api = Listener(create_till_api(services, api), *_address(settings.till_api.listen))
        self._receiver = _receiver(parts, settings.webhook.listen)

    @property
    def url(self) -> str:
        """Where the till API listens."""
        return self._till_api.url

    @property
    def webhook_url(self) -> str:
        """Where the webhook receiver listens; empty when it is switched off."""
        return self._receiver.url if self._receiver else ""

    async def start(self) -> None:
        """Take up what was left, then listen; raises InvalidInput `port_in_use` or NotSaved."""
        parts = self.parts
        await parts.webhook_secrets.load()
        await parts.menu.load()
        await parts.quality.load()
        await parts.outlet.load()
        await parts.offline_burn.load()
        await parts.sender.take_up()
        await parts.sales.sweep()
        self.local_token = await parts.tokens.create(LOCAL, ["screen"], replace=True)
        await self._till_api.start()
        if self._receiver is not None:
            await self._receiver.start()

    async def run(self) -> None:
        """Everything that goes on until cancelled; ends with the error of a part that must not end."""
        parts = self.parts
        runs: list[Callable[[], Awaitable[None]]] = [
            parts.sender.run,
            parts.prober.run,
            parts.devices.run,
            parts.quality.run,
            parts.lessons.run,
            parts.handoffs.run,
            parts.displays.run,
            parts.outlet.run,
            parts.channels.run,
            parts.pos_calls.run,
            parts.pos_snoozes.run,
            parts.pos_watch.run,
            parts.upkeep.run,
        ]
        async with asyncio.TaskGroup() as group:
            for run in runs:
                group.create_task(_as_coroutine(run))

    async def stop(self) -> None:
        """No new promises first, then let go of everything; a second call does nothing."""
        if self._receiver is not None:
            await self._receiver.stop()
        await self._till_api.stop()
        await self.parts.http.close()
        await self.parts.quality.keep()
        await self.parts.cache.close()
        await self.parts.database.close()


async def _as_coroutine(run: Callable[[], Awaitable[None]]) -> None:
    await run()


def _receiver(parts: Parts, listen: str) -> Listener | None:
    if not listen:
        return None
    receiver = create_webhook_receiver(
        parts.intake if parts.events is None else None,
        WebhookSettings(),
        parts.intake.refused,
        pos_calls=parts.pos_calls,
        events=parts.events,
    )
    return Listener(receiver, *_address(listen), WEBHOOK_LIMITS)


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)
