"""Sends a paid order to the shop's callback: signed, once, without a second try (contract 4)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.core.clock import Clock, to_wire
from agent.core.errors import InvalidInput, Unreachable
from agent.core.http import Http, HttpRequest, HttpResponse
from agent.core.ids import Ids
from agent.sandbox import rawjson
from agent.sandbox.modes import Modes
from agent.sandbox.orders import DeliveryRecord, OrderRecord
from agent.sandbox.tenants import Tenant
from agent.sandbox.webhooks import Webhook

log = logging.getLogger(__name__)

CLIENT_TIMEOUT_S = 10.0
PIPELINE_BUDGET_S = 30.0
USER_AGENT = "Go-http-client/1.1"
NO_WEBHOOK = "no active webhook"


class DeliveryOptions(BaseModel):
    """What is done wrong, or twice, on purpose."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    duplicate: bool = False
    """Deliver a second time under the same delivery id."""
    redispatch: bool = False
    """Deliver a second time under a new delivery id."""
    bad_signature: bool = False
    unsigned: bool = False
    """Leave all signature headers out."""
    stale_s: float = Field(0.0, ge=0.0)
    """Send a timestamp that is so many seconds old."""
    signature: Literal["body", "ts.body"] | None = None
    """None follows the tenant's mode."""
    event: str = "order.paid"
    unseen_times: int = Field(0, ge=0)
    """So many status calls answer 404 first, as if the order were not stored yet."""
    conflict_times: int = Field(0, ge=0)
    """So many status calls answer 409 first."""


@dataclass(frozen=True, slots=True)
class Dispatched:
    """What the dispatch call answers."""

    order_id: str
    dispatched: bool
    reason: str


class Dispatcher:
    """The way from the cloud to the shops."""

    def __init__(self, http: Http, clock: Clock, ids: Ids) -> None:
        self._http = http
        self._clock = clock
        self._ids = ids
        self.is_cut = False
        """While True no delivery reaches a shop."""

    async def dispatch(self, tenant: Tenant, order: OrderRecord, options: DeliveryOptions) -> Dispatched:
        """One attempt, more only on request; the result is kept with the order."""
        order.unseen_times, order.conflict_times = options.unseen_times, options.conflict_times
        webhook = tenant.webhooks.taker(order.outlet_id, options.event, tenant.providers.mapped(order.outlet_id))
        reason = NO_WEBHOOK
        if webhook is not None:
            try:
                async with asyncio.timeout(PIPELINE_BUDGET_S):
                    reason = await self._deliver_all(tenant.modes, webhook, order, options)
            except TimeoutError:
                reason = "dispatch budget exceeded"
        order.dispatched, order.reason = not reason, reason
        log.info("order dispatched order=%s dispatched=%s reason=%s", order.id, order.dispatched, reason or "-")
        return Dispatched(order.id, order.dispatched, reason)

    async def _deliver_all(self, modes: Modes, webhook: Webhook, order: OrderRecord, options: DeliveryOptions) -> str:
        first = self._ids.new()
        reason = await self._deliver(first, modes, webhook, order, options)
        if options.duplicate:
            reason = await self._deliver(first, modes, webhook, order, options)
        if options.redispatch:
            reason = await self._deliver(self._ids.new(), modes, webhook, order, options)
        return reason

    async def _deliver(
        self, delivery_id: str, modes: Modes, webhook: Webhook, order: OrderRecord, options: DeliveryOptions
    ) -> str:
        status, reason = None, "line is cut"
        at = self._clock.now()
        if not self.is_cut:
            headers = self._headers(delivery_id, modes, webhook, order.raw, options)
            request = HttpRequest(
                method="POST", url=webhook.callback_url, headers=headers, body=order.raw, timeout_s=CLIENT_TIMEOUT_S
            )
            status, reason = await self._send(request, order)
        order.deliveries.append(DeliveryRecord(id=delivery_id, at=at, status=status, reason=reason))
        return reason

    async def _send(self, request: HttpRequest, order: OrderRecord) -> tuple[int | None, str]:
        try:
            response = await self._http.send(request)
        except Unreachable as problem:
            return None, f"webhook unreachable: {problem.reason}"
        if not 200 <= response.status < 300:
            return response.status, f"webhook returned {response.status}"
        order.external_order_id = _external_order_id(response) or order.external_order_id
        return response.status, ""

    def _headers(self, delivery_id: str, modes: Modes, webhook: Webhook, body: bytes, options: DeliveryOptions) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "User-Agent": USER_AGENT}
        named = {"X-Cata-Event": options.event, "X-Cata-Delivery-ID": delivery_id}
        if options.unsigned:
            return headers | named
        timestamp = self._timestamp(modes, options.stale_s)
        secret = webhook.secret + ("-wrong" if options.bad_signature else "")
        signature = sign(secret, body, timestamp, options.signature or modes.signature)
        return headers | named | {"X-Cata-Timestamp": timestamp, "X-Cata-Signature": signature}

    def _timestamp(self, modes: Modes, stale_s: float) -> str:
        now = self._clock.now()
        seconds = now.timestamp() - stale_s
        if modes.timestamp == "rfc3339":
            return to_wire(now.fromtimestamp(seconds, now.tzinfo))
        return str(int(seconds * 1000 if modes.timestamp == "unix_ms" else seconds))


def sign(secret: str, body: bytes, timestamp: str, mode: Literal["body", "ts.body"]) -> str:
    """The `X-Cata-Signature` of a delivery."""
    message = body if mode == "body" else timestamp.encode() + b"." + body
    return "sha256=" + hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def _external_order_id(response: HttpResponse) -> str | None:
    try:
        found = rawjson.read_object(response.body).get("externalOrderId")
    except InvalidInput:
        return None
    return found if isinstance(found, str) and found else None
