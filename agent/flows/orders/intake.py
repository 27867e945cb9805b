"""Signed deliveries from the cloud: verified, made durable, and only then answered.

A signed order that cannot be read is kept as it came and answered with 422, so that the cloud marks the dispatch as
failed and its staff see it: a 200 would tell the customer that a shop nobody can inform has accepted.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NoReturn

from agent.cloud.tolerant import moment
from agent.core.clock import Clock
from agent.core.entry import Draft
from agent.core.errors import InvalidInput, NotSaved, Refused
from agent.core.events import OrderChanged, StatusChanged
from agent.core.ids import Ids
from agent.core.order import HandoffTarget, PaidOrder
from agent.core.order_status import OrderStatus
from agent.core.sentence import Sentence
from agent.core.signing import verify_cata
from agent.core.ticket import clean
from agent.db.audit import Audit
from agent.db.orders import Arrival, Orders
from agent.flows.bus import Bus
from agent.flows.line.recording import Recorder, status_draft

log = logging.getLogger(__name__)

ORDER_PAID = "order.paid"
UNREADABLE = "order_unreadable"
"""Event name under which a signed order that cannot be read is kept."""
LARGEST_HEADER = 128
"""Longer event names and delivery ids are cut before they are kept."""

Targets = Callable[[], Sequence[tuple[HandoffTarget, str]]]
"""Devices that every new order is handed to: what they are and their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeRules:
    """What the outlet's settings say about deliveries."""

    outlet_id: str
    signature: str = "auto"
    """`body`, `ts.body` or `auto`."""
    tolerance_s: int = 300
    """How far a delivery's timestamp may be off; 0 means that age is not judged."""
    auto_accept: bool = False


