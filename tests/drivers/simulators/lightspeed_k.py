"""Lightspeed K-Series: refresh tokens taken once, menus as trees, orders queued that may fail later, callbacks over Basic."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from agent.core.clock import Clock, from_wire, to_wire
from agent.core.order_status import OrderStatus
from agent.sandbox import rawjson
from tests.drivers.simulators.vendor import Answer, Call, Stop, Vendor, as_json

CLIENT_ID, CLIENT_SECRET = "bridge-client", "bridge-secret"
REFRESH_TOKEN = "refresh-1"
LOCATION, OTHER_LOCATION = 141948669132801, 141948669132802
ENDPOINT = "bridge"
CALLBACK_PASSWORD = "callback-password"
ACCESS_LIFE = timedelta(minutes=60)
MOST_SKUS, MOST_SALES = 50, 100
CALLBACKS = {
    OrderStatus.ACCEPTED: "SUCCESS",
    OrderStatus.READY: "READY_FOR_PICKUP",
    OrderStatus.DRIVER_PICKED_UP: "IN_DELIVERY",
    OrderStatus.COMPLETED: "CLOSED",
    OrderStatus.REJECTED: "FAILURE",
    OrderStatus.CANCELLED: "CANCELLED",
}


class LightspeedK(Vendor):
    """One business with two locations, one menu each."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self.refresh_token = REFRESH_TOKEN
        self.used_refresh_tokens: list[str] = []
        self.access: dict[str, Any] = {}
        """Token -> when it ends."""
        self.entries: list[dict[str, Any]] = []
        """The menu's tree."""
        self.menus = [{"menuName": "Online", "ikentooMenuId": 7}]
        self.left: dict[str, int | None] = {}
        """SKU -> how many are left; what is not here is unrestricted."""
        self.orders: dict[str, dict[str, Any]] = {}
        """Our reference -> body with `state`."""
        self.sales: list[dict[str, Any]] = []
        self.endpoints: dict[str, dict[str, Any]] = {ENDPOINT: {"endpointId": ENDPOINT}}
        self.messages: list[dict[str, Any]] = []
        self.page_rows = MOST_SALES

    def add(self, name: str, price: str, **more: Any) -> str:
        """Another item of the menu; returns its SKU."""
        sku = f"K{100 + len(self.entries)}"
        row = {"@type": "menuItem", "productName": name, "productPrice": Decimal(price), "sku": sku}
        self.entries.append(row | {"pricingStrategy": "PRICE_CANNOT_BE_CUSTOMIZED"} | more)
        return sku

    def references(self) -> list[str]:
        """Our order ids as the POS has them."""
        return list(self.orders)

    def sell(self, receipt: str, amount: str, at: datetime | None = None, **more: Any) -> dict[str, Any]:
        """Somebody paid at the counter."""
        payments = [{"code": "CASH", "netAmountWithTax": amount, "tip": "0.00", "type": "NORMAL"}]
        closed = to_wire(at or self.now())
        row = {
            "accountFiscId": receipt,
            "receiptId": f"R{receipt}",
            "payments": payments,
            "timeClosed": closed,
            "timeOfOpening": closed,
            "cancelled": False,
            "type": "SALE",
            "externalReferences": [],
            "source": {},
        }
        self.sales.append(row | more)
        return self.sales[-1]

    def take_back(self, receipt: str) -> None:
        """The sale is voided, which is a sale of its own kind."""
        self.sell(f"{receipt}V", "0.00", type="VOID", source={"initialAccountId": receipt})

    def move(self, reference: str, status: OrderStatus) -> tuple[dict[str, str], bytes]:
        """The order takes a step at the till; headers and body of the callback."""
        order = self.orders[reference]
        order["state"] = CALLBACKS[status]
        if status is OrderStatus.COMPLETED:
            self.sell(f"A{len(self.sales)}.9", "9.00", externalReferences=[f"TASK:OO-{LOCATION}-{reference}"])
        return self.callback_of(reference)

    def callback_of(self, reference: str) -> tuple[dict[str, str], bytes]:
        """How far the order is, as the call that tells of it; a reason may name a customer."""
        state = self.orders[reference]["state"]
        reason = {"reason": "Customer email mei@example.com exists"} if state == "FAILURE" else {}
        return self.callback(type="ORDER", status=state, thirdPartyReference=reference, businessLocationId=LOCATION, **reason)

    def callback(self, **document: Any) -> tuple[dict[str, str], bytes]:
        """A signed call to our endpoint: Basic is all there is."""
        pair = base64.b64encode(f"cata-bridge:{CALLBACK_PASSWORD}".encode()).decode()
        return {"authorization": f"Basic {pair}"}, rawjson.write(document)

    def expire_tokens(self) -> None:
        """All access tokens end now, without a word."""
        self.access.clear()

    def is_order(self, call: Call) -> bool:
        return call.path in ("/o/op/1/order/toGo", "/o/op/1/order/local")

    def is_change(self, call: Call) -> bool:
        return call.method != "GET" and call.path not in ("/oauth/token", "/o/op/1/itemAvailability")

    def answer(self, call: Call) -> Answer:
        if call.path == "/oauth/token":
            return self._token(call)
        token = call.headers.get("authorization", "").removeprefix("Bearer ")
        if self.access.get(token, self.now()) <= self.now():
            raise Stop(as_json({"error": "invalid_token"}, 401))
        if call.path == "/o/op/data/businesses":
            locations = [{"id": LOCATION, "name": "Main shop"}, {"id": OTHER_LOCATION, "name": "Kiosk"}]
            return as_json([{"id": 1, "name": "Mei Foods", "businessLocations": locations}])
        if call.path.startswith("/f/"):
            return self._finance(call)
        if call.path.startswith("/o/wh/1/webhook"):
            return self._webhook(call)
        if self.is_order(call) and call.method == "POST":
            return self._order(call)
        return self._read(call)

    def _token(self, call: Call) -> Answer:
        pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        form = dict(parse_qsl(call.body.decode()))
        is_form = call.headers.get("content-type") == "application/x-www-form-urlencoded"
        if call.headers.get("authorization") != f"Basic {pair}" or not is_form:
            return as_json({"error": "invalid_client"}, 401)
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != self.refresh_token:
            return as_json({"error": "invalid_grant"}, 400)
        self.used_refresh_tokens.append(self.refresh_token)
        count = len(self.used_refresh_tokens) + 1
        self.refresh_token = f"refresh-{count}"
        self.access[f"access-{count}"] = self.now() + ACCESS_LIFE
        return as_json(
            {"access_token": f"access-{count}", "refresh_token": self.refresh_token, "expires_in": 3600, "token_type": "bearer"}
        )

    def _read(self, call: Call) -> Answer:
        if call.query.get("businessLocationId") != str(LOCATION):
            return _bad_request("businessLocationId")
        if call.path == "/o/op/1/menu/list":
            return as_json(self.menus)
        if call.path.startswith("/o/op/2/menu/load/"):
            if call.parts[-1] not in {str(menu["ikentooMenuId"]) for menu in self.menus}:
                return _bad_request("menuId")
            return as_json(self._menu())
        if call.path == "/o/op/1/itemAvailability" and call.method == "POST":
            return self._availability(call)
        if call.path == "/o/op/1/printMsg" and call.method == "POST" and call.json.get("message"):
            self.messages.append(call.json)
            return as_json({"status": "ok"})
        return as_json({"status": 404, "error": "Not Found", "path": call.path}, 404)

    def _menu(self) -> dict[str, Any]:
        groups = [{"@type": "group", "id": 1, "name": "Mains", "menuEntry": self.entries}]
        menu = {"menuName": "Online", "ikentooMenuId": 7, "richDataMissing": False, "menuEntryGroups": groups}
        return _texts(menu) if self.amounts_as_text else menu

    def _availability(self, call: Call) -> Answer:
        skus = call.json.get("skus")
        size = int(call.query.get("size", 25))
        if not isinstance(skus, list) or not 1 <= len(skus) <= MOST_SKUS or size > 100:
            return _bad_request("skus")
        rows = [{"sku": sku, "count": self.left[sku], "updatedAt": to_wire(self.now())} for sku in skus if sku in self.left]
        page = int(call.query.get("page", 0))
        return as_json({"data": rows[page * size : (page + 1) * size], "metadata": {"warnings": [], "totalPages": 1}})

    def _order(self, call: Call) -> Answer:
        body = call.json
        if problem := _order_problem(body, call.path, set(self.endpoints)):
            return _bad_request(problem)
        reference = body["thirdPartyReference"]
        if reference in self.orders:
            return as_json({"status": "fail", "msg": f"reference has already been used {reference}"}, 409)
        self.orders[reference] = body | {"state": "QUEUED", "path": call.path}
        return as_json({"status": "ok"})

    def _finance(self, call: Call) -> Answer:
        if call.path == f"/f/finance/{LOCATION}/saleByExternalReference":
            wanted = call.query["externalReferenceId"]
            found = next((sale for sale in self.sales if wanted in sale["externalReferences"]), None)
            if found is None:
                return as_json({"error": "Not Found"}, 404)
            return as_json({"timeofCloseAndPaid" if key == "timeClosed" else key: value for key, value in found.items()})
        if call.path != f"/f/v2/business-location/{LOCATION}/sales" or "from" not in call.query:
            return as_json({"error": "Required request parameter 'from' is not present"}, 400)
        size = int(call.query.get("pageSize", MOST_SALES))
        if size > MOST_SALES:
            return as_json({"error": "pageSize"}, 400)
        since, start = from_wire(call.query["from"]), int(call.query.get("nextPageToken", 0))
        rows = [sale for sale in self.sales if from_wire(sale["timeClosed"]) >= since]
        size = min(size, self.page_rows)
        has_payments = "payments" in call.query.get("include", "")
        page = [sale if has_payments else sale | {"payments": []} for sale in rows[start : start + size]]
        more = {"nextPageToken": str(start + size)} if start + size < len(rows) else {}
        return as_json({"sales": page} | more)

    def _webhook(self, call: Call) -> Answer:
        if call.method == "GET":
            known = self.endpoints.get(call.parts[-1])
            return as_json(known) if known else as_json({"status": 404}, 404)
        body = call.json
        if not body.get("endpointId") or not str(body.get("url", "")).startswith("https://"):
            return _bad_request("url")
        if (call.method == "PUT") == (body["endpointId"] in self.endpoints):
            return _bad_request("endpointId")
        self.endpoints[body["endpointId"]] = body
        return as_json(body)


