"""Atlas Kitchen: menus inside menus, stocks, slots of a serving day, and states that nobody documents."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.core.errors import NeedsPerson, Refused, Unreachable
from agent.core.money import Money
from agent.core.order import Customer, Method
from agent.core.order_status import OrderStatus
from drivers.pos.atlas_kitchen.driver import AtlasKitchen
from drivers.pos.atlas_kitchen.wire import read_status
from tests.drivers.simulators.atlas import CHANNEL, HOOK_SECRET, KEY, MENU, MERCHANT, OUTLET, Atlas
from tests.drivers.simulators.vendor import as_json
from tests.support.clock import FakeClock
from tests.support.vendor_pos import a_call, order_of, over_http

HOOK = f"/{HOOK_SECRET}"


@dataclass
class Shop:
    """The outlet's Atlas and our device."""

    atlas: Atlas
    device: AtlasKitchen
    clock: FakeClock


@pytest.fixture
async def shop(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Shop]:
    clock = FakeClock()
    options = {"merchant": MERCHANT, "outlet": OUTLET, "channel": CHANNEL, **getattr(request, "param", {})}
    async with Atlas(clock) as atlas:
        options["base_url"] = atlas.base + atlas.prefix
        async with over_http(
            "atlas-kitchen", AtlasKitchen, tmp_path, options, secret=KEY, clock=clock, webhook=HOOK_SECRET
        ) as device:
            yield Shop(atlas, device, clock)


async def test_it_says_how_many_menus_there_are(shop: Shop) -> None:
    assert await shop.device.test() == "Atlas Kitchen answers; 1 published menu."
    shop.atlas.canned = [as_json([])]
    with pytest.raises(Unreachable):
        await shop.device.test()


@pytest.mark.parametrize("shop", [{}, {"menu": MENU}], indirect=True)
async def test_the_menu_comes_with_choices_and_what_is_sold_out(shop: Shop) -> None:
    extra = shop.atlas.group("Extra", ("Egg", 100), ("Ham", 150), least=1, most=2)
    extra["selection_required_min_override"] = 0
    rice, soup = shop.atlas.add("Rice", 450, extra), shop.atlas.add("Soup", 300, archived_at=1)
    tea, kopi = shop.atlas.add("Tea", 180), shop.atlas.add("Kopi", -1)
    egg = extra["modifier_group"]["modifiers"][0]["item"]["id"]
    shop.atlas.stocks = {rice: -1, tea: 0, egg: 0}
    catalogue = await shop.device.fetch_catalogue()
    assert [(item.code, item.price, item.category, item.available) for item in catalogue.items] == [
        (str(rice), Money(450, "SGD"), "Mains", True),
        (str(tea), Money(180, "SGD"), "More", False),
    ]
    (group,) = catalogue.items[0].groups
    assert (group.min_selection, group.max_selection) == (0, 2)
    assert (group.options[0].code, group.options[0].price.minor, group.options[0].available) == (str(egg), 100, False)
    assert [problem.where for problem in catalogue.problems] == [f"product {kopi}"]
    assert str(soup) not in [item.code for item in catalogue.items]


async def test_an_order_goes_with_cents_a_slot_and_a_payment(shop: Shop) -> None:
    extra = shop.atlas.group("Extra", ("Egg", 100))
    rice = shop.atlas.add("Rice", 450, extra)
    egg = extra["modifier_group"]["modifiers"][0]["item"]["id"]
    promised = datetime(2026, 11, 22, 15, 50, tzinfo=UTC)
    home = Customer(name="Mei Tan", phone="+6591234567", address="1 Long Road")
    order = order_of(str(rice), str(egg), method=Method.DELIVERY, promised_at=promised, customer=home, table="4")
    assert await shop.device.submit_order(order) == "85"
    (kept,) = shop.atlas.orders
    assert (kept["serving_date"], kept["timeslot_start"], kept["timeslot_type"]) == ("2026-11-22", 85_800, "available_timeslots")
    assert (kept["total"], kept["order_items"][0]["price_cents"], kept["address_line1"]) == (900, 450, "1 Long Road")
    assert (kept["order_items"][0]["sub_items"][0]["item_id"], kept["notes"]) == (egg, "Table 4 ring twice")
    await shop.device.submit_order(order_of(str(rice), order_id="ord-2"))
    assert {"address_line1", "contact_email"} & set(shop.atlas.orders[1]) == set()
    assert (shop.atlas.orders[1]["timeslot_start"], shop.atlas.orders[1]["timeslot_type"]) == (12 * 3600, "asap")


async def test_after_a_lost_answer_the_order_is_found_under_our_id(shop: Shop) -> None:
    shop.atlas.lost_answers = 1
    order = order_of(str(shop.atlas.add("Rice", 450)), order_id="ord/../1 ü")
    with pytest.raises(Unreachable) as unsure:
        await shop.device.submit_order(order)
    assert unsure.value.maybe_applied
    assert await shop.device.find_order("ord/../1 ü") == await shop.device.submit_order(order) == "85"
    assert (shop.atlas.references(), await shop.device.find_order("ord-2")) == (["ord/../1 ü"], None)


