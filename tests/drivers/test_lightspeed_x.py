"""Lightspeed X-Series: what goes over the wire, amounts without tax, and one sale that is never written over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent.core.errors import NeedsPerson, Refused, Unreachable
from agent.core.money import Money
from agent.core.order import Customer, Modifier
from agent.core.order_status import OrderStatus
from agent.core.sale import SaleSeen
from agent.core.signing import X_SERIES, sign
from drivers.pos.lightspeed_x.driver import LightspeedX as Device
from drivers.pos.lightspeed_x.wire import sale_id
from tests.drivers.simulators.lightspeed_x import (
    CLIENT_ID,
    CLIENT_SECRET,
    OTHER_OUTLET,
    OUTLET,
    PAYMENT,
    REFRESH_TOKEN,
    REGISTER,
    TOKEN,
    USER,
    WEBHOOK_SECRET,
    LightspeedX,
)  # fmt: skip
from tests.drivers.simulators.vendor import as_json
from tests.support.clock import FakeClock
from tests.support.device_sink import running
from tests.support.vendor_pos import a_call, order_of, over_http

AN_HOUR_AGO = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@dataclass
class Shop:
    """The shop's X-Series and our device."""

    x: LightspeedX
    device: Device
    clock: FakeClock


@pytest.fixture
async def shop(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Shop]:
    clock = FakeClock()
    more = dict(getattr(request, "param", {}))
    kind, secret = more.pop("kind", "lightspeed-x"), more.pop("secret", TOKEN)
    options = {"register_id": REGISTER, "user_id": USER, "outlet_id": OUTLET} | more
    async with LightspeedX(clock) as x, over_http(
        kind, Device, tmp_path, options | {"base_url": x.base}, secret=secret, clock=clock,
        webhook=WEBHOOK_SECRET, refresh_token=REFRESH_TOKEN,
    ) as device:  # fmt: skip
        yield Shop(x, device, clock)


