"""Orders over the wire: dispatch to the shop, and the shop's status updates (contract 4.2, 6)."""

from __future__ import annotations

from datetime import datetime

from agent.core.clock import from_wire
from agent.core.errors import InvalidInput
from agent.core.ids import Ids
from agent.sandbox import rawjson
from agent.sandbox.calls import Call, Row, Wire
from agent.sandbox.dispatcher import DeliveryOptions
from agent.sandbox.envelopes import Reply, outcome, refusal
from agent.sandbox.orders import OrderRecord, StatusUpdate
from agent.sandbox.tenants import Tenant
from agent.sandbox.webhooks import EVENTS

REQUIRED = ("orderId", "orderRefNo", "outletId", "status", "deliveryMethod", "createdAt", "currency", "items", "totalPay")
"""What a dispatched order must have; Cata's own list is a gap of the contract."""


class DispatchBody(Wire):
    """Body of orders/dispatch; the order itself is taken from the raw text."""

    outlet_id: str
    event: str
    order: dict[str, object]
    built_in_transformer: str | None = None


class StatusBody(Wire):
    """Body of a status update."""

    status: str
    pos_order_id: str | None = None
    timestamp: str | None = None
    reason: str | None = None


async def dispatch(call: Call) -> Reply:
    """Store a paid order and send it to the shop's callback."""
    asked = call.read(DispatchBody)
    if asked.event not in EVENTS:
        raise refusal(400, "invalid request", f"unknown event {asked.event[:40]}")
    if asked.built_in_transformer:
        raise refusal(400, "unknown built-in transformer", asked.built_in_transformer[:40])
    missing = [name for name in REQUIRED if not asked.order.get(name)]
    if missing:
        raise refusal(400, "invalid request", f"order.{missing[0]} is required")
    raw = rawjson.member_bytes(call.body, "order") or b""
    order = persist(call.tenant, asked.outlet_id, raw, str(asked.order["orderId"]))
    done = await call.world.dispatcher.dispatch(call.tenant, order, DeliveryOptions())
    message = "order dispatched" if done.dispatched else "order not dispatched"
    return outcome(message, {"orderId": done.order_id, "dispatched": done.dispatched, "reason": done.reason})


def persist(tenant: Tenant, outlet_id: str, raw: bytes, order_id: str) -> OrderRecord:
    """Store an order of an outlet that exists; the id inside the order is the order's id."""
    outlet = tenant.outlets.get(outlet_id)
    ref_no = str(rawjson.read_object(raw).get("orderRefNo", ""))
    return tenant.orders.persist(order_id=order_id, outlet_id=outlet.id, ref_no=ref_no, raw=raw)


def order_id_in(raw: bytes, ids: Ids) -> str:
    """The id that an order of any shape carries, else a new one."""
    order = rawjson.read_object(raw)
    found = next((order[name] for name in ("orderId", "id", "orderUuid", "uuid") if order.get(name)), None)
    return str(found) if found else ids.new()


async def update_status(call: Call) -> Reply:
    """A step of an order, told by the shop."""
    asked = call.read(StatusBody)
    order_id = call.path["order_id"]
    update = StatusUpdate(
        literal=asked.status, pos_order_id=asked.pos_order_id, at=_moment(asked.timestamp), reason=asked.reason or ""
    )
    previous, status, changed = call.tenant.orders.update(order_id, update, call.tenant.modes)
    message = "status updated" if changed else "status unchanged"
    return outcome(message, {"orderId": order_id, "previousStatus": previous, "status": status, "changed": changed})


async def inbound(call: Call) -> Reply:
    """Vendor-native status webhooks: no vendor is practised here (contract 6.4)."""
    raise refusal(404, "provider not found", call.path["provider"][:40])


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return from_wire(text)
    except ValueError:
        raise InvalidInput("invalid", "This is not a time.", field="timestamp", details="timestamp is not RFC 3339") from None


ROWS = [
    Row("POST", "/api/v1/orders/dispatch", dispatch),
    Row("POST", "/api/v1/orders/{order_id}/status", update_status),
    Row("POST", "/api/v1/inbound/{provider}/order-status", inbound),
]