async def test_an_answer_about_another_order_is_not_believed(shop: Shop) -> None:
    shop.atlas.canned = [as_json({"id": 1, "external_order_id": "other", "identifier": None})]
    with pytest.raises(Unreachable) as other:
        await shop.device.find_order("ord-1")
    assert other.value.reason == "cannot_find"
    shop.atlas.canned = [as_json({}, 404), as_json({})]
    with pytest.raises(Unreachable) as nameless:
        await shop.device.submit_order(order_of("380"))
    assert nameless.value.maybe_applied


async def test_what_atlas_cannot_take_is_refused(shop: Shop) -> None:
    with pytest.raises(Refused) as unknown:
        await shop.device.submit_order(order_of("LATTE"))
    assert unknown.value.reason == "item_unknown"
    with pytest.raises(Refused) as invalid:
        await shop.device.submit_order(order_of("999"))
    assert invalid.value.status == 422


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (OrderStatus.PAID, OrderStatus.PAID),
        (OrderStatus.ACCEPTED, OrderStatus.ACCEPTED),
        (OrderStatus.IN_PROGRESS, OrderStatus.IN_PROGRESS),
        (OrderStatus.READY, OrderStatus.READY),
        (OrderStatus.COMPLETED, OrderStatus.COMPLETED),
        (OrderStatus.CANCELLED, OrderStatus.CANCELLED),
    ],
)
async def test_states_become_our_statuses(shop: Shop, state: OrderStatus, status: OrderStatus) -> None:
    shop.atlas.both_ends_filled = True
    pos_id = await shop.device.submit_order(order_of(str(shop.atlas.add("Rice", 450))))
    shop.clock.move(60)
    shop.atlas.move("ord-1", state)
    for known in (pos_id, ""):
        said = await shop.device.order_status("ord-1", known)
        assert said is not None
        assert said.status is status
    assert await shop.device.order_status("ord-2", "1") is None


def test_an_unknown_state_counts_by_the_one_end_that_is_filled() -> None:
    from tests.support.device_sink import context

    zone = context(Path()).zone
    assert read_status({"state": "boxed", "completed_at": 5, "cancelled_at": 5}, zone) is None
    assert read_status({"state": "boxed"}, zone) is None
    said = read_status({"state": "boxed", "cancelled_at": 1795321800}, zone)
    assert said is not None
    assert (said.status, said.at) == (OrderStatus.CANCELLED, datetime(2026, 11, 22, 4, 30, tzinfo=UTC))


async def test_a_sale_made_at_the_counter_is_told_and_one_from_the_cloud_is_not(shop: Shop) -> None:
    theirs = shop.atlas.event("order.created", shop.atlas.sell("A00085", "12.50"))
    replies = [await shop.device.receive(a_call({}, theirs, HOOK)) for _ in range(2)]
    assert replies[0] == replies[1]
    assert [(sale.receipt, sale.amount, sale.void) for sale in replies[0].sales] == [("A00085", Money(1250, "SGD"), False)]
    pos_id = await shop.device.submit_order(order_of(str(shop.atlas.add("Rice", 450))))
    ours = await shop.device.receive(a_call({}, shop.atlas.event("order.created", shop.atlas.orders[-1]), HOOK))
    assert (ours.sales, ours.moves[0].order_id, ours.moves[0].pos_order_id) == ((), "ord-1", pos_id)


async def test_changed_menus_and_stocks_are_told_and_other_outlets_are_not_ours(shop: Shop) -> None:
    for event, changed in (("menu.updated", True), ("stock.updated", True), ("user.created", False)):
        assert (await shop.device.receive(a_call({}, shop.atlas.event(event, {}), HOOK))).catalogue_changed is changed
    elsewhere = shop.atlas.sell("A1", "1.00") | {"outlet_id": 8}
    assert (await shop.device.receive(a_call({}, shop.atlas.event("order.created", elsewhere), HOOK))).sales == ()


@pytest.mark.parametrize("path", ["", "/", "/wrong", f"/{HOOK_SECRET}x"])
async def test_a_call_at_an_address_without_the_secret_is_refused(shop: Shop, path: str) -> None:
    with pytest.raises(Refused) as refused:
        await shop.device.receive(a_call({}, shop.atlas.event("menu.updated", {}), path))
    assert (refused.value.status, refused.value.reason) == (401, "bad_signature")


@pytest.mark.parametrize("shop", [{"merchant": "2"}], indirect=True)
async def test_another_merchant_is_not_let_in(shop: Shop) -> None:
    with pytest.raises(NeedsPerson):
        await shop.device.test()
