"""Every call a till makes to Cata, over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from agent.cloud.cata import CataCloud
from agent.cloud.exchange import Exchange, Wire, encode
from agent.cloud.http import HttpxClient
from agent.cloud.quirks import Quirks
from agent.core.clock import SystemClock
from agent.core.errors import CataBridgeError, KeyRefused, NotConfigured, Refused, Unreachable
from agent.core.ref_code import RefCode
from agent.core.roles import Cloud
from tests.cloud.byte_server import ByteServer, Heard, answer, says, serving

OK = {"code": 0, "isSuccess": True, "message": "OK"}
REF = RefCode("cb1-x")


@dataclass
class Shop:
    cloud: CataCloud
    server: ByteServer
    exchanges: list[Exchange]
    key: list[str | None] = field(default_factory=lambda: ["ck_test_1"])

    @property
    def heard(self) -> Heard:
        return self.server.heard[-1]


@asynccontextmanager
async def shop(
    *bodies: object, status: int = 200, quirks: Quirks | None = None, headers: dict[str, str] | None = None
) -> AsyncIterator[Shop]:
    replies = [
        body if isinstance(body, bytes) and body.startswith(b"HTTP") else answer(status, body, headers=headers) for body in bodies
    ]
    async with serving(says(*replies)) as server:
        http = HttpxClient(SystemClock())
        exchanges: list[Exchange] = []
        made = Shop(cloud=None, server=server, exchanges=exchanges)  # type: ignore[arg-type]
        wire = Wire(
            http,
            base_url=server.url + "/service/pos-integration/",
            key=lambda: made.key[0],
            clock=SystemClock(),
            quirks=quirks or Quirks(),
            provider="cata",
            timeout_s=5.0,
            on_exchange=exchanges.append,
        )
        made.cloud = CataCloud(wire, outlet_id="o 1")
        yield made
        await http.close()


def test_it_is_a_cloud() -> None:
    role: type[Cloud] = CataCloud
    assert role is CataCloud


async def test_whoami_reads_the_flat_answer_and_reports_the_exchange() -> None:
    body = {"authenticated": True, "tenantId": "t", "subdomain": "kopi", "apiKeyId": 42, "expiresAt": "2027-01-31T00:00:00Z"}
    async with shop(body, headers={"Date": "Sun, 22 Nov 2026 03:00:00 GMT"}) as till:
        me = await till.cloud.whoami()
        assert (me.tenant_id, me.subdomain, me.server_time) == ("t", "kopi", None)
        assert me.expires_at == datetime(2027, 1, 31, tzinfo=UTC)
        assert till.heard.target == "/service/pos-integration/api/v1/auth/whoami"
        assert till.heard.headers["x-api-key"] == "ck_test_1"
    seen = till.exchanges[0]
    assert (seen.ok, seen.status, seen.error, seen.is_line_down) == (True, 200, None, False)
    assert seen.server_time == datetime(2026, 11, 22, 3, tzinfo=UTC)
    assert seen.elapsed_s is not None


@pytest.mark.parametrize("expires", [None, "", ...])
async def test_a_key_may_never_expire(expires: object) -> None:
    body = {"authenticated": True} | ({} if expires is ... else {"expiresAt": expires})
    async with shop(body) as till:
        assert (await till.cloud.whoami()).expires_at is None


async def test_a_key_that_is_not_authenticated_is_refused() -> None:
    async with shop({"authenticated": False}) as till:
        with pytest.raises(KeyRefused):
            await till.cloud.whoami()


@pytest.mark.parametrize(("body", "well"), [({"status": "healthy"}, True), ({"status": "sick"}, False)])
async def test_health_needs_no_key(body: object, well: bool) -> None:
    async with shop(body) as till:
        till.key[0] = None
        assert await till.cloud.health() is well
        assert "x-api-key" not in till.heard.headers
        assert till.heard.target == "/service/pos-integration/health"


async def test_a_new_key_is_in_force_at_the_next_call() -> None:
    async with shop({"authenticated": True}) as till:
        await till.cloud.whoami()
        till.key[0] = " ck_test_2\n"
        await till.cloud.whoami()
        assert till.heard.headers["x-api-key"] == "ck_test_2"


@pytest.mark.parametrize(
    ("key", "reason"), [(None, "key_missing"), ("", "key_missing"), ("a b", "key_malformed"), ("ключ", "key_malformed")]
)
async def test_nothing_is_sent_without_a_usable_key(key: str | None, reason: str) -> None:
    async with shop(OK) as till:
        till.key[0] = key
        with pytest.raises(KeyRefused) as caught:
            await till.cloud.whoami()
        assert caught.value.reason == reason
        assert (till.server.heard, till.exchanges) == ([], [])


async def test_nothing_is_sent_without_an_address() -> None:
    wire = Wire(HttpxClient(SystemClock()), base_url="", key=lambda: "k", clock=SystemClock(), quirks=Quirks())
    with pytest.raises(NotConfigured, match="base_url_missing"):
        await CataCloud(wire).whoami()


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (OK | {"customerUuid": "u", "name": "Mei Tan"}, "Mei Tan"),
        (OK | {"customer": {"customerUuid": "u", "firstName": "Mei", "lastName": "Tan"}}, "Mei Tan"),
        (OK | {"customer": {"uuid": "u"}}, ""),
        (OK | {"data": {"customerUuid": "u", "fullName": "Mei"}}, "Mei"),
    ],
)
async def test_lookup_finds_the_member_wherever_the_answer_holds_it(body: object, name: str) -> None:
    async with shop(body) as till:
        profile = await till.cloud.lookup("+6591230000")
        assert (profile.uuid, profile.name) == ("u", name)
        assert till.heard.target.endswith("/api/v1/loyalty/customer?identifier=%2B6591230000")


async def test_lookup_s_path_and_parameter_are_quirks() -> None:
    async with shop(OK | {"customerUuid": "u"}, quirks=Quirks(lookup_path="/api/v1/loyalty/lookup", lookup_param="q")) as till:
        await till.cloud.lookup("a@b.test")
        assert till.heard.target.endswith("/api/v1/loyalty/lookup?q=a%40b.test")


async def test_lookup_without_a_member_in_its_answer() -> None:
    async with shop(OK) as till:
        with pytest.raises(Refused, match="member_unknown"):
            await till.cloud.lookup("x")


async def test_balance() -> None:
    body = OK | {"balance": 275, "numOfPointsWillExpire": 25, "nearestExpiryDateTimeUTC": "2027-03-31T15:59:59Z"}
    async with shop(body, OK | {"balance": "7"}, OK | {"balance": "many"}) as till:
        first = await till.cloud.balance("u&1")
        assert (first.points, first.expiring, first.expires_at) == (275, 25, datetime(2027, 3, 31, 15, 59, 59, tzinfo=UTC))
        assert till.heard.target.endswith("?customerUuid=u%261")
        second = await till.cloud.balance("u")
        assert (second.points, second.expiring, second.expires_at) == (7, 0, None)
        with pytest.raises(Unreachable, match="unreadable_answer"):
            await till.cloud.balance("u")


async def test_earn_and_burn_carry_the_key() -> None:
    async with shop(OK) as till:
        await till.cloud.earn("u", 5, REF, "n" * 500)
        earned = till.heard.json()
        assert earned == {"customerUuid": "u", "points": 5, "refCode": "cb1-x", "displayNotes": "n" * 200}
        assert till.heard.target.endswith("/api/v1/loyalty/earn-points")
        await till.cloud.earn("u", 5, REF, "")
        assert "displayNotes" not in till.heard.json()
        await till.cloud.burn("u", 6, REF)
        assert till.heard.json() == {"customerUuid": "u", "points": 6, "refCode": "cb1-x"}
        assert till.heard.target.endswith("/api/v1/loyalty/use-points")


async def test_the_exchange_says_what_went_wrong() -> None:
    async with shop({"error": {"code": 503, "message": "loyalty not configured"}}, status=503) as till:
        with pytest.raises(NotConfigured):
            await till.cloud.burn("u", 1, REF)
    seen = till.exchanges[0]
    assert (seen.ok, seen.status, seen.loyalty, seen.is_line_down) == (False, 503, True, False)
    assert isinstance(seen.error, NotConfigured)


async def test_a_lost_answer_leaves_a_burn_unknown_and_a_lookup_not() -> None:
    async def hang_up(_heard: Heard, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    exchanges: list[Exchange] = []
    async with serving(hang_up) as server:
        http = HttpxClient(SystemClock())
        wire = Wire(
            http, base_url=server.url, key=lambda: "k", clock=SystemClock(), quirks=Quirks(), on_exchange=exchanges.append
        )
        cloud = CataCloud(wire)
        with pytest.raises(Unreachable) as burned:
            await cloud.burn("u", 1, REF)
        with pytest.raises(Unreachable) as looked:
            await cloud.lookup("u")
        await http.close()
    assert (burned.value.maybe_applied, looked.value.maybe_applied) == (True, False)
    assert [seen.is_line_down for seen in exchanges] == [True, True]
    assert exchanges[0].status is None


BAD_STATUS = answer(400, {"error": {"code": 400, "message": "unknown status"}})
STATUS_OK = answer(200, {"code": 200, "isSuccess": True})


async def test_the_other_spelling_is_tried_once_and_remembered() -> None:
    async with shop(BAD_STATUS, STATUS_OK) as till:
        for _ in range(2):
            await till.cloud.order_status("o/1", {"status": "IN_PROGRESS", "timestamp": "t"})
        assert [heard.json()["status"] for heard in till.server.heard] == ["IN_PROGRESS", "IN PROGRESS", "IN PROGRESS"]
        assert till.heard.json()["timestamp"] == "t"
        assert till.heard.target.endswith("/api/v1/orders/o%2F1/status")


async def test_when_neither_spelling_is_taken_the_first_stays() -> None:
    async with shop(BAD_STATUS, quirks=Quirks(in_progress_literal="IN PROGRESS")) as till:
        for _ in range(2):
            with pytest.raises(Refused):
                await till.cloud.order_status("o", {"status": "IN_PROGRESS"})
        assert [heard.json()["status"] for heard in till.server.heard] == ["IN PROGRESS", "IN_PROGRESS"] * 2


async def test_another_refused_status_is_not_tried_again() -> None:
    async with shop(BAD_STATUS, quirks=Quirks(rejected_literal="DECLINED")) as till:
        with pytest.raises(Refused):
            await till.cloud.order_status("o", {"status": "REJECTED", "reason": "TOO_BUSY"})
        assert [heard.json()["status"] for heard in till.server.heard] == ["DECLINED"]


async def test_menus() -> None:
    async with shop({"status": "ok", "summary": {}}) as till:
        await till.cloud.push_menu("v2", {"products": [{"itemCode": "A", "basePrice": Decimal("6.50")}]})
        assert till.heard.body == b'{"products":[{"itemCode":"A","basePrice":6.5}]}'
        assert (till.heard.headers["x-provider"], till.heard.target[-21:]) == ("cata", "/api/v1/products/sync")
        await till.cloud.push_menu("v1", {"menus": [{"menuId": "m"}]})
        assert till.heard.target.endswith("/api/v1/outlets/o%201/menu")
        assert till.heard.json() == [{"menuId": "m"}]
        await till.cloud.push_menu("v1", {"menus": [], "outletId": "o2"})
        assert till.heard.target.endswith("/api/v1/outlets/o2/menu")


async def test_one_product_or_none() -> None:
    gone, absent = answer(404, {"error": {"code": 404, "message": "no"}}), answer(501, {"error": {"code": 501, "message": "no"}})
    async with shop({"itemCode": "A/B", "basePrice": 6.5}, gone, absent) as till:
        assert await till.cloud.product("..") == {"itemCode": "A/B", "basePrice": Decimal("6.5")}
        assert till.heard.target.endswith("/api/v1/products/%2E%2E")
        assert await till.cloud.product("A/B") is None
        with pytest.raises(Refused, match="not_offered"):
            await till.cloud.product("A")


async def test_snooze() -> None:
    async with shop({"status": "ok", "itemsUpdated": 1}) as till:
        await till.cloud.snooze("o", [{"itemCode": "A", "snoozeEnd": None}])
        assert till.heard.json() == {"items": [{"itemCode": "A", "snoozeEnd": None}]}
        assert till.heard.headers["x-provider"] == "cata"


@pytest.mark.parametrize(("style", "contact"), [("string", "+65"), ("object", {"phone": "+65", "email": "e"})])
async def test_outlet_calls(style: Any, contact: object) -> None:
    async with shop({"action": "updated", "outlet": {"id": "o9"}}, quirks=Quirks(contact_style=style, busy_key="busy")) as till:
        await till.cloud.outlet("o", "status", {"status": "CLOSED"})
        assert (till.heard.method, till.heard.target[-25:]) == ("PATCH", "n/api/v1/outlets/o/status")
        await till.cloud.outlet("o", "busy", {"isBusy": True})
        assert till.heard.json() == {"busy": True}
        await till.cloud.outlet("o", "sync", {"externalId": "e", "contact": {"phone": "+65", "email": "e"}})
        assert till.heard.json() == {"externalId": "e", "contact": contact}
        assert await till.cloud.sync_outlet({"externalId": "e"}) == "o9"
        with pytest.raises(ValueError):
            await till.cloud.outlet("o", "explode", {})


async def test_statuses_and_outlets_may_be_answered_with_nothing() -> None:
    async with shop(b"") as till:
        await till.cloud.order_status("o", {"status": "READY"})
        await till.cloud.outlet("o", "status", {"status": "OPEN"})


CALLS: list[Callable[[CataCloud], Awaitable[object]]] = [
    lambda cloud: cloud.whoami(),
    lambda cloud: cloud.lookup("x"),
    lambda cloud: cloud.balance("x"),
    lambda cloud: cloud.earn("x", 1, REF, ""),
    lambda cloud: cloud.burn("x", 1, REF),
    lambda cloud: cloud.order_status("x", {"status": "READY"}),
    lambda cloud: cloud.push_menu("v2", {"products": []}),
    lambda cloud: cloud.product("x"),
    lambda cloud: cloud.snooze("x", []),
    lambda cloud: cloud.outlet("x", "busy", {"isBusy": False}),
]


@pytest.mark.parametrize("place", range(len(CALLS)))
async def test_a_captive_portal_is_taken_for_an_answer_by_no_call(place: int) -> None:
    async with shop(b"<html>Sign in</html>", headers={"Content-Type": "text/html"}) as till:
        with pytest.raises(CataBridgeError) as caught:
            await CALLS[place](till.cloud)
    assert caught.value.reason == "captive_portal"
    assert till.exchanges[0].is_line_down


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        ("6.50", b"6.5"),
        ("10", b"10"),
        ("0.1", b"0.1"),
        ("12345678901234.56", b"12345678901234.56"),
        ("0.12345678901234567890123", b'"0.12345678901234567890123"'),
    ],
)
def test_decimals_keep_their_digits_on_the_way_out(value: str, wire: bytes) -> None:
    assert encode([Decimal(value)]) == b"[" + wire + b"]"
