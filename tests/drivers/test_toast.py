"""Toast: references resolved, ids taken once, tokens spared, limits kept to, messages of any size believed or not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent.core.errors import NeedsPerson, Refused, Unreachable
from agent.core.member import MemberRef
from agent.core.money import Money
from agent.core.order import Customer, Method
from agent.core.order_status import OrderStatus
from agent.core.sale import SaleSeen
from drivers.pos.toast.driver import Toast as Device
from drivers.pos.toast.orders import timestamps_of
from tests.drivers.simulators.toast import CLIENT, DINING, OTHER_PAYMENT, RESTAURANT, SECRET, WEBHOOK_SECRET, Toast
from tests.drivers.simulators.vendor import as_json
from tests.support.clock import FakeClock
from tests.support.vendor_pos import a_call, order_of, over_http

AN_HOUR_AGO = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SETTINGS = {"restaurant": RESTAURANT, "client_id": CLIENT, "dining_option": DINING, "other_payment": OTHER_PAYMENT}


@dataclass
class Shop:
    """The restaurant's Toast and our device."""

    toast: Toast
    device: Device
    clock: FakeClock


@pytest.fixture
async def shop(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Shop]:
    clock = FakeClock()
    async with Toast(clock) as toast:
        options = SETTINGS | {"base_url": toast.base} | getattr(request, "param", {})
        async with over_http("toast", Device, tmp_path, options, secret=SECRET, clock=clock, webhook=WEBHOOK_SECRET) as device:
            yield Shop(toast, device, clock)


