"""Deliverect: a channel whose orders go in once, a POS that other channels' orders come to, and calls that are vouched for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.core.catalogue import Catalogue, CatalogueItem, ModifierGroup, ModifierOption
from agent.core.errors import InvalidInput, NeedsPerson, Refused, Unreachable
from agent.core.money import Money
from agent.core.order import Customer, Method
from agent.core.order_status import OrderStatus
from agent.core.pos import PosStatus, WebhookReply
from agent.sandbox import rawjson
from drivers.pos.deliverect.driver import Deliverect as Device
from drivers.registry import build
from tests.drivers.simulators.deliverect import (
    ACCOUNT,
    CHANNEL,
    CLIENT,
    LINK,
    LOCATION,
    SECRET,
    STATUSES,
    WEBHOOK_SECRET,
    Deliverect,
)
from tests.drivers.simulators.vendor import as_json
from tests.support.clock import FakeClock
from tests.support.device_sink import context
from tests.support.vendor_pos import a_call, order_of, over_http

SETTINGS: dict[str, Any] = {
    "client_id": CLIENT,
    "account": ACCOUNT,
    "location": LOCATION,
    "channel_name": CHANNEL,
    "channel_link": LINK,
    "is_pos": True,
    "public_url": "https://relay.example/pos/dlv/",
}


@dataclass
class Shop:
    """The account at Deliverect and our device."""

    dlv: Deliverect
    device: Device
    clock: FakeClock

    async def call(self, path: str, document: Any, **how: str) -> WebhookReply:
        """A signed call of Deliverect."""
        return await self.device.receive(a_call(*self.dlv.signed(document, **how), path))


@pytest.fixture
async def shop(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Shop]:
    clock = FakeClock()
    async with Deliverect(clock) as dlv:
        options = SETTINGS | {"base_url": dlv.base} | getattr(request, "param", {})
        async with over_http(
            "deliverect", Device, tmp_path, options, secret=SECRET, clock=clock, webhook=WEBHOOK_SECRET
        ) as device:
            yield Shop(dlv, device, clock)


def with_settings(**options: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("shop", [options], indirect=True)


@pytest.mark.parametrize("wrong", [{"channel_link": ""}, {"is_pos": False, "channel_name": "", "channel_link": ""}])
def test_a_shop_is_a_channel_or_a_pos_or_both(wrong: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as refused:
        build("dlv", "deliverect", SETTINGS | wrong, context(tmp_path))
    assert refused.value.message.endswith(".")


async def test_the_account_has_to_be_within_reach(shop: Shop) -> None:
    assert await shop.device.test() == "Deliverect answers for Kaya House."
    assert [(one.id, one.name) for one in await shop.device.list_remote_outlets()] == [(LINK, "Cata")]
    assert shop.dlv.logins == 1
    shop.dlv.canned = [as_json({"_items": []})]
    with pytest.raises(NeedsPerson) as gone:
        await shop.device.test()
    assert gone.value.reason == "outlet_unknown"
    shop.dlv.canned = [as_json({"no": "list"})]
    with pytest.raises(Unreachable):
        await shop.device.test()


@with_settings(audience="something else")
async def test_an_audience_that_is_not_theirs_is_no_sign_in(shop: Shop) -> None:
    with pytest.raises(NeedsPerson) as refused:
        await shop.device.test()
    assert refused.value.reason == "pos_credentials"


async def test_the_published_menu_is_kept_and_what_is_snoozed_is_marked(shop: Shop) -> None:
    with pytest.raises(Refused) as none:
        await shop.device.fetch_catalogue()
    assert none.value.reason == "no_catalogue"
    milk = shop.dlv.group("Milk", ("Oat", 80), ("None", 0), least=1, most=0)
    latte, tea = shop.dlv.add("Latte", 650, milk, "unknown", category="Drinks"), shop.dlv.add("Tea", 300)
    soup, broken = shop.dlv.add("Soup", 500, visible=False), shop.dlv.add("Broken", -1)
    shop.dlv.snoozed = [tea]
    reply = await shop.device.receive(a_call(*shop.dlv.published(), "/menu"))
    catalogue = await shop.device.fetch_catalogue()
    assert reply.catalogue_changed
    assert [(one.code, one.price, one.category, one.available) for one in catalogue.items] == [
        (latte, Money(650, "SGD"), "Drinks", True),
        (tea, Money(300, "SGD"), "Mains", False),
        (soup, Money(500, "SGD"), "Mains", False),
    ]
    (group,) = catalogue.items[0].groups
    assert (group.min_selection, group.max_selection, [one.price.minor for one in group.options]) == (1, 2, [80, 0])
    assert [problem.where for problem in catalogue.problems] == [f"product {broken}"]


async def test_a_menu_of_another_channel_is_not_ours(shop: Shop) -> None:
    shop.dlv.add("Latte", 650)
    reply = await shop.device.receive(a_call(*shop.dlv.published("61ffff"), "/menu"))
    assert not reply.catalogue_changed


@pytest.mark.parametrize("inside", [True, False])
async def test_a_snooze_marks_items_until_the_next_one(shop: Shop, inside: bool) -> None:
    latte = shop.dlv.add("Latte", 650)
    await shop.device.receive(a_call(*shop.dlv.published(), "/menu"))
    for gone in ([{"plu": latte}], []):
        operation = {"data": {"allSnoozedItems": gone}} if inside else {"allSnoozedItems": gone}
        assert (await shop.call("/snooze", {"operations": [operation | {"action": "snooze"}]})).catalogue_changed
        (item,) = (await shop.device.fetch_catalogue()).items
        assert item.available is not bool(gone)
    assert not (await shop.call("/snooze", {"operations": [{"action": "snooze"}]})).catalogue_changed


async def test_an_order_goes_in_as_a_channels(shop: Shop) -> None:
    home = Customer(name="Mei", phone="+6591234567", address="1 Long Road")
    at = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
    order = order_of("P-1", "M-1", method=Method.DELIVERY, customer=home, promised_at=at, ref_no="7", table="4")
    pos_id = await shop.device.submit_order(order)
    (kept,) = shop.dlv.orders
    assert (kept["_id"], kept["channelOrderId"], kept["channelOrderDisplayId"]) == (pos_id, "ord-1", "0007")
    assert (kept["orderType"], kept["deliveryIsAsap"], kept["pickupTime"]) == (2, False, "2026-11-22T05:00:00Z")
    assert (kept["payment"], kept["items"][0]["price"]) == ({"amount": 900, "type": 3, "due": 0}, 450)
    assert kept["items"][0]["subItems"][0]["plu"] == "M-1"
    assert kept["deliveryAddress"] == {"street": "1 Long Road"}


@pytest.mark.parametrize("shop", [{}, {"finds_orders": False}], indirect=True)
@pytest.mark.parametrize("says_id", [True, False])
async def test_after_a_lost_answer_there_is_one_order(shop: Shop, says_id: bool) -> None:
    shop.dlv.says_id, shop.dlv.lost_answers = says_id, 1
    order = order_of("P-1", order_id="ord/../1 ü")
    with pytest.raises(Unreachable) as unsure:
        await shop.device.submit_order(order)
    assert unsure.value.maybe_applied
    assert await shop.device.submit_order(order)
    assert shop.dlv.references() == ["ord/../1 ü"]


async def test_an_order_is_found_by_our_id(shop: Shop) -> None:
    for place in range(120):
        shop.dlv.sell(f"UB{place}", "1.00", channelOrderId="ord-1")
    pos_id = await shop.device.submit_order(order_of("P-1"))
    assert (await shop.device.find_order("ord-1"), await shop.device.find_order("ord-2")) == (pos_id, None)


async def test_a_line_without_a_code_is_refused_and_so_is_a_shop_without_a_channel(shop: Shop, tmp_path: Path) -> None:
    for order in (order_of(""), order_of("P-1", "")):
        with pytest.raises(Refused) as unknown:
            await shop.device.submit_order(order)
        assert unknown.value.reason == "item_unknown"
    options = SETTINGS | {"base_url": shop.dlv.base, "channel_name": "", "channel_link": ""}
    async with over_http("deliverect", Device, tmp_path, options, secret=SECRET, clock=shop.clock) as device:
        with pytest.raises(Refused) as none:
            await device.submit_order(order_of("P-1"))
        assert none.value.reason == "no_orders"


@with_settings(channel_name="other")
async def test_a_channel_that_is_not_ours_is_not_let_in(shop: Shop) -> None:
    with pytest.raises(NeedsPerson):
        await shop.device.submit_order(order_of("P-1"))


@pytest.mark.parametrize("status", list(STATUSES))
async def test_the_progress_of_our_order_is_told_asked_or_by_call(shop: Shop, status: OrderStatus) -> None:
    pos_id = await shop.device.submit_order(order_of("P-1"))
    shop.clock.move(60)
    order = shop.dlv.move("ord-1", status)
    said = await shop.device.order_status("ord-1", pos_id)
    assert said is not None
    assert (said.status, said.at) == (status, shop.clock.now())
    (move,) = (await shop.device.receive(a_call(*shop.dlv.progress(order, reason="no rice"), "/status"))).moves
    assert (move.order_id, move.pos_order_id, move.status.status, move.status.reason) == ("ord-1", pos_id, status, "no rice")


@pytest.mark.parametrize("number", [6, 30, 83, 100, 115, 9999, None, "ten"])
async def test_a_number_that_says_nothing_moves_nothing(shop: Shop, number: object) -> None:
    await shop.device.submit_order(order_of("P-1"))
    shop.dlv.orders[0]["status"] = number
    assert await shop.device.order_status("ord-1", "") is None
    assert (await shop.device.receive(a_call(*shop.dlv.progress(shop.dlv.orders[0]), "/status"))).moves == ()
    assert await shop.device.order_status("ord-2", "") is None


@with_settings(finds_orders=False)
async def test_an_account_that_may_not_look_is_not_asked(shop: Shop) -> None:
    with pytest.raises(Refused) as off:
        await shop.device.order_status("ord-1", "")
    assert (off.value.reason, await shop.device.find_order("ord-1")) == ("no_status", None)


async def test_an_order_of_another_channel_is_brought_and_is_a_sale(shop: Shop) -> None:
    inner = {"plu": "M-2", "name": "Hot", "price": 0, "quantity": 1, "subItems": []}
    choice = {"plu": "M-1", "name": "Egg", "price": 10, "quantity": 2, "subItems": [inner, {}]}
    item = {"plu": "P-1", "name": "Rice", "price": 45, "quantity": 2, "remark": "no chilli", "subItems": [choice]}
    at, street = "2026-11-22T05:00:00Z", {"street": "Long Road", "streetNumber": "1", "city": "Singapore"}
    changes: dict[str, Any] = {
        "decimalDigits": 1,
        "items": [item],
        "deliveryIsAsap": False,
        "pickupTime": at,
        "deliveryAddress": street,
    }
    theirs = shop.dlv.sell("UB12", "1.25", orderType=2, orderIsAlreadyPaid=False, **changes)
    reply = await shop.call("/orders", theirs)
    ((order,), (sale,)) = reply.orders, reply.sales
    assert (order.id, order.ref_no, order.method, order.promised_at) == (
        f"dlv-{theirs['_id']}",
        "UB12",
        Method.DELIVERY,
        datetime(2026, 11, 22, 5, 0, tzinfo=UTC),
    )
    assert (order.total, sale.amount, sale.receipt, sale.void) == (Money(1250, "SGD"), Money(1250, "SGD"), "UB12", False)
    (line,) = order.lines
    assert (line.plu, line.quantity, line.price, line.notes) == ("P-1", 2, Money(450, "SGD"), "no chilli")
    assert [(one.plu, one.quantity) for one in line.modifiers] == [("M-1", 2), ("M-2", 1)]
    assert (order.customer.name, order.customer.address) == ("Ana", "Long Road, 1, Singapore")
    assert order.problems == ("This order is not paid yet.",)


async def test_status_100_on_the_address_of_orders_calls_one_off(shop: Shop) -> None:
    theirs = shop.dlv.sell("UB12", "12.50")
    reply = await shop.call("/orders", theirs | {"status": 100})
    assert [(move.order_id, move.status.status) for move in reply.moves] == [(f"dlv-{theirs['_id']}", OrderStatus.CANCELLED)]
    assert ([sale.void for sale in reply.sales], reply.orders) == ([True], ())


async def test_an_order_that_is_over_is_not_made_again(shop: Shop) -> None:
    for number, void in ((90, False), (110, True)):
        reply = await shop.call("/orders", shop.dlv.sell("UB12", "12.50", status=number))
        assert ([sale.void for sale in reply.sales], reply.orders) == ([void], ())


async def test_an_order_that_nobody_could_make_is_answered_with_200_and_told_as_failed(shop: Shop) -> None:
    theirs = shop.dlv.sell("UB12", "12.50", items=[])
    reply = await shop.call("/orders", theirs)
    nameless = await shop.call("/orders", {name: value for name, value in theirs.items() if name != "_id"})
    assert (reply.status, reply.orders, shop.dlv.statuses) == (200, (), [(theirs["_id"], 120)])
    assert (nameless.status, nameless.orders) == (200, ())


async def test_our_own_orders_and_other_shops_are_not_brought(shop: Shop) -> None:
    for change in ({"channelLink": LINK}, {"location": "elsewhere"}):
        reply = await shop.call("/orders", shop.dlv.sell("UB12", "12.50") | change)
        assert (reply.orders, reply.sales) == ((), ())


@with_settings(is_pos=False)
async def test_where_another_pos_makes_them_orders_are_sales_alone(shop: Shop) -> None:
    reply = await shop.call("/orders", shop.dlv.sell("UB12", "12.50"))
    assert ([sale.receipt for sale in reply.sales], reply.orders) == (["UB12"], ())
    assert (await shop.call("/orders", shop.dlv.sell("UB13", "1.00", payment={}))).sales == ()
    with pytest.raises(Refused) as off:
        await shop.device.publish_catalogue(Catalogue(items=()))
    assert off.value.reason == "no_publishing"
    assert not (await shop.call("/products", None)).wants_catalogue


async def test_each_step_we_take_is_told_by_its_number(shop: Shop) -> None:
    theirs = shop.dlv.sell("UB12", "12.50")["_id"]
    for status in OrderStatus:
        await shop.device.report_status(f"dlv-{theirs}", PosStatus(status=status, at=shop.clock.now()))
    await shop.device.report_status(f"dlv-{theirs}", PosStatus(status=OrderStatus.READY))
    assert [number for _, number in shop.dlv.statuses] == [20, 50, 70, 80, 90, 120, 110, 70]
    with pytest.raises(Refused):
        await shop.device.report_status("dlv-unknown", PosStatus(status=OrderStatus.READY))


async def test_our_menu_is_pushed_as_products_groups_and_modifiers(shop: Shop) -> None:
    def group(name: str, *options: str) -> ModifierGroup:
        rows = tuple(ModifierOption(code=code, name=code, price=Money(80, "SGD")) for code in options)
        return ModifierGroup(code="milk", name=name, options=rows)

    def drink(code: str, *groups: ModifierGroup) -> CatalogueItem:
        return CatalogueItem(code=code, name=code, price=Money(650, "SGD"), category="Drinks", groups=groups)

    items = (drink("latte", group("Milk", "oat")), drink("mocha", group("Milk", "oat")), drink("chai", group("Milk", "soy")))
    assert (await shop.call("/products", None)).wants_catalogue
    await shop.device.publish_catalogue(Catalogue(items=items))
    pushed = {product["plu"]: product for product in shop.dlv.catalogue["products"]}
    assert {plu: product["productType"] for plu, product in pushed.items()} == {
        "latte": 1, "mocha": 1, "chai": 1, "milk": 3, "chai/milk": 3, "oat": 2, "soy": 2,
    }  # fmt: skip
    assert (pushed["chai"]["subProducts"], pushed["chai/milk"]["subProducts"]) == (["chai/milk"], ["soy"])
    assert (pushed["latte"]["price"], pushed["latte"]["deliveryTax"]) == (650, 9000)
    shop.dlv.canned = [as_json({"errors": ["no"]})]
    with pytest.raises(Refused):
        await shop.device.publish_catalogue(Catalogue(items=()))


async def test_registering_tells_where_each_kind_of_call_goes(shop: Shop) -> None:
    pos = rawjson.read_object((await shop.call("/register", {"location": LOCATION})).body)
    channel = rawjson.read_object((await shop.call("/register", {"channelLinkId": LINK, "status": "register"})).body)
    assert (pos["ordersWebhookURL"], pos["syncTablesURL"]) == ("https://relay.example/pos/dlv/orders", "")
    assert channel["menuUpdateURL"] == "https://relay.example/pos/dlv/menu"
    for other in ({"location": "elsewhere"}, {"channelLinkId": "61ffff"}):
        with pytest.raises(Refused) as elsewhere:
            await shop.call("/register", other)
        assert elsewhere.value.status == 409


@with_settings(public_url=None)
async def test_without_a_public_address_nobody_is_registered(shop: Shop) -> None:
    with pytest.raises(Refused) as nowhere:
        await shop.call("/register", {"location": LOCATION})
    assert nowhere.value.reason == "no_public_url"


async def test_other_calls_are_answered_and_change_nothing(shop: Shop) -> None:
    for path in ("/busy", "/store", "/operations", "", "/what"):
        assert await shop.call(path, {"busy": True}) == WebhookReply()


async def test_a_call_that_nobody_vouches_for_is_refused(shop: Shop) -> None:
    headers, body = shop.dlv.signed(shop.dlv.sell("UB12", "12.50"))
    wrong = [a_call(headers, body + b" ", "/orders"), a_call({}, body, "/orders"), a_call({}, b"", "/products", "GET")]
    wrong.append(a_call(*shop.dlv.signed({}, secret=LINK), "/orders"))
    for one in wrong:
        with pytest.raises(Refused) as refused:
            await shop.device.receive(one)
        assert (refused.value.status, refused.value.reason) == (401, "bad_signature")


@with_settings(environment="staging")
async def test_staging_signs_with_ids(shop: Shop) -> None:
    for secret in (LINK, LOCATION, WEBHOOK_SECRET):
        assert (await shop.call("/orders", shop.dlv.sell("UB12", "12.50"), secret=secret)).orders


async def test_one_token_serves_until_it_ends_or_is_revoked(shop: Shop) -> None:
    await shop.device.submit_order(order_of("P-1"))
    shop.dlv.tokens.clear()
    await shop.device.submit_order(order_of("P-1", order_id="ord-2"))
    shop.clock.move(86_400)
    await shop.device.submit_order(order_of("P-1", order_id="ord-3"))
    assert (shop.dlv.logins, shop.dlv.references()) == (3, ["ord-1", "ord-2", "ord-3"])
