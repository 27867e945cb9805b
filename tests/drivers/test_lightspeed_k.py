"""Lightspeed K-Series: what goes over the wire, tokens that are taken once, and one order whatever happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent.core.device import DeviceState
from agent.core.errors import NeedsPerson, Refused, Unreachable
from agent.core.money import Money
from agent.core.order import Customer, Method, Modifier
from agent.core.order_status import OrderStatus
from agent.core.sale import SaleSeen
from drivers.pos.lightspeed_k.driver import LightspeedK as Device
from drivers.pos.lightspeed_k.orders import reference
from tests.drivers.simulators.lightspeed_k import (
    CALLBACK_PASSWORD,
    CLIENT_ID,
    CLIENT_SECRET,
    ENDPOINT,
    LOCATION,
    OTHER_LOCATION,
    REFRESH_TOKEN,
    LightspeedK,
)  # fmt: skip
from tests.drivers.simulators.vendor import as_json
from tests.support.clock import FakeClock
from tests.support.device_sink import running
from tests.support.vendor_pos import a_call, order_of, over_http

AN_HOUR_AGO = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
CHOICES = {
    "menuModifierGroups": [
        {
            "description": "Extras", "sku": "G1", "mustSelectAnItem": True, "multiSelectionPermitted": True,
            "minimumSelection": 0, "maximumSelection": 2,
            "productModifiers": [{"productName": "Egg", "productPrice": Decimal("0.50"), "sku": "EGG"}],
        }
    ],
    "menuDealGroups": [
        {"description": "Drink", "multiSelectionPermitted": False, "items": [{"productName": "Tea", "sku": "TEA"}]}
    ],
    "productionInstructionList": [
        {
            "productionInstructionGroupName": "Spice", "productionIntructionGroupId": 3, "multiSelectionPermitted": True,
            "productionInstructionList": [{"instruction": "No chilli", "ikentooModifierId": 44}],
        }
    ],
    "itemRichData": {"rawImageUrl": "https://img/1", "texts": [{"description": "With ginger"}]},
}  # fmt: skip


@dataclass
class Shop:
    """The location and our device."""

    k: LightspeedK
    device: Device
    clock: FakeClock


@pytest.fixture
async def shop(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Shop]:
    clock = FakeClock()
    more = dict(getattr(request, "param", {}))
    secret = more.pop("secret", CLIENT_SECRET)
    options = {"client_id": CLIENT_ID, "business_location": LOCATION, "endpoint_id": ENDPOINT} | more
    async with LightspeedK(clock) as k, over_http(
        "lightspeed-k", Device, tmp_path, options | {"base_url": k.base}, secret=secret, clock=clock,
        webhook=CALLBACK_PASSWORD, refresh_token=REFRESH_TOKEN,
    ) as device:  # fmt: skip
        yield Shop(k, device, clock)


def set_up(**options: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("shop", [options], indirect=True)


async def test_the_location_of_the_settings_has_to_be_there(shop: Shop) -> None:
    assert await shop.device.test() == "Lightspeed answers for Main shop."
    assert [one.id for one in await shop.device.list_remote_outlets()] == [str(LOCATION), str(OTHER_LOCATION)]
    shop.k.canned = [as_json([])]
    with pytest.raises(NeedsPerson) as gone:
        await shop.device.test()
    assert gone.value.reason == "outlet_unknown"


async def test_a_refresh_token_is_used_once_and_the_next_one_kept_before_it_counts(shop: Shop) -> None:
    for _ in range(3):
        await shop.device.test()
        shop.clock.move(3600)
    shop.k.expire_tokens()
    await shop.device.test()
    assert shop.k.used_refresh_tokens == ["refresh-1", "refresh-2", "refresh-3", "refresh-4"]
    assert await shop.device.context.drawer.read("refresh-token") == "refresh-5"


@set_up(secret=None)
async def test_without_the_client_secret_a_person_is_asked(shop: Shop) -> None:
    with pytest.raises(NeedsPerson) as missing:
        await shop.device.test()
    assert (missing.value.reason, shop.k.calls) == ("secret_missing", [])


@pytest.mark.parametrize("as_text", [False, True])
async def test_a_menu_comes_with_choices_instructions_and_stock(shop: Shop, as_text: bool) -> None:
    shop.k.amounts_as_text = as_text
    rice = shop.k.add("Rice", "4.50", **CHOICES)
    for place in range(60):
        shop.k.add(f"Dish {place}", "1")
    shop.k.add("Open fee", "0", pricingStrategy="CUSTOMIZED_ITEM_PRICE_WILL_BE_NEGATIVE")
    shop.k.left = {"EGG": 0, rice: None, "K160": 0, "K110": 3}
    catalogue = await shop.device.fetch_catalogue()
    item = catalogue.items[0]
    assert (item.code, item.price, item.category, item.description) == (rice, Money(450, "SGD"), "Mains", "With ginger")
    assert [(one.name, one.min_selection, one.max_selection) for one in item.groups] == [
        ("Extras", 1, 2), ("Drink", 0, 1), ("Spice", 0, 1),
    ]  # fmt: skip
    options = [option for group in item.groups for option in group.options]
    assert [(one.code, one.price.minor, one.available) for one in options] == [
        ("EGG", 50, False), ("TEA", 0, True), ("i:44", 0, True),
    ]  # fmt: skip
    assert [one.code for one in catalogue.items if not one.available] == ["K160"]
    assert [problem.reason for problem in catalogue.problems] == ["open_price"]


async def test_of_several_menus_one_has_to_be_chosen(shop: Shop) -> None:
    shop.k.menus.append({"menuName": "Lunch", "ikentooMenuId": 8})
    with pytest.raises(Refused) as unclear:
        await shop.device.fetch_catalogue()
    assert unclear.value.reason == "menu_not_chosen"
    assert "8 (Lunch)" in unclear.value.message


@set_up(menu=7)
async def test_a_chosen_menu_is_loaded_as_it_is(shop: Shop) -> None:
    shop.k.menus.append({"menuName": "Lunch", "ikentooMenuId": 8})
    assert (await shop.device.fetch_catalogue()).items == ()
    shop.k.canned = [as_json({"something": "else"})]
    with pytest.raises(Unreachable):
        await shop.device.fetch_catalogue()


@set_up(account_profiles={"DELIVERY": "DLV"})
async def test_an_order_goes_with_choices_by_sku_and_instructions_by_id(shop: Shop) -> None:
    at = shop.clock.now() + timedelta(hours=1)
    customer = Customer(name="Mei", phone="+6591234567", email="mei@example.com", address="1 Main St")
    order = order_of("RICE", "EGG", "i:44", method=Method.DELIVERY, promised_at=at, customer=customer)
    line = order.paid.lines[0]
    line = replace(line, modifiers=(*line.modifiers, Modifier(name="Love", quantity=2)))
    order = replace(order, paid=replace(order.paid, lines=(line,)))
    assert await shop.device.submit_order(order) == "ord-1"
    body = shop.k.orders["ord-1"]
    assert body["items"] == [
        {"quantity": 2, "sku": "RICE", "modifiers": [{"modifierId": "44"}], "subItems": [{"quantity": 1, "sku": "EGG"}]}
    ]
    assert body["payment"] == {"paymentMethod": "OOPAYMENT", "paymentAmount": Decimal(9)}
    assert body["customerInfo"] == {"firstName": "Mei", "contactNumberAsE164": "+6591234567"}
    assert (body["accountProfileCode"], body["deliveryAddress"]) == ("DLV", {"addressLine1": "1 Main St"})
    assert body["orderCollectionTimeAsIso8601"] == "2026-11-22T05:00:00Z"
    assert body["orderNote"].splitlines() == ["Cata A-17", "ring twice", "2 x Chicken rice: no chilli, 2 x Love"]


async def test_a_table_order_goes_to_its_table(shop: Shop) -> None:
    await shop.device.submit_order(order_of("RICE", method=Method.DINE_IN, table="12", customer=Customer(), total=None))
    await shop.device.submit_order(order_of("RICE", order_id="o2", method=Method.DINE_IN, table="Bar", ref_no=""))
    first, second = shop.k.orders.values()
    assert (first["path"], first["tableNumber"], first["customerInfo"]) == ("/o/op/1/order/local", 12, {"firstName": "A-17"})
    assert "tableNumber" not in second
    assert "Table Bar" in second["orderNote"]


async def test_after_a_lost_answer_the_same_order_is_the_same_order(shop: Shop) -> None:
    shop.k.lost_answers = 1
    order = order_of("RICE", order_id="ord/../1 ü " + "x" * 60)
    with pytest.raises(Unreachable) as unsure:
        await shop.device.submit_order(order)
    assert unsure.value.maybe_applied
    assert await shop.device.find_order(order.id) is None
    assert await shop.device.submit_order(order) == reference(order.id)
    assert list(shop.k.orders) == [reference(order.id)]


async def test_another_conflict_is_a_refusal(shop: Shop) -> None:
    await shop.device.test()
    shop.k.canned = [as_json({"status": "fail", "msg": "something else"}, 409)]
    with pytest.raises(Refused):
        await shop.device.submit_order(order_of("RICE"))
    with pytest.raises(Refused) as unknown:
        await shop.device.submit_order(order_of("X" * 26))
    assert unknown.value.reason == "item_unknown"


@pytest.mark.parametrize(
    ("step", "status"),
    [
        (OrderStatus.ACCEPTED, OrderStatus.ACCEPTED),
        (OrderStatus.READY, OrderStatus.READY),
        (OrderStatus.DRIVER_PICKED_UP, OrderStatus.READY),
        (OrderStatus.COMPLETED, OrderStatus.COMPLETED),
        (OrderStatus.REJECTED, OrderStatus.REJECTED),
        (OrderStatus.CANCELLED, OrderStatus.CANCELLED),
    ],
)
async def test_callbacks_move_the_order(shop: Shop, step: OrderStatus, status: OrderStatus) -> None:
    await shop.device.submit_order(order_of("RICE"))
    reply = await shop.device.receive(a_call(*shop.k.move("ord-1", step)))
    assert [(move.pos_order_id, move.status.status) for move in reply.moves] == [("ord-1", status)]
    assert "mei@example.com" not in reply.moves[0].status.reason


async def test_other_callbacks_change_the_stock_or_nothing(shop: Shop) -> None:
    calls = [
        shop.k.callback(type="ITEM", sku="EGG", count=0, businessLocationId=LOCATION),
        shop.k.callback(type="ORDER", status="CHECK_WAS_UPDATED", thirdPartyReference="ord-1"),
        shop.k.callback(type="PAYMENT", status="SUCCESS"),
        shop.k.callback(type="ITEM", businessLocationId=OTHER_LOCATION),
    ]
    replies = [await shop.device.receive(a_call(*call)) for call in calls]
    assert [(reply.catalogue_changed, reply.moves) for reply in replies] == [(True, ()), (False, ()), (False, ()), (False, ())]


async def test_a_callback_without_the_password_is_refused(shop: Shop) -> None:
    _, body = shop.k.callback(type="ORDER", status="CLOSED", thirdPartyReference="ord-1")
    for headers in ({}, {"authorization": "Basic eDp5"}, {"authorization": "Bearer é"}):
        with pytest.raises(Refused) as refused:
            await shop.device.receive(a_call(headers, body))
        assert (refused.value.status, refused.value.reason) == (401, "bad_signature")


@set_up(endpoint_id="ours", callback_url="https://relay.example/pos/k")
async def test_the_endpoint_is_registered_and_kept_as_set(shop: Shop) -> None:
    for _ in range(2):
        async with running(shop.device) as (sink, _):
            assert sink.states[-1] == (DeviceState.READY, "Lightspeed answers for Main shop.")
    assert shop.k.endpoints["ours"]["url"] == "https://relay.example/pos/k"
    assert shop.k.endpoints["ours"]["password"] == CALLBACK_PASSWORD
    assert [call.method for call in shop.k.calls if call.path == "/o/wh/1/webhook"] == ["PUT", "POST"]


async def test_an_order_that_became_a_sale_is_told_when_asked(shop: Shop) -> None:
    await shop.device.submit_order(order_of("RICE"))
    assert await shop.device.order_status("ord-1", "ord-1") is None
    shop.k.move("ord-1", OrderStatus.COMPLETED)
    for known in ("ord-1", ""):
        said = await shop.device.order_status("ord-1", known)
        assert said is not None
        assert (said.status, said.at) == (OrderStatus.COMPLETED, shop.clock.now())
    assert await shop.device.find_order("ord-1") == "ord-1"
    shop.k.sales[-1]["cancelled"] = True
    said = await shop.device.order_status("ord-1", "ord-1")
    assert said is not None
    assert said.status is OrderStatus.CANCELLED


async def test_sales_are_those_of_the_counter_to_the_last_page(shop: Shop) -> None:
    shop.k.page_rows = 2
    for number in range(5):
        shop.k.sell(f"A1.{number}", "12.50")
    shop.k.sell("A1.6", "oops")
    shop.k.sell("A1.7", "0", type="TRANSFER")
    shop.k.sell("A1.8", "12.50", type="VOID", source={"initialAccountId": "A1.0"})
    await shop.device.submit_order(order_of("RICE"))
    shop.k.move("ord-1", OrderStatus.COMPLETED)
    sales = await shop.device.recent_sales(AN_HOUR_AGO)
    amount, now = Money(1250, "SGD"), shop.clock.now()
    assert sales == [
        *(SaleSeen(receipt=f"A1.{number}", amount=amount, occurred_at=now) for number in range(5)),
        SaleSeen(receipt="A1.0", amount=amount, void=True),
    ]
    assert await shop.device.recent_sales(now + timedelta(seconds=1)) == []


@set_up(finance=False)
async def test_a_client_that_may_not_read_sales_is_not_asked_for_them(shop: Shop) -> None:
    attempts = {"no_status": shop.device.order_status("ord-1", ""), "no_sales": shop.device.recent_sales(AN_HOUR_AGO)}
    for reason, attempt in attempts.items():
        with pytest.raises(Refused) as refused:
            await attempt
        assert refused.value.reason == reason
    assert (await shop.device.find_order("ord-1"), shop.k.calls) == (None, [])


async def test_what_is_no_list_is_not_lightspeed(shop: Shop) -> None:
    await shop.device.test()
    for attempt in (shop.device.list_remote_outlets, lambda: shop.device.recent_sales(AN_HOUR_AGO)):
        shop.k.canned = [as_json({"something": "else"})]
        with pytest.raises(Unreachable) as elsewhere:
            await attempt()
        assert elsewhere.value.reason == "not_the_pos"
