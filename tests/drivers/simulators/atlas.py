"""Atlas Kitchen: two headers as key, integer cents, errors with details, unsigned webhooks that come more than once."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from agent.core.clock import Clock
from agent.core.order_status import OrderStatus
from agent.sandbox import rawjson
from tests.drivers.simulators.vendor import Answer, Call, Stop, Vendor, as_json

KEY, MERCHANT = "atlas-key", "1"
OUTLET, CHANNEL, MENU = 3, 4, 11
HOOK_SECRET = "atlas-hook"

STATES = {
    OrderStatus.PAID: "unpaid",
    OrderStatus.ACCEPTED: "confirmed",
    OrderStatus.IN_PROGRESS: "preparing",
    OrderStatus.READY: "ready",
    OrderStatus.COMPLETED: "completed",
    OrderStatus.CANCELLED: "cancelled",
}
ITEM = {"item_id", "quantity", "price_cents"}
ORDER = {"fulfilment_type", "serving_date", "timeslot_start", "timeslot_end", "order_items"}
PAYMENT = {"amount", "capture_id", "capture_type"}


class Atlas(Vendor):
    """One merchant with one outlet, one channel and one published menu."""

    prefix = "/admin/v1"

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self.products: list[dict[str, Any]] = []
        self.stocks: dict[int, int] = {}
        """Item id -> how many are left; -1 is without limit."""
        self.orders: list[dict[str, Any]] = []
        self.dedupes = False
        """Whether the same external id twice is refused; nobody says that it is."""
        self.finds_by_external_id = True
        """Whether our id works as identifier; nobody says that either."""
        self.both_ends_filled = False
        """As in the published sample, `completed_at` and `cancelled_at` are both filled."""

    def add(self, name: str, cents: int, *groups: dict[str, Any], **more: Any) -> int:
        """Another product on the menu; returns its id."""
        number = 380 + len(self.products)
        row = {
            "id": number,
            "name": name,
            "sku": f"SKU-{number}",
            "description": "",
            "price_cents": cents,
            "currency": "SGD",
            "display_order": number,
            "is_configurable": bool(groups),
            "archived_at": None,
            "item_modifier_groups": list(groups),
        }
        self.products.append(row | more)
        return number

    def group(self, name: str, *choices: tuple[str, int], least: int = 0, most: int = 1) -> dict[str, Any]:
        """A modifier group with choices of a name and cents each."""
        number = 50 + len(self.products)
        modifiers = [
            {
                "id": place,
                "display_order": place,
                "default_quantity": 0,
                "price_cents_override": cents,
                "item": self._choice(name),
            }
            for place, (name, cents) in enumerate(choices, number * 100)
        ]
        inner = {
            "id": number,
            "identifier": None,
            "name": name,
            "selection_required_min": least,
            "selection_required_max": most,
            "max_quantity_per_modifier": 1,
            "modifiers": modifiers,
        }
        overrides = {"selection_required_min_override": None, "selection_required_max_override": None}
        return {"id": number, "display_order": 1, "is_fixed": False, "archived": False, "modifier_group": inner} | overrides

    def references(self) -> list[str]:
        """Our order ids as the POS has them."""
        return [order["external_order_id"] for order in self.orders if order["external_order_id"]]

    def sell(self, receipt: str, amount: str, at: datetime | None = None) -> dict[str, Any]:
        """Somebody paid at the counter."""
        cents = int(amount.replace(".", ""))
        made = {"created_at": int((at or self.now()).timestamp())}
        return self._keep(
            made | {"total_including_tax": cents, "total": cents, "identifier": receipt, "is_paid": True}, "completed"
        )

    def move(self, reference: str, status: OrderStatus) -> dict[str, Any]:
        """Staff move an order on."""
        order = self.orders[self.references().index(reference)]
        order |= {"state": STATES[status], "updated_at": self._seconds()}
        if status is OrderStatus.COMPLETED:
            order["completed_at"] = self._seconds()
        if status is OrderStatus.CANCELLED:
            order["cancelled_at"] = self._seconds()
        return order

    def event(self, event_type: str, payload: dict[str, Any]) -> bytes:
        """The body of a webhook."""
        return rawjson.write({"event_type": event_type, "event_at": self._seconds(), "payload": payload})

    def is_order(self, call: Call) -> bool:
        return call.method == "POST" and call.path.endswith("/orders")

    def answer(self, call: Call) -> Answer:
        if call.headers.get("x-api-key") != KEY:
            raise Stop(_error(401, "Unauthorized", "Invalid API key", "api_key"))
        if call.headers.get("x-merchant-id") != MERCHANT:
            raise Stop(_error(401, "Unauthorized", "Invalid merchant", "merchant_id"))
        path = call.path.removeprefix(self.prefix)
        if call.method == "GET" and path == "/menus":
            return as_json({"object": "menu", "items": [self._menu_row(MENU, "published"), self._menu_row(12, "draft")]})
        if call.method == "GET" and path == f"/menus/{MENU}":
            return as_json(self._menu_row(MENU, "published") | {"sections": self._amounts(self._sections())})
        if call.method == "GET" and re.fullmatch(rf"/outlets/{OUTLET}/serving_dates/\d{{4}}-\d\d-\d\d/stocks", path):
            return as_json(self._stock(path.split("/")[4]))
        if call.method == "POST" and path == f"/outlets/{OUTLET}/channels/{CHANNEL}/orders":
            return self._create(call)
        if call.method == "GET" and call.parts[:3] == ("admin", "v1", "orders"):
            return self._find(call.parts[3:])
        return _error(404, "Not Found", "There is no such thing")

    def _amounts(self, value: Any) -> Any:
        """The menu with its amounts as they are written just now."""
        if isinstance(value, dict):
            return {key: self.amount(one) if "price_cents" in key else self._amounts(one) for key, one in value.items()}
        return [self._amounts(one) for one in value] if isinstance(value, list) else value

    def _choice(self, name: str) -> dict[str, Any]:
        return {"id": 900 + sum(map(ord, name)), "name": name, "price_cents": 0, "currency": "SGD", "archived_at": None}

    def _sections(self) -> list[dict[str, Any]]:
        """The first half of the menu hangs on a section, the rest on a section inside it."""
        half = (len(self.products) + 1) // 2
        inner = {"id": 22, "name": "More", "display_order": 2, "products": self.products[half:]}
        outer = {"id": 21, "identifier": None, "name": "Mains", "display_order": 1, "products": self.products[:half]}
        return [outer | {"sub_sections": [inner]}]

    def _menu_row(self, number: int, state: str) -> dict[str, Any]:
        stamps = {"created_at": self._seconds(), "updated_at": self._seconds()}
        dates: dict[str, Any] = {"start_date": "2026-01-01", "end_date": None, "lead_time": 0, "tag_list": []}
        return {"id": number, "identifier": None, "brand_id": 1, "name": "All day", "state": state} | stamps | dates

    def _stock(self, day: str) -> dict[str, Any]:
        date.fromisoformat(day)
        items = [{"item_id": number, "quantity": left} for number, left in self.stocks.items()]
        return {"object": "stock", "outlet_id": OUTLET, "serving_date": day, "items": items}

    def _create(self, call: Call) -> Answer:
        order = call.json
        problem = self._problem(order)
        if problem:
            return _error(422, "Invalid Parameter", "The order is not valid", problem)
        if self.dedupes and order.get("external_order_id") in self.references():
            return _error(422, "Invalid Parameter", "has already been taken", "external_order_id")
        return as_json(self._keep(dict(order), "confirmed" if order["is_paid"] else "unpaid"))

    def _problem(self, order: Any) -> str:
        """The field that cannot be taken; empty when all can."""
        if missing := sorted(ORDER - set(order)):
            return missing[0]
        if order["fulfilment_type"] not in {"dine_in", "pickup", "delivery"}:
            return "fulfilment_type"
        date.fromisoformat(order["serving_date"])
        if not 0 <= order["timeslot_start"] < order["timeslot_end"] <= 2 * 86_400:
            return "timeslot_start"
        known = {row["id"] for row in self.products} | {
            modifier["item"]["id"]
            for row in self.products
            for group in row["item_modifier_groups"]
            for modifier in group["modifier_group"]["modifiers"]
        }
        lines = [item for line in order["order_items"] for item in (line, *line.get("sub_items", []))]
        if not lines or any(not set(item) >= ITEM or item["item_id"] not in known or item["quantity"] < 1 for item in lines):
            return "order_items"
        if any(not isinstance(item["price_cents"], int) for item in lines) or not isinstance(order.get("total", 0), int):
            return "price_cents"
        payments = order.get("order_payments", [])
        if order.get("is_paid") and (not payments or any(not set(one) >= PAYMENT for one in payments)):
            return "order_payments"
        return ""

    def _find(self, parts: tuple[str, ...]) -> Answer:
        for order in self.orders:
            names = [order["identifier"], order["external_order_id"] if self.finds_by_external_id else None]
            if parts == (str(order["id"]),) or (len(parts) == 2 and parts[0] == "identifier" and parts[1] in names):
                return as_json(order)
        return _error(404, "Not Found", "There is no such order")

    def _keep(self, fields: dict[str, Any], state: str) -> dict[str, Any]:
        number = 85 + len(self.orders)
        order = {
            "id": number,
            "identifier": f"A{number:05}",
            "state": state,
            "outlet_id": OUTLET,
            "channel_id": CHANNEL,
            "call_number": len(self.orders) + 1,
            "external_order_id": None,
            "is_paid": False,
            "currency": "SGD",
            "tax_rate": "0.09",
            "created_at": self._seconds(),
            "updated_at": self._seconds(),
            "cancelled_at": self._seconds() if self.both_ends_filled else None,
            "completed_at": self._seconds() if self.both_ends_filled else None,
        }
        self.orders.append(order | fields)
        return self.orders[-1]

    def _seconds(self) -> int:
        return int(self.now().timestamp())


def _error(status: int, kind: str, message: str, field: str = "") -> Answer:
    details = [{"field": field, "message": message}] if field else []
    return as_json({"type": kind, "message": message, "details": details}, status)
