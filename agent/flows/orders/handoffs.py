"""Works off hand-offs: every ticket to every printer and POS, once, and honestly marked when it may be twice.

Each device has its own queue, so a slow or broken one never holds up another.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from agent.core.backoff import Backoff
from agent.core.clock import Clock, rest
from agent.core.errors import CataBridgeError, Conflict, NeedsPerson, NotSaved, Unreachable
from agent.core.events import OrderChanged
from agent.core.ids import Ids
from agent.core.order import Handoff, HandoffState, HandoffTarget, Order
from agent.core.order_status import OrderStatus
from agent.core.sentence import Sentence, about
from agent.core.ticket_words import TicketLanguage
from agent.db.orders import Orders
from agent.flows.bus import Bus
from agent.flows.devices.driver_edge import DriverFailed, driver_edge
from agent.flows.orders.delivery import Delivery, Plugged

log = logging.getLogger(__name__)

T = TypeVar("T")

IDLE_WAIT_S = 60.0
"""An idle worker looks again this often even if nobody nudged it."""
NOT_SAVED_WAIT_S = 5.0
ATTENTION_S = 10.0
"""A device that needs a person (no paper, wrong credentials) is tried again this often."""
COMPLAIN_AFTER = 3
"""So many failures in a row are written on the order."""
NO_ORDERS = "no_orders"
"""Reason of a POS that takes no orders at all: nothing that staff should read on every order."""
CALLED_OFF_BEFORE = Sentence("The order was called off before it was handed over.", "called_off")
CALLED_OFF = frozenset({OrderStatus.REJECTED, OrderStatus.CANCELLED})

Queue = tuple[HandoffTarget, str]
"""One device's hand-offs: what it is and its name."""


def targets(plugged: Plugged, print_to: Collection[str] | None, inject_into: Collection[str] | None) -> list[Queue]:
    """Devices that a new order goes to: those named in the settings, or all of a kind where none are named."""
    printers = [name for name in plugged.printers() if print_to is None or name in print_to]
    systems = [name for name in plugged.pos_systems() if inject_into is None or name in inject_into]
    return [(HandoffTarget.PRINTER, name) for name in printers] + [(HandoffTarget.POS, name) for name in systems]


@dataclass
class _Trouble:
    """What is remembered of a device that fails."""

    failures: int
    until: float
    """Monotonic time of the next try."""


