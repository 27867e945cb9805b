"""Asks each POS that can be asked: how far our orders are, and what it sold; one that fails never stops another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

from agent.core.backoff import Backoff
from agent.core.clock import Clock, from_wire, to_wire
from agent.core.errors import CataBridgeError, InvalidInput, Refused, Unreachable
from agent.core.ids import Ids
from agent.core.roles import Paced, TellsSales, TellsStatus
from agent.core.sale import SaleSeen
from agent.db.facts import Facts
from agent.db.orders import Orders
from agent.flows.devices.driver_edge import driver_edge
from agent.flows.devices.supervisor import Devices
from agent.flows.pos.moves import PosMoves

log = logging.getLogger(__name__)

POLL_S = 15.0
"""How often a POS is asked that does not say how often it may be."""
ROUND_DEADLINE_S = 120.0
"""No POS takes longer over one round of questions."""
WATCHED_FOR = timedelta(days=2)
"""An order that is still open after this is no longer asked for."""
OVERLAP = timedelta(minutes=15)
"""Sales are asked for again from so long before the last one: a POS may bring them out of order."""
NOT_ASKED = frozenset({"no_status", "no_sales"})
"""Reasons of a POS that is not set up to be asked."""

_Asking = Callable[[], Awaitable[None]]


class PosWatch:
    """One task of the agent, and two for each POS."""

    def __init__(
        self,
        devices: Devices,
        orders: Orders,
        facts: Facts,
        moves: PosMoves,
        *,
        clock: Clock,
        ids: Ids,
        backoff: Backoff,
        look_back: timedelta,
    ) -> None:
        """`look_back`: from how long before its first start on a POS's sales are read."""
        self._devices = devices
        self._orders = orders
        self._facts = facts
        self._moves = moves
        self._clock = clock
        self._ids = ids
        self._backoff = backoff
        self._look_back = look_back
        self._seen: dict[str, frozenset[SaleSeen]] = {}
        self._unsaid: set[str] = set()
        """Orders that a POS refused to speak of at the last round."""

    async def run(self) -> None:
        """Ask until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name, pos in self._devices.pos_systems().items():
                poll_s = pos.poll_s if isinstance(pos, Paced) else POLL_S
                if isinstance(pos, TellsStatus):
                    group.create_task(self._keep(name, "orders", poll_s, partial(self.ask_orders, name, pos)))
                if isinstance(pos, TellsSales):
                    group.create_task(self._keep(name, "sales", poll_s, partial(self.ask_sales, name, pos)))

    async def ask_orders(self, name: str, pos: TellsStatus) -> None:
        """One round over the open orders that this POS has; an order it refuses to speak of does not hold up the others."""
        for order in await self._orders.open_in_pos(name, since=self._clock.now() - WATCHED_FOR):
            try:
                said = await pos.order_status(order.id, order.pos_order_id or "")
            except Refused as error:
                if error.reason in NOT_ASKED:
                    raise
                level = logging.DEBUG if order.id in self._unsaid else logging.WARNING
                self._unsaid.add(order.id)
                log.log(level, "the POS says nothing of an order order=%s device=%s reason=%s", order.id, name, error.reason)
                continue
            self._unsaid.discard(order.id)
            if said is not None:
                await self._moves.walk(name, order, said)

    async def ask_sales(self, name: str, pos: TellsSales) -> None:
        """One round over the sales since the last; the mark moves only when all of them are durable or refused for good."""
        since = await self._since(name)
        sales = await pos.recent_sales(since - OVERLAP)
        before = self._seen.get(name, frozenset())
        for sale in sales:
            if sale not in before:
                await self._take(name, sale)
        self._seen[name] = frozenset(sales)
        await self._advance(name, since)

    async def _take(self, name: str, sale: SaleSeen) -> None:
        try:
            await self._devices.take_sale(name, sale)
        except InvalidInput as error:
            log.debug("sale left out device=%s reason=%s", name, error.reason)

    async def _since(self, name: str) -> datetime:
        """The mark in the POS's own time; set at the first round, so that what is sold before a first answer is not missed."""
        kept = await self._facts.get(_mark(name))
        if isinstance(kept, str):
            return from_wire(kept)
        first = self._clock.now() - self._look_back
        await self._facts.set(_mark(name), to_wire(first))
        return first

    async def _advance(self, name: str, since: datetime) -> None:
        """Up to the latest sale and no further: the POS's clock may be behind ours, and one in the future would hide others."""
        times = [sale.occurred_at for sale in self._seen[name] if sale.occurred_at is not None]
        latest = min(max(times, default=since), self._clock.now())
        if latest > since:
            await self._facts.set(_mark(name), to_wire(latest))

    async def _keep(self, name: str, subject: str, poll_s: float, ask: _Asking) -> None:
        failures = 0
        while True:
            error = await self._round(name, ask)
            if isinstance(error, Refused) and error.reason in NOT_ASKED:
                return
            self._say(name, subject, error, failures)
            failures = failures + 1 if error else 0
            await self._clock.sleep(max(poll_s, self._wait_s(error, failures)))

    async def _round(self, name: str, ask: _Asking) -> CataBridgeError | None:
        try:
            async with asyncio.timeout(ROUND_DEADLINE_S):
                with driver_edge(name, passing=(TimeoutError,)):
                    await ask()
        except CataBridgeError as error:
            return error
        except TimeoutError:
            return Unreachable("device_silent", f"{name} does not answer.", maybe_applied=False)
        return None

    def _say(self, name: str, subject: str, error: CataBridgeError | None, failures: int) -> None:
        self._devices.trouble(name, subject, error)
        if error is not None:
            level = logging.DEBUG if failures else logging.WARNING
            log.log(level, "the POS cannot be asked for its %s device=%s reason=%s", subject, name, error.reason)
        elif failures:
            log.info("the POS can be asked for its %s again device=%s", subject, name)

    def _wait_s(self, error: CataBridgeError | None, failures: int) -> float:
        if error is None:
            return 0.0
        asked_s = error.retry_after_s if isinstance(error, Unreachable) else None
        return max(asked_s or 0.0, self._backoff.delay_s(failures, self._ids.fraction()))


def _mark(name: str) -> str:
    """Name of the fact that holds up to when a POS's sales have been read."""
    return f"pos.sales.{name}"