class Intake:
    """The one way in for paid orders."""

    def __init__(
        self,
        orders: Orders,
        audit: Audit,
        reader: Callable[[bytes], PaidOrder],
        recorder: Recorder,
        bus: Bus,
        *,
        secrets: Callable[[], Sequence[str]],
        targets: Targets,
        arrived: Callable[[], None],
        clock: Clock,
        ids: Ids,
        rules: IntakeRules,
        refused: Counter[str] | None = None,
        cloud_now: Callable[[], datetime | None] = lambda: None,
    ) -> None:
        """`secrets` are those in force, newest first; `reader` raises InvalidInput; `arrived` wakes whoever works off tickets.

        `cloud_now` is the cloud's own time as far as it is known.
        """
        self._cloud_now = cloud_now
        self._orders = orders
        self._audit = audit
        self._reader = reader
        self._recorder = recorder
        self._bus = bus
        self._secrets = secrets
        self._targets = targets
        self._arrived = arrived
        self._clock = clock
        self._ids = ids
        self._rules = rules
        self._last_refusal = ""
        self.refused: Counter[str] = Counter() if refused is None else refused
        """Deliveries turned away since the start, by reason."""
        self.unknown_events = 0
        """Signed deliveries of events that mean nothing to us yet, since the start."""

    async def receive(self, outlet_id: str, headers: Mapping[str, str], body: bytes) -> str:
        """Take one delivery; returns the `externalOrderId`, empty for an event that is only kept.

        `headers` have lower-case names, `body` is as it came. Raises Refused with the HTTP status to answer: 404
        `outlet_unknown`; 401 `secret_missing`, `signature_missing`, `bad_signature`, `stale_delivery`; 422
        `order_unreadable`; 409 `wrong_outlet`. Raises NotSaved when it could not be made durable.
        """
        self._check_path(outlet_id)
        self._check_signature(headers, body)
        self._check_age(headers.get("x-cata-timestamp", ""))
        event = _kept(headers.get("x-cata-event", "")) or ORDER_PAID
        delivery_id = _kept(headers.get("x-cata-delivery-id", "")) or None
        try:
            answer = await self._take(event, delivery_id, body)
        except NotSaved:
            self.refused["not_saved"] += 1
            raise
        self._last_refusal = ""
        return answer

    def complaint(self) -> str:
        """What a person has to know about deliveries, in one sentence; empty when nothing."""
        count = self.refused[UNREADABLE]
        if not count:
            return ""
        orders = "A paid order" if count == 1 else f"{count} paid orders"
        words = f"{orders} from Cata could not be read. Ask Cata's support what was ordered. ORD-01"
        return Sentence(words, "orders_unreadable", count=count)

    async def take_from(self, device: str, paid: PaidOrder, body: bytes) -> None:
        """Take an order of another channel that a POS device brought and vouches for; the same again changes nothing."""
        await self._keep(replace(paid, source=device), None, body)

    async def take_trial(self, paid: PaidOrder) -> None:
        """Take an order of the agent's own: it is shown and printed as any other, and no POS hears of it."""
        await self._keep(paid, None, b"", is_real=False)

    async def _take(self, event: str, delivery_id: str | None, body: bytes) -> str:
        if event != ORDER_PAID:
            await self._orders.store_unknown_event(event, delivery_id, body)
            self.unknown_events += 1
            log.info("event kept that means nothing to us yet event=%s delivery=%s", event, delivery_id)
            return ""
        paid = await self._read(delivery_id, body)
        if paid.outlet_id is not None and not self._is_ours(paid.outlet_id):
            await self._audit.append("cloud", "order for another outlet refused", paid.id, "wrong_outlet")
            self._refuse(409, "wrong_outlet", "This order belongs to another outlet.")
        return await self._keep(paid, delivery_id, body)

    async def _read(self, delivery_id: str | None, body: bytes) -> PaidOrder:
        try:
            return self._reader(body)
        except InvalidInput as error:
            await self._orders.store_unknown_event(UNREADABLE, delivery_id, body)
            await self._audit.append("cloud", "signed order cannot be read", delivery_id or "", error.reason)
            log.error("signed order cannot be read delivery=%s reason=%s field=%s", delivery_id, error.reason, error.field)
            self._bus.publish(StatusChanged())
            self._refuse(422, UNREADABLE, "This order could not be read by the shop.")

    async def _keep(self, paid: PaidOrder, delivery_id: str | None, body: bytes, *, is_real: bool = True) -> str:
        now = self._clock.now()
        drafts: list[Draft] = []
        if self._rules.auto_accept and is_real:
            drafts = [status_draft(paid.id, OrderStatus.ACCEPTED, at=now, ids=self._ids, source=paid.source)]
        arrival = Arrival(
            paid=paid,
            raw=body,
            delivery_id=delivery_id,
            received_at=now,
            handoffs=tuple(target for target in self._targets() if self._is_for(target, paid.source, is_real=is_real)),
            accepted=self._rules.auto_accept and is_real,
        )
        received = await self._orders.receive(arrival, status_drafts=drafts)
        if received.is_new:
            log.info("order received order=%s delivery=%s", paid.id, delivery_id)
            await self._recorder.announce(drafts)
            self._arrived()
        else:
            log.info("order delivered again order=%s delivery=%s deliveries=%d", paid.id, delivery_id, received.order.deliveries)
        self._bus.publish(OrderChanged(received.order))
        self._bus.publish(StatusChanged())
        return paid.id

    @staticmethod
    def _is_for(target: tuple[HandoffTarget, str], source: str, *, is_real: bool) -> bool:
        """A POS is never given its own order back, nor one that nobody paid for."""
        return target[0] is not HandoffTarget.POS or (is_real and target[1] != source)

    def _check_path(self, outlet_id: str) -> None:
        if not self._rules.outlet_id or not self._is_ours(outlet_id):
            self._refuse(404, "outlet_unknown", "This address is for another outlet.")

    def _check_signature(self, headers: Mapping[str, str], body: bytes) -> None:
        secrets = [secret for secret in self._secrets() if secret]
        if not secrets:
            self._refuse(401, "secret_missing", "No webhook secret has been set up here, so nothing can be trusted.")
        given = headers.get("x-cata-signature", "")
        if not given.strip():
            self._refuse(401, "signature_missing", "This delivery is not signed.")
        if not verify_cata(self._rules.signature, secrets, body, given, timestamp=headers.get("x-cata-timestamp", "")):
            self._refuse(401, "bad_signature", "The signature of this delivery does not fit.")

    def _check_age(self, stamp: str) -> None:
        sent_at = moment(stamp)
        if sent_at is None:
            log.info("delivery without a readable timestamp accepted has_stamp=%s", bool(stamp))
        elif self._rules.tolerance_s and not any(
            self._is_about_now(sent_at, now) for now in (self._clock.now(), self._cloud_now())
        ):
            self._refuse(401, "stale_delivery", "This delivery is too old, or the clock of this PC is wrong.")

    def _is_about_now(self, sent_at: datetime, now: datetime | None) -> bool:
        """By one of the two clocks: the cloud sends an order once, and a wrong clock of this computer must not lose it."""
        return now is not None and abs(now - sent_at) <= timedelta(seconds=self._rules.tolerance_s)

    def _is_ours(self, outlet_id: str) -> bool:
        return outlet_id.strip().lower() == self._rules.outlet_id.lower()

    def _refuse(self, status: int, reason: str, message: str) -> NoReturn:
        self.refused[reason] += 1
        level = logging.DEBUG if reason == self._last_refusal else logging.WARNING
        self._last_refusal = reason
        log.log(level, "delivery refused reason=%s count=%d", reason, self.refused[reason])
        raise Refused(reason, message, status=status)


def _kept(header: str) -> str:
    return clean(header)[:LARGEST_HEADER]
