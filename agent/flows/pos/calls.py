"""Calls of a POS at the receiver: the driver vouches for the bytes, and the POS is answered when what they carry is durable."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from agent.core.clock import Clock
from agent.core.errors import InvalidInput, Refused, Unreachable
from agent.core.pos import WebhookCall, WebhookReply
from agent.core.roles import TakesWebhooks
from agent.flows.devices.supervisor import Devices
from agent.flows.orders.channels import Channels
from agent.flows.pos.moves import PosMoves

log = logging.getLogger(__name__)

DEADLINE_S = 20.0
"""A driver may have to ask the POS back; no POS waits longer for its answer."""
QUIET_S = 5.0
"""A POS that changes its menu says so once for every item: the menu is fetched when it has been quiet for so long."""


class PosCalls:
    """One task of the agent, for menus that changed, and the answers."""

    def __init__(
        self,
        devices: Devices,
        moves: PosMoves,
        channels: Channels,
        *,
        clock: Clock,
        menu_source: str,
        fetch_menu: Callable[[], Awaitable[object]],
    ) -> None:
        """`menu_source` is the device whose menu is pushed; `fetch_menu` compares it with the cloud's, and never raises."""
        self._devices = devices
        self._moves = moves
        self._channels = channels
        self._clock = clock
        self._menu_source = menu_source
        self._fetch_menu = fetch_menu
        self._menu_changed = asyncio.Event()

    async def run(self) -> None:
        """Fetch menus that changed, until cancelled."""
        while True:
            await self._menu_changed.wait()
            while self._menu_changed.is_set():
                self._menu_changed.clear()
                await self._clock.sleep(QUIET_S)
            await self._fetch_menu()

    async def receive(self, device: str, call: WebhookCall) -> WebhookReply:
        """Take one call; the same call again changes nothing.

        Raises Refused 404 `not_found` for a device that takes none, what the driver raises (Refused with a status, 401 for
        a bad signature), Unreachable when the POS has to call again, NotSaved when it could not be made durable.
        """
        taker: object = self._devices.pos_systems().get(device)
        if not isinstance(taker, TakesWebhooks):
            raise Refused("not_found", "There is nothing at this address.", status=404)
        try:
            async with asyncio.timeout(DEADLINE_S):
                reply = await taker.receive(call)
        except TimeoutError:
            raise Unreachable("device_silent", "This could not be read in time.", maybe_applied=False) from None
        await self._apply(device, call, reply)
        return reply

    async def _apply(self, device: str, call: WebhookCall, reply: WebhookReply) -> None:
        for sale in reply.sales:
            try:
                await self._devices.take_sale(device, sale)
            except InvalidInput as error:
                # Counted; a POS that is told so would only send the same again.
                log.debug("sale left out device=%s reason=%s", device, error.reason)
        for order in reply.orders:
            await self._channels.take(device, order, call.body)
        for move in reply.moves:
            await self._moves.apply(device, move)
        if reply.wants_catalogue:
            self._channels.ask_for_menu()
        if reply.catalogue_changed and device == self._menu_source:
            self._menu_changed.set()
