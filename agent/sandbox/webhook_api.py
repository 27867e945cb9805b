"""The webhook registry over the wire (contract 5)."""

from __future__ import annotations

from agent.sandbox.calls import Call, Row, Wire
from agent.sandbox.envelopes import Reply, bare, outcome
from agent.sandbox.webhooks import EVENTS

ROTATE_PATHS = ("rotate-secret", "rotate", "secret/rotate", "secret")
"""The real suffix is a gap of the contract; all four answer alike."""


class RegisterBody(Wire):
    """Body of webhooks/register."""

    outlet_id: str
    provider: str
    callback_url: str
    events: list[str]


class ChangeBody(Wire):
    """Body of PUT webhooks/{id}; what is left out stays."""

    callback_url: str | None = None
    events: list[str] | None = None
    is_active: bool | None = None


async def events(_: Call) -> Reply:
    """What can be subscribed to, without a key."""
    return bare({"events": [{"name": name, "description": text} for name, text in EVENTS.items()]})


async def register(call: Call) -> Reply:
    """A new callback; the answer holds its secret, this once."""
    asked = call.read(RegisterBody)
    webhook = call.tenant.webhooks.register(
        outlet_id=call.tenant.outlets.get(asked.outlet_id).id,
        provider=asked.provider,
        callback_url=asked.callback_url,
        events=asked.events,
    )
    return outcome("webhook registered", {"webhook": webhook.shown(with_secret=True)}, status=201)


async def index(call: Call) -> Reply:
    """All webhooks of the tenant."""
    return outcome("OK", {"webhooks": [webhook.shown() for webhook in call.tenant.webhooks.live()]})


async def show(call: Call) -> Reply:
    """One webhook."""
    return outcome("OK", {"webhook": call.tenant.webhooks.get(int(call.path["webhook_id"])).shown()})


async def change(call: Call) -> Reply:
    """New callback, events or activity."""
    asked = call.read(ChangeBody)
    webhook = call.tenant.webhooks.change(
        int(call.path["webhook_id"]), callback_url=asked.callback_url, events=asked.events, is_active=asked.is_active
    )
    return outcome("webhook updated", {"webhook": webhook.shown()})


async def delete(call: Call) -> Reply:
    """Soft delete."""
    call.tenant.webhooks.delete(int(call.path["webhook_id"]))
    return outcome("webhook deleted", {})


async def rotate(call: Call) -> Reply:
    """A new secret; the answer holds it, this once."""
    webhook = call.tenant.webhooks.rotate(int(call.path["webhook_id"]))
    return outcome("secret rotated", {"webhook": webhook.shown(with_secret=True)})


_ONE = "/api/v1/webhooks/{webhook_id:int}"

ROWS = [
    Row("GET", "/api/v1/webhooks/events", events, is_public=True),
    Row("POST", "/api/v1/webhooks/register", register),
    Row("GET", "/api/v1/webhooks", index),
    Row("GET", _ONE, show),
    Row("PUT", _ONE, change),
    Row("DELETE", _ONE, delete),
    *(Row("POST", f"{_ONE}/{path}", rotate) for path in ROTATE_PATHS),
]
