"""The registry of callback addresses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agent.cloud.exchange import Wire
from agent.cloud.http import HttpxClient
from agent.cloud.quirks import Quirks
from agent.cloud.webhooks import WebhookRegistry
from agent.core.clock import SystemClock
from agent.core.errors import Conflict, Refused, Unreachable
from tests.cloud.byte_server import ByteServer, answer, says, serving

WEBHOOK = {
    "id": 7,
    "outletId": "o",
    "provider": "p",
    "callbackUrl": "https://x.test/c",
    "events": ["order.paid"],
    "isActive": True,
}


@asynccontextmanager
async def registry(status: int, body: object) -> AsyncIterator[tuple[WebhookRegistry, ByteServer]]:
    async with serving(says(answer(status, body))) as server:
        http = HttpxClient(SystemClock())
        yield WebhookRegistry(Wire(http, base_url=server.url, key=lambda: "k", clock=SystemClock(), quirks=Quirks())), server
        await http.close()


async def test_registering_gives_the_secret_once_and_hides_it_in_print() -> None:
    async with registry(201, {"code": 201, "isSuccess": True, "webhook": WEBHOOK | {"secret": "whsec_x"}}) as (webhooks, server):
        made = await webhooks.register("o", "p", "https://x.test/c")
        assert server.heard[0].json() == {
            "outletId": "o",
            "provider": "p",
            "callbackUrl": "https://x.test/c",
            "events": ["order.paid"],
        }
    assert (made.id, made.secret, made.events, made.is_active) == (7, "whsec_x", ("order.paid",), True)
    assert "whsec_x" not in repr(made)


async def test_a_second_registration_is_a_conflict() -> None:
    async with registry(409, {"error": {"code": 409, "message": "duplicate"}}) as (webhooks, _):
        with pytest.raises(Conflict, match="already_registered"):
            await webhooks.register("o", "p", "https://x.test/c")


async def test_list_is_read_tolerantly() -> None:
    async with registry(200, {"code": 200, "isSuccess": True, "webhooks": [WEBHOOK, {"id": "8", "isActive": False}]}) as (
        webhooks,
        _,
    ):
        first, second = await webhooks.list()
    assert (first.callback_url, first.secret) == ("https://x.test/c", "")
    assert (second.id, second.is_active, second.events) == (8, False, ())


async def test_events_are_public() -> None:
    async with registry(200, {"events": [{"name": "order.paid"}, "menu.updated"]}) as (webhooks, server):
        assert await webhooks.events() == ("order.paid", "menu.updated")
        assert "x-api-key" not in server.heard[0].headers


async def test_update_sends_only_what_changes() -> None:
    async with registry(200, {"code": 200, "isSuccess": True, "webhook": WEBHOOK}) as (webhooks, server):
        await webhooks.update(7, callback_url="https://y.test", is_active=False)
        assert server.heard[0].json() == {"callbackUrl": "https://y.test", "isActive": False}
        assert (server.heard[0].method, server.heard[0].target) == ("PUT", "/api/v1/webhooks/7")


async def test_rotation_gives_the_new_secret() -> None:
    async with registry(200, {"code": 200, "isSuccess": True, "webhook": {"secret": "whsec_n"}}) as (webhooks, server):
        assert await webhooks.rotate(7) == "whsec_n"
        assert server.heard[0].target == "/api/v1/webhooks/7/rotate-secret"


async def test_an_answer_without_its_substance_is_unreadable() -> None:
    async with registry(200, {"code": 200, "isSuccess": True}) as (webhooks, _):
        with pytest.raises(Unreachable, match="unreadable_answer"):
            await webhooks.rotate(7)
        with pytest.raises(Unreachable, match="unreadable_answer"):
            await webhooks.register("o", "p", "https://x.test/c")


@pytest.mark.parametrize("body", [b"", {"code": 200, "isSuccess": True}])
async def test_deletion(body: object) -> None:
    async with registry(200, body) as (webhooks, server):
        await webhooks.delete(7)
        assert server.heard[0].method == "DELETE"


async def test_an_unknown_webhook() -> None:
    async with registry(404, {"error": {"code": 404, "message": "no"}}) as (webhooks, _):
        with pytest.raises(Refused, match="webhook_unknown"):
            await webhooks.delete(7)
