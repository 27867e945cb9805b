"""Key probe, health, and the calls that Cata lists but does not serve (contract 1.4, 1.5, 2)."""

from __future__ import annotations

from agent.core.clock import to_wire
from agent.sandbox.calls import Call, Row
from agent.sandbox.envelopes import Reply, bare, refusal


async def health(_: Call) -> Reply:
    """Liveness, without a key."""
    return bare({"status": "healthy"})


async def whoami(call: Call) -> Reply:
    """The key and its tenant, flat."""
    assert call.key is not None
    expires_at = call.key.expires_at
    return bare(
        {
            "authenticated": True,
            "tenantId": call.tenant.id,
            "subdomain": call.tenant.subdomain,
            "apiKeyId": call.key.id,
            "expiresAt": to_wire(expires_at) if expires_at else None,
            "serverTime": to_wire(call.world.clock.now()),
        }
    )


async def not_implemented(_: Call) -> Reply:
    """Listed by Cata, not served."""
    raise refusal(501, "not implemented")


ROWS = [
    Row("GET", "/health", health, is_public=True),
    Row("GET", "/api/v1/auth/whoami", whoami),
    Row("POST", "/api/v1/orders", not_implemented),
    Row("PATCH", "/api/v1/orders/{order_id}", not_implemented),
    Row("GET", "/api/v1/jobs/{job_id}", not_implemented),
    Row("POST", "/api/v1/webhooks/subscriptions", not_implemented),
]
