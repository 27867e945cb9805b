"""Square: a catalogue of objects in pages, keys that are taken once, orders that staff see only when paid, signed hints."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from agent.core.catalogue import CatalogueItem, ModifierGroup, ModifierOption
from agent.core.clock import Clock, from_wire, to_wire
from agent.core.money import Money
from agent.core.order_status import OrderStatus
from agent.core.sale import SaleSeen
from agent.core.signing import SQUARE, sign
from agent.sandbox import rawjson
from tests.drivers.simulators.vendor import Answer, Call, Stop, Vendor, as_json

TOKEN, SIGNATURE_KEY = "EAAA-square-token", "square-signature-key"
LOCATION, OTHER_LOCATION = "L88917AVBK2S5", "L0000000000XX"
CURRENCY = "SGD"
NOTIFICATION_URL = "https://shop.example/pos/square"
CATALOGUE_PAGE = 100
STATES = {
    OrderStatus.PAID: "PROPOSED",
    OrderStatus.ACCEPTED: "RESERVED",
    OrderStatus.READY: "PREPARED",
    OrderStatus.COMPLETED: "COMPLETED",
    OrderStatus.CANCELLED: "CANCELED",
}
TIMES = {"RESERVED": "accepted_at", "PREPARED": "ready_at", "COMPLETED": "picked_up_at", "CANCELED": "canceled_at"}
ORDER_FIELDS = {
    "location_id", "reference_id", "source", "customer_id", "ticket_name", "line_items", "taxes", "discounts",
    "service_charges", "fulfillments", "pricing_options", "metadata",
}  # fmt: skip
LINE_FIELDS = {
    "uid", "name", "quantity", "note", "catalog_object_id", "catalog_version", "modifiers", "base_price_money",
}  # fmt: skip
SORTED_BY = {"created_at": "CREATED_AT", "updated_at": "UPDATED_AT", "closed_at": "CLOSED_AT"}


class Square(Vendor):
    """One account with two locations."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self.token = TOKEN
        self.objects: dict[str, dict[str, Any]] = {}
        self.orders: dict[str, dict[str, Any]] = {}
        self.search_page = 500
        self.phones: dict[str, str] = {}
        """Of customers by their id."""
        self._keys: dict[str, tuple[bytes, dict[str, Any]]] = {}

    def is_order(self, call: Call) -> bool:
        return (call.method, call.path) == ("POST", "/v2/orders")

    def is_change(self, call: Call) -> bool:
        return call.method == "POST" and not call.path.endswith(("/search", "/token"))

    def answer(self, call: Call) -> Answer:
        self._let_in(call)
        match call.method, *call.parts[1:]:
            case "GET", "locations":
                return as_json({"locations": [_place(LOCATION, "Main"), _place(OTHER_LOCATION, "Closed", status="INACTIVE")]})
            case "GET", "locations", number:
                return as_json({"location": _place(LOCATION, "Main")}) if number == LOCATION else _error(404, "NOT_FOUND")
            case "GET", "catalog", "list":
                return self._list(call)
            case "POST", "orders":
                return self._once(call, self._new_order)
            case "POST", "orders", "search":
                return self._search(call.json)
            case "GET", "orders", number:
                return as_json({"order": self.orders[number]}) if number in self.orders else _error(404, "NOT_FOUND")
            case "POST", "orders", number, "pay":
                return self._once(call, lambda body: self._pay_nothing(number, body))
            case "POST", "payments":
                return self._once(call, self._payment)
            case "GET", "customers", number if number in self.phones:
                return as_json({"customer": {"id": number, "phone_number": self.phones[number]}})
        return _error(404, "NOT_FOUND")

    # What staff and integrators do at Square's own side

    def sell_these(self, items: Sequence[CatalogueItem]) -> None:
        """Replace the catalogue; every item has one variation."""
        self.objects = {}
        for item in items:
            self._keep_item(item)

    def references(self) -> list[str]:
        """Our ids of the orders that there are; one that staff do not see says so."""
        return [
            order.get("reference_id", "?") + ("" if _is_shown(order) else " (not shown)")
            for order in self.orders.values()
            if order["source"]["name"] == "Cata"
        ]

    def move(self, reference: str, status: OrderStatus) -> dict[str, Any]:
        """Staff move an order on."""
        (order,) = [one for one in self.orders.values() if one.get("reference_id") == reference]
        fulfilment, state = order["fulfillments"][0], STATES[status]
        fulfilment["state"] = state
        if state in TIMES:
            fulfilment["pickup_details"][TIMES[state]] = to_wire(self.now())
        if state in ("COMPLETED", "CANCELED"):
            order |= {"state": state, "closed_at": to_wire(self.now())}
        return self._touch(order)

    def sell(self, sale: SaleSeen, **more: Any) -> str:
        """Somebody paid at the counter; returns the id of the order."""
        assert sale.occurred_at is not None
        when = to_wire(sale.occurred_at)
        order = self._order(
            source={"name": "Point of Sale"},
            state="COMPLETED",
            line_items=[{"uid": "1", "name": "Anything", "quantity": "1"}],
            total_money=self._money(sale.amount.minor),
            total_tip_money=self._money(0),
            created_at=when,
            updated_at=when,
            closed_at=when,
            **more,
        )
        return str(order["id"])

    def refund(self, number: str, minor: int | None = None) -> str:
        """Give the money of a sale back, all or a part."""
        sold = self.orders[number]
        back = self._money(int(sold["total_money"]["amount"]) if minor is None else minor)
        when = to_wire(self.now())
        order = self._order(
            source={"name": "Point of Sale"},
            state="COMPLETED",
            returns=[{"uid": "r", "source_order_id": number}],
            return_amounts={"total_money": back},
            total_money=self._money(0),
            created_at=when,
            updated_at=when,
            closed_at=when,
        )
        return str(order["id"])

    def hint(self, kind: str, number: str = "") -> tuple[dict[str, str], bytes]:
        """Headers and body of a webhook; what it is about has to be fetched."""
        about = kind.rpartition(".")[0].replace(".", "_") + "_" + kind.rpartition(".")[2]
        thing = {"id": "pay-1", "order_id": number, "status": "COMPLETED"} if kind.startswith("payment") else {"order_id": number}
        name = "payment" if kind.startswith("payment") else about
        event = {
            "merchant_id": "M",
            "type": kind,
            "event_id": f"e-{kind}-{number}",
            "created_at": to_wire(self.now()),
            "data": {"type": name, "id": number or "x", "object": {name: thing} if number else {}},
        }
        body = rawjson.write(event)
        return {"x-square-hmacsha256-signature": sign(SQUARE, SIGNATURE_KEY, body, url=NOTIFICATION_URL)}, body

    # The API

    def _let_in(self, call: Call) -> None:
        if call.headers.get("authorization") != f"Bearer {self.token}":
            raise Stop(_error(401, "UNAUTHORIZED", "AUTHENTICATION_ERROR"))
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", call.headers.get("square-version", "")):
            raise Stop(_error(400, "BAD_REQUEST"))
        if call.method == "POST" and not call.headers.get("content-type", "").startswith("application/json"):
            raise Stop(_error(415, "UNSUPPORTED_MEDIA_TYPE"))

    def _list(self, call: Call) -> Answer:
        kinds = call.query["types"].split(",")
        rows = [one for one in self.objects.values() if one["type"] in kinds and not one.get("is_deleted")]
        start = int(call.query.get("cursor") or 0)
        page: dict[str, Any] = {"objects": rows[start : start + CATALOGUE_PAGE]}
        if start + CATALOGUE_PAGE < len(rows):
            page["cursor"] = str(start + CATALOGUE_PAGE)
        return as_json(page if rows else {})

    def _once(self, call: Call, carry_out: Any) -> Answer:
        """The same key with the same body gets the first answer; with another body it is refused."""
        body = call.json
        key, longest = str(body.get("idempotency_key", "")), 192 if call.path == "/v2/orders" else 45
        if not 0 < len(key) <= longest:
            return _error(400, "VALUE_TOO_LONG" if key else "MISSING_REQUIRED_PARAMETER")
        known = self._keys.get(key)
        if known is not None:
            return as_json(known[1]) if known[0] == call.body else _error(400, "IDEMPOTENCY_KEY_REUSED")
        made: dict[str, Any] = carry_out(body)
        self._keys[key] = (call.body, made)
        return as_json(made)

    def _new_order(self, body: Any) -> dict[str, Any]:
        asked = body["order"]
        _only(body, {"idempotency_key", "order"})
        _only(asked, ORDER_FIELDS)
        if asked["location_id"] != LOCATION:
            raise Stop(_error(404, "NOT_FOUND"))
        if len(asked.get("reference_id", "")) > 40 or len(asked.get("ticket_name", "")) > 30:
            raise Stop(_error(400, "VALUE_TOO_LONG"))
        _check_fulfilments(asked.get("fulfillments", []))
        total = sum(self._worth(line) for line in asked["line_items"])
        total += sum(_minor(fee["amount_money"]) for fee in asked.get("service_charges", []))
        total -= sum(_minor(one["amount_money"]) for one in asked.get("discounts", []))
        when = to_wire(self.now())
        order = self._order(
            **asked, state="OPEN", total_money=self._money(total), net_amount_due_money=self._money(total), created_at=when
        )
        return {"order": self._touch(order)}

    def _worth(self, line: Any) -> int:
        _only(line, LINE_FIELDS)
        each = self._price(line, "ITEM_VARIATION")
        for modifier in line.get("modifiers", []):
            each += self._price(modifier, "MODIFIER") * int(modifier.get("quantity", "1"))
        return each * int(_text(line["quantity"]))

    def _price(self, line: Any, kind: str) -> int:
        """What one of it costs: as said, else as in the catalogue, where it has to be."""
        number = line.get("catalog_object_id")
        found = self._find(number, kind) if number else None
        if number and found is None:
            raise Stop(_error(404, "NOT_FOUND"))
        if "base_price_money" in line:
            return _minor(line["base_price_money"])
        if found is None:
            raise Stop(_error(400, "MISSING_REQUIRED_PARAMETER"))
        return int(found[f"{kind.lower()}_data"]["price_money"]["amount"])

    def _payment(self, body: Any) -> dict[str, Any]:
        order = self.orders.get(body["order_id"])
        if order is None or body["location_id"] != LOCATION:
            raise Stop(_error(404, "NOT_FOUND"))
        if body["source_id"] != "EXTERNAL" or not body["external_details"]["source"] or not body["external_details"]["type"]:
            raise Stop(_error(400, "BAD_REQUEST"))
        if _minor(body["amount_money"]) != order["net_amount_due_money"]["amount"] or body["autocomplete"] is not True:
            raise Stop(_error(400, "BAD_REQUEST", "PAYMENT_METHOD_ERROR"))
        self._paid(order)
        return {"payment": {"id": f"pay-{order['id']}", "status": "COMPLETED", "order_id": order["id"]}}

    def _pay_nothing(self, number: str, body: Any) -> dict[str, Any]:
        order = self.orders[number]
        if body["payment_ids"] or order["total_money"]["amount"]:
            raise Stop(_error(400, "BAD_REQUEST"))
        self._paid(order)
        return {"order": order}

    def _paid(self, order: dict[str, Any]) -> None:
        order["tenders"] = [{"id": "t", "type": "OTHER", "amount_money": order["total_money"]}]
        order["net_amount_due_money"] = self._money(0)
        self._touch(order)

    def _search(self, body: Any) -> Answer:
        query = body["query"]
        if body["location_ids"] != [LOCATION] or not 0 < body.get("limit", 500) <= 1000:
            return _error(400, "BAD_REQUEST")
        ((name, span),) = query["filter"]["date_time_filter"].items()
        if query["sort"]["sort_field"] != SORTED_BY[name]:
            return _error(400, "BAD_REQUEST")
        found = [order for order in self.orders.values() if _fits(order, query["filter"], name, from_wire(span["start_at"]))]
        found.sort(key=lambda order: order[name], reverse=query["sort"].get("sort_order") == "DESC")
        start, size = int(body.get("cursor") or 0), min(body.get("limit", 500), self.search_page)
        page: dict[str, Any] = {"orders": found[start : start + size]} if found else {}
        if start + size < len(found):
            page["cursor"] = str(start + size)
        return as_json(page)

    def _order(self, **fields: Any) -> dict[str, Any]:
        number = f"CAISE{len(self.orders):022}"
        self.orders[number] = {"id": number, "location_id": LOCATION, "version": 1, **fields}
        return self.orders[number]

    def _touch(self, order: dict[str, Any]) -> dict[str, Any]:
        order |= {"updated_at": to_wire(self.now()), "version": order["version"] + 1}
        return order

    def _find(self, number: str, kind: str) -> dict[str, Any] | None:
        inner = {"ITEM_VARIATION": ("item_data", "variations"), "MODIFIER": ("modifier_list_data", "modifiers")}[kind]
        rows = [row for one in self.objects.values() for row in one.get(inner[0], {}).get(inner[1], [])]
        return next((row for row in rows if row["id"] == number), None)

    def _money(self, minor: int) -> dict[str, Any]:
        return {"amount": self.amount(minor), "currency": CURRENCY}

    # The catalogue's objects

    def _keep_item(self, item: CatalogueItem) -> None:
        lists = [self._keep_list(group) for group in item.groups]
        self._keep("CATEGORY", f"CAT-{item.category}", category_data={"name": item.category})
        override = {"location_id": LOCATION, "sold_out": True} if not item.available else {"location_id": OTHER_LOCATION}
        variation = {
            "type": "ITEM_VARIATION",
            "id": f"VAR-{item.code}",
            "present_at_all_locations": True,
            "item_variation_data": {
                "name": "Regular",
                "sku": item.code,
                "pricing_type": "FIXED_PRICING",
                "price_money": _Priced(self, item.price),
                "location_overrides": [override],
                "sellable": True,
            },
        }
        data = {
            "name": item.name,
            "categories": [{"id": f"CAT-{item.category}"}],
            "product_type": "REGULAR",
            "variations": [variation],
            "modifier_list_info": lists,
        }
        self._keep("ITEM", f"ITEM-{item.code}", item_data=data)

    def _keep_list(self, group: ModifierGroup) -> dict[str, Any]:
        """Bounds stand in the item; the list itself has others, which must not count."""
        data = {
            "name": group.name,
            "selection_type": "MULTIPLE",
            "min_selected_modifiers": 0,
            "max_selected_modifiers": 9,
            "modifiers": [self._choice(option) for option in group.options],
        }
        self._keep("MODIFIER_LIST", f"LIST-{group.code}", modifier_list_data=data)
        return {
            "modifier_list_id": f"LIST-{group.code}",
            "min_selected_modifiers": group.min_selection,
            "max_selected_modifiers": group.max_selection,
            "enabled": True,
        }

    def _choice(self, option: ModifierOption) -> dict[str, Any]:
        data = {"name": option.name, "price_money": _Priced(self, option.price)}
        return {"type": "MODIFIER", "id": f"MOD-{option.code}", "present_at_all_locations": True, "modifier_data": data}

    def _keep(self, kind: str, number: str, **data: Any) -> None:
        self.objects[number] = {"type": kind, "id": number, "version": 1, "present_at_all_locations": True, **data}


