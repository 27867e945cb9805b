"""The outlets of a tenant: created, upserted, opened, closed and marked busy (contract 7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from agent.core.clock import Clock, to_wire
from agent.core.ids import Ids
from agent.sandbox.envelopes import refusal

TEXT_FIELDS = ("internalName", "refCode", "timezone", "currency", "channelLinkId", "locationId")
FREE_FIELDS = ("address", "contact", "openingHours", "visible")
"""Kept as sent: `contact` is a string or an object, the contract has both."""


@dataclass(slots=True, kw_only=True)
class Outlet:
    """One outlet with what a partner has said about it."""

    id: str
    name: str
    external_id: str = ""
    details: dict[str, object] = field(default_factory=dict)
    is_open: bool = True
    is_busy: bool = False
    busy_until: datetime | None = None
    created_at: datetime
    updated_at: datetime

    def shown(self) -> dict[str, object]:
        """The outlet resource (contract 7.2); `status` is about publication, not about opening."""
        kept = {name: self.details.get(name, "") for name in TEXT_FIELDS} | {
            "address": self.details.get("address"),
            "contact": self.details.get("contact"),
            "openingHours": self.details.get("openingHours", []),
            "visible": self.details.get("visible", True),
        }
        return {
            "id": self.id,
            "name": self.name,
            "status": "PUBLISHED",
            "externalId": self.external_id,
            "slug": "-".join(self.name.lower().split()),
            **kept,
            "imageUrl": None,
            "isOpen": self.is_open,
            "isBusy": self.is_busy,
            "busyUntil": to_wire(self.busy_until) if self.busy_until else None,
            "capabilities": {},
            "createdAt": to_wire(self.created_at),
            "updatedAt": to_wire(self.updated_at),
        }


class Outlets:
    """All outlets of one tenant."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids
        self._outlets: dict[str, Outlet] = {}

    def all(self) -> list[Outlet]:
        """Oldest first."""
        return list(self._outlets.values())

    def get(self, outlet_id: str) -> Outlet:
        """The outlet; raises Refused 404."""
        if (outlet := self._outlets.get(outlet_id.lower())) is None:
            raise refusal(404, "outlet not found")
        return outlet

    def create(self, *, name: str, external_id: str, details: Mapping[str, object], outlet_id: str | None = None) -> Outlet:
        """A new outlet; raises Refused 409 for an external id that is taken."""
        if external_id and self._by_external_id(external_id):
            raise refusal(409, "outlet already exists", "externalId is taken")
        now = self._clock.now()
        outlet = Outlet(id=outlet_id or self._ids.new(), name=name, external_id=external_id, created_at=now, updated_at=now)
        self._outlets[outlet.id.lower()] = outlet
        return self._fill(outlet, details)

    def sync(self, *, name: str, external_id: str, details: Mapping[str, object]) -> tuple[str, Outlet]:
        """Upsert by external id, else by an equal name that has none yet: (`created` or `updated`, outlet)."""
        outlet = self._by_external_id(external_id) or self._unclaimed(name)
        if outlet is None:
            return "created", self.create(name=name, external_id=external_id, details=details)
        outlet.name, outlet.external_id = name, external_id
        return "updated", self._fill(outlet, details)

    def set_open(self, outlet_id: str, is_open: bool) -> Outlet:
        """Open or close; saying it again changes nothing."""
        outlet = self.get(outlet_id)
        outlet.is_open = is_open
        return self._fill(outlet, {})

    def set_busy(self, outlet_id: str, is_busy: bool, until: datetime | None) -> Outlet:
        """Mark busy or free again; nothing ends by itself (contract 7.3)."""
        outlet = self.get(outlet_id)
        outlet.is_busy = is_busy
        outlet.busy_until = until if is_busy else None
        return self._fill(outlet, {})

    def _fill(self, outlet: Outlet, details: Mapping[str, object]) -> Outlet:
        outlet.details.update({name: details[name] for name in (*TEXT_FIELDS, *FREE_FIELDS) if name in details})
        outlet.updated_at = self._clock.now()
        return outlet

    def _by_external_id(self, external_id: str) -> Outlet | None:
        return next((outlet for outlet in self._outlets.values() if outlet.external_id == external_id), None)

    def _unclaimed(self, name: str) -> Outlet | None:
        return next((outlet for outlet in self._outlets.values() if outlet.name == name and not outlet.external_id), None)
