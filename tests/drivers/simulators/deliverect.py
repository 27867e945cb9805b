"""Deliverect: calls us as a POS and as a channel; integer statuses, minor units, duplicates hidden, everything signed."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from agent.core.clock import Clock, to_wire
from agent.core.order_status import OrderStatus
from agent.core.signing import DELIVERECT, sign
from agent.sandbox import rawjson
from tests.drivers.simulators.vendor import Answer, Call, Stop, Table, Vendor, as_json

CLIENT, SECRET, WEBHOOK_SECRET = "dlv-client", "dlv-secret", "dlv-webhook"
ACCOUNT, LOCATION, LINK, CHANNEL = "61a1", "61b4", "61c3", "cata"
LIFE = timedelta(hours=24)
REMEMBERED = timedelta(hours=48)

STATUSES = {
    OrderStatus.PAID: 10,
    OrderStatus.ACCEPTED: 20,
    OrderStatus.IN_PROGRESS: 50,
    OrderStatus.READY: 70,
    OrderStatus.DRIVER_PICKED_UP: 87,
    OrderStatus.COMPLETED: 90,
    OrderStatus.REJECTED: 120,
    OrderStatus.CANCELLED: 110,
}
KNOWN_STATUSES = {20, 25, 30, 35, 40, 50, 60, 70, 80, 90, 95, 110, 115, 120}
ORDER = {"channelOrderId", "channelOrderDisplayId", "orderType", "courier", "payment", "items", "decimalDigits", "deliveryIsAsap"}
PRODUCT = {"name", "plu", "price", "productType", "deliveryTax"}


class Deliverect(Vendor):
    """One account with one location, where this shop is a channel, and may be the POS."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self.tokens: set[str] = set()
        self.logins = 0
        self.orders: list[dict[str, Any]] = []
        self.hidden: list[dict[str, Any]] = []
        """Orders that came a second time."""
        self.statuses: list[tuple[str, int]] = []
        """What a POS told of orders, in order."""
        self.catalogue: dict[str, Any] = {}
        """What a POS pushed last."""
        self.menu: dict[str, Any] = {"products": Table(), "modifierGroups": Table(), "modifiers": Table()}
        self.snoozed: list[str] = []
        self.says_id = True
        """Whether the answer to an order carries Deliverect's id; nobody says so."""

    def add(self, name: str, cents: int, *groups: str, category: str = "Mains", **more: Any) -> str:
        """Another product on the published menu; returns its PLU."""
        plu = f"P-{len(self.menu['products']) + 1}"
        row = {"_id": f"prod-{plu}", "plu": plu, "name": name, "price": cents, "productType": 1, "category": category}
        self.menu["products"][row["_id"]] = row | {"subProducts": list(groups), "visible": True} | more
        return plu

    def group(self, name: str, *choices: tuple[str, int], least: int = 0, most: int = 1) -> str:
        """A modifier group; returns its id."""
        number = f"group-{len(self.menu['modifierGroups']) + 1}"
        ids = []
        for label, cents in choices:
            plu = f"M-{len(self.menu['modifiers']) + 1}"
            self.menu["modifiers"][f"mod-{plu}"] = {"plu": plu, "name": label, "price": cents, "productType": 2}
            ids.append(f"mod-{plu}")
        row = {"plu": f"G-{number}", "name": name, "min": least, "max": most, "multiMax": 1, "productType": 3}
        self.menu["modifierGroups"][number] = row | {"subProducts": ids}
        return number

    def references(self) -> list[str]:
        """Our order ids as Deliverect has them."""
        return [order["channelOrderId"] for order in self.orders if order["channelLink"] == LINK]

    def published(self, channel_link: str = LINK) -> tuple[dict[str, str], bytes]:
        """Headers and body of a menu that is published to our channel."""
        names: dict[str, list[str]] = {}
        for number, row in self.menu["products"].items():
            names.setdefault(row["category"], []).append(number)
        categories = [{"_id": f"cat-{name}", "name": name, "products": numbers} for name, numbers in names.items()]
        snoozed = {plu: {"snoozeStart": to_wire(self.now()), "snoozeEnd": None} for plu in self.snoozed}
        head = {"menu": "All day", "menuId": "m-1", "menuType": 0, "channelLinkId": channel_link, "nestedModifiers": False}
        return self.signed([head | {"categories": categories, "snoozedProducts": snoozed, "bundles": {}} | self.menu])

    def sell(self, receipt: str, amount: str, at: datetime | None = None, **more: Any) -> dict[str, Any]:
        """Somebody ordered on another channel; `receipt` is what the customer sees."""
        number = len(self.orders) + 1
        cents = int(amount.replace(".", ""))
        item = {"_id": "i-1", "plu": "P-1", "name": "Rice", "price": cents, "quantity": 1, "remark": "", "subItems": []}
        order = {
            "_id": f"62{number:04}7c",
            "_created": to_wire(at or self.now()),
            "account": ACCOUNT,
            "location": LOCATION,
            "channelLink": "61ffff",
            "channel": 7,
            "channelOrderId": f"UE-{number}",
            "channelOrderDisplayId": receipt,
            "status": 10,
            "orderType": 1,
            "pickupTime": to_wire(self.now() + timedelta(minutes=20)),
            "deliveryIsAsap": True,
            "note": "no cutlery",
            "customer": {"name": "Ana", "phoneNumber": "+6580000001", "email": ""},
            "items": [item],
            "payment": {"amount": cents, "type": 0, "due": 0},
            "decimalDigits": 2,
            "orderIsAlreadyPaid": True,
        }
        self.orders.append(order | more)
        return self.orders[-1]

    def move(self, reference: str, status: OrderStatus) -> dict[str, Any]:
        """The POS behind Deliverect moves an order of ours on."""
        order = next(order for order in self.orders if reference in (order["channelOrderId"], order["_id"]))
        order |= {"status": STATUSES[status], "_updated": to_wire(self.now())}
        return order

    def progress(self, order: dict[str, Any], **more: Any) -> tuple[dict[str, str], bytes]:
        """Headers and body of a status update to our channel."""
        body = {"orderId": order["_id"], "channelOrderId": order["channelOrderId"], "location": LOCATION}
        return self.signed(body | {"status": order["status"], "timeStamp": to_wire(self.now())} | more)

    def signed(self, document: Any, secret: str = WEBHOOK_SECRET) -> tuple[dict[str, str], bytes]:
        body = rawjson.write(document) if document is not None else b""
        return {DELIVERECT.header: sign(DELIVERECT, secret, body)}, body

    def is_order(self, call: Call) -> bool:
        return call.method == "POST" and call.parts[1:2] == ("order",)

    def is_change(self, call: Call) -> bool:
        return call.method != "GET" and call.path != "/oauth/token"

    def answer(self, call: Call) -> Answer:
        if call.path == "/oauth/token":
            return self._token(call)
        if call.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            raise Stop(as_json({"code": 401, "description": "Unauthorized"}, 401))
        if self.is_order(call):
            return self._order(call)
        if call.method == "POST" and call.parts[0] == "orderStatus":
            return self._status(call)
        if (call.method, call.path) == ("POST", "/productAndCategories"):
            return self._products(call)
        lists = {
            "/accounts": [{"_id": ACCOUNT, "name": "Kaya House"}],
            "/channelLinks": [{"_id": LINK, "name": "Cata", "location": LOCATION, "account": ACCOUNT}],
            "/orders": self.orders,
        }
        if call.method == "GET" and call.path in lists:
            return self._list(call, lists[call.path])
        return as_json({"code": 404, "description": "Not found"}, 404)

    def _token(self, call: Call) -> Answer:
        given = call.json
        wanted = {"client_id": CLIENT, "client_secret": SECRET, "audience": self.base, "grant_type": "client_credentials"}
        if given != wanted:
            return as_json({"error": "access_denied"}, 401)
        self.logins += 1
        token = f"token-{self.logins}"
        self.tokens.add(token)
        ends_at = int((self.now() + LIFE).timestamp())
        body = {"access_token": token, "expires_at": ends_at, "expires_in": int(LIFE.total_seconds()), "token_type": "Bearer"}
        return as_json(body | {"scope": "genericPOS genericChannel:cata"})

    def _list(self, call: Call, rows: list[dict[str, Any]]) -> Answer:
        where = json.loads(call.query.get("where", "{}"))
        page, size = int(call.query.get("page", 1)), int(call.query.get("max_results", 25))
        chosen = [row for row in rows if all(row.get(name) == value for name, value in where.items())]
        links = {"self": {"href": call.path}}
        if page * size < len(chosen):
            links["next"] = {"href": f"{call.path.strip('/')}?page={page + 1}&max_results={size}"}
        meta = {"page": page, "max_results": size, "total": len(chosen)}
        return as_json({"_items": chosen[(page - 1) * size : page * size], "_meta": meta, "_links": links})

    def _order(self, call: Call) -> Answer:
        if call.parts != (CHANNEL, "order", LINK):
            return as_json({"code": "Authorization error", "description": "you're not allowed to send in orders"}, 403)
        order = call.json
        missing = sorted(ORDER - set(order))
        if missing or not 4 <= len(order["channelOrderDisplayId"]) <= 12 or not isinstance(order["payment"]["amount"], int):
            return as_json({"code": 422, "description": f"validation failed {missing}"}, 422)
        lines = [item for line in order["items"] for item in (line, *line["subItems"])]
        if not lines or any(not item["plu"] or not isinstance(item["price"], int) or item["quantity"] < 1 for item in lines):
            return as_json({"code": 422, "description": "items"}, 422)
        recent = to_wire(self.now() - REMEMBERED)
        ours = [one["channelOrderId"] for one in self.orders if one["channelLink"] == LINK and one["_created"] > recent]
        made = {"_id": f"63{len(self.orders):04}", "channelLink": LINK, "account": ACCOUNT, "location": LOCATION, "status": 10}
        made |= order | {"_created": to_wire(self.now()), "_updated": to_wire(self.now())}
        (self.hidden if order["channelOrderId"] in ours else self.orders).append(made)
        return as_json({"_id": made["_id"]} if self.says_id else {}, 201)

    def _status(self, call: Call) -> Answer:
        told = call.json
        if not {"orderId", "status", "receiptId"} <= set(told) or told["status"] not in KNOWN_STATUSES:
            return as_json({"code": 422, "description": "validation failed"}, 422)
        order = next((one for one in self.orders if one["_id"] == call.parts[1] == told["orderId"]), None)
        if order is None:
            return as_json({"code": 404, "description": "order not found"}, 404)
        order |= {"status": told["status"]} | {name: told[name] for name in ("pickupTime",) if name in told}
        self.statuses.append((order["_id"], told["status"]))
        return as_json({})

    def _products(self, call: Call) -> Answer:
        pushed = call.json
        if pushed.get("accountId") != ACCOUNT or pushed.get("locationId") != LOCATION:
            return as_json({"code": 422, "description": "account or location"}, 422)
        for product in pushed["products"]:
            if not set(product) >= PRODUCT or not isinstance(product["price"], int) or product["productType"] not in {1, 2, 3, 4}:
                return as_json({"code": 422, "description": "products"}, 422)
        self.catalogue = pushed
        counters = {"inserted": len(pushed["products"]), "updated": 0, "deleted": 0, "ignored": 0}
        return as_json({"products": counters, "warnings": [], "errors": []})
