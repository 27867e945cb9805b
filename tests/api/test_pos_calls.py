"""Calls of POS systems at the receiver: raw bytes to the driver, its answer to the POS, and nothing odd gets that far."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from agent.api.serve import Listener
from agent.api.settings import WebhookSettings
from agent.api.webhook import create_webhook_receiver
from agent.core.errors import InvalidInput, NotSaved, Refused, Unreachable
from agent.core.pos import WebhookReply
from tests.support.raw_http import Reply, exchange, request_bytes
from tests.support.till_parts import Called, Deliveries

FORM = b"payload=%7B%7D&type=sale.update"
SAID = "A sentence."


@dataclass
class Door:
    """A receiver with one POS behind it."""

    port: int
    called: Called
    refused: Counter[str] = field(default_factory=Counter)

    async def send(self, method: str = "POST", target: str = "/pos/till-pos", body: bytes | None = FORM, **more: str) -> Reply:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        return await exchange(self.port, request_bytes(method, target, host="shop.example", headers=headers, body=body))


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    called, refused = Called(), Counter[str]()
    receiver = create_webhook_receiver(Deliveries(), WebhookSettings(), refused, pos_calls=called)
    async with Listener(receiver, "127.0.0.1", 0) as listener:
        yield Door(listener.port, called, refused)


async def test_a_call_reaches_the_driver_byte_for_byte(door: Door) -> None:
    door.called.reply = WebhookReply(status=202, body=b"<ok/>", content_type="text/xml")
    reply = await door.send(target="/pos/till-pos/or%2Fders/1?a=b&a=c", X_Signature="abc")
    assert (reply.status, reply.body) == (202, b"<ok/>")
    ((device, call),) = door.called.taken
    assert (device, call.method, call.path, call.query, call.body) == ("till-pos", "POST", "/or%2Fders/1", "a=b&a=c", FORM)
    assert call.headers["x-signature"] == "abc"


async def test_a_question_reaches_it_too(door: Door) -> None:
    assert (await door.send("GET", "/pos/till-pos/products", None)).status == 200
    assert door.called.taken[0][1].method == "GET"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Refused("bad_signature", SAID, status=401), 401),
        (Refused("not_found", SAID, status=404), 404),
        (InvalidInput("unreadable", SAID), 422),
        (NotSaved("disk_full", SAID), 503),
        (Unreachable("offline", SAID, maybe_applied=False), 503),
        (RuntimeError("phone +6591234567"), 500),
    ],
)
async def test_the_status_tells_the_pos_whether_to_come_again(
    door: Door, caplog: pytest.LogCaptureFixture, error: Exception, status: int
) -> None:
    door.called.fail = error
    with caplog.at_level(logging.DEBUG):
        assert (await door.send()).status == status
    assert door.refused == ({error.reason: 1} if isinstance(error, Refused) else {})
    assert "91234567" not in "".join(record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_do_not(door: Door, method: str) -> None:
    assert (await door.send(method, body=None)).status == 405


@pytest.mark.parametrize("target", ["/pos", "/pos/", "/pos/.hidden", "/pos/a%2Fb", "/pos/" + "x" * 65, "/pos/a/" + "x" * 501])
async def test_other_addresses_are_nobody(door: Door, target: str) -> None:
    assert (await door.send(target=target)).status == 404


async def test_what_is_odd_is_refused_unread(door: Door) -> None:
    assert (await door.send(Content_Encoding="gzip")).status == 415
    assert (await door.send("GET", body=b"x")).status == 400
    assert (await door.send(body=b" " * (1024 * 1024 + 1))).status == 413
    assert door.called.taken == []


async def test_without_pos_calls_nobody_is_there() -> None:
    async with Listener(create_webhook_receiver(Deliveries(), WebhookSettings()), "127.0.0.1", 0) as listener:
        assert (await Door(listener.port, Called()).send()).status == 404
