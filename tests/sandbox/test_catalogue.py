"""Products, snoozes and menus."""

from __future__ import annotations

import pytest

from tests.support.sandbox import OUTLET, Practice

SYNC = "/api/v1/products/sync"
SNOOZE = f"/api/v1/outlets/{OUTLET}/items/snooze"
MENU = f"/api/v1/outlets/{OUTLET}/menu"


def item(code: str, price: float = 6.5, **more: object) -> dict[str, object]:
    return {"itemCode": code, "name": code.title(), "basePrice": price, **more}


MILK = [{"code": "MILK", "name": "Milk", "options": [{"code": "OAT", "name": "Oat milk", "price": 0.8}]}]


async def test_a_sync_replaces_everything_of_the_provider(cloud: Practice) -> None:
    first = await cloud.ok("POST", SYNC, {"products": [item("A", modifierGroups=MILK), item("B/1 &"), item("C")]})
    assert set(first) == {"summary", "products"}
    assert first["summary"] == {"created": 3, "updated": 0, "deleted": 0, "unchanged": 0, "total": 3}
    await cloud.ok("POST", SYNC, {"products": [item("A", 1)]}, headers={"X-Provider": "kopibridge"})
    second = await cloud.ok("POST", SYNC, {"products": [item("B/1 &"), item("C", 7), item("D")]})
    assert second["summary"] == {"created": 1, "updated": 1, "deleted": 1, "unchanged": 1, "total": 3}
    assert (await cloud.ok("GET", "/api/v1/products/B%2F1%20%26"))["itemCode"] == "B/1 &"
    assert (await cloud.ok("GET", "/api/v1/products/A"))["provider"] == "kopibridge"
    await cloud.error(404, "GET", "/api/v1/products/A", headers={"X-Provider": "cata"})
    states = {(row["provider"], row["item_code"]): row["deleted"] for row in (await cloud.control.state())["products"]}
    assert states[("cata", "A")] is True
    third = await cloud.ok("POST", SYNC, {"products": [item("A")]})
    assert (third["summary"]["created"], third["summary"]["deleted"]) == (1, 3)


async def test_the_read_model_is_bare_and_keeps_prices_as_written(cloud: Practice) -> None:
    await cloud.ok("POST", SYNC, b'{"products":[{"itemCode":"A","name":"Kopi","basePrice":6.50}]}')
    answer = await cloud.call("GET", "/api/v1/products/A")
    assert b'"basePrice":6.50' in answer.body
    shown = await cloud.ok("GET", "/api/v1/products/A")
    assert (shown["visible"], shown["provider"], shown["originalName"], shown["slug"]) == (True, "cata", "Kopi", "a")


@pytest.mark.parametrize(
    "products",
    [
        None,
        [item("A"), item("A")],
        [item("")],
        [item("A", -1)],
        [{"itemCode": "A", "name": "a"}],
        [item("A") | {"basePrice": "6.50"}],
        [item("A") | {"basePrice": True}],
        [item("A", modifierGroups=[{"code": "x"}])],
    ],
)
async def test_a_catalogue_that_does_not_fit_changes_nothing(cloud: Practice, products: object) -> None:
    await cloud.error(400, "POST", SYNC, {"products": products})
    assert (await cloud.control.state())["products"] == []


async def test_a_provider_that_is_not_connected_is_403(cloud: Practice) -> None:
    await cloud.error(403, "POST", SYNC, {"products": []}, headers={"X-Provider": "revel"})


async def test_snoozes_end_by_themselves(cloud: Practice) -> None:
    await cloud.ok("POST", SYNC, {"products": [item("A", modifierGroups=MILK), item("OAT")]})
    asked = {"items": [{"itemCode": "OAT", "snoozeEnd": "2099-01-01T00:00:00+08:00"}, {"itemCode": "NOPE", "snoozeEnd": None}]}
    assert await cloud.ok("POST", SNOOZE, asked) == {"status": "ok", "itemsUpdated": 1, "modifierOptionsUpdated": 1}
    assert (await cloud.control.state())["snoozed"] == {OUTLET: {"OAT": "2098-12-31T16:00:00Z"}}
    await cloud.control.set_clock_offset(100 * 366 * 24 * 3600)
    assert (await cloud.control.state())["snoozed"] == {}


async def test_a_snooze_is_taken_back_by_null_or_a_past_time(cloud: Practice) -> None:
    await cloud.ok("POST", SYNC, {"products": [item("A")]})
    for back in ({"itemCode": "A"}, {"itemCode": "A", "snoozeEnd": "2001-01-01T00:00:00Z"}):
        await cloud.ok("POST", SNOOZE, {"items": [{"itemCode": "A", "snoozeEnd": "2099-01-01T00:00:00Z"}]})
        assert (await cloud.ok("POST", SNOOZE, {"items": [back]}))["itemsUpdated"] == 1
        assert (await cloud.control.state())["snoozed"] == {}
    await cloud.error(400, "POST", SNOOZE, {"items": [{"itemCode": "A", "snoozeEnd": "noon"}]})
    await cloud.error(404, "POST", SNOOZE.replace(OUTLET, "nowhere"), {"items": []})


async def test_a_v1_menu_needs_a_mapped_outlet_and_is_an_upsert(cloud: Practice) -> None:
    await cloud.error(403, "POST", MENU, [])
    mapping = {"providerSlug": "kopibridge", "externalId": "x", "settings": {}}
    await cloud.ok("PUT", f"/api/v1/outlet-providers/{OUTLET}", mapping)
    pushed = await cloud.ok("POST", MENU, [{"menuId": "m1", "menu": "All day"}])
    assert pushed == {"status": "ok", "summary": {"created": 1, "updated": 0, "total": 1}, "menus": [{"menuId": "m1"}]}
    again = await cloud.ok("POST", MENU, [{"menuId": "m1"}, {"menuId": "m2"}])
    assert again["summary"] == {"created": 1, "updated": 1, "total": 2}
    await cloud.error(400, "POST", MENU, {"menuId": "m1"})
    await cloud.error(400, "POST", MENU, [{"menu": "nameless"}])


async def test_publishing_replaces_per_outlet_and_can_be_read_on_request(cloud: Practice) -> None:
    done = await cloud.ok("POST", "/api/v1/menus/publish", {"draftIds": ["d1", "d2"], "outletIds": [OUTLET, "nowhere"]})
    assert [row["success"] for row in done["results"]] == [True, False]
    await cloud.error(404, "GET", MENU)
    await cloud.control.modes(menu_read=True)
    answer = await cloud.call("GET", MENU)
    assert [menu["menuId"] for menu in (await cloud.ok("GET", MENU))["menus"]] == ["d1", "d2"]
    same = await cloud.call("GET", MENU, headers={"If-None-Match": answer.headers["etag"]})
    assert (same.status, same.body) == (304, b"")
