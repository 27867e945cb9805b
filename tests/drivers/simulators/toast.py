"""Toast: a token for machines, menus of references, external ids taken once, rate limits, signed webhooks of any size."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from agent.core.clock import Clock
from agent.core.order_status import OrderStatus
from agent.core.signing import TOAST, sign
from agent.sandbox import rawjson
from tests.drivers.simulators.vendor import Answer, Call, Stop, Table, Vendor, as_json, too_many

CLIENT, SECRET, WEBHOOK_SECRET = "toast-client", "toast-secret", "toast-webhook"
RESTAURANT = "18c49abe-ae82-4aec-8435-baa4c25ea662"
DINING, OTHER_PAYMENT = "d0000000-0000-4000-8000-000000000001", "d0000000-0000-4000-8000-000000000002"
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOST_ROWS = 100

DATES = ("createdDate", "modifiedDate", "paidDate", "closedDate")
APPROVAL = {OrderStatus.PAID: "NEEDS_APPROVAL", OrderStatus.REJECTED: "NOT_APPROVED"}
FULFILMENT = {OrderStatus.IN_PROGRESS: "SENT", OrderStatus.READY: "READY", OrderStatus.COMPLETED: "READY"}


class Toast(Vendor):
    """One restaurant."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self.items: list[dict[str, Any]] = []
        self.groups: Table = Table()
        self.options: Table = Table()
        self.out_of_stock: set[str] = set()
        self.orders: list[dict[str, Any]] = []
        self.tokens: set[str] = set()
        self.logins = 0
        self.most_logins = 0
        """So many new tokens an hour, 0 for no limit."""
        self.menu_turns = 0
        """So many times more the menus answer 429 with seconds."""
        self.gets_by_external_id = True
        """Whether an order can be asked for under our id; only its guid is documented in full."""
        self.is_published = True
        self._menus_at = self.now()

    def add(self, name: str, price: str | None, *groups: int, **more: Any) -> str:
        """Another item; returns its guid. Groups are given by reference."""
        guid = _guid("a", len(self.items))
        self.publish()
        row = {
            "guid": guid,
            "name": name,
            "kitchenName": "",
            "description": "",
            "price": None if price is None else Decimal(price),
            "pricingStrategy": "BASE_PRICE",
            "plu": "",
            "sku": "",
            "modifierGroupReferences": list(groups),
        }
        self.items.append(row | more)
        return guid

    def group(self, name: str, *choices: tuple[str, str], least: int = 0, most: int | None = 1, inside: int | None = None) -> int:
        """A modifier group; returns its reference. `inside` hangs it on the option of that reference."""
        reference = 1 + len(self.groups)
        numbers = []
        for label, price in choices:
            number = 100 + len(self.options)
            guid = _guid("b", number)
            body = {"guid": guid, "referenceId": number, "name": label, "price": Decimal(price), "isDefault": False}
            self.options[str(number)] = body | {"modifierGroupReferences": []}
            numbers.append(number)
        self.groups[str(reference)] = {
            "guid": _guid("c", reference),
            "referenceId": reference,
            "name": name,
            "minSelections": least,
            "maxSelections": most,
            "requiredMode": "REQUIRED" if least else "OPTIONAL",
            "isMultiSelect": most != 1,
            "modifierOptionReferences": numbers,
        }
        if inside is not None:
            self.options[str(inside)]["modifierGroupReferences"].append(reference)
        return reference

    def references(self) -> list[str]:
        """Our order ids as the POS has them."""
        return [order["externalId"].partition(":")[2] for order in self.orders if order["externalId"]]

    def sell(self, receipt: str, amount: str, at: datetime | None = None) -> dict[str, Any]:
        """Somebody paid at the counter."""
        when = _text(at or self.now())
        check = {"guid": _guid("e", 500 + len(self.orders)), "displayNumber": receipt, "totalAmount": Decimal(amount)}
        order = self._keep({"checks": [check | {"paymentStatus": "CLOSED", "voided": False, "selections": []}]})
        order.update(dict.fromkeys(DATES, when))
        return order

    def take_back(self, receipt: str) -> None:
        """Somebody voids a check."""
        order, check = next(
            (order, check) for order in self.orders for check in order["checks"] if check.get("displayNumber") == receipt
        )
        check["voided"], order["modifiedDate"] = True, self._date()

    def sold_out(self) -> list[str]:
        """Names of what is out of stock."""
        return [item["name"] for item in self.items if item["guid"] in self.out_of_stock]

    def move(self, reference: str, status: OrderStatus) -> dict[str, Any]:
        """Staff move an order on."""
        order = self.orders[self.references().index(reference)]
        order |= {"approvalStatus": APPROVAL.get(status, "APPROVED"), "modifiedDate": self._date()}
        order |= {"voided": status is OrderStatus.CANCELLED}
        order |= {"closedDate": self._date() if status is OrderStatus.COMPLETED else None}
        for selection in order["checks"][0]["selections"]:
            selection["fulfillmentStatus"] = FULFILMENT.get(status, "NEW")
        return order

    def event(self, order: dict[str, Any], padding: int = 0) -> tuple[dict[str, str], bytes]:
        """Headers and body of the webhook for an order."""
        details = order | {"restaurantGuid": RESTAURANT, "padding": "x" * padding}
        return self.signed({"eventCategory": "orders", "eventType": "order_updated", "guid": _guid("f", 1), "details": details})

    def signed(self, event: dict[str, Any], **headers: str) -> tuple[dict[str, str], bytes]:
        stamp = self._date()
        body = rawjson.write({"timestamp": stamp} | event)
        made = {
            "toast-signature": sign(TOAST, WEBHOOK_SECRET, body, timestamp=stamp),
            "toast-event-type": event["eventType"],
            "toast-event-category": event["eventCategory"],
            "toast-restaurant-external-id": RESTAURANT,
            "toast-attempt-number": "1",
        }
        return made | headers, body

    def is_order(self, call: Call) -> bool:
        return call.method == "POST" and call.path == "/orders/v2/orders"

    def is_change(self, call: Call) -> bool:
        return call.method != "GET" and not call.path.endswith("/login")

    def answer(self, call: Call) -> Answer:
        if call.path == "/authentication/v1/authentication/login":
            return self._login(call)
        if call.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            raise Stop(_error(401, "Unauthorized"))
        if call.headers.get("toast-restaurant-external-id") != RESTAURANT:
            raise Stop(_error(403, "Forbidden"))
        name = (call.method, "/".join(call.parts[:3]))
        if name == ("GET", "menus/v2/metadata"):
            return as_json(self._head()) if self.is_published else _error(404, "No published menus")
        if name == ("GET", "menus/v2/menus"):
            return self._menus()
        if name == ("GET", "stock/v1/inventory"):
            return as_json([{"guid": guid, "status": "OUT_OF_STOCK", "quantity": None} for guid in sorted(self.out_of_stock)])
        if call.method == "PUT" and call.path == "/stock/v1/inventory/update":
            return self._stock(call)
        if name == ("GET", "orders/v2/ordersBulk"):
            return self._bulk(call)
        if name == ("POST", "orders/v2/orders"):
            return self._create(call)
        if name == ("GET", "orders/v2/orders") and len(call.parts) == 4:
            return self._find(call.parts[3])
        return _error(404, "Not found")

    def _login(self, call: Call) -> Answer:
        document = call.json
        if document != {"clientId": CLIENT, "clientSecret": SECRET, "userAccessType": "TOAST_MACHINE_CLIENT"}:
            return _error(401, "Unauthorized")
        self.logins += 1
        if self.most_logins and self.logins > self.most_logins:
            return too_many(3600)
        token = f"jwt-{self.logins}"
        self.tokens.add(token)
        inner = {"tokenType": "Bearer", "scope": None, "expiresIn": 86_400, "accessToken": token, "idToken": None}
        return as_json({"token": inner | {"refreshToken": None}, "status": "SUCCESS"})

    def _menus(self) -> Answer:
        if self.menu_turns:
            self.menu_turns -= 1
            return too_many(1)
        if not self.is_published:
            return _error(404, "No published menus")
        half = (len(self.items) + 1) // 2
        inner = {"guid": _guid("9", 2), "name": "More", "menuItems": self._priced(self.items[half:]), "menuGroups": []}
        outer = {"guid": _guid("9", 1), "name": "Mains", "menuItems": self._priced(self.items[:half]), "menuGroups": [inner]}
        menu = {"guid": _guid("9", 0), "name": "All day", "visibility": ["POS"], "menuGroups": [outer]}
        references = {"modifierGroupReferences": self.groups, "modifierOptionReferences": self._options()}
        return as_json(
            self._head()
            | {"restaurantTimeZone": "Asia/Singapore"}
            | {"menus": [menu], "preModifierGroupReferences": Table()}
            | references
        )

    def _priced(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows with their amounts as they are written just now."""
        return [row | {"price": self.amount(row["price"])} for row in rows]

    def _options(self) -> Table:
        return Table(zip(self.options, self._priced(list(self.options.values())), strict=True))

    def _stock(self, call: Call) -> Answer:
        known = {item["guid"] for item in self.items}
        for row in call.json:
            if row["guid"] not in known or row["status"] not in {"IN_STOCK", "OUT_OF_STOCK", "QUANTITY"}:
                return _error(400, "Unknown item or status")
            (self.out_of_stock.add if row["status"] == "OUT_OF_STOCK" else self.out_of_stock.discard)(row["guid"])
        return as_json([])

    def _bulk(self, call: Call) -> Answer:
        size, page = int(call.query["pageSize"]), int(call.query.get("page", 1))
        if size > MOST_ROWS:
            return _error(400, "pageSize is too large")
        start, end = (datetime.strptime(call.query[name], "%Y-%m-%dT%H:%M:%S.%f%z") for name in ("startDate", "endDate"))
        rows = [order for order in self.orders if start <= _moment(order["modifiedDate"]) < end]
        return as_json(rows[(page - 1) * size : page * size])

    def _create(self, call: Call) -> Answer:
        order = call.json
        problem = self._problem(order)
        if problem:
            return _error(400, problem)
        used = {one for order in self.orders for one in _external_ids(order)}
        if used & set(_external_ids(order)):
            return _error(400, "External ID already exists")
        for place, check in enumerate(order["checks"]):
            check |= {"guid": _guid("e", len(self.orders) * 10 + place), "displayNumber": str(len(self.orders) + 1)}
        return as_json(self._keep(order))

    def _problem(self, order: Any) -> str:
        """What cannot be taken; empty when all can."""
        if order["diningOption"] != {"guid": DINING} or not order["checks"]:
            return "diningOption or checks is not valid"
        items = {item["guid"]: item for item in self.items}
        for check in order["checks"]:
            customer = check.get("customer")
            if customer is not None and not all(customer.get(name) for name in ("firstName", "lastName", "phone", "email")):
                return "customer is not complete"
            for payment in check.get("payments", []):
                if payment["type"] == "OTHER" and payment["otherPayment"] != {"guid": OTHER_PAYMENT}:
                    return "otherPayment is not valid"
                if not isinstance(payment["amount"], Decimal | int) or not isinstance(payment["tipAmount"], Decimal | int):
                    return "amount is not valid"
            for selection in check["selections"]:
                if selection["item"]["guid"] not in items or selection["itemGroup"]["guid"] not in {_guid("9", 1), _guid("9", 2)}:
                    return "item or itemGroup is not valid"
                known = {(self._option(one), group["guid"]) for group in self.groups.values() for one in self._of(group)}
                for one in selection.get("modifiers", []):
                    if "item" not in one and one.get("displayName"):
                        continue  # a special request
                    if (one["item"]["guid"], one["optionGroup"]["guid"]) not in known:
                        return "optionGroup is not valid"
        return ""

    def _of(self, group: dict[str, Any]) -> list[int]:
        return list(group["modifierOptionReferences"])

    def _option(self, reference: int) -> str:
        return str(self.options[str(reference)]["guid"])

    def _find(self, name: str) -> Answer:
        if not GUID.fullmatch(name) and not (self.gets_by_external_id and ":" in name):
            return _error(400, "The GUID was malformed")
        found = next((order for order in self.orders if name in (order["guid"], order["externalId"])), None)
        return as_json(found) if found else _error(404, "Order not found")

    def _keep(self, fields: dict[str, Any]) -> dict[str, Any]:
        order = {
            "guid": _guid("0", len(self.orders)),
            "entityType": "Order",
            "externalId": None,
            "approvalStatus": "APPROVED",
            "voided": False,
            "closedDate": None,
            "createdDate": self._date(),
            "modifiedDate": self._date(),
        }
        self.orders.append(order | fields)
        return self.orders[-1]

    def publish(self) -> None:
        """The menus moved, if only by a millisecond."""
        self._menus_at = max(self.now(), self._menus_at + timedelta(milliseconds=1))

    def _head(self) -> dict[str, Any]:
        return {"restaurantGuid": RESTAURANT, "lastUpdated": _text(self._menus_at)}

    def _date(self) -> str:
        return _text(self.now())


def _guid(kind: str, number: int) -> str:
    return f"{kind * 8}-0000-4000-8000-{number:012}"


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}+0000"


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")


def _external_ids(order: dict[str, Any]) -> list[str]:
    rows = [order, *order["checks"], *(selection for check in order["checks"] for selection in check["selections"])]
    return [row["externalId"] for row in rows if row.get("externalId")]


def _error(status: int, message: str) -> Answer:
    return as_json({"status": status, "code": 0, "message": message, "messageKey": None, "requestId": "r-1"}, status)
