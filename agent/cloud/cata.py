"""The Cata cloud: every call of the partner contract that a till makes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from agent.cloud.exchange import Wire
from agent.cloud.quirks import LONGEST_NOTE, OTHER_IN_PROGRESS, UUID_PLACES
from agent.cloud.tolerant import find, moment, text, whole
from agent.cloud.wire import ENVELOPE, Call
from agent.core.errors import KeyRefused, Refused, Unreachable
from agent.core.member import Balance, Profile
from agent.core.money import Points
from agent.core.ref_code import RefCode

_OUTLET = ENVELOPE | {"id", "status", "isOpen", "isBusy", "outlet", "busyUntil"}
_NO_MEMBER = "The cloud does not know this member."
_NO_OUTLET = "The cloud does not know this outlet."

HEALTH = Call(shape=frozenset({"status"}), reads=True)
WHOAMI = Call(shape=frozenset({"authenticated"}), needs=frozenset({"authenticated"}), reads=True)
LOOKUP = Call(
    shape=ENVELOPE | {"customerUuid", "customer", "data"},
    missing="member_unknown",
    missing_sentence=_NO_MEMBER,
    reads=True,
    loyalty=True,
)
BALANCE = Call(needs=frozenset({"balance"}), missing="member_unknown", missing_sentence=_NO_MEMBER, reads=True, loyalty=True)
POINTS = Call(missing="member_unknown", missing_sentence=_NO_MEMBER, conflict="ref_code_conflict", loyalty=True)
ORDER_STATUS = Call(
    shape=ENVELOPE | {"status", "orderId", "success", "changed", "message"},
    missing="order_unknown",
    missing_sentence="The cloud does not know this order yet.",
    conflict="status_conflict",
    may_be_empty=True,
)
PRODUCTS = Call(shape=ENVELOPE | {"summary", "products"}, provider=True)
PRODUCT = Call(shape=ENVELOPE | {"itemCode", "name", "id", "product"}, missing="product_unknown", reads=True)
MENU_V1 = Call(
    shape=ENVELOPE | {"status", "summary", "menus"}, missing="outlet_unknown", missing_sentence=_NO_OUTLET, provider=True
)
SNOOZE = Call(shape=ENVELOPE | {"status", "itemsUpdated"}, missing="outlet_unknown", missing_sentence=_NO_OUTLET, provider=True)
OUTLET = Call(shape=_OUTLET, missing="outlet_unknown", missing_sentence=_NO_OUTLET, may_be_empty=True)
OUTLET_SYNC = Call(shape=_OUTLET | {"action"}, missing="outlet_unknown", missing_sentence=_NO_OUTLET, provider=True)


@dataclass(frozen=True, slots=True)
class WhoAmI:
    """What the cloud says about this till's key."""

    tenant_id: str
    subdomain: str
    expires_at: datetime | None
    """None means never."""
    server_time: datetime | None


