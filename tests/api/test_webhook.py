"""The receiver of deliveries: raw bytes to the intake, and the status that tells the cloud what to do."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from agent.api.serve import Listener
from agent.api.settings import Limits, WebhookSettings
from agent.api.webhook import create_webhook_receiver
from agent.core.errors import DamagedData, InvalidInput, NotSaved, Refused, Unreachable
from tests.support.raw_http import Reply, exchange, request_bytes
from tests.support.till_parts import Deliveries

BODY = b'{"orderId": "o-1"} '
SAID = "A sentence."
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Receiver:
    deliveries: Deliveries
    port: int

    async def send(
        self, method: str = "POST", target: str = "/cata/orders/out-1", body: bytes | None = BODY, **headers: str
    ) -> Reply:
        fields = JSON | {name.replace("_", "-"): value for name, value in headers.items()}
        return await exchange(self.port, request_bytes(method, target, host="shop.example", headers=fields, body=body))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    deliveries = Deliveries()
    async with Listener(create_webhook_receiver(deliveries, WebhookSettings()), "127.0.0.1", 0) as listener:
        yield Receiver(deliveries, listener.port)


async def test_a_delivery_is_passed_on_byte_for_byte(receiver: Receiver) -> None:
    reply = await receiver.send(target="/cata/orders/out%2D1", X_Cata_Signature="abc")
    assert (reply.status, reply.json) == (200, {"externalOrderId": "A-17"})
    outlet, headers, body = receiver.deliveries.taken[0]
    assert (outlet, body, headers["x-cata-signature"]) == ("out-1", BODY, "abc")


async def test_an_event_that_is_only_kept_has_no_order_of_ours(receiver: Receiver) -> None:
    receiver.deliveries.answer = ""
    assert (await receiver.send()).json == {}


@pytest.mark.parametrize("name", ["signature", "timestamp", "event", "delivery_id"])
async def test_a_delivery_that_says_a_thing_twice_is_refused_unread(receiver: Receiver, name: str) -> None:
    twice = {f"X_Cata_{name}": "abc", f"x_cata_{name}": "abc"}
    reply = await receiver.send("POST", "/cata/orders/out-1", BODY, **twice)
    assert (reply.status, reply.reason) == (400, "doubled_header")
    assert receiver.deliveries.taken == []


async def test_any_other_header_may_come_twice(receiver: Receiver) -> None:
    await receiver.send(Via="abc", via="def")
    assert receiver.deliveries.taken[0][1]["via"] == "abc, def"


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (Refused("bad_signature", SAID, status=401), 401, "bad_signature"),
        (Refused("outlet_unknown", SAID, status=404), 404, "outlet_unknown"),
        (Refused("wrong_outlet", SAID, status=409), 409, "wrong_outlet"),
        (Refused("odd", SAID), 409, "odd"),
        (InvalidInput("order_unreadable", SAID), 422, "order_unreadable"),
        (NotSaved("disk_full", SAID), 503, "disk_full"),
        (Unreachable("busy", SAID, maybe_applied=False), 503, "busy"),
        (DamagedData("damaged", SAID), 500, "damaged"),
        (RuntimeError("phone +6591234567"), 500, "internal"),
    ],
)
async def test_the_status_tells_the_cloud_what_to_do(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, error: Exception, status: int, reason: str
) -> None:
    receiver.deliveries.fail = error
    with caplog.at_level(logging.INFO):
        reply = await receiver.send()
    assert (reply.status, reply.reason) == (status, reason)
    assert "91234567" not in caplog.text


async def test_health_answers(receiver: Receiver) -> None:
    assert (await receiver.send("GET", "/health", None)).json == {"status": "ok"}
    assert (await receiver.send("POST", "/health")).status == 405


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_orders_are_posted_only(receiver: Receiver, method: str) -> None:
    assert (await receiver.send(method, body=None)).status == 405


@pytest.mark.parametrize("target", ["/", "/cata/orders/", "/cata/orders/a/b", "/cata/orders/" + "x" * 201, "/v1/status"])
async def test_other_addresses_are_nobody(receiver: Receiver, target: str) -> None:
    assert (await receiver.send(target=target)).status == 404


async def test_what_is_not_json_or_too_large_is_refused_unread(receiver: Receiver) -> None:
    assert (await receiver.send(Content_Type="text/plain", body=b"x")).status == 415
    head = request_bytes("POST", "/cata/orders/o", host="x", headers=JSON | {"Content-Length": str(1024 * 1024 + 1)})
    assert (await exchange(receiver.port, head)).status == 413
    assert receiver.deliveries.taken == []


async def test_a_mebibyte_is_taken(receiver: Receiver) -> None:
    assert (await receiver.send(body=b" " * 1024 * 1024)).status == 200


async def test_a_slow_delivery_is_hung_up_on() -> None:
    settings = WebhookSettings(limits=Limits(read_timeout_s=0.2))
    deliveries = Deliveries()
    async with Listener(create_webhook_receiver(deliveries, settings), "127.0.0.1", 0, settings.limits) as listener:
        head = request_bytes("POST", "/cata/orders/o", host="x", headers=JSON | {"Content-Length": "9"})
        assert (await exchange(listener.port, head + b"{")).status == 408
    assert deliveries.taken == []