def with_settings(**options: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("shop", [options], indirect=True)


async def test_it_says_whether_a_menu_is_published(shop: Shop) -> None:
    assert await shop.device.test() == "Toast answers."
    shop.toast.is_published = False
    assert "no menu is published" in await shop.device.test()
    with pytest.raises(Refused) as none:
        await shop.device.fetch_catalogue()
    assert none.value.reason == "no_catalogue"


async def test_menus_come_with_nested_choices_prices_and_stock(shop: Shop) -> None:
    milk = shop.toast.group("Milk", ("Oat", "0.80"), ("None", "0"), least=1)
    shop.toast.group("Brand", ("Best", "0.20"), most=None, inside=100)
    latte, open_priced = shop.toast.add("Latte", "6.50", milk, 999), shop.toast.add("Gift", "5", pricingStrategy="OPEN_PRICE")
    tea, free = shop.toast.add("Tea", "3"), shop.toast.add("Priceless", None)
    shop.toast.items.append(shop.toast.items[0])
    shop.toast.out_of_stock = {tea}
    catalogue = await shop.device.fetch_catalogue()
    assert [(item.code, item.price, item.category, item.available) for item in catalogue.items] == [
        (latte, Money(650, "SGD"), "Mains", True),
        (tea, Money(300, "SGD"), "Mains", False),
    ]
    groups = catalogue.items[0].groups
    assert [(one.name, one.min_selection, one.max_selection) for one in groups] == [("Milk", 1, 1), ("Brand", 0, 1)]
    assert [(one.name, one.price.minor) for one in groups[0].options] == [("Oat", 80), ("None", 0)]
    assert [(one.where, one.reason) for one in catalogue.problems] == [
        (f"item {open_priced}", "no_one_price"),
        (f"item {free}", "invalid_amount"),
    ]


async def test_the_menus_are_read_again_only_when_they_moved(shop: Shop) -> None:
    shop.toast.add("Latte", "6.50")
    await shop.device.fetch_catalogue()
    await shop.device.fetch_catalogue()
    assert [call.path for call in shop.toast.calls].count("/menus/v2/menus") == 1
    shop.toast.add("Tea", "3")
    shop.toast.menu_turns = 1
    with pytest.raises(Unreachable) as pause:
        await shop.device.fetch_catalogue()
    assert pause.value.retry_after_s == 1.0
    shop.toast.canned = [as_json({"lastUpdated": "later"}), as_json({"no": "menus"})]
    with pytest.raises(Unreachable):
        await shop.device.fetch_catalogue()


@with_settings(dining_options={"DELIVERY": DINING}, dining_option="x" * 36)
async def test_an_order_names_groups_payment_and_promise(shop: Shop) -> None:
    latte = shop.toast.add("Latte", "6.50", shop.toast.group("Milk", ("Oat", "0.80")))
    oat = shop.toast.options["100"]["guid"]
    promised = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
    mei = Customer(name="Mei", phone="+6591234567", email="mei@example.com")
    order = order_of(latte, oat, method=Method.DELIVERY, promised_at=promised, customer=mei, table="7")
    guid = await shop.device.submit_order(order)
    (kept,) = shop.toast.orders
    check = kept["checks"][0]
    assert (kept["guid"], kept["externalId"], kept["promisedDate"]) == (guid, "CATA:ord-1", "2026-11-22T05:00:00.000+0000")
    assert (check["payments"][0]["amount"], check["tabName"]) == (Decimal("9"), "A-17 Table 7 ring twice")
    assert check["customer"] == {"firstName": "Mei", "lastName": "Mei", "phone": "+6591234567", "email": "mei@example.com"}
    assert [one.get("displayName") for one in check["selections"][0]["modifiers"]] == [None, "no chilli"]


async def test_half_a_customer_is_left_out(shop: Shop) -> None:
    await shop.device.submit_order(order_of(shop.toast.add("Latte", "6.50")))
    assert "customer" not in shop.toast.orders[0]["checks"][0]


@pytest.mark.parametrize("gets_by_external_id", [True, False])
async def test_after_a_lost_answer_the_id_is_taken_and_the_order_found(shop: Shop, gets_by_external_id: bool) -> None:
    shop.toast.gets_by_external_id = gets_by_external_id
    shop.toast.lost_answers = 1
    order = order_of(shop.toast.add("Latte", "6.50"), order_id="ord/../1 ü")
    with pytest.raises(Unreachable) as unsure:
        await shop.device.submit_order(order)
    assert unsure.value.maybe_applied
    assert await shop.device.submit_order(order) == await shop.device.find_order("ord/../1 ü") == shop.toast.orders[0]["guid"]
    assert (shop.toast.references(), await shop.device.find_order("ord-2")) == (["ord/../1 ü"], None)


async def test_what_is_not_on_the_menu_is_refused_after_looking_at_a_menu_that_moved(shop: Shop) -> None:
    latte = shop.toast.add("Latte", "6.50")
    await shop.device.fetch_catalogue()
    for order in (order_of("LATTE"), order_of(latte, "OAT")):
        with pytest.raises(Refused) as unknown:
            await shop.device.submit_order(order)
        assert unknown.value.reason == "item_unknown"
    tea = shop.toast.add("Tea", "3")
    assert await shop.device.submit_order(order_of(tea))


async def test_a_refusal_of_another_kind_stays_one(shop: Shop) -> None:
    latte = shop.toast.add("Latte", "6.50")
    await shop.device.fetch_catalogue()
    shop.toast.items.clear()
    with pytest.raises(Refused) as refused:
        await shop.device.submit_order(order_of(latte))
    assert (refused.value.reason, refused.value.status) == ("pos_refused", 400)
    shop.toast.canned = [as_json({})]
    with pytest.raises(Unreachable) as nameless:
        await shop.device.submit_order(order_of(latte))
    assert nameless.value.maybe_applied


async def test_one_token_serves_until_it_ends_or_is_revoked(shop: Shop) -> None:
    await shop.device.test()
    await shop.device.test()
    assert shop.toast.logins == 1
    shop.toast.tokens.clear()
    await shop.device.test()
    shop.clock.move(86_400)
    await shop.device.test()
    assert shop.toast.logins == 3
    shop.toast.tokens.clear()
    shop.toast.most_logins = 3
    with pytest.raises(Unreachable) as pause:
        await shop.device.test()
    assert pause.value.retry_after_s == 3600.0


@with_settings(client_id="somebody")
async def test_wrong_credentials_need_a_person(shop: Shop) -> None:
    with pytest.raises(NeedsPerson) as refused:
        await shop.device.test()
    assert refused.value.reason == "pos_credentials"


@pytest.mark.parametrize(
    "status",
    [
        OrderStatus.PAID,
        OrderStatus.ACCEPTED,
        OrderStatus.IN_PROGRESS,
        OrderStatus.READY,
        OrderStatus.COMPLETED,
        OrderStatus.REJECTED,
        OrderStatus.CANCELLED,
    ],
)
async def test_the_progress_of_an_order_is_told_asked_or_by_message(shop: Shop, status: OrderStatus) -> None:
    guid = await shop.device.submit_order(order_of(shop.toast.add("Latte", "6.50")))
    shop.clock.move(60)
    moved = shop.toast.move("ord-1", status)
    for known in (guid, ""):
        said = await shop.device.order_status("ord-1", known)
        assert said is not None
        assert (said.status, said.at) == (status, shop.clock.now())
    reply = await shop.device.receive(a_call(*shop.toast.event(moved, padding=700_000)))
    assert [(move.order_id, move.pos_order_id, move.status.status) for move in reply.moves] == [("ord-1", guid, status)]
    assert (await shop.device.order_status("ord-2", ""), reply.sales) == (None, ())


@with_settings(closed_is_done=False)
async def test_a_shop_that_closes_what_is_paid_does_not_call_it_done(shop: Shop) -> None:
    guid = await shop.device.submit_order(order_of(shop.toast.add("Latte", "6.50")))
    shop.toast.orders[0]["closedDate"] = "2026-11-22T04:00:00.000+0000"
    said = await shop.device.order_status("ord-1", guid)
    assert said is not None
    assert said.status is OrderStatus.ACCEPTED


async def test_closed_checks_are_sales_unless_they_came_from_the_cloud(shop: Shop) -> None:
    for place in range(120):
        shop.toast.sell(f"{place}", "12.5000")
    member = {"loyaltyIdentifier": "KK-1", "vendor": "INTEGRATION"}
    shop.toast.orders[1]["checks"][0] |= {"voided": True, "appliedLoyaltyInfo": member}
    shop.toast.orders[2]["checks"][0]["totalAmount"] = None
    shop.toast.orders[3]["checks"][0]["paymentStatus"] = "OPEN"
    await shop.device.submit_order(order_of(shop.toast.add("Latte", "6.50")))
    shop.toast.orders[-1]["checks"][0] |= {"paymentStatus": "CLOSED", "totalAmount": Decimal(9)}
    sales = await shop.device.recent_sales(AN_HOUR_AGO)
    now, amount = shop.clock.now(), Money(1250, "SGD")
    assert len(sales) == 118
    assert sales[:2] == [
        SaleSeen(receipt="0", amount=amount, occurred_at=now),
        SaleSeen(receipt="1", amount=amount, occurred_at=now, member=MemberRef(identifier="KK-1"), void=True),
    ]
    assert await shop.device.recent_sales(now + timedelta(seconds=1)) == []
    shop.toast.canned = [as_json({"no": "list"})]
    with pytest.raises(Unreachable):
        await shop.device.recent_sales(AN_HOUR_AGO)


async def test_a_sale_comes_by_message_too(shop: Shop) -> None:
    reply = await shop.device.receive(a_call(*shop.toast.event(shop.toast.sell("9", "12.50"))))
    assert ([sale.receipt for sale in reply.sales], reply.moves) == (["9"], ())


async def test_other_messages_change_the_menu_or_nothing(shop: Shop) -> None:
    for category, kind, changed in (
        ("menus", "menus_updated", True),
        ("stock", "item_stock_updated", True),
        ("partners", "partner_added", False),
    ):
        message = shop.toast.signed({"eventCategory": category, "eventType": kind, "details": {}})
        assert (await shop.device.receive(a_call(*message))).catalogue_changed is changed
    elsewhere = {"eventCategory": "menus", "eventType": "menus_updated", "details": {"restaurantGuid": "other"}}
    assert not (await shop.device.receive(a_call(*shop.toast.signed(elsewhere)))).catalogue_changed


async def test_a_message_that_nobody_vouches_for_is_refused(shop: Shop) -> None:
    headers, body = shop.toast.event(shop.toast.sell("9", "12.50"))
    for wrong in (a_call(headers, body.replace(b"12.5", b"99.5")), a_call({}, body), a_call(headers, b"{}")):
        with pytest.raises(Refused) as refused:
            await shop.device.receive(wrong)
        assert refused.value.status == 401


def test_a_timestamp_is_found_wherever_it_stands() -> None:
    assert timestamps_of(b'{"details":{"timestamp":"inner"},"timestamp" : "2026"}') == ["inner", "2026"]
    assert timestamps_of(b'{"timestamp":5}') == [""]


async def test_sold_out_is_told_and_taken_back(shop: Shop) -> None:
    latte = shop.toast.add("Latte", "6.50")
    for _ in range(2):
        await shop.device.snooze(latte, shop.clock.now() + timedelta(hours=1))
    assert shop.toast.out_of_stock == {latte}
    await shop.device.snooze(latte, None)
    assert shop.toast.out_of_stock == set()
    with pytest.raises(Refused):
        await shop.device.snooze("nothing", None)


@with_settings(stock=False)
async def test_without_the_stock_scope_nothing_is_asked_or_told(shop: Shop) -> None:
    latte = shop.toast.add("Latte", "6.50")
    shop.toast.out_of_stock = {latte}
    assert (await shop.device.fetch_catalogue()).items[0].available
    with pytest.raises(Refused) as off:
        await shop.device.snooze(latte, None)
    assert off.value.reason == "no_snooze"


async def test_a_clock_ahead_at_their_side_hides_no_order(shop: Shop) -> None:
    shop.toast.gets_by_external_id, shop.toast.skew = False, timedelta(minutes=4)
    guid = await shop.device.submit_order(order_of(shop.toast.add("Latte", "6.50")))
    shop.toast.sell("9", "12.50")
    assert await shop.device.find_order("ord-1") == guid
    assert [sale.receipt for sale in await shop.device.recent_sales(AN_HOUR_AGO)] == ["9"]
