"""The registry of callback addresses at Cata: list, register, change, renew the secret, remove."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.cloud.exchange import Wire
from agent.cloud.tolerant import find, text, whole
from agent.cloud.wire import ENVELOPE, Call
from agent.core.errors import Unreachable

PATH = "/api/v1/webhooks"
ORDER_PAID = "order.paid"
_UNKNOWN = "The cloud does not know this webhook or outlet."

LIST = Call(shape=ENVELOPE | {"webhooks"}, reads=True)
EVENTS = Call(shape=frozenset({"events"}), needs=frozenset({"events"}), reads=True)
CHANGE = Call(shape=ENVELOPE | {"webhook"}, missing="webhook_unknown", missing_sentence=_UNKNOWN, conflict="already_registered")
REMOVE = Call(missing="webhook_unknown", missing_sentence=_UNKNOWN, may_be_empty=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One registration, of which an outlet has one a provider."""

    id: int
    outlet_id: str
    provider: str
    callback_url: str
    events: tuple[str, ...]
    is_active: bool
    secret: str = field(default="", repr=False)
    """Only right after registration and renewal; the cloud never shows it again."""


class WebhookRegistry:
    """The calls; each raises as `roles.Cloud` does."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def events(self) -> tuple[str, ...]:
        """Names of what can be delivered; needs no key."""
        tree = await self._wire.call(EVENTS, "GET", f"{PATH}/events", public=True)
        return tuple(text(find(event, "name")) or text(event) for event in _list(tree.get("events")))

    async def list(self) -> tuple[Webhook, ...]:
        """All registrations of the tenant, without secrets."""
        tree = await self._wire.call(LIST, "GET", PATH)
        return tuple(_webhook(one) for one in _list(find(tree, "webhooks", "data")))

    async def register(self, outlet_id: str, provider: str, callback_url: str, events: Sequence[str] = (ORDER_PAID,)) -> Webhook:
        """A new registration with its secret; Conflict `already_registered` when the outlet has one for this provider."""
        body = {"outletId": outlet_id, "provider": provider, "callbackUrl": callback_url, "events": list(events)}
        return _changed(await self._wire.call(CHANGE, "POST", f"{PATH}/register", body=body))

    async def update(self, webhook_id: int, **changes: object) -> Webhook:
        """Change `callback_url`, `events` or `is_active`."""
        names = {"callback_url": "callbackUrl", "events": "events", "is_active": "isActive"}
        body = {names[key]: value for key, value in changes.items()}
        return _changed(await self._wire.call(CHANGE, "PUT", f"{PATH}/{webhook_id}", body=body))

    async def rotate(self, webhook_id: int) -> str:
        """A new secret; the old one may be dead at once, so keep accepting both for a while."""
        tree = await self._wire.call(CHANGE, "POST", f"{PATH}/{webhook_id}/{self._wire.quirks.rotate_path}", body={})
        secret = text(find(tree, "webhook.secret", "secret"))
        if not secret:
            raise _without("secret")
        return secret

    async def delete(self, webhook_id: int) -> None:
        """Remove a registration."""
        await self._wire.call(REMOVE, "DELETE", f"{PATH}/{webhook_id}")


def _changed(tree: dict[str, Any]) -> Webhook:
    webhook = find(tree, "webhook", "data")
    if whole(find(webhook, "id")) is None:
        raise _without("webhook")
    return _webhook(webhook)


def _webhook(one: object) -> Webhook:
    return Webhook(
        id=whole(find(one, "id")) or 0,
        outlet_id=text(find(one, "outletId")),
        provider=text(find(one, "provider")),
        callback_url=text(find(one, "callbackUrl")),
        events=tuple(text(event) for event in _list(find(one, "events"))),
        is_active=find(one, "isActive") is not False,
        secret=text(find(one, "secret")),
    )


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else []


def _without(what: str) -> Unreachable:
    sentence = f"The cloud's answer came without the {what}."
    return Unreachable("unreadable_answer", sentence, maybe_applied=True, line_down=False)