def set_up(**options: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("shop", [options], indirect=True)


@set_up(kind="vend")
async def test_the_outlet_of_the_settings_has_to_be_there(shop: Shop) -> None:
    assert await shop.device.test() == "Lightspeed answers for Main shop."
    shop.x.canned = [as_json({"data": [], "version": {"min": None, "max": None}})]
    with pytest.raises(NeedsPerson) as gone:
        await shop.device.test()
    assert gone.value.reason == "outlet_unknown"


@set_up(outlet_id="")
async def test_without_an_outlet_all_of_them_count(shop: Shop) -> None:
    async with running(shop.device) as (sink, _):
        assert sink.states[-1][1] == "Lightspeed answers; it has 2 outlets."
    shop.x.sell("R-1", Decimal(1), outlet_id=OTHER_OUTLET)
    assert len(await shop.device.recent_sales(AN_HOUR_AGO)) == 1


@set_up(check_stock=True)
async def test_products_come_to_the_last_page_with_tax_and_stock(shop: Shop) -> None:
    shop.x.page_rows = 7
    for place in range(40):
        shop.x.add(f"Tea {place}", "4.504", type={"name": "Tea"})
    shop.x.add("Old", "1", active=False)
    shop.x.add("Gone", "1", deleted_at="2026-01-01")
    shop.x.add("Broken", "-1")
    shop.x.stock = {"product-10001": 0, "product-10002": 5}
    catalogue = await shop.device.fetch_catalogue()
    assert len(catalogue.items) == 40
    assert (catalogue.items[0].price, catalogue.items[0].category) == (Money(450, "SGD"), "Tea")
    assert [item.available for item in catalogue.items[:3]] == [False, True, True]
    assert [problem.reason for problem in catalogue.problems] == ["invalid_amount"]


@pytest.mark.parametrize("shop", [{}, {"writer": "dated"}], indirect=True)
async def test_an_order_is_a_sale_with_amounts_without_tax(shop: Shop) -> None:
    shop.device.settings = shop.device.settings.model_copy(update={"payment_type_id": PAYMENT})
    tea = shop.x.add("Tea", "5.00")
    order = order_of(tea, "x", customer=Customer(name="Mei"), total=Money(1100, "SGD"))
    line = replace(order.paid.lines[0], price=Money(500, "SGD"), modifiers=(Modifier(name="Milk", price=Money(50, "SGD")),))
    order = replace(order, paid=replace(order.paid, lines=(line,)))
    assert await shop.device.submit_order(order) == sale_id("ord-1")
    sale = shop.x.sales[sale_id("ord-1")]
    assert shop.x.references() == ["ord-1"]
    total = sale.get("total_price_incl") or sale["totals"]["price_incl_tax"]
    assert total == Decimal(11)
    body = shop.x.calls[-1].json
    assert body["note"].splitlines() == ["Cata A-17", "Mei", "ring twice", "2 x Chicken rice: no chilli, Milk"]
    payments = body.get("register_sale_payments") or body["payments"]
    assert [one["amount"] for one in payments] == [Decimal(11)]


async def test_after_a_lost_answer_the_sale_is_found_and_left_as_staff_brought_it(shop: Shop) -> None:
    order = order_of(shop.x.add("Tea", "5.00"), order_id="ord/../1 ü")
    shop.x.lost_answers = 1
    with pytest.raises(Unreachable) as unsure:
        await shop.device.submit_order(order)
    assert unsure.value.maybe_applied
    shop.x.move("ord/../1 ü", OrderStatus.COMPLETED)
    assert await shop.device.submit_order(order) == sale_id(order.id) == await shop.device.find_order(order.id)
    said = await shop.device.order_status(order.id, "")
    assert said is not None
    assert (said.status, said.at, shop.x.writes) == (OrderStatus.COMPLETED, shop.clock.now(), 1)


@set_up(register_id="", user_id="")
async def test_without_a_register_there_are_no_orders(shop: Shop) -> None:
    with pytest.raises(Refused) as refused:
        await shop.device.submit_order(order_of("1"))
    assert refused.value.reason == "no_orders"


@pytest.mark.parametrize("plu", ["", "99999"])
async def test_a_product_that_is_not_there_is_refused_before_anything_is_written(shop: Shop, plu: str) -> None:
    with pytest.raises(Refused) as unknown:
        await shop.device.submit_order(order_of(plu))
    assert (unknown.value.reason, shop.x.writes) == ("item_unknown", 0)


async def test_free_goods_are_sold_at_what_was_paid(shop: Shop) -> None:
    order = order_of(shop.x.add("Gift", "0"))
    await shop.device.submit_order(order)
    (line,) = shop.x.sales[sale_id("ord-1")]["register_sale_products"]
    assert (line["price"], line["tax"]) == (Decimal("4.5"), 0)


async def test_sales_are_those_of_the_register_and_voids_of_the_last_days(shop: Shop) -> None:
    shop.x.page_rows = 2
    now = shop.clock.now()
    for number in range(5):
        shop.x.sell(f"R-{number}", Decimal("12.504"))
    shop.x.sell("R-5", "oops")
    shop.x.sell("R-6", Decimal("-5"))
    shop.x.sell("R-7", Decimal(1), status="SAVED")
    shop.x.sell("R-8", Decimal(1), outlet_id=OTHER_OUTLET)
    shop.x.sell("R-9", Decimal(1), now - timedelta(days=2), status="VOIDED")
    shop.x.sell("R-10", None, total_price=Decimal("10"), total_tax=Decimal("0.90"))
    await shop.device.submit_order(order_of(shop.x.add("Tea", "5.00")))
    shop.x.move("ord-1", OrderStatus.COMPLETED)
    sales = await shop.device.recent_sales(AN_HOUR_AGO)
    assert [sale.receipt for sale in sales] == ["R-0", "R-1", "R-2", "R-3", "R-4", "R-10", "R-9"]
    assert sales[0] == SaleSeen(receipt="R-0", amount=Money(1250, "SGD"), occurred_at=now)
    assert (sales[5].amount, sales[6].void) == (Money(1090, "SGD"), True)


async def test_a_pause_until_a_date_is_passed_on(shop: Shop) -> None:
    shop.x.is_limited = True
    with pytest.raises(Unreachable) as pause:
        await shop.device.fetch_catalogue()
    assert (pause.value.reason, pause.value.retry_after_s) == ("pos_busy", 30.0)


@set_up(client_id=CLIENT_ID, secret=CLIENT_SECRET)
async def test_an_app_signs_in_with_its_refresh_token_and_its_secret_signs_calls(shop: Shop) -> None:
    assert await shop.device.test() == "Lightspeed answers for Main shop."
    shop.x.access_token = "revoked"
    await shop.device.test()
    headers, body = shop.x.call_of({"id": "p-1"}, secret=CLIENT_SECRET, type="product.update")
    assert (await shop.device.receive(a_call(headers, body))).catalogue_changed


async def test_a_changed_sale_is_read_anew(shop: Shop) -> None:
    await shop.device.submit_order(order_of(shop.x.add("Tea", "5.00")))
    ours = await shop.device.receive(a_call(*shop.x.sale_update(shop.x.move("ord-1", OrderStatus.READY))))
    theirs = await shop.device.receive(a_call(*shop.x.sale_update(shop.x.sell("R-1", Decimal("12.50")))))
    parked = await shop.device.receive(a_call(*shop.x.sale_update(shop.x.sell("R-2", Decimal(1), status="LAYBY"))))
    gone = await shop.device.receive(a_call(*shop.x.sale_update({"id": "../x", "status": "CLOSED"})))
    assert [(move.pos_order_id, move.status.status) for move in ours.moves] == [(sale_id("ord-1"), OrderStatus.READY)]
    assert [sale.receipt for sale in theirs.sales] == ["R-1"]
    assert (ours.sales, parked.moves, parked.sales, gone.moves, gone.sales) == ((), (), (), (), ())


@pytest.mark.parametrize(
    ("kind", "changed"), [("product.update", True), ("inventory.update", True), ("customer.update", False), ("", True)]
)
async def test_other_calls_change_the_menu_or_nothing(shop: Shop, kind: str, changed: bool) -> None:
    headers, body = shop.x.call_of({"id": "p-1"})
    assert (await shop.device.receive(a_call(headers, body, path=f"/{kind}"))).catalogue_changed is changed


async def test_a_call_that_nobody_vouches_for_is_refused(shop: Shop) -> None:
    headers, body = shop.x.call_of({"id": "p-1"})
    for wrong in (a_call(headers, body + b"&x=1"), a_call({}, body)):
        with pytest.raises(Refused) as refused:
            await shop.device.receive(wrong)
        assert refused.value.status == 401
    for document in (b"nothing=1", b"payload={"):
        with pytest.raises(Refused) as unread:
            await shop.device.receive(a_call({"x-signature": sign(X_SERIES, WEBHOOK_SECRET, document)}, document))
        assert unread.value.status == 400


async def test_what_is_no_list_is_not_lightspeed(shop: Shop) -> None:
    shop.x.canned = [as_json({"something": "else"})]
    with pytest.raises(Unreachable) as elsewhere:
        await shop.device.fetch_catalogue()
    assert elsewhere.value.reason == "not_the_pos"
