"""A POS that a shop had built for itself: JSON over HTTP with a bearer token, in the shapes that `pos-http` is set up for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.core.catalogue import CatalogueItem, ModifierGroup
from agent.core.clock import from_wire, to_wire
from agent.core.order_status import OrderStatus
from agent.core.sale import SaleSeen
from tests.drivers.simulators.vendor import Answer, Call, Vendor, as_json

TOKEN = "house-token"
PAGE = 3
WORDS = {
    OrderStatus.PAID: "new",
    OrderStatus.ACCEPTED: "accepted",
    OrderStatus.IN_PROGRESS: "cooking",
    OrderStatus.READY: "ready",
    OrderStatus.COMPLETED: "done",
    OrderStatus.REJECTED: "denied",
    OrderStatus.CANCELLED: "cancelled",
}


class HousePos(Vendor):
    """Orders under our id, a menu and sales in pages with a cursor."""

    def __init__(self) -> None:
        super().__init__()
        self.items: Sequence[CatalogueItem] = ()
        self.orders: dict[str, dict[str, Any]] = {}
        self.sales: dict[str, SaleSeen] = {}
        self.sold_out: set[str] = set()

    def is_order(self, call: Call) -> bool:
        return (call.method, call.path) == ("POST", "/orders")

    def answer(self, call: Call) -> Answer:
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return as_json({"error": "unauthorized"}, 401)
        match call.method, call.path:
            case "GET", "/check":
                return as_json({"ok": True})
            case "GET", "/menu":
                return self._page(call, [self._row(item) for item in self.items])
            case "POST", "/orders":
                return self._keep(call.json)
            case "GET", "/orders":
                known = self.orders.get(call.query["ref"])
                return as_json(known) if known else as_json({"error": "not_found"}, 404)
            case "GET", "/sales":
                since = from_wire(call.query["since"])
                sales = [sale for sale in self.sales.values() if sale.occurred_at and sale.occurred_at >= since]
                return self._page(call, [self._sale(sale) for sale in sales])
            case "POST", "/soldout":
                return self._snooze(call.json)
        return as_json({"error": "not_found"}, 404)

    def move(self, order_id: str, status: OrderStatus) -> None:
        """Staff move an order."""
        self.orders[order_id]["state"] = WORDS[status]

    def _keep(self, order: Any) -> Answer:
        kept = {"id": f"POS-{len(self.orders) + 1}", "ok": True, "state": "new", "order": order}
        return as_json(self.orders.setdefault(order["ref"], kept), 201)

    def _snooze(self, wish: Any) -> Answer:
        if all(item.code != wish["code"] for item in self.items):
            return as_json({"error": "not_found"}, 404)
        (self.sold_out.add if wish["until"] else self.sold_out.discard)(wish["code"])
        return as_json({"ok": True})

    def _page(self, call: Call, rows: list[dict[str, Any]]) -> Answer:
        start = int(call.query.get("cursor") or 0)
        end = start + PAGE
        return as_json({"items": rows[start:end], "next": str(end) if end < len(rows) else None})

    def _row(self, item: CatalogueItem) -> dict[str, Any]:
        return {
            "sku": item.code,
            "name": item.name,
            "price": self.amount(item.price.major()),
            "category": item.category,
            "available": item.available and item.code not in self.sold_out,
            "groups": [self._group(group) for group in item.groups],
        }

    def _group(self, group: ModifierGroup) -> dict[str, Any]:
        options = [{"code": one.code, "name": one.name, "price": self.amount(one.price.major())} for one in group.options]
        return {"name": group.name, "min": group.min_selection, "max": group.max_selection, "options": options}

    def _sale(self, sale: SaleSeen) -> dict[str, Any]:
        when = to_wire(sale.occurred_at) if sale.occurred_at else None
        return {"receipt": sale.receipt, "total": self.amount(sale.amount.major()), "time": when, "void": sale.void}
