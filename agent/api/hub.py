"""One listener on the bus for all event streams: facts become numbered messages in a ring that streams read at their own pace."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from agent.api.schema import (
    MenuNews,
    SalesNews,
    Snapshot,
    device_view,
    entry_view,
    order_view,
    sale_view,
    scan_view,
    status_view,
)
from agent.api.schema.shape import Answer, told
from agent.api.services import Services
from agent.api.settings import ApiSettings
from agent.core.entry import Entry, EntryState
from agent.core.errors import CataBridgeError
from agent.core.events import DeviceChanged, EntryChanged, Event, MenuChanged, OrderChanged, SalesChanged, ScanRouted
from agent.core.order import Order
from agent.core.scan import Scan
from agent.flows.bus import Lagged, Subscription

log = logging.getLogger(__name__)

RECENT_SCANS = 20
SNAPSHOT_PAGE = 500
"""Entries of one state that a snapshot shows at most; the outbox has the rest."""
RECENT_ENDED, RECENT_SPAN = 50, timedelta(hours=16)
"""Ended loyalty entries of a snapshot: a screen that starts again still shows the day's last scans."""
SHOWN_STATES = (EntryState.PENDING, EntryState.SENDING, EntryState.PARKED)


@dataclass(frozen=True, slots=True)
class Message:
    """One event of the stream."""

    number: int
    kind: str
    data: str
    """JSON on one line."""


class Hub:
    """Numbers what happens; a stream that is too far behind takes a snapshot instead."""

    def __init__(self, services: Services, settings: ApiSettings) -> None:
        self._services = services
        self._settings = settings
        self._ring: deque[Message] = deque(maxlen=settings.ring)
        self._scans: deque[Scan] = deque(maxlen=RECENT_SCANS)
        self._status_due = asyncio.Event()
        self._wakes: set[asyncio.Event] = set()
        self._last_status = ""
        self.boot = services.ids.token()[:12]
        """Tells the numbers of this run from those of earlier ones."""
        self.last = 0
        """Number of the newest message."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen to the bus until the end of the block."""
        with self._services.bus.subscribe() as subscription:
            tasks = [asyncio.create_task(self._listen(subscription)), asyncio.create_task(self._tell_status())]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    @asynccontextmanager
    async def wake(self) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever there is something new."""
        event = asyncio.Event()
        self._wakes.add(event)
        try:
            yield event
        finally:
            self._wakes.discard(event)

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return len(self._wakes)

    def since(self, number: int) -> list[Message] | None:
        """Everything after a message; None when some of it is gone."""
        oldest = self._ring[0].number if self._ring else self.last + 1
        if not oldest - 1 <= number <= self.last:
            return None
        return [message for message in self._ring if message.number > number]

    async def snapshot(self, *, whole: bool) -> Snapshot:
        """Everything that a screen shows; without `whole` no entries, sales or scans."""
        services = self._services
        return Snapshot(
            status=status_view(await services.health.snapshot()),
            orders=[order_view(order, accept_within=self._deadline) for order in await services.tickets.open()],
            devices=[device_view(device) for device in services.devices.statuses()],
            entries=[entry_view(entry) for entry in await self._entries()] if whole else [],
            sales=[sale_view(sale) for sale in await services.sales.claimable()] if whole else [],
            scans=[scan_view(scan) for scan in self._scans] if whole else [],
        )

    async def _entries(self) -> list[Entry]:
        pages = [
            await self._services.outbox.page(state=state, kind=None, limit=SNAPSHOT_PAGE, after=None) for state in SHOWN_STATES
        ]
        since = self._services.clock.now() - RECENT_SPAN
        ended = await self._services.outbox.ended_loyalty(since=since, limit=RECENT_ENDED)
        return [*(entry for page in pages for entry in page.entries), *reversed(ended)]

    @property
    def _deadline(self) -> timedelta:
        return timedelta(seconds=self._settings.accept_deadline_s)

    async def _listen(self, subscription: Subscription) -> None:
        while True:
            try:
                await self._hear(await subscription.next())
            except Lagged:
                self._forget()
            except CataBridgeError as error:
                log.warning("event not passed on reason=%s", error.reason)

    def _forget(self) -> None:
        """Facts were missed: no stream can go on from what it has."""
        self._ring.clear()
        self.last += 1
        self._wake_all()

    async def _hear(self, event: Event) -> None:
        match event:
            case EntryChanged(entry):
                self._say("entry", entry_view(entry))
            case OrderChanged(order):
                self._say("order", self._order(order))
            case ScanRouted(scan):
                self._scans.append(scan)
                self._say("scan", scan_view(scan))
            case DeviceChanged(device):
                self._say("device", device_view(device))
            case MenuChanged(sentences):
                self._say("menu", MenuNews(sentences=list(sentences), sentences_told=[told(sentence) for sentence in sentences]))
            case SalesChanged():
                sales = await self._services.sales.claimable()
                self._say("sales", SalesNews(sales=[sale_view(sale) for sale in sales]))
            case _:
                self._status_due.set()

    def _order(self, order: Order) -> Answer:
        return order_view(order, accept_within=self._deadline)

    async def _tell_status(self) -> None:
        """Status is costly to gather and changes in bursts, so it is told with pauses and only when it differs."""
        while True:
            await self._status_due.wait()
            self._status_due.clear()
            with suppress(CataBridgeError):
                status = status_view(await self._services.health.snapshot())
                text = status.model_dump_json()
                if text != self._last_status:
                    self._last_status = text
                    self._say("status", status)
            await self._services.clock.sleep(self._settings.status_pause_s)

    def _say(self, kind: str, data: Answer) -> None:
        self.last += 1
        self._ring.append(Message(self.last, kind, data.model_dump_json()))
        self._wake_all()

    def _wake_all(self) -> None:
        for wake in self._wakes:
            wake.set()