class _Priced(dict[str, Any]):
    """A price that is written as the switch says when it is asked for."""

    def __init__(self, vendor: Square, price: Money) -> None:
        super().__init__(amount=price.minor, currency=price.currency)
        self._vendor = vendor

    def items(self) -> Any:
        return {**self, "amount": self._vendor.amount(self["amount"])}.items()


def _place(number: str, name: str, status: str = "ACTIVE") -> dict[str, Any]:
    return {"id": number, "name": name, "status": status, "currency": CURRENCY, "country": "SG"}


def _error(status: int, code: str, category: str = "INVALID_REQUEST_ERROR") -> Answer:
    return as_json({"errors": [{"category": category, "code": code, "detail": "As the API says."}]}, status)


def _only(given: Any, known: set[str]) -> None:
    if set(given) - known:
        raise Stop(_error(400, "BAD_REQUEST"))


def _minor(money: Any) -> int:
    if not isinstance(money["amount"], int) or money["currency"] != CURRENCY:
        raise Stop(_error(400, "INVALID_VALUE"))
    return int(money["amount"])


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Stop(_error(400, "EXPECTED_STRING"))
    return value


def _check_fulfilments(rows: Any) -> None:
    for row in rows:
        details = row["pickup_details"]
        if row["type"] != "PICKUP" or len(rows) > 1 or len(details.get("note", "")) > 500:
            raise Stop(_error(400, "BAD_REQUEST"))
        phone = details["recipient"].get("phone_number", "+6591234567")
        if not re.fullmatch(r"\+\d{9,16}", phone) or (details["schedule_type"] == "SCHEDULED" and not details.get("pickup_at")):
            raise Stop(_error(400, "INVALID_VALUE"))


def _is_shown(order: dict[str, Any]) -> bool:
    """Staff see an order of the API only with a fulfilment and paid."""
    return bool(order.get("fulfillments")) and bool(order.get("tenders"))


def _fits(order: dict[str, Any], wanted: Any, name: str, since: datetime) -> bool:
    states = wanted.get("state_filter", {}).get("states", [order["state"]])
    sources = wanted.get("source_filter", {}).get("source_names", [order["source"]["name"]])
    when = order.get(name)
    return order["state"] in states and order["source"]["name"] in sources and when is not None and from_wire(when) >= since
