"""Menus of an outlet: the pushed tree of V1, and the drafts published over it in V2 (contract 9)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from agent.core.clock import Clock, to_wire
from agent.sandbox import rawjson


class Menus:
    """Live menus of one tenant, by outlet."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pushed: dict[str, dict[str, Mapping[str, object]]] = {}
        self._published: dict[str, list[dict[str, object]]] = {}

    def push(self, outlet_id: str, menus: Sequence[Mapping[str, object]]) -> dict[str, int]:
        """Upsert V1 menus by `menuId`: how many were created and updated."""
        kept = self._pushed.setdefault(outlet_id, {})
        created = sum(str(menu["menuId"]) not in kept for menu in menus)
        kept.update({str(menu["menuId"]): menu for menu in menus})
        return {"created": created, "updated": len(menus) - created, "total": len(kept)}

    def publish(self, outlet_id: str, draft_ids: Sequence[str]) -> None:
        """Full replace: exactly one live menu per draft."""
        at = to_wire(self._clock.now())
        self._published[outlet_id] = [
            {"menuId": draft, "name": draft, "publishedAt": at, "operatingHours": [], "sections": []} for draft in draft_ids
        ]

    def published(self, outlet_id: str) -> tuple[list[dict[str, object]], str]:
        """The live V2 menus and their ETag."""
        menus = self._published.get(outlet_id, [])
        return menus, '"' + hashlib.sha256(rawjson.write(menus)).hexdigest()[:16] + '"'

    def shown(self) -> dict[str, object]:
        """Everything, for the control plane."""
        return {"pushed": {outlet: list(menus.values()) for outlet, menus in self._pushed.items()}, "published": self._published}