class Handoffs:
    """One task of the agent, and one more for each device that has something to do."""

    def __init__(
        self,
        orders: Orders,
        plugged: Plugged,
        bus: Bus,
        *,
        clock: Clock,
        ids: Ids,
        zone: ZoneInfo,
        backoff: Backoff,
        language: TicketLanguage = TicketLanguage.ENGLISH,
    ) -> None:
        """`zone` and `language` are those of the paper."""
        self._orders = orders
        self._delivery = Delivery(plugged, clock=clock, zone=zone, language=language)
        self._bus = bus
        self._clock = clock
        self._ids = ids
        self._backoff = backoff
        self._wake = asyncio.Event()
        self._working: dict[Queue, asyncio.Task[None]] = {}
        self._rested: set[Queue] = set()
        self._trouble: dict[Queue, _Trouble] = {}

    async def run(self) -> None:
        """Work until cancelled; what is half-done then is uncertain at the next start."""
        for handoff in await self._durably(self._orders.reclaim):
            log.warning("hand-off found half-done handoff=%d order=%s device=%s", handoff.id, handoff.order_id, handoff.device)
        try:
            while True:
                self._wake.clear()
                next_look = await self._start_due()
                await rest(self._clock, next_look - self._clock.monotonic(), self._wake)
        finally:
            for task in self._working.values():
                task.cancel()
            await asyncio.gather(*self._working.values(), return_exceptions=True)

    def nudge(self) -> None:
        """There is something new to hand over."""
        self._wake.set()

    async def _start_due(self) -> float:
        """Set every free device to work; returns the monotonic time of the next look."""
        now = self._clock.monotonic()
        next_look = now + IDLE_WAIT_S
        # A device that ends its work while we read may be read as it was before: it is looked at in the next round.
        self._rested.clear()
        due = await self._orders.due_handoffs() + await self._orders.uncertain_handoffs()
        for queue, handoffs in _by_queue(due).items():
            trouble = self._trouble.get(queue)
            if queue in self._working or queue in self._rested:
                continue
            if trouble is not None and trouble.until > now:
                next_look = min(next_look, trouble.until)
                continue
            task = asyncio.create_task(self._work(queue, handoffs))
            self._working[queue] = task
            task.add_done_callback(partial(self._rest, queue))
        return next_look

    def _rest(self, queue: Queue, task: asyncio.Task[None]) -> None:
        del self._working[queue]
        self._rested.add(queue)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("tickets of a device stopped for a while device=%s", queue[1], exc_info=error)
            self._trouble[queue] = _Trouble(1, self._clock.monotonic() + ATTENTION_S)
        self._wake.set()

    async def _work(self, queue: Queue, handoffs: Iterable[Handoff]) -> None:
        for handoff in handoffs:
            if not await self._hand_over(queue, handoff):
                return
            self._trouble.pop(queue, None)

    async def _hand_over(self, queue: Queue, handoff: Handoff) -> bool:
        """One hand-off to its end; False when the device has to be left alone for a while."""
        order = await self._orders.get(handoff.order_id)
        assert order is not None, "a hand-off belongs to an order, and orders stay"
        try:
            await self._durably(lambda: self._orders.start_handoff(handoff.id))
        except Conflict:
            return True
        if order.status in CALLED_OFF and handoff.copy == 1:
            return await self._give_up(handoff, CALLED_OFF_BEFORE, on_order=False)
        trouble = self._trouble.get(queue)
        try:
            with driver_edge(handoff.device, "The driver of this device has failed."):
                delivered = await self._delivery.hand_over(handoff, order, failures=trouble.failures if trouble else 0)
        except DriverFailed as error:
            return await self._give_up(handoff, error.message)
        except (Unreachable, NeedsPerson) as error:
            return await self._later(queue, handoff, order, error)
        except CataBridgeError as error:
            return await self._give_up(handoff, error.message, on_order=error.reason != NO_ORDERS)
        if delivered.note and delivered.note not in order.problems:
            await self._durably(lambda: self._orders.note_problem(order.id, delivered.note))
        return await self._done(handoff, delivered.pos_order_id)

    async def _done(self, handoff: Handoff, pos_order_id: str) -> bool:
        if pos_order_id:
            await self._durably(lambda: self._orders.set_pos_order_id(handoff.order_id, pos_order_id))
        await self._durably(lambda: self._orders.finish_handoff(handoff.id))
        log.info("ticket handed over order=%s device=%s copy=%d", handoff.order_id, handoff.device, handoff.copy)
        await self._tell(handoff.order_id)
        return True

    async def _later(self, queue: Queue, handoff: Handoff, order: Order, error: Unreachable | NeedsPerson) -> bool:
        """The device is left alone for a while; the ticket stays due for as long as it takes."""
        trouble = self._trouble.get(queue)
        failures = trouble.failures + 1 if trouble else 1
        needs_person = isinstance(error, NeedsPerson)
        asked_s = error.retry_after_s if isinstance(error, Unreachable) else None
        wait_s = ATTENTION_S if needs_person else max(asked_s or 0.0, self._backoff.delay_s(failures, self._ids.fraction()))
        self._trouble[queue] = _Trouble(failures, self._clock.monotonic() + wait_s)
        level = logging.WARNING if failures == 1 else logging.DEBUG
        log.log(level, "hand-off postponed order=%s device=%s reason=%s", handoff.order_id, handoff.device, error.reason)
        if (isinstance(error, Unreachable) and error.maybe_applied) or handoff.state is HandoffState.UNCERTAIN:
            await self._durably(lambda: self._orders.doubt_handoff(handoff.id, error.reason))
        else:
            await self._durably(lambda: self._orders.fail_handoff(handoff.id, error.reason, retry=True))
        problem = about(handoff.device, error.message)
        if (needs_person or failures >= COMPLAIN_AFTER) and problem not in order.problems:
            await self._durably(lambda: self._orders.note_problem(order.id, problem))
        await self._tell(handoff.order_id)
        return False

    async def _give_up(self, handoff: Handoff, sentence: str, *, on_order: bool = True) -> bool:
        """The ticket will not reach this device; the next ones may."""
        log.warning("hand-off given up order=%s device=%s: %s", handoff.order_id, handoff.device, sentence)
        await self._durably(lambda: self._orders.fail_handoff(handoff.id, sentence, retry=False))
        if on_order:
            await self._durably(lambda: self._orders.note_problem(handoff.order_id, about(handoff.device, sentence)))
        await self._tell(handoff.order_id)
        return True

    async def _tell(self, order_id: str) -> None:
        order = await self._orders.get(order_id)
        if order is not None:
            self._bus.publish(OrderChanged(order))

    async def _durably(self, write: Callable[[], Awaitable[T]]) -> T:
        """Write, and again until the disk takes it: what a device did must not be forgotten."""
        while True:
            try:
                return await write()
            except NotSaved as error:
                log.warning("hand-off could not be saved, trying again reason=%s", error.reason)
                await self._clock.sleep(NOT_SAVED_WAIT_S)


def _by_queue(handoffs: Iterable[Handoff]) -> dict[Queue, list[Handoff]]:
    queues: dict[Queue, list[Handoff]] = {}
    for handoff in sorted(handoffs, key=lambda handoff: handoff.id):
        queues.setdefault((handoff.target, handoff.device), []).append(handoff)
    return queues
