"""The control plane: for this machine and its own page only."""

from __future__ import annotations

import json
import re

import pytest
from starlette.requests import Request

from agent.core.errors import Refused
from agent.core.http import HttpRequest, HttpResponse
from agent.sandbox import control_guard
from agent.sandbox.control_client import SandboxControl
from agent.sandbox.samples import BUILDERS, TITLES
from tests.sandbox.receiver import Receiver
from tests.support.sandbox import Practice

JSON = {"Content-Type": "application/json"}


async def send(cloud: Practice, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> HttpResponse:
    url = cloud.running.control_url + path
    return await cloud.http.send(HttpRequest(method=method, url=url, headers=headers, body=body))


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example.test"},
        {"Host": "localhost.evil.example.test"},
        {"Origin": "http://evil.example.test"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_other_origins_are_refused(cloud: Practice, headers: dict[str, str]) -> None:
    for method, path in (("GET", "/state"), ("POST", "/reset")):
        assert (await send(cloud, method, "/__sandbox__" + path, JSON | headers)).status == 403


async def test_a_plain_form_is_refused(cloud: Practice) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        assert (await send(cloud, "POST", "/__sandbox__/line", {"Content-Type": kind}, b'{"up":false}')).status == 415
    assert cloud.running.line.is_up


async def test_its_own_page_is_let_in(cloud: Practice) -> None:
    headers = JSON | {"Origin": cloud.running.control_url, "Sec-Fetch-Site": "same-origin"}
    assert (await send(cloud, "POST", "/__sandbox__/clock", headers, b'{"offset_s":5}')).status == 200


@pytest.mark.parametrize(("caller", "allowed"), [("127.0.0.1", True), ("::1", True), ("192.0.2.7", False), ("", False)])
def test_only_this_machine_is_let_in(caller: str, allowed: bool) -> None:
    scope = {"type": "http", "method": "GET", "headers": [(b"host", b"localhost:1")], "path": "/"}
    if allowed:
        control_guard.check(Request(scope), caller)
        return
    with pytest.raises(Refused):
        control_guard.check(Request(scope), caller)


async def test_the_public_port_knows_the_true_caller(cloud: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await cloud.call("GET", "/__sandbox__/state")).status == 200
    monkeypatch.setattr(cloud.running.line, "caller", lambda _: "192.0.2.7")
    await cloud.error(403, "GET", "/__sandbox__/state")
    await cloud.error(403, "GET", "/__sandbox__/")


async def test_the_page_is_strict_about_itself(cloud: Practice) -> None:
    answer = await send(cloud, "GET", "/__sandbox__/", {"Sec-Fetch-Site": "cross-site"})
    policy = answer.headers["content-security-policy"]
    nonce = re.search(r"script-src 'nonce-([\w-]+)'", policy)
    assert nonce
    assert policy.startswith("default-src 'none';")
    page = answer.body.decode()
    assert page.count(nonce[1]) == 2
    assert "NONCE" not in page
    assert not re.search(r"\son\w+=|innerHTML\s*=|https?://|style=", page)
    other = await send(cloud, "GET", "/__sandbox__/", {})
    assert nonce[1] not in other.body.decode()
    assert (await send(cloud, "GET", "/__sandbox__", {})).headers["location"] == "/__sandbox__/"
    assert (await send(cloud, "GET", "/__sandbox__/", {"Host": "evil.example.test"})).status == 403


async def test_every_sample_can_be_placed_and_adds_up(cloud: Practice, shop: Receiver) -> None:
    listed = json.loads((await send(cloud, "GET", "/__sandbox__/samples", {})).body)["samples"]
    assert [row["name"] for row in listed] == list(BUILDERS) == list(TITLES)
    placed = [await cloud.control.place_order() for _ in BUILDERS]
    assert len({order.order_id for order in placed}) == len(BUILDERS)
    for name, delivery in zip(BUILDERS, shop.deliveries, strict=True):
        order = json.loads(delivery.body)
        lines = round(sum(100 * line["totalPrice"] for line in order["items"]) + 100 * order["deliveryFee"])
        assert (lines == round(100 * order["totalPay"])) == (name != "mismatch")
    with pytest.raises(Refused):
        await cloud.control.place_order("no-such")


async def test_a_tenant_without_members_has_orders_without_customers(cloud: Practice) -> None:
    cloud.running.world.tenants.default.ledger._members.clear()
    await cloud.control.place_order("latte")
    assert json.loads((await cloud.control.state())["orders"][0]["raw"])["customer"] is None


async def test_another_tenant_is_reached_by_name(cloud: Practice) -> None:
    neighbour = SandboxControl(cloud.http, cloud.running.control_url, tenant="tehtarik")
    assert (await neighbour.state())["tenant"]["name"] == "Teh Tarik House"
    with pytest.raises(Refused):
        await SandboxControl(cloud.http, cloud.running.control_url, tenant="nobody").state()


async def test_what_the_control_plane_refuses(cloud: Practice) -> None:
    for refused in (
        cloud.control.fault("explode"),
        cloud.control.modes(menu="x"),
        cloud.control.revoke_key(7),
        cloud.control.move_order("none", "READY"),
        cloud.control.redispatch("none"),
        cloud.control.place_order(outlet_id="none"),
    ):
        with pytest.raises(Refused):
            await refused


async def test_an_issued_key_expires_with_the_cloud_clock(cloud: Practice) -> None:
    await cloud.control.set_clock_offset(400 * 24 * 3600)
    await cloud.error(401, "GET", "/api/v1/outlets")
    key = await cloud.control.issue_key()
    await cloud.ok("GET", "/api/v1/outlets", key=key)


async def test_a_reset_starts_over(cloud: Practice) -> None:
    await cloud.control.place_order()
    await cloud.control.fault("status", times=None)
    await cloud.control.cut()
    await cloud.control.reset()
    await cloud.ok("GET", "/health")
    state = await cloud.control.state()
    assert (state["orders"], state["faults"], state["line"]["up"]) == ([], [], True)
