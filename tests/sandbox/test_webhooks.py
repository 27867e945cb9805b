"""The webhook registry: one per outlet and provider, a secret shown once, soft delete."""

from __future__ import annotations

import pytest

from tests.sandbox.receiver import Receiver, receiver
from tests.support.sandbox import OUTLET, Practice

URL = "https://relay.example.test/cata"
HOOKS = "/api/v1/webhooks"


def body(**changes: object) -> dict[str, object]:
    return {"outletId": OUTLET, "provider": "kopibridge", "callbackUrl": URL, "events": ["order.paid"], **changes}


async def test_the_secret_is_shown_on_creation_and_rotation_only(cloud: Practice) -> None:
    made = await cloud.ok("POST", f"{HOOKS}/register", body())
    assert (made["code"], made["isSuccess"], made["webhook"]["id"]) == (201, True, 1)
    paths = ("rotate-secret", "rotate", "secret/rotate", "secret")
    rotated = [(await cloud.ok("POST", f"{HOOKS}/1/{path}"))["webhook"]["secret"] for path in paths]
    secrets = [made["webhook"]["secret"], *rotated]
    assert len(set(secrets)) == 5
    assert all(secret.startswith("whsec_") for secret in secrets)
    assert "secret" not in (await cloud.ok("GET", f"{HOOKS}/1"))["webhook"]
    assert "secret" not in (await cloud.ok("GET", HOOKS))["webhooks"][0]


async def test_outlet_and_provider_are_taken_until_deleted(cloud: Practice) -> None:
    await cloud.ok("POST", f"{HOOKS}/register", body())
    await cloud.error(409, "POST", f"{HOOKS}/register", body())
    await cloud.ok("POST", f"{HOOKS}/register", body(provider="other"))
    await cloud.ok("DELETE", f"{HOOKS}/1")
    for method, path in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/rotate")):
        await cloud.error(404, method, f"{HOOKS}/1{path}", {})
    assert (await cloud.ok("POST", f"{HOOKS}/register", body()))["webhook"]["id"] == 3
    assert [hook["id"] for hook in (await cloud.ok("GET", HOOKS))["webhooks"]] == [2, 3]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"callbackUrl": "http://relay.example.test/x"}, 400),
        ({"callbackUrl": "https://"}, 400),
        ({"callbackUrl": "https://[x"}, 400),
        ({"events": []}, 400),
        ({"events": ["menu.updated"]}, 400),
        ({"provider": "Not A Slug"}, 400),
        ({"provider": 7}, 400),
        ({"outletId": "nowhere"}, 404),
    ],
)
async def test_what_cannot_be_registered(cloud: Practice, change: dict[str, object], status: int) -> None:
    await cloud.error(status, "POST", f"{HOOKS}/register", body(**change))
    assert (await cloud.ok("GET", HOOKS))["webhooks"] == []


async def test_a_change_touches_only_what_is_named(cloud: Practice) -> None:
    await cloud.ok("POST", f"{HOOKS}/register", body())
    changed = (await cloud.ok("PUT", f"{HOOKS}/1", {"callbackUrl": URL + "/2"}))["webhook"]
    assert (changed["callbackUrl"], changed["isActive"], changed["events"]) == (URL + "/2", True, ["order.paid"])
    await cloud.error(400, "PUT", f"{HOOKS}/1", {"events": ["x"]})
    assert (await cloud.ok("PUT", f"{HOOKS}/1", {"isActive": False, "events": ["order.paid"]}))["webhook"]["isActive"] is False


async def test_an_inactive_webhook_gets_nothing(cloud: Practice, shop: Receiver) -> None:
    await cloud.ok("PUT", f"{HOOKS}/1", {"isActive": False})
    assert (await cloud.control.place_order()).reason == "no active webhook"
    await cloud.ok("PUT", f"{HOOKS}/1", {"isActive": True})
    assert (await cloud.control.place_order()).dispatched


async def test_the_mapped_provider_gets_the_order_else_the_newest(cloud: Practice, shop: Receiver) -> None:
    async with receiver() as other:
        await cloud.ok("POST", f"{HOOKS}/register", body(provider="other", callbackUrl=other.url))
        await cloud.control.place_order()
        mapping = {"providerSlug": "kopibridge", "externalId": "TPY-4", "settings": {}}
        await cloud.ok("PUT", f"/api/v1/outlet-providers/{OUTLET}", mapping)
        await cloud.control.place_order()
        assert (len(other.deliveries), len(shop.deliveries)) == (1, 1)
