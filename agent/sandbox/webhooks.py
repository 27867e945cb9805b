"""The webhook registry: one callback for each outlet and provider, with a secret that is shown once (contract 5)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from agent.core.clock import Clock, to_wire
from agent.core.ids import Ids
from agent.sandbox.envelopes import refusal

EVENTS = {"order.paid": "A customer has paid for an order."}
PROVIDER_SLUG = re.compile(r"[a-z0-9_-]+")
PLAIN_HTTP_HOSTS = {"localhost", "127.0.0.1", "::1"}
"""Where a callback may do without TLS (a gap of the contract)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A registered callback."""

    id: int
    outlet_id: str
    provider: str
    callback_url: str
    events: tuple[str, ...]
    secret: str = field(repr=False)
    is_active: bool = True
    is_deleted: bool = False
    created_at: datetime
    updated_at: datetime
    rotations: int = 0

    def shown(self, *, with_secret: bool = False) -> dict[str, object]:
        """The resource on the wire; the secret only right after it was made."""
        shown: dict[str, object] = {
            "id": self.id,
            "outletId": self.outlet_id,
            "provider": self.provider,
            "callbackUrl": self.callback_url,
            "events": list(self.events),
            "isActive": self.is_active,
            "createdAt": to_wire(self.created_at),
            "updatedAt": to_wire(self.updated_at),
        }
        return {**shown, "secret": self.secret} if with_secret else shown


class Webhooks:
    """The registry of one tenant."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids
        self._webhooks: dict[int, Webhook] = {}

    def live(self) -> list[Webhook]:
        """All that are not deleted."""
        return [webhook for webhook in self._webhooks.values() if not webhook.is_deleted]

    def get(self, webhook_id: int) -> Webhook:
        """One that is not deleted; raises Refused 404."""
        webhook = self._webhooks.get(webhook_id)
        if webhook is None or webhook.is_deleted:
            raise refusal(404, "webhook not found")
        return webhook

    def register(self, *, outlet_id: str, provider: str, callback_url: str, events: list[str]) -> Webhook:
        """A new callback with a fresh secret; raises Refused 400, or 409 when outlet and provider have one."""
        if PROVIDER_SLUG.fullmatch(provider) is None:
            raise refusal(400, "invalid request", "provider is not a slug")
        if any((hook.outlet_id, hook.provider) == (outlet_id, provider) for hook in self.live()):
            raise refusal(409, "webhook already registered", "one webhook per outlet and provider")
        now = self._clock.now()
        webhook = Webhook(
            id=len(self._webhooks) + 1,
            outlet_id=outlet_id,
            provider=provider,
            callback_url=checked_url(callback_url),
            events=checked_events(events),
            secret=self._secret(),
            created_at=now,
            updated_at=now,
        )
        self._webhooks[webhook.id] = webhook
        return webhook

    def change(self, webhook_id: int, *, callback_url: str | None, events: list[str] | None, is_active: bool | None) -> Webhook:
        """Change what is given; raises Refused 400 or 404."""
        old = self.get(webhook_id)
        return self._keep(
            replace(
                old,
                callback_url=old.callback_url if callback_url is None else checked_url(callback_url),
                events=old.events if events is None else checked_events(events),
                is_active=old.is_active if is_active is None else is_active,
            )
        )

    def rotate(self, webhook_id: int) -> Webhook:
        """A new secret; the old one is dead at once."""
        old = self.get(webhook_id)
        return self._keep(replace(old, secret=self._secret(), rotations=old.rotations + 1))

    def delete(self, webhook_id: int) -> Webhook:
        """Soft delete: it is gone from every answer, and outlet and provider are free again."""
        return self._keep(replace(self.get(webhook_id), is_deleted=True))

    def taker(self, outlet_id: str, event: str, provider: str | None) -> Webhook | None:
        """Who gets this event of this outlet: the mapped provider's callback, else the newest active one."""
        takers = [hook for hook in self.live() if hook.is_active and hook.outlet_id == outlet_id and event in hook.events]
        mapped = [hook for hook in takers if hook.provider == provider]
        return next(iter(mapped or reversed(takers)), None)

    def _keep(self, webhook: Webhook) -> Webhook:
        self._webhooks[webhook.id] = replace(webhook, updated_at=self._clock.now())
        return self._webhooks[webhook.id]

    def _secret(self) -> str:
        return "whsec_" + self._ids.token()


def checked_url(url: str) -> str:
    """The callback as given; raises Refused 400 unless it is https, or http on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        raise refusal(400, "invalid request", "callbackUrl is not a URL") from None
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and host in PLAIN_HTTP_HOSTS)):
        raise refusal(400, "invalid request", "callbackUrl must be https")
    return url


def checked_events(events: list[str]) -> tuple[str, ...]:
    """The events as given; raises Refused 400 for none or an unknown one."""
    unknown = [event for event in events if event not in EVENTS]
    if unknown or not events:
        raise refusal(400, "invalid request", f"unknown event {unknown[0]}" if unknown else "events is empty")
    return tuple(events)
