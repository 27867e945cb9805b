"""Putting something into the outbox from a flow: durable first, then everybody hears of it and the sender looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from agent.core.clock import to_wire
from agent.core.entry import CHANNEL_LANE, Draft, Entry, EntryKind
from agent.core.events import EntryChanged, StatusChanged
from agent.core.ids import Ids
from agent.core.order_status import OrderStatus
from agent.core.ref_code import ref_code_for_status
from agent.db.outbox import Outbox
from agent.flows.bus import Bus

PROMISED = "promisedAt"
"""Key of a status entry's payload: when staff said it would be ready; only for who brought the order."""
SOURCE = "source"
"""Key of a status entry's payload: the POS device that brought the order and is told instead of the cloud."""


class Recorder:
    """The way into the outbox for everything but loyalty."""

    def __init__(self, outbox: Outbox, bus: Bus, *, nudge: Callable[[], None]) -> None:
        """`nudge` tells the sender that there is something new."""
        self._outbox = outbox
        self._bus = bus
        self._nudge = nudge

    async def record(self, draft: Draft) -> Entry:
        """Make a draft durable and announce it; raises NotSaved."""
        recorded = await self._outbox.record(draft)
        self._tell(recorded.entry)
        return recorded.entry

    async def announce(self, drafts: Iterable[Draft]) -> None:
        """Announce drafts that were recorded inside a larger transaction."""
        for draft in drafts:
            entry = await self._outbox.by_ref_code(draft.ref_code)
            if entry is not None:
                self._tell(entry)

    def _tell(self, entry: Entry) -> None:
        self._bus.publish(EntryChanged(entry))
        self._bus.publish(StatusChanged())
        self._nudge()


def status_draft(
    order_id: str,
    status: OrderStatus,
    *,
    at: datetime,
    ids: Ids,
    pos_order_id: str | None = None,
    reason: str = "",
    source: str = "",
    promised_at: datetime | None = None,
) -> Draft:
    """What tells the cloud, or the POS that brought the order, one status; the same order and status have the same key."""
    payload: dict[str, object] = {"status": status.value, "timestamp": to_wire(at)}
    if pos_order_id:
        payload["posOrderId"] = pos_order_id
    if reason:
        payload["reason"] = reason
    if source:
        payload[SOURCE] = source
        if promised_at is not None:
            payload[PROMISED] = to_wire(promised_at)
    return Draft(
        id=ids.new(),
        kind=EntryKind.ORDER_STATUS,
        lane=f"{CHANNEL_LANE if source else 'order:'}{order_id}",
        ref_code=ref_code_for_status(order_id, status),
        payload=payload,
        created_at=at,
        order_id=order_id,
    )