class CataCloud:
    """Implements `agent.core.roles.Cloud`; stateless but for the spelling of one status."""

    def __init__(self, wire: Wire, *, outlet_id: str = "") -> None:
        """`outlet_id` is where a V1 menu goes when its payload does not say."""
        self._wire = wire
        self._outlet_id = outlet_id
        self._in_progress: str = wire.quirks.in_progress_literal

    async def health(self) -> bool:
        """Whether the cloud says that it is well; needs no key; raises Unreachable when it cannot be asked."""
        return text((await self._wire.call(HEALTH, "GET", "/health", public=True)).get("status")) in {"healthy", "ok"}

    async def whoami(self) -> WhoAmI:
        """Try the key; raises KeyRefused when the cloud does not take it."""
        tree = await self._wire.call(WHOAMI, "GET", "/api/v1/auth/whoami")
        if tree["authenticated"] is not True:
            raise KeyRefused("key_refused", "The cloud does not accept this till's key.")
        return WhoAmI(
            tenant_id=text(tree.get("tenantId")),
            subdomain=text(tree.get("subdomain")),
            expires_at=moment(tree.get("expiresAt")),
            server_time=moment(tree.get("serverTime")),
        )

    async def lookup(self, identifier: str) -> Profile:
        """The member behind a code, phone or e-mail; Refused `member_unknown` when there is none."""
        quirks = self._wire.quirks
        tree = await self._wire.call(LOOKUP, "GET", quirks.lookup_path, query={quirks.lookup_param: identifier})
        uuid = text(find(tree, *UUID_PLACES), 128)
        if not uuid:
            raise Refused("member_unknown", _NO_MEMBER)
        person = next((tree[key] for key in ("customer", "data") if isinstance(tree.get(key), dict)), tree)
        names = [text(person.get(key), 100) for key in ("firstName", "lastName")]
        return Profile(
            uuid=uuid,
            name=text(find(person, "name", "fullName"), 200) or " ".join(part for part in names if part),
            phone=text(find(person, "phone", "phoneNumber"), 40),
            email=text(person.get("email"), 320).lower(),
        )

    async def balance(self, uuid: str) -> Balance:
        """A member's balance."""
        tree = await self._wire.call(BALANCE, "GET", "/api/v1/loyalty/balance", query={"customerUuid": uuid})
        points = whole(tree["balance"])
        if points is None:
            sentence = "The cloud's answer about the points cannot be read."
            raise Unreachable("unreadable_answer", sentence, maybe_applied=False, line_down=False)
        return Balance(
            points=Points(points),
            expiring=Points(whole(tree.get("numOfPointsWillExpire")) or 0),
            expires_at=moment(tree.get("nearestExpiryDateTimeUTC")),
        )

    async def earn(self, uuid: str, points: int, ref_code: RefCode, note: str) -> None:
        """Credit points once per key."""
        body: dict[str, object] = {"customerUuid": uuid, "points": points, "refCode": ref_code}
        if note:
            body["displayNotes"] = note[:LONGEST_NOTE]
        await self._wire.call(POINTS, "POST", "/api/v1/loyalty/earn-points", body=body)

    async def burn(self, uuid: str, points: int, ref_code: RefCode) -> None:
        """Spend points once per key; Refused `insufficient_points` when there are too few."""
        body = {"customerUuid": uuid, "points": points, "refCode": ref_code}
        await self._wire.call(POINTS, "POST", "/api/v1/loyalty/use-points", body=body)

    async def order_status(self, order_id: str, body: dict[str, object]) -> None:
        """Report a status; a refused spelling of IN_PROGRESS is tried once in the other one, which is then kept."""
        try:
            await self._send_status(order_id, body, self._in_progress)
        except Refused as error:
            if error.status != 400 or body.get("status") != "IN_PROGRESS":
                raise
            other = OTHER_IN_PROGRESS[self._in_progress]
            await self._send_status(order_id, body, other)
            self._in_progress = other

    async def push_menu(self, style: str, payload: dict[str, object]) -> None:
        """Full replace of the catalogue: `products` for `v2`; `menus`, and optionally `outletId`, for `v1`."""
        if style == "v2":
            await self._wire.call(PRODUCTS, "POST", "/api/v1/products/sync", body={"products": payload["products"]})
            return
        outlet = _part(str(payload.get("outletId") or self._outlet_id))
        await self._wire.call(MENU_V1, "POST", f"/api/v1/outlets/{outlet}/menu", body=payload["menus"])

    async def product(self, item_code: str) -> dict[str, object] | None:
        """One product as the cloud has it, or None."""
        try:
            return await self._wire.call(PRODUCT, "GET", f"/api/v1/products/{_part(item_code)}")
        except Refused as error:
            if error.reason == "product_unknown":
                return None
            raise

    async def snooze(self, outlet_id: str, items: list[dict[str, object]]) -> None:
        """Mark items sold out until a time, or back."""
        await self._wire.call(SNOOZE, "POST", f"/api/v1/outlets/{_part(outlet_id)}/items/snooze", body={"items": items})

    async def outlet(self, outlet_id: str, verb: str, body: dict[str, object]) -> None:
        """`verb` is `status`, `busy` or `sync`."""
        if verb == "sync":
            await self.sync_outlet(body)
            return
        if verb not in {"status", "busy"}:
            raise ValueError(f"no such outlet verb: {verb}")
        key = self._wire.quirks.busy_key
        named = {key if name == "isBusy" else name: value for name, value in body.items()}
        await self._wire.call(OUTLET, "PATCH", f"/api/v1/outlets/{_part(outlet_id)}/{verb}", body=named)

    async def sync_outlet(self, body: dict[str, object]) -> str:
        """Create or update an outlet by its `externalId`; returns the cloud's outlet id, empty when it does not say."""
        contact = body.get("contact")
        if isinstance(contact, dict) and self._wire.quirks.contact_style == "string":
            body = {**body, "contact": contact.get("phone") or contact.get("email") or ""}
        tree = await self._wire.call(OUTLET_SYNC, "POST", "/api/v1/outlets/sync", body=body)
        return text(find(tree, "outlet.id", "id"), 128)

    async def _send_status(self, order_id: str, body: dict[str, object], in_progress: str) -> None:
        spelling = {"IN_PROGRESS": in_progress, "REJECTED": self._wire.quirks.rejected_literal}
        status = str(body.get("status", ""))
        sent = {**body, "status": spelling.get(status, status)}
        await self._wire.call(ORDER_STATUS, "POST", f"/api/v1/orders/{_part(order_id)}/status", body=sent)


def _part(value: str) -> str:
    """One segment of a path; `.` and `..` are written so that no server walks up."""
    return quote(value, safe="") if value.strip(".") else quote(value, safe="").replace(".", "%2E")
