"""Everything the practice cloud knows as JSON, for the page, tests and the demo."""

from __future__ import annotations

from agent.core.clock import to_wire
from agent.sandbox import rawjson
from agent.sandbox.cockato import control as cockato
from agent.sandbox.ledger import Effect, LedgerMember
from agent.sandbox.line import Line
from agent.sandbox.orders import OrderRecord
from agent.sandbox.tenants import ApiKey, Tenant
from agent.sandbox.webhooks import Webhook
from agent.sandbox.world import World

Json = dict[str, object]


def snapshot(world: World, line: Line, tenant: Tenant) -> Json:
    """State of one tenant, of the line, the faults and the calls."""
    return {
        "now": to_wire(world.clock.now()),
        "clock_offset_s": world.clock.offset_s,
        "line": {"up": line.is_up, "port": line.port, "deliveries": not world.dispatcher.is_cut},
        "tenants": [known.subdomain for known in world.tenants.all],
        "tenant": {"id": tenant.id, "subdomain": tenant.subdomain, "name": tenant.name},
        "modes": tenant.modes.model_dump(),
        "keys": [key_shown(key) for key in tenant.keys.values()],
        "members": [member_shown(tenant, member) for member in tenant.ledger.members],
        "ledger": [effect_shown(effect) for effect in tenant.ledger.effects],
        "effects": tenant.ledger.effects_per_key(),
        "orders": [order_shown(order) for order in tenant.orders.all()],
        "webhooks": [webhook_shown(webhook) for webhook in tenant.webhooks.live()],
        "outlets": [outlet.shown() for outlet in tenant.outlets.all()],
        "products": _products(tenant),
        "snoozed": _snoozed(tenant),
        "menus": tenant.menus.shown(),
        "cockato": cockato.shown(world.cockato),
        "faults": [armed.shown() for armed in world.faults.all()],
        "calls": [
            {
                "at": to_wire(call.at),
                "method": call.method,
                "path": call.path,
                "route": call.route,
                "status": call.status,
                "fault": call.fault,
            }
            for call in world.calls
        ],
        "requests": dict(world.counts),
    }


def key_shown(key: ApiKey) -> Json:
    """A key by its tail."""
    expires_at = to_wire(key.expires_at) if key.expires_at else None
    return {"id": key.id, "tail": key.key[-4:], "expires_at": expires_at, "revoked": key.revoked}


def member_shown(tenant: Tenant, member: LedgerMember) -> Json:
    """A member with balance."""
    standing = tenant.ledger.standing(member)
    return {
        "uuid": member.uuid,
        "name": f"{member.first_name} {member.last_name}".strip(),
        "codes": list(member.codes),
        "phone": member.phone,
        "email": member.email,
        "balance": standing.balance,
        "expiring": standing.expiring,
        "expires_at": to_wire(standing.expires_at) if standing.expires_at else None,
    }


def effect_shown(effect: Effect) -> Json:
    """One row of the ledger."""
    return {
        "seq": effect.seq,
        "at": to_wire(effect.at),
        "operation": effect.operation,
        "customer_uuid": effect.customer_uuid,
        "points": effect.points,
        "ref_code": effect.ref_code,
        "notes": effect.notes,
        "balance_after": effect.balance_after,
    }


def order_shown(order: OrderRecord) -> Json:
    """An order with its history, deliveries and the order JSON as text."""
    return {
        "id": order.id,
        "ref_no": order.ref_no,
        "outlet_id": order.outlet_id,
        "status": order.status,
        "dispatched": order.dispatched,
        "reason": order.reason,
        "external_order_id": order.external_order_id,
        "pos_order_id": order.pos_order_id,
        "history": [
            {"status": step.status, "at": to_wire(step.at), "by": step.by, "reason": step.reason} for step in order.history
        ],
        "deliveries": [
            {"id": sent.id, "at": to_wire(sent.at), "status": sent.status, "reason": sent.reason} for sent in order.deliveries
        ],
        "raw": order.raw.decode(),
    }


def webhook_shown(webhook: Webhook) -> Json:
    """A webhook without its secret."""
    return {
        "id": webhook.id,
        "outlet_id": webhook.outlet_id,
        "provider": webhook.provider,
        "callback_url": webhook.callback_url,
        "events": list(webhook.events),
        "is_active": webhook.is_active,
        "rotations": webhook.rotations,
    }


def _products(tenant: Tenant) -> list[Json]:
    return [
        {
            "provider": product.provider,
            "item_code": str(product.sent["itemCode"]),
            "name": str(product.sent["name"]),
            "deleted": product.deleted_at is not None,
            "raw": rawjson.write(product.sent).decode(),
        }
        for product in tenant.catalogue.all()
    ]


def _snoozed(tenant: Tenant) -> Json:
    return {
        outlet: {code: to_wire(until) for code, until in codes.items()} for outlet, codes in tenant.catalogue.snoozed().items()
    }
