"""Products by provider with full replace and soft delete, and what is sold out for a while (contract 8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from agent.core.clock import Clock, to_wire
from agent.core.ids import Ids
from agent.sandbox.providers import ALWAYS_ALLOWED

READ_DEFAULTS: dict[str, object] = {
    "specialPrice": None,
    "shortDescription": "",
    "description": "",
    "internalName": "",
    "mainImageUrl": None,
    "externalImageUrl": None,
    "visible": True,
    "pickupAvailable": True,
    "deliveryAvailable": True,
    "eatInAvailable": True,
    "sortNum": 0,
    "publishStatus": "PUBLISHED",
    "productType": 1,
    "isBundle": False,
    "isVariant": False,
    "taxOverride": None,
    "taxOverrideDelivery": None,
    "taxOverrideEatIn": None,
    "posCategory": "",
    "modifierGroups": [],
    "bundleSections": [],
}
"""What the read model says where the sync said nothing."""


@dataclass(slots=True, kw_only=True)
class Product:
    """One product of one provider, with the fields as they were sent."""

    id: str
    provider: str
    sent: dict[str, object]
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None

    def shown(self) -> dict[str, object]:
        """The read model: what was sent over what is assumed."""
        originals = {"originalName": self.sent["name"], "slug": str(self.sent["itemCode"]).lower()}
        stamps = {"createdAt": to_wire(self.created_at), "updatedAt": to_wire(self.updated_at)}
        return {**READ_DEFAULTS, **originals, **self.sent, "id": self.id, "provider": self.provider, **stamps}

    def option_codes(self) -> Iterator[str]:
        """Codes of all its modifier options."""
        for group in _objects(self.sent.get("modifierGroups")):
            for option in _objects(group.get("options")):
                yield str(option.get("code", ""))


class Catalogue:
    """All products of one tenant."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids
        self._products: dict[tuple[str, str], Product] = {}
        self._snoozed: dict[tuple[str, str], datetime] = {}

    def live(self, provider: str | None = None) -> list[Product]:
        """Products that are not deleted, of one provider or of all."""
        return [p for p in self._products.values() if p.deleted_at is None and provider in (None, p.provider)]

    def all(self) -> list[Product]:
        """Deleted ones too."""
        return list(self._products.values())

    def replace(self, provider: str, sent: Sequence[Mapping[str, object]]) -> tuple[dict[str, int], list[Product]]:
        """Make the provider's catalogue exactly `sent`: (summary, products). Scope is one provider (a gap of the contract)."""
        counts = {"created": 0, "updated": 0, "deleted": 0, "unchanged": 0}
        codes = {str(item["itemCode"]) for item in sent}
        for gone in [p for p in self.live(provider) if p.sent["itemCode"] not in codes]:
            gone.deleted_at = self._clock.now()
            counts["deleted"] += 1
        for item in sent:
            counts[self._upsert(provider, dict(item))] += 1
        products = self.live(provider)
        return {**counts, "total": len(products)}, products

    def find(self, item_code: str, provider: str | None) -> Product | None:
        """A live product by code; without a provider `cata` comes first."""
        found = [product for product in self.live(provider) if product.sent["itemCode"] == item_code]
        return min(found, key=lambda product: product.provider != ALWAYS_ALLOWED, default=None)

    def snooze(self, outlet_id: str, code: str, until: datetime | None) -> tuple[int, int]:
        """Sold out until then, or back with None or a past time: how many (products, modifier options) have this code."""
        live = self.live()
        items = sum(product.sent["itemCode"] == code for product in live)
        options = sum(code == option for product in live for option in product.option_codes())
        self._snoozed.pop((outlet_id, code), None)
        if items + options and until is not None and until > self._clock.now():
            self._snoozed[(outlet_id, code)] = until
        return items, options

    def snoozed(self) -> dict[str, dict[str, datetime]]:
        """What is sold out now, by outlet and code; what has run out of time is back by itself."""
        now = self._clock.now()
        self._snoozed = {key: until for key, until in self._snoozed.items() if until > now}
        shown: dict[str, dict[str, datetime]] = {}
        for (outlet_id, code), until in self._snoozed.items():
            shown.setdefault(outlet_id, {})[code] = until
        return shown

    def _upsert(self, provider: str, sent: dict[str, object]) -> str:
        key = (provider, str(sent["itemCode"]))
        now = self._clock.now()
        old = self._products.get(key)
        if old is not None and old.deleted_at is None:
            if old.sent == sent:
                return "unchanged"
            old.sent, old.updated_at = sent, now
            return "updated"
        self._products[key] = Product(
            id=old.id if old else self._ids.new(),
            provider=provider,
            sent=sent,
            created_at=old.created_at if old else now,
            updated_at=now,
        )
        return "created"


def _objects(value: object) -> list[dict[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
