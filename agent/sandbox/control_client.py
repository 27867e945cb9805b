"""Typed way to a practice cloud's control plane, for the demo, the command line and tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.core.errors import Refused
from agent.core.http import Http, HttpRequest
from agent.sandbox import rawjson

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """What became of an order that was placed."""

    order_id: str
    ref_no: str
    dispatched: bool
    reason: str
    """Why the shop did not take it; empty when it did."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One movement of points that really happened."""

    operation: str
    """`earn` or `use`."""
    customer_uuid: str
    points: int
    ref_code: str
    balance_after: int


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as the cloud sees it."""

    id: str
    ref_no: str
    status: str
    history: tuple[str, ...]
    """Statuses in the order they came, PAID first."""
    dispatched: bool
    external_order_id: str | None
    pos_order_id: str | None
    deliveries: int


class SandboxControl:
    """Verbs of the control plane; every one raises Refused when the practice cloud says no."""

    def __init__(self, http: Http, control_url: str, *, tenant: str = "") -> None:
        """`control_url` is an origin; `tenant` an id or subdomain, empty for the default tenant."""
        self._http = http
        self._url = control_url.rstrip("/") + "/__sandbox__"
        self._query = f"?tenant={tenant}" if tenant else ""

    async def state(self) -> Json:
        """Everything the practice cloud knows."""
        return await self._call("GET", "/state")

    async def ledger(self) -> list[LedgerRow]:
        """All movements of points, oldest first."""
        names = LedgerRow.__dataclass_fields__
        return [LedgerRow(**{name: row[name] for name in names}) for row in (await self.state())["ledger"]]

    async def effects(self) -> dict[str, int]:
        """How often each `operation:refCode` had its effect."""
        return {key: row["effects"] for key, row in (await self.state())["effects"].items()}

    async def balance(self, uuid: str) -> int:
        """Usable points of a member."""
        return next(int(row["balance"]) for row in (await self.state())["members"] if row["uuid"] == uuid)

    async def orders(self) -> list[OrderRow]:
        """All orders, oldest first."""
        return [_order(row) for row in (await self.state())["orders"]]

    async def order(self, order_id: str) -> OrderRow:
        """One order; raises KeyError when there is none."""
        found = {order.id: order for order in await self.orders()}
        return found[order_id]

    async def requests(self) -> dict[str, int]:
        """Calls of partners so far, by `METHOD route`."""
        return dict((await self.state())["requests"])

    async def place_order(self, sample: str = "", *, outlet_id: str = "", **options: object) -> PlacedOrder:
        """Place a sample order by name, or the next one; `options` are those of DeliveryOptions."""
        body = {"sample": sample, "outlet_id": outlet_id, "options": options}
        return _placed(await self._call("POST", "/orders", body))

    async def place_raw(self, order: bytes, *, outlet_id: str = "", **options: object) -> PlacedOrder:
        """Place this very order JSON, delivered byte for byte."""
        head = json.dumps({"outlet_id": outlet_id, "options": options}).encode()
        return _placed(await self._send("POST", "/orders", head[:-1] + b', "order": ' + order + b"}"))

    async def redispatch(self, order_id: str, **options: object) -> PlacedOrder:
        """Deliver a stored order again under a new delivery id."""
        return _placed(await self._call("POST", f"/orders/{order_id}/redispatch", options))

    async def move_order(self, order_id: str, status: str, reason: str = "") -> None:
        """Change a status on the cloud's side, such as a customer's cancellation."""
        await self._call("POST", f"/orders/{order_id}/status", {"status": status, "reason": reason})

    async def add_member(self, **member: object) -> Json:
        """A further member; fields are those of the seed."""
        return await self._call("POST", "/members", member)

    async def fault(self, kind: str, path: str = "*", **fault: object) -> int:
        """Arm a fault (fields of Fault) and return its number."""
        return int((await self._call("POST", "/faults", {"kind": kind, "path": path, **fault}))["id"])

    async def clear_faults(self, fault_id: int | None = None) -> None:
        """Disarm one fault, or all."""
        await self._call("DELETE", "/faults" if fault_id is None else f"/faults/{fault_id}", {})

    async def cut(self, *, deliveries: bool = True) -> None:
        """Cut the internet: connections are refused; without `deliveries` orders do not arrive either."""
        await self._call("POST", "/line", {"up": False, "deliveries": deliveries})

    async def restore(self) -> None:
        """Give the internet back."""
        await self._call("POST", "/line", {"up": True})

    async def revoke_key(self, key_id: int | None = None) -> None:
        """Revoke one API key, or all of the tenant."""
        for each in await self._key_ids() if key_id is None else [key_id]:
            await self._call("POST", f"/keys/{each}/revoke", {})

    async def restore_key(self, key_id: int | None = None) -> None:
        """Make revoked keys work again, one or all."""
        for each in await self._key_ids() if key_id is None else [key_id]:
            await self._call("POST", f"/keys/{each}/restore", {})

    async def issue_key(self, key: str | None = None) -> str:
        """A further API key."""
        return str((await self._call("POST", "/keys", {"key": key}))["key"])

    async def modes(self, **modes: object) -> Json:
        """Change how the tenant behaves; fields are those of Modes."""
        return await self._call("PATCH", "/modes", modes)

    async def set_clock_offset(self, seconds: float) -> None:
        """Set the cloud's wall clock off."""
        await self._call("POST", "/clock", {"offset_s": seconds})

    async def reset(self) -> None:
        """Start over from the seed."""
        await self._call("POST", "/reset", {})

    async def _key_ids(self) -> list[int]:
        return [row["id"] for row in (await self.state())["keys"]]

    async def _call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Json:
        return await self._send(method, path, b"" if body is None else json.dumps(body).encode())

    async def _send(self, method: str, path: str, body: bytes) -> Json:
        url = self._url + path + self._query
        headers = {"Content-Type": "application/json"}
        answer = await self._http.send(HttpRequest(method=method, url=url, headers=headers, body=body, timeout_s=60.0))
        content: Json = rawjson.read_object(answer.body)
        if answer.status >= 400:
            problem = content["error"]
            raise Refused("sandbox_refused", problem["message"], status=answer.status, details=problem["details"])
        return content


def _placed(row: Json) -> PlacedOrder:
    return PlacedOrder(row["order_id"], row["ref_no"], row["dispatched"], row["reason"])


def _order(row: Json) -> OrderRow:
    return OrderRow(
        id=row["id"],
        ref_no=row["ref_no"],
        status=row["status"],
        history=tuple(step["status"] for step in row["history"]),
        dispatched=row["dispatched"],
        external_order_id=row["external_order_id"],
        pos_order_id=row["pos_order_id"],
        deliveries=len(row["deliveries"]),
    )
