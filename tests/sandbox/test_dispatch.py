"""Deliveries to the shop: the very bytes, signed, once, and everything that can be made wrong with them."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.clock import SystemClock, from_wire
from agent.sandbox import rawjson
from tests.sandbox.receiver import Delivery, Receiver
from tests.support.sandbox import OUTLET, Practice

ODD_ORDER = (
    b'{ "orderId" : "5B0C7C57-9d5e-4a53-8d7c-2a4e5cf2a001",\t"orderRefNo":"KK-1", "outletId":"x","status":"PAID",\r\n'
    b'"deliveryMethod":"PICKUP","createdAt":"2026-11-22T03:05:11Z","currency":"SGD","totalPay":14.600, "z":1e2,'
    b'"a":"\\u00e9\xc3\xa9",'
    b'"items":[{"plu":"L","name":"}","quantity":1,"unitPrice":14.60}] }'
)


def envelope(order: bytes, **more: str) -> bytes:
    fields = {"outletId": OUTLET, "event": "order.paid", **more}
    return json.dumps(fields).encode()[:-1] + b' , "order" :  ' + order + b" }"


def signed(delivery: Delivery, secret: str, mode: str = "body") -> bool:
    stamp = delivery.headers["x-cata-timestamp"].encode()
    message = delivery.body if mode == "body" else stamp + b"." + delivery.body
    return delivery.headers["x-cata-signature"] == "sha256=" + hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


async def test_the_shop_gets_the_very_bytes_of_the_order_with_a_good_signature(cloud: Practice, shop: Receiver) -> None:
    done = await cloud.ok("POST", "/api/v1/orders/dispatch", envelope(ODD_ORDER))
    order_id = "5B0C7C57-9d5e-4a53-8d7c-2a4e5cf2a001"
    assert done == {
        "code": 200,
        "isSuccess": True,
        "message": "order dispatched",
        "orderId": order_id,
        "dispatched": True,
        "reason": "",
    }
    (delivery,) = shop.deliveries
    assert delivery.body == ODD_ORDER
    assert delivery.first_line == "POST /cata/orders/1?x=%20y HTTP/1.1"
    assert delivery.headers["x-cata-event"] == "order.paid"
    assert delivery.headers["content-type"] == "application/json"
    assert uuid.UUID(delivery.headers["x-cata-delivery-id"]).version == 4
    assert abs(int(delivery.headers["x-cata-timestamp"]) - SystemClock().now().timestamp()) < 60
    assert signed(delivery, shop.secret)
    order = await cloud.control.order(order_id)
    assert (order.external_order_id, order.ref_no) == ("A-1", "KK-1")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(json_values, st.booleans(), st.sampled_from([None, 1, "\t"]), st.dictionaries(st.text(), json_values, max_size=3))
def test_a_member_keeps_its_bytes_whatever_stands_around_it(
    value: object, ascii_only: bool, indent: str | int | None, around: dict[str, object]
) -> None:
    inner = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "replace")
    around.pop("order", None)
    before = json.dumps(around, indent=indent).encode()
    comma = b"," if around else b""
    body = before.removesuffix(b"}") + comma + b' "order"\n: ' + inner + b"\n}"
    assert json.loads(body)["order"] == json.loads(inner)
    assert rawjson.member_bytes(body, "order") == inner


def test_the_last_of_two_members_wins_and_a_missing_one_is_none() -> None:
    assert rawjson.member_bytes(b'{"a":1, "a": [2 ] }', "a") == b"[2 ]"
    assert rawjson.member_bytes(b"{ }", "a") is None


def test_numbers_are_written_as_they_were_read() -> None:
    text = '{"a":6.50,"b":1E+3,"c":[true,null,"é"],"d":12345678901234567890}'.encode()
    assert rawjson.write(rawjson.read(text)) == text


async def test_without_a_webhook_the_order_is_kept_and_not_sent(cloud: Practice) -> None:
    done = await cloud.ok("POST", "/api/v1/orders/dispatch", envelope(ODD_ORDER))
    assert (done["isSuccess"], done["dispatched"], done["reason"]) == (True, False, "no active webhook")
    assert [order.status for order in await cloud.control.orders()] == ["PAID"]


@pytest.mark.parametrize(("status", "taken"), [(200, True), (204, True), (302, False), (401, False), (500, False)])
async def test_any_2xx_is_taken_and_nothing_is_sent_twice(cloud: Practice, shop: Receiver, status: int, taken: bool) -> None:
    shop.status, shop.answer = status, b""
    placed = await cloud.control.place_order("latte")
    assert (placed.dispatched, placed.reason) == (taken, "" if taken else f"webhook returned {status}")
    assert len(shop.deliveries) == 1
    assert (await cloud.control.order(placed.order_id)).external_order_id is None


async def test_an_unreachable_shop_is_a_reason(cloud: Practice) -> None:
    url = "http://127.0.0.1:9/x"
    await cloud.ok(
        "POST",
        "/api/v1/webhooks/register",
        {"outletId": OUTLET, "provider": "a", "callbackUrl": url, "events": ["order.paid"]},
    )
    placed = await cloud.control.place_order()
    assert not placed.dispatched
    assert placed.reason.startswith("webhook unreachable")


async def test_a_pipeline_over_its_budget_is_a_reason(cloud: Practice, shop: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.sandbox.dispatcher.PIPELINE_BUDGET_S", 0)
    assert (await cloud.control.place_order()).reason == "dispatch budget exceeded"


@pytest.mark.parametrize("answer", [b"[]", b"not json", b'{"externalOrderId":7}', b'{"externalOrderId":""}'])
async def test_an_answer_without_an_external_id_is_fine(cloud: Practice, shop: Receiver, answer: bytes) -> None:
    shop.answer = answer
    placed = await cloud.control.place_order()
    assert placed.dispatched
    assert (await cloud.control.order(placed.order_id)).external_order_id is None


async def test_the_same_delivery_twice_and_a_redispatch(cloud: Practice, shop: Receiver) -> None:
    placed = await cloud.control.place_order("family", duplicate=True, redispatch=True)
    await cloud.control.redispatch(placed.order_id)
    first, twin, second, third = (delivery.headers["x-cata-delivery-id"] for delivery in shop.deliveries)
    assert first == twin
    assert len({first, second, third}) == 3
    assert len({delivery.body for delivery in shop.deliveries}) == 1
    assert (await cloud.control.order(placed.order_id)).deliveries == 4


async def test_bad_signature_stale_timestamp_and_no_signature(cloud: Practice, shop: Receiver) -> None:
    await cloud.control.place_order(bad_signature=True)
    await cloud.control.place_order(stale_s=3600)
    await cloud.control.place_order(unsigned=True)
    bad, stale, unsigned = shop.deliveries
    assert not signed(bad, shop.secret)
    assert signed(stale, shop.secret)
    assert SystemClock().now().timestamp() - int(stale.headers["x-cata-timestamp"]) >= 3599
    assert "x-cata-signature" not in unsigned.headers


async def test_signature_and_timestamp_modes(cloud: Practice, shop: Receiver) -> None:
    await cloud.control.modes(signature="ts.body", timestamp="rfc3339")
    await cloud.control.place_order()
    await cloud.control.modes(timestamp="unix_ms")
    await cloud.control.place_order(signature="body")
    dotted, plain = shop.deliveries
    assert signed(dotted, shop.secret, "ts.body")
    assert from_wire(dotted.headers["x-cata-timestamp"])
    assert signed(plain, shop.secret)
    assert len(plain.headers["x-cata-timestamp"]) == 13


async def test_a_raw_order_of_any_shape_gets_through_the_control_plane(cloud: Practice, shop: Receiver) -> None:
    await cloud.control.place_raw(b'{ "uuid": "odd-1",  "orderItems": [] }')
    made_up = await cloud.control.place_raw(b"{}", outlet_id=OUTLET, event="order.status_updated")
    assert [delivery.body for delivery in shop.deliveries] == [b'{ "uuid": "odd-1",  "orderItems": [] }']
    assert made_up.reason == "no active webhook"
    assert [order.id for order in await cloud.control.orders()] == ["odd-1", made_up.order_id]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (envelope(ODD_ORDER, event="menu.updated"), 400),
        (envelope(ODD_ORDER, builtInTransformer="nobody"), 400),
        (envelope(ODD_ORDER.replace(b"items", b"itens")), 400),
        (envelope(b"[]"), 400),
        (envelope(ODD_ORDER, outletId="nowhere"), 404),
    ],
)
async def test_what_dispatch_refuses(cloud: Practice, body: bytes, status: int) -> None:
    await cloud.error(status, "POST", "/api/v1/orders/dispatch", body)
    assert await cloud.control.orders() == []


async def test_while_deliveries_are_cut_nothing_arrives(cloud: Practice, shop: Receiver) -> None:
    await cloud.control.cut(deliveries=False)
    assert (await cloud.control.place_order()).reason == "line is cut"
    await cloud.control.restore()
    assert (await cloud.control.place_order()).dispatched
    assert len(shop.deliveries) == 1
