"""Lightspeed X-Series: lists by version, sales that the same id overwrites, form-encoded signed calls, pauses until a date."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode

from agent.core.clock import Clock, from_wire, to_wire
from agent.core.order_status import OrderStatus
from agent.core.signing import X_SERIES, sign
from agent.sandbox import rawjson
from tests.drivers.simulators.vendor import Answer, Call, Stop, Vendor, as_json, too_many

TOKEN, CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN = "personal-token", "x-client", "x-client-secret", "x-refresh-1"
WEBHOOK_SECRET = "x-webhook"
OUTLET, OTHER_OUTLET = "0af7b240-outlet", "0af7b240-other"
REGISTER, USER, TAX, PAYMENT = "register-1", "user-1", "tax-1", "payment-1"
MOST_ROWS = 1000
RATE = Decimal("1.09")
STATUSES = frozenset({
    "SAVED", "CLOSED", "ONACCOUNT", "LAYBY", "ONACCOUNT_CLOSED", "LAYBY_CLOSED", "AWAITING_DISPATCH", "AWAITING_PICKUP",
    "DISPATCHED_CLOSED", "PICKED_UP_CLOSED", "VOIDED", "SERVICE", "SERVICE_CLOSED",
})  # fmt: skip
WORDS = {
    OrderStatus.PAID: "SAVED",
    OrderStatus.IN_PROGRESS: "AWAITING_DISPATCH",
    OrderStatus.READY: "AWAITING_PICKUP",
    OrderStatus.COMPLETED: "PICKED_UP_CLOSED",
    OrderStatus.CANCELLED: "VOIDED",
}
CLASSIC = {"parked": "SAVED", "pending": "AWAITING_PICKUP", "voided": "VOIDED", "closed": "CLOSED"}


class LightspeedX(Vendor):
    """One shop with two outlets, one register in the first."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self.products: list[dict[str, Any]] = []
        self.stock: dict[str, int] = {}
        """Product id -> inventory level in our outlet."""
        self.sales: dict[str, dict[str, Any]] = {}
        self.page_rows = 200
        self.writes = 0
        self.is_limited = False
        """All calls of this retailer are used up; the pause is a date."""
        self.access_token = TOKEN
        self.refresh_token = REFRESH_TOKEN
        self._version = 100

    def add(self, name: str, price: str, **more: Any) -> str:
        """Another product; returns its SKU."""
        number = 10001 + len(self.products)
        with_tax = Decimal(price)
        row = {
            "id": f"product-{number}",
            "name": name,
            "variant_name": name,
            "sku": str(number),
            "active": True,
            "price_including_tax": with_tax,
            "price_excluding_tax": (with_tax / RATE).quantize(Decimal("0.00001")),
            "deleted_at": None,
            "version": self._next(),
        }
        self.products.append(row | more)
        return str(row["sku"])

    def references(self) -> list[str]:
        """Our order ids as the POS has them."""
        return [sale["source_id"] for sale in self.sales.values() if sale.get("source") == "cata-bridge"]

    def sell(self, receipt: str, amount: Any, at: datetime | None = None, **more: Any) -> dict[str, Any]:
        """Somebody paid at the register."""
        row = {
            "id": f"sale-{len(self.sales)}",
            "outlet_id": OUTLET,
            "status": "CLOSED",
            "source": "USER",
            "invoice_number": receipt,
            "sale_date": to_wire(at or self.now()),
            "total_price_incl": amount,
            "updated_at": to_wire(self.now()),
        }
        return self._keep(row | more)

    def take_back(self, receipt: str) -> None:
        """The sale is voided; its date stays."""
        sale = next(sale for sale in self.sales.values() if sale["invoice_number"] == receipt)
        self._keep(sale | {"status": "VOIDED"})

    def move(self, reference: str, status: OrderStatus) -> dict[str, Any]:
        """Staff bring our sale on."""
        sale = next(sale for sale in self.sales.values() if sale.get("source_id") == reference)
        return self._keep(sale | {"status": WORDS[status], "updated_at": to_wire(self.now())})

    def call_of(self, document: dict[str, Any], *, secret: str = WEBHOOK_SECRET, **fields: str) -> tuple[dict[str, str], bytes]:
        """Headers and body of a call in the shape of API 1.0."""
        form = {"payload": rawjson.write(document).decode(), "environment": "prod", "domain_prefix": "shop"} | fields
        body = urlencode(form).encode()
        return {"x-signature": sign(X_SERIES, secret, body)}, body

    def sale_update(self, sale: dict[str, Any]) -> tuple[dict[str, str], bytes]:
        """The call about a sale: the old shape, with the old names."""
        return self.call_of({"id": sale["id"], "status": sale["status"], "register_sale_products": [], "totals": {}})

    def is_order(self, call: Call) -> bool:
        return call.method == "POST" and call.path in ("/api/register_sales", "/api/2026-07/sales")

    def is_change(self, call: Call) -> bool:
        return call.method != "GET" and call.path != "/api/1.0/token"

    def answer(self, call: Call) -> Answer:
        if call.path == "/api/1.0/token":
            return self._token(call)
        if call.headers.get("authorization") != f"Bearer {self.access_token}":
            raise Stop(as_json({"error": "Unauthorized", "message": "invalid token"}, 401))
        if self.is_limited:
            return too_many(self.now() + timedelta(seconds=30))
        if self.is_order(call):
            return self._classic(call.json) if call.path.endswith("register_sales") else self._dated(call.json)
        if call.method != "GET" or call.parts[:2] != ("api", "2.0"):
            return as_json({"error": "Not Found", "message": "no such resource"}, 404)
        return self._list(call)

    def _list(self, call: Call) -> Answer:
        match call.parts[2:]:
            case ("outlets",):
                outlets = [{"id": OUTLET, "name": "Main shop"}, {"id": OTHER_OUTLET, "name": "Kiosk"}]
                rows = [row | {"version": place, "default_tax_id": TAX} for place, row in enumerate(outlets, 1)]
                return self._page(call, rows)
            case ("products",):
                if sku := call.query.get("sku"):
                    return self._data([self._priced(row) for row in self.products if row["sku"] == sku])
                return self._page(call, [self._priced(row) for row in self.products])
            case ("inventory",):
                rows = [
                    {"id": f"i-{place}", "product_id": name, "outlet_id": OUTLET, "inventory_level": level, "version": place}
                    for place, (name, level) in enumerate(self.stock.items(), 1)
                ]
                return self._page(call, rows)
            case ("sales", sale_id):
                sale = self.sales.get(sale_id)
                return as_json({"data": self._priced(sale)}) if sale else as_json({"error": "Not Found"}, 404)
            case ("search",):
                return self._search(call)
        return as_json({"error": "Not Found", "message": "no such resource"}, 404)

    def _page(self, call: Call, rows: list[dict[str, Any]]) -> Answer:
        after = int(call.query.get("after", 0))
        left = sorted((row for row in rows if row["version"] > after), key=lambda row: int(row["version"]))
        return self._data(left[: min(int(call.query.get("page_size", self.page_rows)), self.page_rows)])

    def _data(self, rows: list[dict[str, Any]]) -> Answer:
        versions = [row["version"] for row in rows]
        return as_json({"data": rows, "version": {"min": min(versions, default=None), "max": max(versions, default=None)}})

    def _search(self, call: Call) -> Answer:
        query = call.query
        if query.get("type") != "sales" or int(query.get("page_size", 100)) > MOST_ROWS:
            return as_json({"error": "Bad Request", "message": "type or page_size"}, 400)
        since = from_wire(query["date_from"])
        rows = [
            self._priced(sale)
            for sale in self.sales.values()
            if from_wire(sale["sale_date"]) >= since
            and query.get("status", sale["status"]) == sale["status"]
            and query.get("outlet_id", sale.get("outlet_id")) == sale.get("outlet_id")
        ]
        start = int(query.get("offset", 0))
        return as_json({"data": rows[start : start + min(self.page_rows, int(query.get("page_size", 100)))]})

    def _classic(self, sale: Any) -> Answer:
        if problem := self._problem(sale):
            return as_json({"error": "Bad Request", "message": problem}, 400)
        self.writes += 1
        total = sum((line["price"] + line["tax"]) * line["quantity"] for line in sale["register_sale_products"])
        row = {"outlet_id": OUTLET, "total_price_incl": total, "invoice_number": f"X-{len(self.sales)}"}
        self._keep(row | sale | {"updated_at": to_wire(self.now())})
        return as_json({"register_sale": {"id": sale["id"], "status": sale["status"]}})

    def _dated(self, sale: Any) -> Answer:
        source = sale.get("source", {})
        if sale.get("state") not in CLASSIC or (source.get("author_id"), source.get("register_id")) != (USER, REGISTER):
            return as_json({"error": "bad_request", "message": "state or source"}, 400)
        known = {row["id"] for row in self.products}
        if any(line["product"]["id"] not in known or line["tax"]["id"] != TAX for line in sale["line_items"]):
            return as_json({"error": "bad_request", "message": "line_items"}, 400)
        if any(one["type"]["config_id"] != PAYMENT for one in sale["payments"]):
            return as_json({"error": {"code": 17, "message": "no such payment type"}}, 400)
        self.writes += 1
        total = sum((one["pricing"]["price"] + one["tax"]["amount"]) * one["quantity"] for one in sale["line_items"])
        row = {
            "id": sale["id"],
            "outlet_id": OUTLET,
            "status": CLASSIC[sale["state"]],
            "source": source["name"],
            "source_id": source["id"],
            "sale_date": sale["date"],
            "invoice_number": f"X-{len(self.sales)}",
            "totals": {"price_incl_tax": total},
            "updated_at": to_wire(self.now()),
        }
        return as_json({"data": self._keep(row)}, 201)

    def _problem(self, sale: Any) -> str:
        known = {row["id"] for row in self.products}
        lines, payments = sale.get("register_sale_products", []), sale.get("register_sale_payments", [])
        checks = {
            "register_id": sale.get("register_id") == REGISTER,
            "user_id": sale.get("user_id") == USER,
            "status": sale.get("status") in STATUSES,
            "register_sale_products": bool(lines)
            and all(line["product_id"] in known and line["tax_id"] == TAX and line["status"] == "CONFIRMED" for line in lines),
            "price": not any(isinstance(line[name], str) for line in lines for name in ("price", "tax")),
            "register_sale_payments": all(one["retailer_payment_type_id"] == PAYMENT for one in payments),
        }
        return next((name for name, fits in checks.items() if not fits), "")

    def _token(self, call: Call) -> Answer:
        form = dict(parse_qsl(call.body.decode()))
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return as_json({"error": "invalid_client"}, 401)
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != self.refresh_token:
            return as_json({"error": "invalid_grant"}, 400)
        self.access_token = f"{self.access_token}+"
        return as_json({"access_token": self.access_token, "token_type": "Bearer", "expires_in": 86400})

    def _keep(self, sale: dict[str, Any]) -> dict[str, Any]:
        """What is there under this id is replaced, whatever became of it."""
        self.sales[sale["id"]] = sale | {"version": self._next()}
        return self.sales[sale["id"]]

    def _priced(self, row: dict[str, Any]) -> dict[str, Any]:
        names = ("price_including_tax", "price_excluding_tax", "total_price_incl")
        return {name: self.amount(value) if name in names else value for name, value in row.items()}

    def _next(self) -> int:
        self._version += 7
        return self._version
