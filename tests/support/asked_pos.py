"""A POS that can be asked, told and called, behind a supervisor; honest unless told to fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from agent.core.device import DeviceState, Role
from agent.core.errors import CataBridgeError
from agent.core.pos import PosStatus, WebhookCall, WebhookReply
from agent.core.roles import DeviceSink
from agent.core.sale import SaleSeen
from agent.flows.bus import Bus
from agent.flows.devices.supervisor import Devices, Plugged
from tests.support.clock import FakeClock
from tests.support.shop import BookPos

POS = "till-pos"


@dataclass
class AskedPos(BookPos):
    """Answers what the test laid out; `raises` is raised first, one by one."""

    poll_s: float = 5.0
    statuses: dict[str, PosStatus | CataBridgeError] = field(default_factory=dict)
    """By our order id."""
    sales: list[SaleSeen] = field(default_factory=list)
    windows: list[datetime] = field(default_factory=list)
    """Since when sales were asked for."""
    wishes: list[tuple[str, datetime | None]] = field(default_factory=list)
    sales_refusal: CataBridgeError | None = None
    reply: WebhookReply | CataBridgeError = field(default_factory=WebhookReply)

    async def run(self, sink: DeviceSink) -> None:
        sink.state(DeviceState.READY, "Ready.")
        await super().run(sink)

    async def order_status(self, order_id: str, pos_order_id: str) -> PosStatus | None:
        await self._turn()
        self.asked.append(f"{order_id} {pos_order_id}")
        found = self.statuses.get(order_id)
        if isinstance(found, CataBridgeError):
            raise found
        return found

    async def recent_sales(self, since: datetime) -> Sequence[SaleSeen]:
        await self._turn()
        if self.sales_refusal:
            raise self.sales_refusal
        self.windows.append(since)
        return list(self.sales)

    async def snooze(self, item_code: str, until: datetime | None) -> None:
        await self._turn()
        self.wishes.append((item_code, until))

    async def receive(self, call: WebhookCall) -> WebhookReply:
        await self._turn()
        if isinstance(self.reply, CataBridgeError):
            raise self.reply
        return self.reply


class Shelf(Devices):
    """One POS, and what its sales became."""

    def __init__(self, pos: BookPos, clock: FakeClock) -> None:
        self.sold: list[SaleSeen] = []
        self.sale_errors: list[CataBridgeError] = []

        async def nothing(*_: object) -> None:
            return None

        async def take(sale: SaleSeen) -> None:
            if self.sale_errors:
                raise self.sale_errors.pop(0)
            self.sold.append(sale)

        plugged = Plugged(name=POS, driver="d", role=Role.POS, device=pos)
        super().__init__([plugged], Bus(), clock=clock, on_scan=nothing, on_refused_scan=lambda *_: None, on_sale=take)

    @property
    def said(self) -> tuple[DeviceState, str]:
        """How the device is, in words."""
        (status,) = self.statuses()
        return status.state, status.sentence
