"""Revel: what goes over the wire, what its odd answers mean, and one order in the POS whatever happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent.core.errors import InvalidInput, NeedsPerson, Refused, Unreachable
from agent.core.money import Money
from agent.core.order import Method
from agent.core.order_status import OrderStatus
from agent.core.sale import SaleSeen
from agent.sandbox import rawjson
from drivers.pos.revel.driver import Revel as Device
from drivers.registry import build
from tests.drivers.simulators.revel import CREDENTIALS, OUTLET, PLATFORM_SECRET, WEBHOOK_SECRET, Revel
from tests.drivers.simulators.vendor import as_html, as_json
from tests.support.clock import FakeClock
from tests.support.device_sink import context
from tests.support.vendor_pos import a_call, order_of, over_http

AN_HOUR_AGO = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@dataclass
class Shop:
    """The merchant's Revel and our device."""

    revel: Revel
    device: Device
    clock: FakeClock


@pytest.fixture
async def shop(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Shop]:
    clock = FakeClock()
    options = {"establishment": OUTLET, **getattr(request, "param", {})}
    async with Revel(clock) as revel:
        options["base_url"] = revel.base
        async with over_http(
            "revel", Device, tmp_path, options, secret=CREDENTIALS, clock=clock, webhook=WEBHOOK_SECRET
        ) as device:
            yield Shop(revel, device, clock)


