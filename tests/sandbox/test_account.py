"""Keys, tenants, public calls and what Cata does not serve."""

from __future__ import annotations

import json

import pytest

from agent.core.errors import InvalidInput
from tests.support.sandbox import EXPIRED_KEY, OUTLET, Practice


async def test_whoami_is_flat(cloud: Practice) -> None:
    found = await cloud.ok("GET", "/api/v1/auth/whoami")
    assert set(found) == {"authenticated", "tenantId", "subdomain", "apiKeyId", "expiresAt", "serverTime"}
    assert (found["authenticated"], found["subdomain"], found["apiKeyId"]) == (True, "kopikita", 42)
    assert found["expiresAt"].endswith("Z")


async def test_a_key_without_expiry_says_null(cloud: Practice) -> None:
    key = await cloud.control.issue_key("ck_test_second")
    assert (await cloud.ok("GET", "/api/v1/auth/whoami", key=key))["expiresAt"] is None


@pytest.mark.parametrize("key", [None, "", "wrong", EXPIRED_KEY, "ck_test_neighbour"])
async def test_every_bad_key_gets_the_same_401(cloud: Practice, key: str | None) -> None:
    assert await cloud.error(401, "GET", "/api/v1/auth/whoami", key=key) == await cloud.error(
        401, "GET", "/api/v1/outlets", key="no"
    )


async def test_a_revoked_key_works_again_once_restored(cloud: Practice) -> None:
    await cloud.control.revoke_key(42)
    await cloud.error(401, "GET", "/api/v1/auth/whoami")
    await cloud.control.restore_key(42)
    await cloud.ok("GET", "/api/v1/auth/whoami")
    await cloud.control.revoke_key()
    await cloud.error(401, "GET", "/api/v1/auth/whoami")
    await cloud.control.restore_key()
    await cloud.ok("GET", "/api/v1/auth/whoami")


@pytest.mark.parametrize("path", ["/health", "/service/pos-integration/health"])
async def test_health_needs_no_key(cloud: Practice, path: str) -> None:
    assert await cloud.ok("GET", path, key=None) == {"status": "healthy"}


async def test_events_need_no_key(cloud: Practice) -> None:
    events = (await cloud.ok("GET", "/api/v1/webhooks/events", key=None))["events"]
    assert [event["name"] for event in events] == ["order.paid"]


@pytest.mark.parametrize(
    ("host", "tenant_header", "key", "expected"),
    [
        ("kopikita.sgp1.example.test", "", "ck_test_sandbox", "kopikita"),
        ("tehtarik.sgp.example.test:443", "kopikita", "ck_test_neighbour", "tehtarik"),
        ("localhost:8080", "tehtarik", "ck_test_neighbour", "tehtarik"),
        ("127.0.0.1", "8e1a7d2f-6b63-4c4f-8d1f-4b5d2a2c3ea1", "ck_test_neighbour", "tehtarik"),
        ("[::1]:80", "", "ck_test_sandbox", "kopikita"),
    ],
)
async def test_the_host_names_the_tenant(cloud: Practice, host: str, tenant_header: str, key: str, expected: str) -> None:
    headers = {"Host": host, **({"X-Tenant-ID": tenant_header} if tenant_header else {})}
    assert (await cloud.ok("GET", "/api/v1/auth/whoami", key=key, headers=headers))["subdomain"] == expected


async def test_an_unknown_tenant_is_404(cloud: Practice) -> None:
    await cloud.error(404, "GET", "/health", headers={"Host": "nobody.example.test"})


async def test_tenants_do_not_see_each_other(cloud: Practice) -> None:
    await cloud.error(404, "GET", f"/api/v1/outlets/{OUTLET}", key="ck_test_neighbour", headers={"X-Tenant-ID": "tehtarik"})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/orders"),
        ("PATCH", "/api/v1/orders/1"),
        ("GET", "/api/v1/jobs/1"),
        ("POST", "/api/v1/webhooks/subscriptions"),
    ],
)
async def test_what_cata_does_not_serve_is_501(cloud: Practice, method: str, path: str) -> None:
    await cloud.error(501, method, path, {})


@pytest.mark.parametrize("path", ["/", "/api/v1/nothing", "/api/v1/outlets/", "/api/v1/webhooks/x", "/service/pos-integration"])
async def test_an_unknown_path_is_404(cloud: Practice, path: str) -> None:
    await cloud.error(404, "GET", path)


async def test_a_wrong_method_is_405(cloud: Practice) -> None:
    await cloud.error(405, "DELETE", "/health")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff\xfe", b'{"points":NaN}', b"[" * 100_000])
async def test_what_is_not_a_json_object_is_400(cloud: Practice, body: bytes) -> None:
    await cloud.error(400, "POST", "/api/v1/loyalty/earn-points", body)


async def test_a_huge_body_is_413(cloud: Practice) -> None:
    await cloud.error(413, "POST", "/api/v1/products/sync", b" " * (5 * 1024 * 1024 + 1))


async def test_an_accident_inside_is_500_and_the_next_call_works(cloud: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    def fall(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(cloud.running.world.tenants.default.outlets, "all", fall)
        await cloud.error(500, "GET", "/api/v1/outlets")
    assert json.loads((await cloud.call("GET", "/api/v1/outlets")).body)["outlets"]


async def test_a_caller_that_goes_away_mid_body_leaves_the_cloud_serving(cloud: Practice) -> None:
    import asyncio

    reader, writer = await asyncio.open_connection("127.0.0.1", cloud.running.line.port)
    writer.write(b"POST /api/v1/outlets HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: ck_test_sandbox\r\nContent-Length: 9\r\n\r\n{")
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert not await reader.read()
    await cloud.ok("GET", "/health")


def test_a_seed_product_without_a_code_is_refused() -> None:
    from agent.core.clock import SystemClock
    from agent.core.ids import RandomIds
    from agent.sandbox.seed import SeedTenant
    from agent.sandbox.tenants import Tenant

    with pytest.raises(InvalidInput, match="itemCode"):
        Tenant(SeedTenant(id="1", subdomain="a", products=({"name": "x"},)), SystemClock(), RandomIds(), 1)
