"""Tenants, their API keys, and everything that belongs to one of them."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from datetime import datetime

from agent.core.clock import Clock
from agent.core.errors import InvalidInput
from agent.core.ids import Ids
from agent.core.money import Points
from agent.sandbox.catalogue import Catalogue
from agent.sandbox.envelopes import refusal
from agent.sandbox.ledger import Batch, Ledger, LedgerMember
from agent.sandbox.menus import Menus
from agent.sandbox.orders import Orders
from agent.sandbox.outlets import Outlets
from agent.sandbox.providers import ALWAYS_ALLOWED, Providers
from agent.sandbox.seed import SeedMember, SeedTenant
from agent.sandbox.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of a tenant."""

    id: int
    key: str
    expires_at: datetime | None = None
    revoked: bool = False


class Tenant:
    """One customer of Cata with all its state, built from a seed."""

    def __init__(self, seed: SeedTenant, clock: Clock, ids: Ids, first_key_id: int) -> None:
        self.id = seed.id
        self.subdomain = seed.subdomain
        self.name = seed.name or seed.subdomain
        self.modes = seed.modes
        self._clock = clock
        self._ids = ids
        self.keys: dict[int, ApiKey] = {}
        self._next_key_id = first_key_id
        self.ledger = Ledger(clock)
        self.orders = Orders(clock)
        self.webhooks = Webhooks(clock, ids)
        self.outlets = Outlets(clock, ids)
        self.catalogue = Catalogue(clock, ids)
        self.menus = Menus(clock)
        self.providers = Providers()
        self._plant(seed)

    def authenticate(self, key: str) -> ApiKey:
        """The key in force; raises Refused 401, the same for missing, wrong, revoked and expired."""
        now = self._clock.now()
        for known in self.keys.values():
            if key == known.key and not known.revoked and (known.expires_at is None or known.expires_at > now):
                return known
        raise refusal(401, "unauthorized", "missing or invalid API key")

    def issue_key(self, key: str | None = None, expires_at: datetime | None = None) -> ApiKey:
        """A further key, made up unless given."""
        issued = ApiKey(self._next_key_id, key or "ck_test_" + self._ids.token(), expires_at)
        self._next_key_id += 1
        self.keys[issued.id] = issued
        return issued

    def set_revoked(self, key_id: int, revoked: bool) -> ApiKey:
        """Revoke or restore a key; raises Refused 404."""
        if key_id not in self.keys:
            raise refusal(404, "key not found")
        self.keys[key_id] = replace(self.keys[key_id], revoked=revoked)
        return self.keys[key_id]

    def add_member(self, seed: SeedMember) -> LedgerMember:
        """A further member; raises Refused 409 when somebody has that name."""
        now = self._clock.now()
        member = LedgerMember(
            uuid=(seed.uuid or self._ids.new()).lower(),
            codes=seed.codes,
            phone=seed.phone,
            email=seed.email,
            first_name=seed.first_name,
            last_name=seed.last_name,
            batches=[Batch(Points(batch.points), batch.expiry(now)) for batch in seed.batches],
        )
        self.ledger.add(member)
        return member

    def _plant(self, seed: SeedTenant) -> None:
        now = self._clock.now()
        for key in seed.keys:
            planted = self.issue_key(key.key, key.expiry(now))
            self.set_revoked(planted.id, key.revoked)
        for outlet in seed.outlets:
            details = outlet.model_extra or {}
            self.outlets.create(name=outlet.name, external_id=outlet.external_id, details=details, outlet_id=outlet.id)
        for member in seed.members:
            self.add_member(member)
        for slug in seed.providers:
            self.providers.connect(slug, {})
        if any("itemCode" not in product or "name" not in product for product in seed.products):
            raise InvalidInput("invalid_seed", "Every product of a seed needs an itemCode and a name.", field="products")
        self.catalogue.replace(ALWAYS_ALLOWED, seed.products)


class Tenants:
    """All tenants; the first one is the default."""

    def __init__(self, tenants: list[Tenant]) -> None:
        self.all = tenants

    @property
    def default(self) -> Tenant:
        """The tenant of a bare localhost."""
        return self.all[0]

    def named(self, name: str) -> Tenant | None:
        """By id or subdomain."""
        return next((tenant for tenant in self.all if name.lower() in (tenant.id.lower(), tenant.subdomain)), None)

    def resolve(self, host: str, tenant_header: str) -> Tenant:
        """The tenant of a request: its host's first label; on this machine the header, else the default. Refused 404."""
        name = host.rsplit("]", 1)[0].lstrip("[") if host.startswith("[") else host.rsplit(":", 1)[0]
        wanted = tenant_header if _is_local(name) else name.split(".")[0]
        found = self.named(wanted) if wanted else self.default
        if found is None:
            raise refusal(404, "tenant not found")
        return found


def _is_local(host: str) -> bool:
    if host in ("", "localhost"):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