def with_settings(**options: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("shop", [options], indirect=True)


async def test_the_establishment_of_the_settings_has_to_be_there(shop: Shop) -> None:
    assert await shop.device.test() == "Revel answers for Main shop."
    assert [(one.id, one.name) for one in await shop.device.list_remote_outlets()] == [("7", "Main shop"), ("8", "Kiosk")]
    for rows, named in (([], "none at all"), ([{"id": 9, "name": "Elsewhere"}], "9 (Elsewhere)")):
        shop.revel.canned = [as_json({"meta": {"next": None}, "objects": rows})]
        with pytest.raises(NeedsPerson) as gone:
            await shop.device.test()
        assert (gone.value.reason, named in gone.value.message) == ("outlet_unknown", True)


@pytest.mark.parametrize("rest_style", [False, True])
async def test_a_menu_of_many_pages_comes_whole_in_both_styles(shop: Shop, rest_style: bool) -> None:
    shop.revel.rest_style = rest_style
    for place in range(600):
        shop.revel.add(f"Dish {place}", "4.5000")
    shop.revel.add("Old", "1", active=False)
    shop.revel.add("Elsewhere", "1", establishment="/enterprise/Establishment/8/")
    shop.revel.add("Hidden", "5.50", display_online=False, category="/products/ProductCategory/3/")
    shop.revel.add("Broken", "1.005")
    catalogue = await shop.device.fetch_catalogue()
    assert len(catalogue.items) == 601
    assert (catalogue.items[0].price, catalogue.items[0].category) == (Money(450, "SGD"), "Mains")
    assert (catalogue.items[-1].available, catalogue.items[-1].category) == (False, "")
    assert [problem.reason for problem in catalogue.problems] == ["invalid_amount"]


@with_settings(menu="online")
async def test_the_online_menu_brings_modifiers(shop: Shop) -> None:
    modifiers = [{"id": 40, "name": "Egg", "price": Decimal("1.00")}, {"id": 41, "name": "Plain", "price": None}]
    group = {"id": 4, "name": "Add", "minimum_amount": 0, "maximum_amount": None, "modifiers": modifiers}
    product = {"id": 1, "name": "Rice", "price": "4.50", "modifier_classes": [group]}
    shop.revel.web_menu = [{"id": 9, "name": "Mains", "products": [product]}]
    (item,) = (await shop.device.fetch_catalogue()).items
    assert (item.category, item.groups[0].max_selection) == ("Mains", 2)
    assert [(one.code, one.price.minor) for one in item.groups[0].options] == [("40", 100), ("41", 0)]
    shop.revel.canned = [as_json({"status": "ERROR", "errorMsg": "online ordering is not enabled"})]
    with pytest.raises(Refused):
        await shop.device.fetch_catalogue()


@with_settings(dining_options={"DELIVERY": 2}, dining_option=1)
async def test_a_cart_goes_as_text_with_decimal_amounts_and_our_reference(shop: Shop) -> None:
    plu, egg = str(shop.revel.add("Rice", "4.50")), str(shop.revel.add("Egg", "1"))
    at = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
    order = order_of(plu, egg, order_id="ord/../1 ü", method=Method.DELIVERY, promised_at=at, table="12")
    assert await shop.device.submit_order(order) == "9000"
    call = shop.revel.calls[-1]
    cart = call.json
    assert call.headers["content-type"] == "text/plain"
    assert (cart["items"][0]["price"], cart["paymentInfo"]) == (Decimal("4.5"), {"type": 4, "amount": Decimal("9"), "tip": 0})
    assert cart["items"][0]["modifieritems"][0]["modifier"] == int(egg)
    assert (cart["orderInfo"]["dining_option"], cart["orderInfo"]["asap"]) == (2, False)
    assert cart["orderInfo"]["notes"].splitlines() == ["Cata ord/../1 ü", "Table 12", "ring twice"]
    assert shop.revel.references() == ["ord/../1 ü"]


@pytest.mark.parametrize("top_level_id", [True, False])
async def test_after_a_lost_answer_the_order_is_found_by_its_mark(shop: Shop, top_level_id: bool) -> None:
    shop.revel.top_level_id = top_level_id
    shop.revel.lost_answers = 1
    order = order_of(str(shop.revel.add("Rice", "4.50")))
    with pytest.raises(Unreachable) as unsure:
        await shop.device.submit_order(order)
    assert unsure.value.maybe_applied
    assert await shop.device.find_order("ord-1") == await shop.device.submit_order(order) == "9000"
    assert (len(shop.revel.orders), await shop.device.find_order("ord-2")) == (1, None)


async def test_an_item_without_a_number_is_refused_and_nothing_is_put_in(shop: Shop) -> None:
    with pytest.raises(Refused) as unknown:
        await shop.device.submit_order(order_of("LATTE"))
    assert (unknown.value.reason, shop.revel.orders) == ("item_unknown", [])


async def test_an_error_with_a_message_is_a_refusal_and_one_without_is_not(shop: Shop) -> None:
    for silently, error in ((False, Refused), (True, Unreachable)):
        shop.revel.errors_silently = silently
        with pytest.raises(error):
            await shop.device.submit_order(order_of("99"))


async def test_a_page_for_people_is_no_list(shop: Shop) -> None:
    shop.revel.canned = [as_html(200)]
    with pytest.raises(Unreachable):
        await shop.device.fetch_catalogue()
    shop.revel.canned = [as_json({"something": "else"})]
    with pytest.raises(Unreachable) as elsewhere:
        await shop.device.fetch_catalogue()
    assert elsewhere.value.reason == "not_the_pos"


async def test_a_list_that_goes_round_in_circles_ends(shop: Shop) -> None:
    page = {"meta": {"next": "/products/Product/?offset=1"}, "objects": []}
    shop.revel.canned = [as_json(page), as_json(page)]
    assert (await shop.device.fetch_catalogue()).items == ()


async def test_a_closed_order_is_completed_and_an_open_one_not_answered(shop: Shop) -> None:
    pos_id = await shop.device.submit_order(order_of(str(shop.revel.add("Rice", "4.50"))))
    for known in (pos_id, ""):
        said = await shop.device.order_status("ord-1", known)
        assert said is not None
        assert said.status is OrderStatus.PAID
    shop.clock.move(60)
    shop.revel.move("ord-1", OrderStatus.COMPLETED)
    said = await shop.device.order_status("ord-1", pos_id)
    assert said is not None
    assert (said.status, said.at) == (OrderStatus.COMPLETED, shop.clock.now())
    assert await shop.device.order_status("ord-2", "1") is None


async def test_sales_are_closed_orders_that_did_not_come_from_the_cloud(shop: Shop) -> None:
    shop.revel.sell("R-1", "12.5000")
    shop.revel.sell("R-2", "oops")
    await shop.device.submit_order(order_of(str(shop.revel.add("Rice", "4.50"))))
    shop.revel.move("ord-1", OrderStatus.COMPLETED)
    sales = await shop.device.recent_sales(AN_HOUR_AGO)
    assert sales == [SaleSeen(receipt="R-1", amount=Money(1250, "SGD"), occurred_at=shop.clock.now())]
    assert await shop.device.recent_sales(shop.clock.now() + timedelta(seconds=1)) == []


async def test_a_finalized_order_moves_ours_and_is_a_sale_of_theirs(shop: Shop) -> None:
    pos_id = await shop.device.submit_order(order_of(str(shop.revel.add("Rice", "4.50"))))
    ours = await shop.device.receive(a_call(*shop.revel.finalized(shop.revel.move("ord-1", OrderStatus.COMPLETED))))
    theirs = await shop.device.receive(a_call(*shop.revel.finalized(shop.revel.sell("R-1", "12.50"))))
    assert [(move.pos_order_id, move.status.status) for move in ours.moves] == [(pos_id, OrderStatus.COMPLETED)]
    assert ([sale.receipt for sale in theirs.sales], theirs.moves, ours.sales) == (["R-1"], (), ())


async def test_other_events_change_the_menu_or_nothing(shop: Shop) -> None:
    body = rawjson.write({"id": 1, "instock": False, "type": "product"})
    seen = [await shop.device.receive(a_call(shop.revel.signed(body, event), body)) for event in ("inout.stock", "ping")]
    assert [reply.catalogue_changed for reply in seen] == [True, False]
    elsewhere = shop.revel.signed(body, "menu.updated") | {"x-revel-establishment-id": "8"}
    assert not (await shop.device.receive(a_call(elsewhere, body))).catalogue_changed


async def test_a_call_that_nobody_vouches_for_is_refused(shop: Shop) -> None:
    headers, body = shop.revel.finalized(shop.revel.sell("R-1", "12.50"))
    for wrong in (a_call(headers, body + b" "), a_call({}, body)):
        with pytest.raises(Refused) as refused:
            await shop.device.receive(wrong)
        assert (refused.value.status, refused.value.reason) == (401, "bad_signature")
    with pytest.raises(Refused) as unread:
        await shop.device.receive(a_call(shop.revel.signed(b"{"), b"{"))
    assert unread.value.status == 400


@pytest.mark.parametrize("ahead", [timedelta(hours=8), timedelta(hours=-8)])
async def test_a_clock_that_is_wrong_at_their_side_hides_no_order(shop: Shop, ahead: timedelta) -> None:
    shop.revel.skew = ahead
    pos_id = await shop.device.submit_order(order_of(str(shop.revel.add("Rice", "4.50"))))
    assert await shop.device.find_order("ord-1") == pos_id


async def test_the_api_platform_lets_in_with_a_token_and_the_merchant_s_name(tmp_path: Path) -> None:
    async with Revel(FakeClock()) as revel:
        url = {"base_url": revel.base, "platform_token_url": f"{revel.base}/oauth/token"}
        options = url | {"establishment": OUTLET, "platform_client_id": "platform", "platform_merchant": "shop"}
        async with over_http("revel", Device, tmp_path, options, secret=PLATFORM_SECRET, clock=FakeClock()) as device:
            for _ in range(2):
                assert await device.test() == "Revel answers for Main shop."
        assert len(revel.tokens) == 1
        async with over_http("revel", Device, tmp_path, options, secret="not it", clock=FakeClock()) as stranger:
            with pytest.raises(NeedsPerson):
                await stranger.test()
    with pytest.raises(InvalidInput):
        build("revel", "revel", options | {"platform_merchant": ""}, context(tmp_path))
