"""Revel: lists in pages, a cart that takes text/plain only, pages for people as errors, decimal money, signed webhooks."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from agent.core.clock import Clock
from agent.core.order_status import OrderStatus
from agent.core.signing import REVEL, sign
from agent.sandbox import rawjson
from tests.drivers.simulators.vendor import Answer, Call, Stop, Vendor, as_html, as_json

CREDENTIALS = "revel-key:revel-secret"
WEBHOOK_SECRET, PLATFORM_SECRET = "revel-webhook", "platform-secret"
OUTLET = 7
MOST_ROWS, USUAL_ROWS = 250, 50


class Revel(Vendor):
    """One merchant with one establishment."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self.products: list[dict[str, Any]] = []
        self.web_menu: list[dict[str, Any]] = []
        """Categories with products and modifiers, as the online menu has them."""
        self.orders: list[dict[str, Any]] = []
        self.takes_json = False
        """Old builds took application/json for a cart."""
        self.rest_style = False
        """Lists as `count/next/results` instead of `meta/objects`."""
        self.top_level_id = True
        """The cart's answer has `orderId` at the top, else inside `data`."""
        self.most_rows = MOST_ROWS
        self.tokens: set[str] = set()
        self.errors_silently = False
        """A refused cart is `ERROR` with an empty message."""

    def add(self, name: str, price: str, **more: Any) -> int:
        """Another product; returns its id."""
        number = 100 + len(self.products)
        row = {
            "id": number,
            "uuid": f"p-{number}",
            "name": name,
            "description": "",
            "price": Decimal(price),
            "barcode": f"888{number}",
            "sku": "",
            "category": "Mains",
            "active": True,
            "display_online": True,
            "establishment": f"/enterprise/Establishment/{OUTLET}/",
            "resource_uri": f"/resources/Product/{number}/",
        }
        self.products.append(row | more)
        return number

    def references(self) -> list[str]:
        """Our order ids as the POS has them."""
        return [order["notes"].removeprefix("Cata ").split("\n")[0] for order in self.orders if order["web_order"]]

    def sell(self, receipt: str, amount: str, at: datetime | None = None) -> dict[str, Any]:
        """Somebody paid at the counter."""
        dates = {} if at is None else dict.fromkeys(("created_date", "updated_date"), _text(at))
        return self._keep(local_id=receipt, final_total=amount, closed=True, **dates)

    def move(self, reference: str, status: OrderStatus) -> dict[str, Any]:
        """Staff close an order, the one step that Revel tells of."""
        order = self.orders[self.references().index(reference)]
        order |= {"closed": status is OrderStatus.COMPLETED, "updated_date": self._date()}
        return order

    def finalized(self, order: dict[str, Any]) -> tuple[dict[str, str], bytes]:
        """Headers and body of the webhook for an order."""
        body = rawjson.write({"orderInfo": order, "items": [], "payments": [], "history": []})
        return self.signed(body), body

    def signed(self, body: bytes, event: str = "order.finalized") -> dict[str, str]:
        return {
            "x-revel-signature": sign(REVEL, WEBHOOK_SECRET, body),
            "x-revel-instance": "shop",
            "x-revel-event-type": event,
            "x-revel-event-id": "1",
            "x-revel-message-id": "m-1",
        }

    def is_order(self, call: Call) -> bool:
        return call.path.rstrip("/") == "/specialresources/cart/submit"

    def is_change(self, call: Call) -> bool:
        return call.method != "GET" and call.path != "/oauth/token"

    def answer(self, call: Call) -> Answer:
        if call.path == "/weborders/menu/":
            return as_json({"status": "OK", "data": {"categories": self.web_menu}})
        if call.path == "/oauth/token":
            return self._token(call)
        if not self._is_let_in(call):
            raise Stop(as_html(403))
        lists = {
            "/enterprise/Establishment/": [{"id": OUTLET, "name": "Main shop"}, {"id": 8, "name": "Kiosk"}],
            "/products/Product/": self.products,
            "/resources/Product/": self.products,
            "/resources/Order/": self.orders,
        }
        if call.method == "GET" and call.path in lists:
            return self._page(call, lists[call.path])
        if call.method == "GET" and call.path.startswith("/resources/Order/"):
            return self._one_order(call.path.removeprefix("/resources/Order/").strip("/"))
        if call.method == "POST" and self.is_order(call):
            return self._submit(call)
        return as_html(404)

    def _token(self, call: Call) -> Answer:
        """The API platform's side; a token is good for all merchants and a day."""
        wanted = {"client_id": "platform", "client_secret": PLATFORM_SECRET, "grant_type": "client_credentials"}
        if call.json != wanted | {"audience": self.base}:
            return as_json({"error": "access_denied"}, 401)
        self.tokens.add(f"jwt-{len(self.tokens)}")
        return as_json({"access_token": f"jwt-{len(self.tokens) - 1}", "token_type": "Bearer", "expires_in": 86_400})

    def _is_let_in(self, call: Call) -> bool:
        token = call.headers.get("authorization", "").removeprefix("Bearer ")
        by_platform = token in self.tokens and call.headers.get("client-id") == "shop"
        return (call.headers.get("api-authentication") == CREDENTIALS or by_platform) and "api_key" not in call.query

    def _page(self, call: Call, rows: list[dict[str, Any]]) -> Answer:
        limit = min(int(call.query.get("limit", USUAL_ROWS)), self.most_rows)
        offset = int(call.query.get("offset", 0))
        chosen = [row for row in rows if all(_fits(row, name, value) for name, value in call.query.items())]
        more = offset + limit < len(chosen)
        following = f"{call.path}?limit={limit}&offset={offset + limit}" + _filters(call) if more else None
        page = [self._row(row) for row in chosen[offset : offset + limit]]
        if self.rest_style:
            return as_json({"count": len(chosen), "next": following, "previous": None, "results": page})
        meta = {"limit": limit, "offset": offset, "next": following, "previous": None, "total_count": len(chosen)}
        return as_json({"meta": meta, "objects": page})

    def _row(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row with its amounts as they are written just now."""
        return row | {name: self.amount(row[name]) for name in ("price", "final_total") if name in row}

    def _one_order(self, number: str) -> Answer:
        found = next((order for order in self.orders if str(order["id"]) == number), None)
        return as_json(found) if found else as_html(404)

    def _submit(self, call: Call) -> Answer:
        if not call.headers.get("content-type", "").startswith("text/plain") and not self.takes_json:
            return as_json({"status": "ERROR", "errorMsg": "Unhandled error"}, 500)
        cart = call.json
        known = {row["id"] for row in self.products}
        problem = _cart_problem(cart, known)
        if problem:
            return as_json({"status": "ERROR", "errorMsg": "" if self.errors_silently else problem})
        info = cart["orderInfo"]
        order = self._keep(
            web_order=True, call_name=info["call_name"], dining_option=info["dining_option"], notes=info["notes"], cart=cart
        )
        if self.top_level_id:
            return as_json({"status": "OK", "orderId": order["id"]})
        return as_json({"status": "OK", "data": {"orderId": order["id"]}})

    def _keep(self, **fields: Any) -> dict[str, Any]:
        number = 9000 + len(self.orders)
        order = {
            "id": number,
            "uuid": f"o-{number}",
            "establishment": f"/enterprise/Establishment/{OUTLET}/",
            "closed": False,
            "printed": False,
            "web_order": False,
            "local_id": f"L-{number}",
            "call_name": "",
            "notes": "",
            "final_total": Decimal("0.0000"),
            "created_date": self._date(),
            "updated_date": self._date(),
        }
        self.orders.append(order | fields)
        return self.orders[-1]

    def _date(self) -> str:
        return _text(self.now())


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _filters(call: Call) -> str:
    return "".join(
        f"&{name}={value.replace('+', '%2B')}" for name, value in call.query.items() if name not in {"limit", "offset"}
    )


def _fits(row: dict[str, Any], name: str, value: str) -> bool:
    field, _, lookup = name.partition("__")
    if field in {"limit", "offset", "fields", "order_by"} or field not in row:
        return True
    if lookup == "gte":
        return datetime.fromisoformat(row[field]) >= datetime.fromisoformat(value)
    text = str(row[field]).lower() if isinstance(row[field], bool) else str(row[field])
    return value in (text, text.strip("/").rpartition("/")[2])


def _cart_problem(cart: Any, known: set[int]) -> str:
    """Why the cart cannot be taken; empty when it can."""
    if cart.get("skin") != "weborder" or not isinstance(cart.get("establishmentId"), int):
        return "establishment is not valid"
    if cart["establishmentId"] != OUTLET:
        return "online ordering is not enabled"
    for item in cart["items"]:
        if item["product"] not in known or not isinstance(item["price"], Decimal | int) or item["quantity"] < 1:
            return f"product {item['product']} is not valid"
        if not isinstance(item["modifieritems"], list):
            return "modifieritems is not a list"
    if not isinstance(cart["orderInfo"]["dining_option"], int) or not isinstance(cart["paymentInfo"]["type"], int):
        return "orderInfo or paymentInfo is not valid"
    return ""
