"""One ticket to one device, within a deadline; a printer that is out is stood in for by its backup."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from agent.core.clock import Clock
from agent.core.errors import CataBridgeError, NeedsPerson, Refused, Unreachable
from agent.core.order import Handoff, HandoffState, HandoffTarget, Order
from agent.core.roles import Pos, Printer
from agent.core.sentence import Sentence
from agent.core.ticket import render
from agent.core.ticket_words import TicketLanguage

log = logging.getLogger(__name__)

T = TypeVar("T")
Failure = Unreachable | NeedsPerson

DEVICE_DEADLINE_S = 60.0
"""No device takes longer over one ticket; what happened then is not known."""
OUT_AFTER = 2
"""A printer that cannot be reached so often in a row is out, and its backup prints."""
OUT_S = 10.0
"""A printer that is stood in for is tried again this often, with the next ticket."""


class Plugged(Protocol):
    """The devices there are."""

    def printers(self) -> Mapping[str, Printer]:
        """Printers by name."""
        ...

    def backups(self) -> Mapping[str, str]:
        """Printer -> the printer that takes over when it cannot print."""
        ...

    def pos_systems(self) -> Mapping[str, Pos]:
        """POS devices by name."""
        ...


@dataclass(frozen=True, slots=True)
class Delivered:
    """How a ticket got there."""

    pos_order_id: str = ""
    """The POS's id of the order; empty for a printer."""
    note: str = ""
    """What staff should read on the order; empty when all went as it should."""


@dataclass(frozen=True, slots=True)
class _Out:
    """A printer that is out while its backup prints for it."""

    error: Failure
    until: float
    """Monotonic time from which it is tried again."""


class Delivery:
    """Remembers which printers are out, and nothing else: what is durable is the hand-off."""

    def __init__(self, plugged: Plugged, *, clock: Clock, zone: ZoneInfo, language: TicketLanguage) -> None:
        self._plugged = plugged
        self._clock = clock
        self._zone = zone
        self._language = language
        self._out: dict[str, _Out] = {}

    async def hand_over(self, handoff: Handoff, order: Order, *, failures: int) -> Delivered:
        """The ticket to its device, or to the backup; `failures` of this device in a row came before.

        Raises what the device raises; Unreachable.maybe_applied says that the ticket may be there.
        """
        if handoff.target is HandoffTarget.POS:
            return Delivered(await self._in_time(handoff.device, self._book(handoff, order)))
        out = self._out.get(handoff.device)
        try:
            if out is not None and out.until > self._clock.monotonic():
                raise out.error
            await self._print(handoff.device, handoff, order)
        except (Unreachable, NeedsPerson) as error:
            return await self._stand_in(handoff, order, error, failures)
        self._out.pop(handoff.device, None)
        return Delivered()

    async def _book(self, handoff: Handoff, order: Order) -> str:
        pos = _named(self._plugged.pos_systems(), handoff.device)
        found = await pos.find_order(order.id) if handoff.state is HandoffState.UNCERTAIN else None
        return found if found is not None else await pos.submit_order(order)

    async def _print(self, printer: str, handoff: Handoff, order: Order, *, may_be_there: bool = False) -> None:
        ticket = render(
            order,
            zone=self._zone,
            language=self._language,
            copy=handoff.copy,
            possible_duplicate=may_be_there or handoff.state is HandoffState.UNCERTAIN,
            instead_of=handoff.device if printer != handoff.device else "",
        )
        await self._in_time(printer, _named(self._plugged.printers(), printer).print_ticket(ticket))

    async def _stand_in(self, handoff: Handoff, order: Order, error: Failure, failures: int) -> Delivered:
        backup = self._plugged.backups().get(handoff.device)
        is_out = isinstance(error, NeedsPerson) or handoff.device in self._out or failures + 1 >= OUT_AFTER
        if backup is None or not is_out:
            raise error
        may_be_there = isinstance(error, Unreachable) and error.maybe_applied
        try:
            await self._print(backup, handoff, order, may_be_there=may_be_there)
        except CataBridgeError as second:
            log.warning("backup cannot print either order=%s device=%s reason=%s", order.id, backup, second.reason)
            if isinstance(second, Unreachable) and second.maybe_applied:
                raise Unreachable(error.reason, error.message, maybe_applied=True, line_down=False) from second
            raise error from second
        self._out[handoff.device] = _Out(error, self._clock.monotonic() + OUT_S)
        return Delivered(note=_printed_instead(handoff.device, error.message, backup))

    async def _in_time(self, device: str, work: Coroutine[None, None, T]) -> T:
        try:
            async with asyncio.timeout(DEVICE_DEADLINE_S):
                return await work
        except TimeoutError:
            raise Unreachable(
                "device_silent", f"{device} does not answer.", maybe_applied=True, values={"device": device}
            ) from None


def _printed_instead(device: str, message: Sentence, backup: str) -> Sentence:
    """Why the printer could not, and which other one did."""
    words = f"{device}: {message} {backup} printed instead."
    return Sentence(words, message.reason, **{**message.values, "device": device, "printed_by": backup})


def _named(devices: Mapping[str, T], name: str) -> T:
    if name not in devices:
        raise Refused("device_unknown", "This device is no longer set up.")
    return devices[name]
