"""Makes sure that the cloud knows where to deliver orders, and that we know the secret it signs them with."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from agent.cloud.webhooks import ORDER_PAID, Webhook
from agent.core.errors import CataBridgeError, Conflict, Refused, Unreachable
from agent.db.facts import Facts
from agent.flows.orders.webhook_secrets import WebhookSecrets

log = logging.getLogger(__name__)

ROTATING = "webhook.rotating"
"""Fact: a new secret was asked for and has not been kept yet; what we hold may be dead."""


class Registry(Protocol):
    """The cloud's list of callback addresses; raises as `roles.Cloud` does."""

    async def list(self) -> tuple[Webhook, ...]:
        """All registrations of the tenant."""
        ...

    async def register(self, outlet_id: str, provider: str, callback_url: str, events: Sequence[str] = ...) -> Webhook:
        """A new registration with its secret; Conflict when there is one already."""
        ...

    async def update(self, webhook_id: int, **changes: object) -> Webhook:
        """Change a registration."""
        ...

    async def rotate(self, webhook_id: int) -> str:
        """A new secret."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationRules:
    """What the settings say about being called."""

    outlet_id: str
    provider: str
    callback_url: str
    """Public address of the receiver; empty when somebody else registers it and the secret is pasted by hand."""


class WebhookRegistration:
    """Keeps one registration right; safe to repeat."""

    def __init__(self, registry: Registry, secrets: WebhookSecrets, facts: Facts, *, rules: RegistrationRules) -> None:
        self._registry = registry
        self._secrets = secrets
        self._facts = facts
        self._rules = rules
        self._trouble = ""
        self._is_unchecked = False

    def complaint(self) -> str:
        """Why deliveries may not come, in one sentence; empty when all is well."""
        return self._trouble

    async def ensure(self) -> str:
        """Register or correct the address; returns what was done in one sentence, raises as `roles.Cloud` does or NotSaved."""
        if not self._rules.callback_url or not self._rules.outlet_id:
            return "No address is registered by this till."
        webhook = await self._ours()
        if webhook is None:
            try:
                made = await self._registry.register(self._rules.outlet_id, self._rules.provider, self._rules.callback_url)
            except Conflict:
                webhook = await self._ours()
                if webhook is None:
                    raise
            else:
                return await self._registered(made)
        return await self._corrected(webhook)

    async def rotate(self) -> str:
        """Ask for a new secret; deliveries signed with the one before are taken for ten more minutes."""
        webhook = await self._ours()
        if webhook is None:
            raise Refused("webhook_unknown", "No address has been registered for this outlet yet.", status=404)
        await self._renew(webhook.id)
        return "The webhook secret was renewed."

    async def look(self) -> None:
        """The regular check: like `ensure`, but a failure is only remembered, and shown where a person is needed."""
        self._is_unchecked = False
        try:
            await self.ensure()
        except Unreachable as error:
            log.debug("webhook registration not checked reason=%s", error.reason)
            self._is_unchecked = True
        except CataBridgeError as error:
            level = logging.DEBUG if self._trouble else logging.WARNING
            log.log(level, "webhook registration not checked reason=%s", error.reason)
            self._trouble = error.message
        else:
            self._trouble = ""

    async def look_again(self) -> None:
        """Make up for a check that found no connection, such as that of a till started in an outage."""
        if self._is_unchecked:
            await self.look()

    async def _ours(self) -> Webhook | None:
        wanted = (self._rules.outlet_id.lower(), self._rules.provider)
        found = [one for one in await self._registry.list() if (one.outlet_id.lower(), one.provider) == wanted]
        return next((one for one in found if one.is_active), found[0] if found else None)

    async def _registered(self, made: Webhook) -> str:
        if made.secret:
            await self._secrets.replace(made.secret)
        else:
            await self._renew(made.id)
        log.info("webhook registered webhook=%d", made.id)
        return "The address for deliveries was registered."

    async def _corrected(self, webhook: Webhook) -> str:
        done = "The address for deliveries is registered."
        if webhook.callback_url != self._rules.callback_url or ORDER_PAID not in webhook.events or not webhook.is_active:
            events = list(dict.fromkeys([*webhook.events, ORDER_PAID]))
            await self._registry.update(webhook.id, callback_url=self._rules.callback_url, events=events, is_active=True)
            log.info("webhook corrected webhook=%d", webhook.id)
            done = "The address for deliveries was corrected."
        if await self._facts.get(ROTATING) or not self._secrets.in_force():
            await self._renew(webhook.id)
            done = "The address for deliveries is registered, with a new secret."
        return done

    async def _renew(self, webhook_id: int) -> None:
        # The cloud shows a secret once: if we die before it is kept, the mark makes the next start ask for another.
        await self._facts.set(ROTATING, True)
        await self._secrets.replace(await self._registry.rotate(webhook_id))
        await self._facts.set(ROTATING, False)
        log.info("webhook secret renewed webhook=%d", webhook_id)
