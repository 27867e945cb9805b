"""Other channels behind a POS device: their orders are made here like the cloud's, and they hear of each step and of the menu."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from agent.core.backoff import Backoff
from agent.core.catalogue import Catalogue
from agent.core.clock import Clock, from_wire, rest
from agent.core.entry import Entry, EntryKind, Outcome
from agent.core.errors import CataBridgeError, Refused, Unreachable
from agent.core.ids import Ids
from agent.core.order import PaidOrder
from agent.core.order_status import OrderStatus
from agent.core.pos import PosStatus
from agent.core.roles import BringsOrders, TakesCatalogue
from agent.flows.devices.driver_edge import driver_edge
from agent.flows.devices.supervisor import Devices
from agent.flows.devices.trials import TRIAL
from agent.flows.line.recording import PROMISED

log = logging.getLogger(__name__)

SUBJECT = "menu of other channels"
NOT_PUBLISHING = "no_publishing"
"""Reason of a POS that is not set up to be given a menu."""
DEADLINE_S = 120.0
"""No POS takes longer over a menu."""
IDLE_WAIT_S = 3600.0


class Taker(Protocol):
    """The one way in for orders."""

    async def take_from(self, device: str, paid: PaidOrder, body: bytes) -> None:
        """Take an order that a device brought; raises NotSaved."""
        ...


class Channels:
    """One task of the agent, for menus; orders and their statuses go through intake and outbox like all others."""

    def __init__(
        self,
        devices: Devices,
        intake: Taker,
        *,
        menu_source: str,
        fetch: Callable[[], Awaitable[Catalogue]],
        clock: Clock,
        ids: Ids,
        backoff: Backoff,
    ) -> None:
        """`fetch` reads the menu of the POS that is its source; a device is never given its own menu back."""
        self._devices = devices
        self._intake = intake
        self._menu_source = menu_source
        self._fetch = fetch
        self._clock = clock
        self._ids = ids
        self._backoff = backoff
        self._wake = asyncio.Event()
        self._is_due = False
        self._failures = 0

    def are_there(self) -> bool:
        """Whether any POS device may have brought orders."""
        return any(isinstance(pos, BringsOrders) for pos in self._devices.pos_systems().values())

    async def take(self, device: str, paid: PaidOrder, body: bytes) -> None:
        """Make an order durable and let it be made; the same again changes nothing. Raises NotSaved."""
        await self._intake.take_from(device, paid, body)

    async def tell(self, device: str, order_id: str, payload: Mapping[str, object]) -> None:
        """Tell the POS that brought an order where it stands, and nobody of a test order.

        Raises Refused `device_unknown` or what the POS raises.
        """
        if device == TRIAL:
            return
        pos: object = self._devices.pos_systems().get(device)
        if not isinstance(pos, BringsOrders):
            raise Refused("device_unknown", f"The device {device}, which brought this order, is no longer set up.")
        status, at = OrderStatus(str(payload["status"])), from_wire(str(payload["timestamp"]))
        promised, reason = payload.get(PROMISED), str(payload.get("reason", ""))
        promised_at = from_wire(str(promised)) if promised else None
        await pos.report_status(order_id, PosStatus(status=status, at=at, reason=reason, promised_at=promised_at))

    def ask_for_menu(self) -> None:
        """Somebody wants the menu, or it changed: it is given to every channel soon."""
        self._is_due = True
        self._wake.set()

    async def settled(self, entry: Entry) -> None:
        """A menu that the cloud has taken goes to the other channels too."""
        if entry.kind is EntryKind.MENU_PUSH and entry.outcome is Outcome.CONFIRMED:
            self.ask_for_menu()

    async def run(self) -> None:
        """Give menus until cancelled."""
        while True:
            self._wake.clear()
            await rest(self._clock, await self._round(), self._wake)

    async def _round(self) -> float:
        """Give the menu if it is due; returns for how long nothing is to be done."""
        if not self._is_due:
            return IDLE_WAIT_S
        self._is_due = False
        error = await self._publish()
        if error is None or isinstance(error, Refused):
            self._failures = 0
            return IDLE_WAIT_S
        self._is_due = True
        self._failures += 1
        asked_s = error.retry_after_s if isinstance(error, Unreachable) else None
        return max(asked_s or 0.0, self._backoff.delay_s(self._failures, self._ids.fraction()))

    async def _publish(self) -> CataBridgeError | None:
        """The menu to every device that takes one; the first error, after all have been tried."""
        takers = {name: pos for name, pos in self._devices.pos_systems().items() if isinstance(pos, TakesCatalogue)}
        takers.pop(self._menu_source, None)
        if not takers:
            return None
        try:
            with driver_edge(self._menu_source):
                catalogue = await self._fetch()
        except CataBridgeError as error:
            log.warning("menu not read for other channels reason=%s", error.reason)
            return error
        errors = [await self._give(name, pos, catalogue) for name, pos in takers.items()]
        return next((error for error in errors if error is not None), None)

    async def _give(self, name: str, pos: TakesCatalogue, catalogue: Catalogue) -> CataBridgeError | None:
        error: CataBridgeError | None = None
        try:
            with driver_edge(name, passing=(TimeoutError,)):
                async with asyncio.timeout(DEADLINE_S):
                    await pos.publish_catalogue(catalogue)
        except CataBridgeError as raised:
            error = None if raised.reason == NOT_PUBLISHING else raised
        except TimeoutError:
            error = Unreachable("device_silent", f"{name} does not answer.", maybe_applied=True)
        self._devices.trouble(name, SUBJECT, error)
        log.info("menu given to another channel device=%s reason=%s", name, error.reason if error else "")
        return error
