"""Square: what this location sells, what staff see, who earns, and which hints are genuine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.core.catalogue import CatalogueItem
from agent.core.clock import to_wire
from agent.core.errors import NeedsPerson, Refused, Unreachable
from agent.core.member import MemberRef
from agent.core.money import Money
from agent.core.order import Method, Modifier, OrderLine
from agent.core.order_status import OrderStatus
from agent.core.pos import PosStatus
from drivers.pos.square.driver import Square as Driver
from tests.contract.goods import MENU, a_sale, ago, an_order
from tests.drivers.simulators.square import LOCATION, NOTIFICATION_URL, SIGNATURE_KEY, TOKEN, Square
from tests.drivers.simulators.vendor import Answer, Call, as_json
from tests.support.clock import FakeClock
from tests.support.vendor_pos import a_call, over_http

RICE = OrderLine(plu="VAR-CR1", name="Chicken rice", quantity=2, price=Money(450, "SGD"))


@pytest.fixture
async def square() -> AsyncIterator[Square]:
    async with Square() as one:
        one.sell_these(MENU)
        yield one


@asynccontextmanager
async def till(square: Square, folder: Path, *, secret: str | None = TOKEN, **options: Any) -> AsyncIterator[Driver]:
    given = {"location": LOCATION, "base_url": square.base, "webhook_url": NOTIFICATION_URL, **options}
    clock = FakeClock(ago(0))
    async with over_http("square", Driver, folder, given, secret=secret, clock=clock, webhook=SIGNATURE_KEY) as one:
        yield one


def variation(square: Square, code: str) -> dict[str, Any]:
    found: dict[str, Any] = square.objects[f"ITEM-{code}"]["item_data"]["variations"][0]
    return found


async def menu(square: Square, folder: Path) -> dict[str, CatalogueItem]:
    async with till(square, folder) as one:
        return {item.name: item for item in (await one.fetch_catalogue()).items}


async def test_every_variation_is_an_item_of_its_own(square: Square, tmp_path: Path) -> None:
    large = {"type": "ITEM_VARIATION", "id": "VAR-L", "item_variation_data": {"name": "Large", "price_money": money(1500)}}
    square.objects["ITEM-KO1"]["item_data"]["variations"].append(large)
    found = await menu(square, tmp_path)
    assert {name: (item.code, item.price.minor) for name, item in found.items() if "Kopi" in name} == {
        "Kopi (Regular)": ("VAR-KO1", 1250),
        "Kopi (Large)": ("VAR-L", 1500),
    }


async def test_only_what_this_location_sells_is_on_the_menu(square: Square, tmp_path: Path) -> None:
    elsewhere: list[dict[str, Any]] = [
        {"present_at_all_locations": True, "absent_at_location_ids": [LOCATION]},
        {"present_at_all_locations": False, "present_at_location_ids": ["other"]},
        {"is_deleted": True},
    ]
    for number, change in enumerate(elsewhere):
        item = replace(MENU[1], code=f"X{number}", name=f"Elsewhere {number}")
        square._keep_item(item)
        square.objects[f"ITEM-X{number}"] |= change
    for number, data in enumerate(({"is_archived": True}, {"product_type": "GIFT_CARD"})):
        square._keep_item(replace(MENU[1], code=f"Y{number}", name=f"No food {number}"))
        square.objects[f"ITEM-Y{number}"]["item_data"] |= data
    square._keep_item(replace(MENU[1], code="Z", name="Not sellable"))
    variation(square, "Z")["item_variation_data"]["sellable"] = False
    square.objects["ITEM-CR1"] |= {"present_at_all_locations": False, "present_at_location_ids": [LOCATION]}
    assert sorted(await menu(square, tmp_path)) == ["Chicken rice", "Kopi"]


async def test_a_price_or_an_end_of_this_location_goes_before_the_others(square: Square, tmp_path: Path) -> None:
    data = variation(square, "KO1")["item_variation_data"]
    past, future = (to_wire(ago(seconds)) for seconds in (60, -600))
    for until, available in ((past, True), (future, False), (None, False)):
        here = {"location_id": LOCATION, "price_money": money(999), "sold_out": True, "sold_out_valid_until": until}
        data["location_overrides"] = [here]
        kopi = (await menu(square, tmp_path))["Kopi"]
        assert (kopi.price.minor, kopi.available) == (999, available)


async def test_a_price_that_is_open_or_foreign_is_a_problem_and_loses_nothing_beside_it(square: Square, tmp_path: Path) -> None:
    square._keep_item(replace(MENU[1], code="OPEN", name="Open"))
    square._keep_item(replace(MENU[1], code="USD", name="Dollars"))
    variation(square, "OPEN")["item_variation_data"]["pricing_type"] = "VARIABLE_PRICING"
    variation(square, "USD")["item_variation_data"]["price_money"] = money(100, "USD")
    async with till(square, tmp_path) as one:
        catalogue = await one.fetch_catalogue()
    assert [item.name for item in catalogue.items] == ["Chicken rice", "Kopi"]
    assert {problem.where: problem.reason for problem in catalogue.problems} == {
        "variation VAR-OPEN": "no_price",
        "variation VAR-USD": "other_currency",
    }


async def test_an_image_and_a_category_come_with_their_item(square: Square, tmp_path: Path) -> None:
    square._keep("IMAGE", "IMG", image_data={"url": "https://img.example/kopi.jpg"})
    square.objects["ITEM-KO1"]["item_data"] |= {"image_ids": ["gone", "IMG"], "categories": [], "category_id": "CAT-Mains"}
    kopi = (await menu(square, tmp_path))["Kopi"]
    assert (kopi.category, kopi.image_url) == ("Mains", "https://img.example/kopi.jpg")


@pytest.mark.parametrize(
    ("info", "bounds"),
    [
        ({"min_selected_modifiers": -1, "max_selected_modifiers": -1}, (0, 2)),
        ({"min_selected_modifiers": 1, "max_selected_modifiers": 1}, (1, 1)),
        ({"min_selected_modifiers": 5, "max_selected_modifiers": 0}, (2, 2)),
        ({"enabled": False}, None),
        ({"modifier_list_id": "gone"}, None),
    ],
)
async def test_bounds_of_choices_are_the_item_s_then_the_list_s(
    square: Square, tmp_path: Path, info: dict[str, Any], bounds: tuple[int, int] | None
) -> None:
    square.objects["LIST-EXTRA"]["modifier_list_data"]["max_selected_modifiers"] = 0
    square.objects["ITEM-CR1"]["item_data"]["modifier_list_info"][0] |= info
    groups = (await menu(square, tmp_path))["Chicken rice"].groups
    assert [(group.min_selection, group.max_selection) for group in groups] == ([bounds] if bounds else [])


async def test_an_old_list_of_which_one_is_chosen_says_so_by_its_type(square: Square, tmp_path: Path) -> None:
    data = square.objects["LIST-EXTRA"]["modifier_list_data"]
    data["selection_type"] = "SINGLE"
    del data["max_selected_modifiers"]
    del square.objects["ITEM-CR1"]["item_data"]["modifier_list_info"][0]["max_selected_modifiers"]
    assert (await menu(square, tmp_path))["Chicken rice"].groups[0].max_selection == 1


async def test_an_order_costs_in_square_what_was_paid_for_it(square: Square, tmp_path: Path) -> None:
    egg = Modifier(plu="MOD-EGG", name="Egg", price=Money(50, "SGD"))
    cup = OrderLine(name="Own cup", quantity=1)
    lines = (replace(RICE, modifiers=(egg, Modifier(name="Luck"))), cup)
    async with till(square, tmp_path) as one:
        for order_id, total, due in (("fees", 1100, 1100), ("less", 900, 900), ("even", 1000, 1000)):
            paid = replace(an_order(order_id).paid, lines=(replace(lines[0]),), total=Money(total, "SGD"))
            number = await one.submit_order(replace(an_order(order_id), paid=paid))
            assert square.orders[number]["total_money"]["amount"] == due
        blind = replace(an_order("blind").paid, lines=lines, total=Money(1, "SGD"))
        number = await one.submit_order(replace(an_order("blind"), paid=blind))
        assert square.orders[number]["total_money"]["amount"] == 1000
    assert square.references() == ["fees", "less", "even", "blind"]


async def test_an_order_that_costs_nothing_is_paid_without_a_payment(square: Square, tmp_path: Path) -> None:
    free = replace(an_order().paid, lines=(replace(RICE, price=Money(0, "SGD")),), total=Money(0, "SGD"))
    async with till(square, tmp_path) as one:
        first = await one.submit_order(replace(an_order(), paid=free))
        assert await one.submit_order(replace(an_order(), paid=free)) == first
    assert len(square.references()) == 1
    assert "(" not in square.references()[0]


async def test_what_staff_need_is_on_the_ticket(square: Square, tmp_path: Path) -> None:
    order = an_order()
    asked = replace(order.paid, lines=(RICE,), method=Method.DINE_IN, table="7", promised_at=None)
    async with till(square, tmp_path) as one:
        number = await one.submit_order(replace(order, paid=asked))
        odd = replace(asked, id="odd", customer=replace(asked.customer, name="", phone="ring 9"))
        await one.submit_order(replace(order, paid=odd))
    first, second = (made["fulfillments"][0]["pickup_details"] for made in square.orders.values())
    assert first["note"] == "DINE_IN. KK-20431. table 7. ring twice"
    assert first["recipient"] == {"display_name": "Mei", "phone_number": "+6591234567"}
    assert (first["schedule_type"], second["recipient"]) == ("ASAP", {"display_name": "KK-20431"})
    assert square.orders[number]["ticket_name"] == "KK-20431"


async def test_an_order_put_in_under_other_settings_is_still_the_same(square: Square, tmp_path: Path) -> None:
    order = replace(an_order(), paid=replace(an_order().paid, lines=(RICE,)))
    async with till(square, tmp_path) as one:
        first = await one.submit_order(order)
        other = replace(order, paid=replace(order.paid, notes="now without"))
        assert await one.submit_order(other) == first
        square.orders.clear()
        with pytest.raises(Refused) as reused:
            await one.submit_order(other)
        assert "IDEMPOTENCY_KEY_REUSED" in reused.value.details


async def test_an_item_that_square_does_not_know_is_refused_for_good(square: Square, tmp_path: Path) -> None:
    async with till(square, tmp_path) as one:
        with pytest.raises(Refused):
            await one.submit_order(replace(an_order(), paid=replace(an_order().paid, lines=(replace(RICE, plu="gone"),))))
    assert square.references() == []


async def test_a_status_has_the_time_and_the_reason_that_square_has(square: Square, tmp_path: Path) -> None:
    async with till(square, tmp_path) as one:
        number = await one.submit_order(replace(an_order(), paid=replace(an_order().paid, lines=(RICE,))))
        fulfilment = square.move(an_order().id, OrderStatus.READY)["fulfillments"][0]
        said = await one.order_status(an_order().id, number)
        assert said is not None
        assert said.at is not None
        assert to_wire(said.at) == fulfilment["pickup_details"]["ready_at"]
        fulfilment["state"] = "FAILED"
        fulfilment["pickup_details"]["cancel_reason"] = "burnt"
        assert await one.order_status(an_order().id, "") == PosStatus(status=OrderStatus.CANCELLED, reason="burnt")
        fulfilment["state"] = "NEVER_SEEN"
        assert await one.order_status(an_order().id, number) == PosStatus(status=OrderStatus.PAID, reason="burnt")
        square.orders[number]["state"] = "DRAFT"
        assert await one.order_status(an_order().id, number) is None


async def test_what_the_app_sold_and_what_is_no_sale_earns_nothing(square: Square, tmp_path: Path) -> None:
    async with till(square, tmp_path) as one:
        await one.submit_order(replace(an_order(), paid=replace(an_order().paid, lines=(RICE,))))
        square.move(an_order().id, OrderStatus.COMPLETED)
        receipt = square.sell(a_sale(minor=1000))
        square.orders[receipt]["total_tip_money"] = money(100)
        odd: list[dict[str, Any]] = [{"total_money": money(0)}, {"line_items": []}, {"total_money": money(5, "USD")}]
        for number, change in enumerate(odd):
            square.orders[square.sell(a_sale(f"no-{number}"))] |= change
        assert [(sale.receipt, sale.amount.minor) for sale in await one.recent_sales(ago(3600))] == [(receipt, 900)]


async def test_a_refund_of_a_part_takes_no_points_back(square: Square, tmp_path: Path) -> None:
    async with till(square, tmp_path) as one:
        part, whole = square.sell(a_sale(minor=1000)), square.sell(a_sale(minor=1000))
        square.refund(part, 400)
        square.refund(whole)
        ours = await one.submit_order(replace(an_order(), paid=replace(an_order().paid, lines=(RICE,))))
        square.move(an_order().id, OrderStatus.COMPLETED)
        square.refund(ours)
        square.refund(square.sell(a_sale("gone")))
        lost = max(square.orders)
        del square.orders[square.orders[lost]["returns"][0]["source_order_id"]]
        assert [(sale.receipt, sale.void) for sale in await one.recent_sales(ago(3600))] == [
            (part, False),
            (whole, False),
            (whole, True),
        ]


async def test_a_customer_of_square_earns_at_once_only_where_that_is_wanted(square: Square, tmp_path: Path) -> None:
    square.phones["C1"] = "+6591234567"
    square.sell(a_sale("R-1"), customer_id="C1")
    square.sell(a_sale("R-2"), customer_id="C2")
    for wanted, members in ((False, [None, None]), (True, [MemberRef(identifier="+6591234567"), None])):
        async with till(square, tmp_path, earn_for_customers=wanted) as one:
            assert [sale.member for sale in await one.recent_sales(ago(3600))] == members


async def test_a_hint_moves_our_orders_and_brings_the_till_s_sales(square: Square, tmp_path: Path) -> None:
    async with till(square, tmp_path) as one:
        number = await one.submit_order(replace(an_order(), paid=replace(an_order().paid, lines=(RICE,))))
        square.move(an_order().id, OrderStatus.ACCEPTED)
        (move,) = (await one.receive(a_call(*square.hint("order.fulfillment.updated", number)))).moves
        assert (move.order_id, move.pos_order_id, move.status.status) == (an_order().id, number, OrderStatus.ACCEPTED)
        (sale,) = (await one.receive(a_call(*square.hint("payment.created", square.sell(a_sale()))))).sales
        assert sale.amount.minor == 1250
        assert (await one.receive(a_call(*square.hint("catalog.version.updated")))).catalogue_changed


async def test_a_hint_about_nothing_of_this_shop_changes_nothing(square: Square, tmp_path: Path) -> None:
    async with till(square, tmp_path) as one:
        elsewhere = square.sell(a_sale())
        square.orders[elsewhere]["location_id"] = "other"
        number = await one.submit_order(replace(an_order(), paid=replace(an_order().paid, lines=(RICE,))))
        square.orders[number] |= {"state": "DRAFT", "fulfillments": []}
        for kind, about in (
            ("order.updated", elsewhere),
            ("order.updated", "gone"),
            ("refund.updated", ""),
            ("order.created", number),
        ):
            reply = await one.receive(a_call(*square.hint(kind, about)))
            assert (reply.moves, reply.sales, reply.catalogue_changed) == ((), (), False)


async def test_a_hint_is_signed_over_the_address_that_was_subscribed(square: Square, tmp_path: Path) -> None:
    call = a_call(*square.hint("catalog.version.updated"))
    for address in ("https://shop.example/pos/square/", ""):
        async with till(square, tmp_path, webhook_url=address) as one:
            with pytest.raises(Refused) as forged:
                await one.receive(call)
            assert forged.value.status == 401


async def test_a_location_that_cannot_be_this_outlet_is_said(square: Square, tmp_path: Path) -> None:
    async with till(square, tmp_path, location="L-none") as one:
        with pytest.raises(NeedsPerson) as unknown:
            await one.test()
    square.canned = [as_json({"location": {"id": LOCATION, "name": "Main", "currency": "USD"}})]
    async with till(square, tmp_path) as one:
        with pytest.raises(NeedsPerson) as foreign:
            await one.test()
        assert (unknown.value.reason, foreign.value.reason) == ("outlet_unknown", "other_currency")
        square.canned = [as_json({}), as_json([])]
        for ask in (one.test, one.list_remote_outlets):
            with pytest.raises(Unreachable):
                await ask()


class SignIn(Square):
    """Gives the token of the account for a refresh token."""

    def answer(self, call: Call) -> Answer:
        if call.path != "/oauth2/token":
            return super().answer(call)
        asked = call.json
        wanted = {"grant_type": "refresh_token", "refresh_token": "r-1", "client_id": "sq0idp", "client_secret": "sq0csp"}
        self.token = f"EAAA-{len(self.calls)}"
        ends_at = to_wire(self.now() + timedelta(days=30))
        return as_json({"access_token": self.token, "expires_at": ends_at}) if asked == wanted else as_json({}, 401)


async def test_a_till_that_signs_in_fetches_its_token_and_another_when_it_was_revoked(tmp_path: Path) -> None:
    async with SignIn() as square:
        given = {"location": LOCATION, "base_url": square.base, "client_id": "sq0idp"}
        clock = FakeClock(ago(0))
        async with over_http("square", Driver, tmp_path, given, secret="sq0csp", clock=clock, refresh_token="r-1") as one:
            assert await one.test() == "Square answers for Main."
            square.token = "revoked"
            assert await one.test() == "Square answers for Main."
    assert [call.path for call in square.calls].count("/oauth2/token") == 2


def money(minor: int, currency: str = "SGD") -> dict[str, Any]:
    return {"amount": minor, "currency": currency}
