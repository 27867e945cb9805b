"""Orders as staff handle them: every step goes to the cloud in legal order, and nothing is said before it is durable."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from agent.core.clock import Clock
from agent.core.errors import Conflict, InvalidInput, Refused
from agent.core.events import OrderChanged, StatusChanged
from agent.core.ids import Ids
from agent.core.order import Order
from agent.core.order_status import OrderStatus, may_follow, walk
from agent.core.ticket import clean
from agent.db.audit import Audit
from agent.db.orders import Orders
from agent.flows.bus import Bus
from agent.flows.line.recording import Recorder, status_draft

log = logging.getLogger(__name__)

LONGEST_REASON = 200
ENDS_BADLY = frozenset({OrderStatus.REJECTED, OrderStatus.CANCELLED})


class NoReason(StrEnum):
    """Why an order is not made; the coded word comes first, free text may follow; text without a word counts as OTHER."""

    STORE_CLOSED = "STORE_CLOSED"
    TOO_BUSY = "TOO_BUSY"
    ITEM_UNAVAILABLE = "ITEM_UNAVAILABLE"
    POS_DOWN = "POS_DOWN"
    PRICE_MISMATCH = "PRICE_MISMATCH"
    ADDRESS = "ADDRESS"
    OTHER = "OTHER"


class Tickets:
    """What staff can ask of an order."""

    def __init__(
        self,
        orders: Orders,
        audit: Audit,
        recorder: Recorder,
        bus: Bus,
        *,
        printers: Callable[[], list[str]],
        print_soon: Callable[[], None],
        clock: Clock,
        ids: Ids,
    ) -> None:
        """`printers` are the names tickets go to; `print_soon` wakes whoever works off hand-offs."""
        self._orders = orders
        self._audit = audit
        self._recorder = recorder
        self._bus = bus
        self._printers = printers
        self._print_soon = print_soon
        self._clock = clock
        self._ids = ids

    async def open(self) -> list[Order]:
        """Orders that are not at their end, oldest first."""
        return await self._orders.open()

    async def all(self, limit: int = 200) -> list[Order]:
        """The latest orders, whatever became of them, oldest first."""
        return (await self._orders.all(limit))[::-1]

    async def get(self, order_id: str) -> Order:
        """One order; raises Refused `order_unknown`."""
        order = await self._orders.get(order_id)
        if order is None:
            raise Refused("order_unknown", "There is no order with this number here.", status=404)
        return order

    async def move(
        self,
        order_id: str,
        status: OrderStatus,
        reason: str = "",
        by: str = "staff",
        *,
        prep_minutes: int | None = None,
        at: datetime | None = None,
    ) -> Order:
        """Move an order on; the status and what is told to the cloud become durable together.

        `at` is when it moved, None means now. The same status again changes nothing. Raises Refused `order_unknown`,
        Conflict `illegal_status`, InvalidInput `reason_missing` when an order ends badly without a reason, NotSaved.
        """
        order = await self.get(order_id)
        if order.status is status:
            return order
        if not may_follow(order.status, status):
            raise Conflict(
                "illegal_status", f"This order is {words(order.status)} and cannot become {words(status)}.", status=409
            )
        why = checked_reason(reason) if status in ENDS_BADLY else clean(reason)[:LONGEST_REASON]
        return await self._move(order, status, why, by, prep_minutes, at or self._clock.now())

    async def print_copy(self, order_id: str) -> int:
        """Print one more copy; returns its number. Raises Refused `order_unknown` or `no_printer`."""
        await self.get(order_id)
        printers = self._printers()
        if not printers:
            raise Refused("no_printer", "No printer has been set up.", status=409)
        handoffs = [await self._orders.add_print(order_id, device) for device in printers]
        self._print_soon()
        return max(handoff.copy for handoff in handoffs)

    async def _move(self, order: Order, status: OrderStatus, why: str, by: str, prep_minutes: int | None, now: datetime) -> Order:
        promised_at = now + timedelta(minutes=prep_minutes) if prep_minutes else None
        drafts = [
            status_draft(
                order.id,
                step,
                at=now,
                ids=self._ids,
                pos_order_id=order.pos_order_id,
                reason=why if step is status else "",
                source=order.paid.source,
                promised_at=promised_at,
            )
            for step in walk(order.status, status)
        ]
        moved = await self._orders.move(order.id, status, drafts=drafts, at=now, promised_at=promised_at)
        log.info("order moved order=%s status=%s by=%s", order.id, status, by)
        if status in ENDS_BADLY:
            await self._audit.append(by, f"order {words(status)}", order.id, why)
        await self._recorder.announce(drafts)
        self._bus.publish(OrderChanged(moved))
        self._bus.publish(StatusChanged())
        return moved


def words(status: OrderStatus) -> str:
    """A status as part of a sentence."""
    return status.value.lower().replace("_", " ")


def checked_reason(text: str) -> str:
    """A coded reason, tidied, with free text after it (`OTHER: power cut`); raises InvalidInput `reason_missing`."""
    said = clean(text)
    if not said:
        raise InvalidInput("reason_missing", "Say why, so that the customer can be told.", field="reason")
    code, _, rest = said.replace(":", " ", 1).partition(" ")
    if code.upper() not in list(NoReason):
        return f"{NoReason.OTHER}: {said}"[:LONGEST_REASON]
    coded = NoReason(code.upper())
    return f"{coded}: {rest.strip()}"[:LONGEST_REASON] if rest.strip() else coded.value