def _order_problem(body: dict[str, Any], path: str, endpoints: set[str]) -> str:
    """The field that the order is refused for; empty when it is taken."""
    reference, customer = body.get("thirdPartyReference", ""), body.get("customerInfo", {})
    checks = {
        "businessLocationId": body.get("businessLocationId") == LOCATION,
        "thirdPartyReference": isinstance(reference, str) and 1 <= len(reference) <= 48,
        "endpointId": body.get("endpointId") in endpoints,
        "customerInfo.firstName": 1 <= len(customer.get("firstName", "")) <= 128,
        "customerInfo.thirdPartyReference": "email" in customer or not customer.get("thirdPartyReference"),
        "maxTimeToAttemptOrderDeliverToPos": body.get("maxTimeToAttemptOrderDeliverToPos", 60000) >= 60000,
        "collectionCode": path.endswith("toGo") or "collectionCode" not in body,
        "tableNumber": path.endswith("local") or "tableNumber" not in body,
        "payment": not isinstance(body.get("payment", {}).get("paymentAmount"), str),
        "items": bool(body.get("items")) and all(_item_fits(item) for item in body.get("items", [])),
    }
    if len(body.get("collectionCode", "")) > 8:
        return "collectionCode"
    return next((name for name, fits in checks.items() if not fits), "")


def _item_fits(item: dict[str, Any]) -> bool:
    modifiers = item.get("modifiers", [])
    return (
        isinstance(item.get("quantity"), int)
        and 1 <= len(item.get("sku", "")) <= 25
        and all(isinstance(one.get("modifierId"), str) for one in modifiers)
        and all(_item_fits(one) for one in item.get("subItems", []))
    )


def _bad_request(field: str) -> Answer:
    errors = [{"field": field, "defaultMessage": f"{field} is not valid", "code": "Invalid"}]
    return as_json({"status": 400, "error": "Bad Request", "message": "Validation failed", "errors": errors}, 400)


def _texts(value: Any) -> Any:
    """Amounts as text."""
    if isinstance(value, dict):
        return {key: _texts(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_texts(inner) for inner in value]
    return str(value) if isinstance(value, Decimal) else value
