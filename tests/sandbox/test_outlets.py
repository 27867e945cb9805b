"""Outlets and how they are wired to providers."""

from __future__ import annotations

import pytest

from tests.support.sandbox import OUTLET, Practice

OUTLETS = "/api/v1/outlets"
ONE = f"{OUTLETS}/{OUTLET}"


async def test_an_outlet_is_created_bare_and_once(cloud: Practice) -> None:
    answer = await cloud.call("POST", OUTLETS, {"name": "Bedok", "externalId": "BDK", "contact": "+6591230009", "visible": False})
    assert answer.status == 201
    made = next(outlet for outlet in (await cloud.ok("GET", OUTLETS))["outlets"] if outlet["externalId"] == "BDK")
    assert (made["name"], made["slug"], made["contact"], made["visible"]) == ("Bedok", "bedok", "+6591230009", False)
    await cloud.error(409, "POST", OUTLETS, {"name": "Other", "externalId": "BDK"})
    await cloud.error(422, "POST", OUTLETS, {"name": ""})


async def test_sync_updates_by_external_id_adopts_by_name_and_creates(cloud: Practice) -> None:
    body = {"externalId": "TPY-4", "name": "Toa Payoh", "contact": {"phone": "+6591230009"}, "openingHours": [{"dayOfWeek": 1}]}
    updated = await cloud.ok("POST", f"{OUTLETS}/sync", body)
    assert (updated["action"], updated["outlet"]["id"], updated["outlet"]["name"]) == ("updated", OUTLET, "Toa Payoh")
    assert updated["outlet"]["openingHours"] == [{"dayOfWeek": 1}]
    bare = await cloud.ok("POST", OUTLETS, {"name": "Yishun"})
    adopted = await cloud.ok("POST", f"{OUTLETS}/sync", {"externalId": "YSN", "name": "Yishun"})
    assert (adopted["action"], adopted["outlet"]["id"]) == ("updated", bare["id"])
    created = await cloud.ok("POST", f"{OUTLETS}/sync", {"externalId": "NEW", "name": "Yishun"})
    assert created["action"] == "created"
    assert await cloud.ok("GET", f"{OUTLETS}/{created['outlet']['id']}") == created["outlet"]
    await cloud.error(400, "POST", f"{OUTLETS}/sync", {"name": "x"})
    await cloud.error(403, "POST", f"{OUTLETS}/sync", body, headers={"X-Provider": "revel"})


async def test_open_closed_and_busy(cloud: Practice) -> None:
    closed = {"id": OUTLET, "status": "CLOSED", "isOpen": False}
    assert await cloud.ok("PATCH", f"{ONE}/status", {"status": "CLOSED", "reason": "flood"}) == closed
    assert await cloud.ok("PATCH", f"{ONE}/status", {"status": "CLOSED"}) == closed
    until = "2026-11-22T12:00:00Z"
    assert await cloud.ok("PATCH", f"{ONE}/busy", {"isBusy": True, "busyUntil": until}) == {
        "id": OUTLET,
        "isBusy": True,
        "busyUntil": until,
    }
    shown = await cloud.ok("GET", ONE)
    assert (shown["isOpen"], shown["isBusy"], shown["busyUntil"], shown["status"]) == (False, True, until, "PUBLISHED")
    assert (await cloud.ok("PATCH", f"{ONE}/busy", {"busy": False}))["busyUntil"] is None
    assert (await cloud.ok("PATCH", f"{ONE}/status", {"status": "OPEN"}))["isOpen"] is True


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"{ONE}/status", {"status": "SHUT"}, 400),
        (f"{ONE}/busy", {}, 400),
        (f"{ONE}/busy", {"isBusy": True, "busyUntil": "noon"}, 400),
        (f"{OUTLETS}/nowhere/status", {"status": "OPEN"}, 404),
        (f"{OUTLETS}/nowhere/busy", {"isBusy": True}, 404),
    ],
)
async def test_refused_changes(cloud: Practice, path: str, body: dict[str, object], status: int) -> None:
    await cloud.error(status, "PATCH", path, body)


async def test_connections_and_mappings(cloud: Practice) -> None:
    revel = "/api/v1/provider-connections/revel"
    mapping = {"providerSlug": "revel", "externalId": "R1", "settings": {"a": 1}}
    await cloud.error(404, "PUT", f"/api/v1/outlet-providers/{OUTLET}", mapping)
    await cloud.error(400, "PUT", "/api/v1/provider-connections/nobody", {})
    await cloud.error(400, "PUT", revel, {"config": {}})
    await cloud.error(404, "POST", f"{revel}/test")
    connection = (await cloud.ok("PUT", revel, {"apiKey": "k", "apiSecret": "s", "config": "{}"}))["connection"]
    assert connection == {"slug": "revel", "status": "active", "webhookUrl": "", "baseUrl": "", "config": "{}"}
    mapped = (await cloud.ok("PUT", f"/api/v1/outlet-providers/{OUTLET}", mapping))["outletProvider"]
    assert mapped == {"outletId": OUTLET, **mapping}
    assert (await cloud.ok("POST", f"{revel}/test"))["code"] == 200
    assert (await cloud.ok("GET", f"{revel}/remote-outlets"))["outlets"] == [{"externalId": "R1", "outletId": OUTLET}]
    await cloud.ok("PUT", revel, {"status": "inactive"})
    await cloud.error(403, "POST", f"{OUTLETS}/sync", {"name": "a", "externalId": "b"}, headers={"X-Provider": "revel"})
    await cloud.ok("PUT", f"/api/v1/outlet-providers/{OUTLET}", mapping | {"providerSlug": "cata"})
