"""Which POS providers a tenant has connected, and which of them an outlet is mapped to (contract 7.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.sandbox.envelopes import refusal

ALWAYS_ALLOWED = "cata"
KNOWN = frozenset({"atlas-kitchen", "cata", "deliverect", "iseller", "kopibridge", "lightspeed", "revel"})
"""Slugs that exist centrally; a tenant can connect no other."""


@dataclass(frozen=True, slots=True)
class OutletProvider:
    """The one provider of an outlet."""

    outlet_id: str
    provider_slug: str
    external_id: str
    settings: object

    def shown(self) -> dict[str, object]:
        """The resource on the wire."""
        return {
            "outletId": self.outlet_id,
            "providerSlug": self.provider_slug,
            "externalId": self.external_id,
            "settings": self.settings,
        }


class Providers:
    """Connections and mappings of one tenant."""

    def __init__(self) -> None:
        self._connections: dict[str, dict[str, str]] = {}
        self._outlets: dict[str, OutletProvider] = {}

    def connect(self, slug: str, given: Mapping[str, str]) -> dict[str, object]:
        """Store credentials; raises Refused 400 for a slug that does not exist. The answer holds no credentials."""
        if slug not in KNOWN:
            raise refusal(400, "invalid request", "unknown provider slug")
        self._connections[slug] = {**self._connections.get(slug, {"status": "active"}), **given}
        return self.connection(slug)

    def connection(self, slug: str) -> dict[str, object]:
        """A connection without its credentials; raises Refused 404."""
        if (kept := self._connections.get(slug)) is None:
            raise refusal(404, "provider connection not found")
        return {"slug": slug, **{name: kept.get(name, "") for name in ("status", "webhookUrl", "baseUrl", "config")}}

    def connections(self) -> list[str]:
        """Slugs that are connected."""
        return sorted(self._connections)

    def check(self, slug: str) -> str:
        """The slug when this tenant may use it; raises Refused 403."""
        if slug != ALWAYS_ALLOWED and self._connections.get(slug, {}).get("status", "inactive") != "active":
            raise refusal(403, "provider not allowed", slug)
        return slug

    def map(self, outlet_id: str, slug: str, external_id: str, settings: object) -> OutletProvider:
        """Map an outlet, replacing what it was mapped to; raises Refused 404 without a connection."""
        if slug != ALWAYS_ALLOWED:
            self.connection(slug)
        self._outlets[outlet_id] = OutletProvider(outlet_id, slug, external_id, settings)
        return self._outlets[outlet_id]

    def mapped(self, outlet_id: str) -> str | None:
        """The outlet's provider."""
        found = self._outlets.get(outlet_id)
        return found.provider_slug if found else None

    def outlets_of(self, slug: str) -> list[OutletProvider]:
        """Every outlet that is mapped to a provider."""
        return [mapped for mapped in self._outlets.values() if mapped.provider_slug == slug]
