"""Lightspeed L-Series: lists in either shape, receipts by day, and an order that is never sent twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent.core.errors import NeedsPerson, NotSaved, Refused, Unreachable
from agent.core.money import Money
from agent.core.order import Method, Modifier
from agent.core.sale import SaleSeen
from drivers.pos.lightspeed_l.driver import LightspeedL as Device
from tests.drivers.simulators.lightspeed_l import COMPANY, CUSTOMER, TOKEN, LightspeedL
from tests.drivers.simulators.vendor import Answer, as_json
from tests.support.clock import FakeClock
from tests.support.device_sink import running
from tests.support.vendor_pos import order_of, over_http


@dataclass
class Shop:
    """The company and our device."""

    l: LightspeedL  # noqa: E741
    device: Device
    clock: FakeClock


@pytest.fixture
async def shop(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Shop]:
    clock = FakeClock()
    options = {"company_id": COMPANY, "customer_id": CUSTOMER} | getattr(request, "param", {})
    async with LightspeedL(clock) as server:
        options["base_url"] = server.base
        async with over_http("lightspeed-l", Device, tmp_path, options, secret=TOKEN, clock=clock) as device:
            yield Shop(server, device, clock)


def set_up(**options: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("shop", [options], indirect=True)


async def test_the_company_of_the_settings_has_to_be_there(shop: Shop) -> None:
    async with running(shop.device) as (sink, _):
        assert sink.states[-1][1] == "Lightspeed answers for Main shop."
    shop.l.canned = [as_json([])]
    with pytest.raises(NeedsPerson) as gone:
        await shop.device.test()
    assert gone.value.reason == "outlet_unknown"


@set_up(price_field="takeawayPrice")
async def test_products_of_shown_groups_come_to_the_last_page(shop: Shop) -> None:
    shop.l.page_rows = 20
    for place in range(50):
        shop.l.add(f"Dish {place}", "9", takeawayPrice=Decimal("4.5"))
    shop.l.add("Hidden", "1", takeawayPrice=1, visible=False)
    shop.l.add("Other", "1", group=2)
    shop.l.add("Broken", "1")
    catalogue = await shop.device.fetch_catalogue()
    assert (len(catalogue.items), catalogue.items[0].price, catalogue.items[0].category) == (50, Money(450, "SGD"), "Mains")
    assert [problem.reason for problem in catalogue.problems] == ["invalid_amount"]


@set_up(payment_type_id=8196, payment_type_type_id=16, vat_percent=9.0)
async def test_an_order_goes_with_prices_with_and_without_tax(shop: Shop) -> None:
    order = order_of(shop.l.add("Rice", "4.50"), method=Method.DELIVERY, table="7")
    line = replace(order.paid.lines[0], modifiers=(Modifier(name="Egg", price=Money(50, "SGD")),))
    assert await shop.device.submit_order(replace(order, paid=replace(order.paid, lines=(line,)))) == "1156529"
    (sent,) = shop.l.orders
    assert sent["orderItems"][0] | {"productId": 0} == {
        "productId": 0, "amount": 2, "unitPrice": 5, "unitPriceWithoutVat": Decimal("4.5872"), "totalPrice": 10,
        "totalPriceWithoutVat": Decimal("9.1744"),
    }  # fmt: skip
    assert sent["orderPayments"] == [{"paymentTypeId": 8196, "paymentTypeTypeId": 16, "amount": 9}]
    assert (sent["type"], sent["description"]) == ("delivery", "Cata A-17")
    assert sent["note"].splitlines() == ["Mei", "Table 7", "ring twice", "2 x Chicken rice: no chilli, Egg", "Cata order ord-1"]


async def test_an_order_whose_answer_was_lost_is_for_a_person_and_never_sent_again(shop: Shop) -> None:
    order = order_of(shop.l.add("Rice", "4.50"))
    shop.l.lost_answers = 1
    with pytest.raises(Unreachable) as unsure:
        await shop.device.submit_order(order)
    assert unsure.value.maybe_applied
    with pytest.raises(NeedsPerson) as doubt:
        await shop.device.submit_order(order)
    assert doubt.value.message.endswith("Look on its till for Cata A-17.")
    with pytest.raises(Unreachable) as unknown:
        await shop.device.find_order("ord-1")
    assert (unknown.value.reason, len(shop.l.orders)) == ("cannot_find", 1)


@pytest.mark.parametrize("answer", [as_json({"description": "no"}, 400), as_json({"description": "wait"}, 429), as_json({}, 403)])
async def test_an_order_that_was_surely_not_taken_may_be_sent_again(shop: Shop, answer: Answer) -> None:
    order = order_of(shop.l.add("Rice", "4.50"))
    shop.l.canned = [answer]
    with pytest.raises((Refused, Unreachable, NeedsPerson)):
        await shop.device.submit_order(order)
    assert await shop.device.find_order("ord-1") is None
    pos_id = await shop.device.submit_order(order)
    assert await shop.device.find_order("ord-1") == pos_id


async def test_an_answer_without_a_number_leaves_doubt(shop: Shop) -> None:
    shop.l.canned = [Answer(status=201, body=b"{}")]
    with pytest.raises(Unreachable) as unsure:
        await shop.device.submit_order(order_of("1"))
    assert (unsure.value.reason, unsure.value.maybe_applied) == ("not_the_pos", True)


async def test_an_order_that_cannot_be_written_down_is_not_sent(shop: Shop) -> None:
    shop.device.context.folder.parent.mkdir(parents=True, exist_ok=True)
    shop.device.context.folder.write_text("in the way")
    with pytest.raises(NotSaved):
        await shop.device.submit_order(order_of(shop.l.add("Rice", "4.50")))
    assert shop.l.orders == []


@set_up(customer_id=0)
async def test_without_a_customer_there_are_no_orders(shop: Shop) -> None:
    with pytest.raises(Refused) as refused:
        await shop.device.submit_order(order_of("1"))
    assert refused.value.reason == "no_orders"


async def test_an_item_without_a_number_is_refused(shop: Shop) -> None:
    with pytest.raises(Refused) as unknown:
        await shop.device.submit_order(order_of(""))
    assert (unknown.value.reason, shop.l.calls) == ("item_unknown", [])


@pytest.mark.parametrize("is_bare", [False, True])
async def test_receipts_of_two_days_come_without_ours_and_open_ones(shop: Shop, is_bare: bool) -> None:
    shop.l.is_bare, shop.l.page_rows = is_bare, 20
    now = shop.clock.now()
    yesterday = now - timedelta(days=1)
    first = shop.l.sell(Decimal("22.0"), yesterday, closingDate="2026-11-21T05:00:00.000Z")
    others = [shop.l.sell("1.00") for _ in range(55)]
    shop.l.sell(Decimal(1), customerId=CUSTOMER)
    shop.l.sell(Decimal(1), status="OPEN")
    shop.l.sell(Decimal(-1))
    shop.l.sell("oops")
    void = shop.l.sell(Decimal(3))
    shop.l.take_back(void)
    sales = await shop.device.recent_sales(yesterday)
    assert [sale.receipt for sale in sales] == [first, *others, void]
    assert (sales[0].amount, sales[0].occurred_at) == (Money(2200, "SGD"), yesterday + timedelta(hours=1))
    assert (sales[1].occurred_at, sales[-1]) == (now, SaleSeen(receipt=void, amount=Money(300, "SGD"), void=True))
    assert await shop.device.recent_sales(now + timedelta(seconds=1)) == []


async def test_a_list_that_knows_no_offset_ends(shop: Shop) -> None:
    rows = [{"id": number, "name": f"Company {number}"} for number in range(60)]
    shop.l.canned = [as_json(rows), as_json(rows)]
    assert len(await shop.device.list_remote_outlets()) == 60
    shop.l.canned = [as_json({"something": "else"})]
    with pytest.raises(Unreachable) as elsewhere:
        await shop.device.list_remote_outlets()
    assert elsewhere.value.reason == "not_the_pos"
