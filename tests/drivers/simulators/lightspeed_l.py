"""Lightspeed L-Series as recorded traffic shows it: bare lists and paged ones, a bare number for an order and no way to ask."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from agent.core.clock import Clock, to_wire
from tests.drivers.simulators.vendor import Answer, Call, Vendor, as_json

TOKEN = "l-token"
COMPANY, CUSTOMER = 14160, 32767
ZONE = ZoneInfo("Asia/Singapore")
NEVER = "1970-01-01T00:00:00.000Z"


class LightspeedL(Vendor):
    """One company."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self.groups: list[dict[str, Any]] = [
            {"id": 1, "name": "Mains", "visible": True, "products": []},
            {"id": 2, "name": "Hidden", "visible": False, "products": []},
        ]
        self.products: dict[int, list[dict[str, Any]]] = {1: [], 2: []}
        self.receipts: list[dict[str, Any]] = []
        self.orders: list[dict[str, Any]] = []
        self.page_rows = 50
        self.is_bare = False
        """Receipts come as a bare list, all at once."""

    def add(self, name: str, price: str, group: int = 1, **more: Any) -> str:
        """Another product; returns its number."""
        number = 154115 + sum(len(rows) for rows in self.products.values())
        self.products[group].append({"id": number, "name": name, "price": Decimal(price), "visible": True} | more)
        return str(number)

    def references(self) -> list[str]:
        """Our order ids as the POS has them, at the end of a note."""
        return [order["note"].splitlines()[-1].removeprefix("Cata order ") for order in self.orders]

    def sell(self, amount: Any, at: datetime | None = None, **more: Any) -> str:
        """Somebody paid at the till; returns the receipt's number."""
        made = to_wire(at or self.now())
        number = 198374 + len(self.receipts)
        row = {
            "id": number,
            "customerId": 0,
            "status": "PAID",
            "type": "restaurant",
            "total": amount,
            "creationDate": made,
            "modificationDate": made,
            "closingDate": NEVER,
        }
        self.receipts.append(row | more)
        return str(number)

    def take_back(self, receipt: str) -> None:
        """The receipt is voided."""
        row = next(row for row in self.receipts if str(row["id"]) == receipt)
        row |= {"status": "VOID", "modificationDate": to_wire(self.now())}

    def is_order(self, call: Call) -> bool:
        return call.method == "POST" and call.path.endswith("/establishmentorder")

    def answer(self, call: Call) -> Answer:
        if call.headers.get("x-auth-token") != TOKEN:
            return as_json({"description": "not allowed"}, 401)
        if call.parts[:2] != ("PosServer", "rest"):
            return as_json({"description": "no such resource"}, 404)
        match call.method, call.parts[2:]:
            case "GET", ("core", "company"):
                return as_json([{"id": COMPANY, "name": "Main shop", "vatInclusive": True, "country": "SG"}])
            case "GET", ("inventory", "productgroup"):
                return as_json(self.groups)
            case "GET", ("inventory", "productgroup", group, "product"):
                rows = [row | {"price": self.amount(row["price"])} for row in self.products[int(group)]]
                return self._page(call, rows)
            case "GET", ("financial", "receipt"):
                day = date.fromisoformat(call.query["date"])
                rows = [row for row in self.receipts if _day(row) == day]
                return as_json(rows) if self.is_bare else self._page(call, rows)
            case "POST", ("onlineordering", "customer", customer, "establishmentorder"):
                return self._order(call.json, customer)
        return as_json({"description": "no such resource"}, 404)

    def _page(self, call: Call, rows: list[dict[str, Any]]) -> Answer:
        start = int(call.query.get("offset", 0))
        size = min(int(call.query.get("amount", self.page_rows)), self.page_rows)
        return as_json({"results": rows[start : start + size], "amount": size, "offset": start})

    def _order(self, order: Any, customer: str) -> Answer:
        known = {row["id"] for rows in self.products.values() for row in rows}
        if customer != str(CUSTOMER) or order.get("companyId") != COMPANY or order.get("customerId") != CUSTOMER:
            return as_json({"description": "customer or company"}, 404)
        if not order["orderItems"] or any(item["productId"] not in known for item in order["orderItems"]):
            return as_json({"description": "product"}, 400)
        if any(isinstance(item[name], str) for item in order["orderItems"] for name in ("unitPrice", "totalPriceWithoutVat")):
            return as_json({"description": "price"}, 400)
        self.orders.append(order)
        location = {"Location": "/${customerId}/order/${created}", "Content-Type": "application/json"}
        return Answer(status=201, body=str(1156528 + len(self.orders)).encode(), headers=location)


def _day(row: dict[str, Any]) -> date:
    return datetime.fromisoformat(row["creationDate"]).astimezone(ZONE).date()
