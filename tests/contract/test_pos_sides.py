"""What a POS may do besides menu and orders: tell statuses and sales, take sold-out items, list outlets, call by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.errors import Refused
from agent.core.pos import WebhookCall
from agent.core.roles import ListsOutlets, Pos, SnoozesItems, TakesWebhooks, TellsSales, TellsStatus
from agent.core.sale import SaleSeen
from tests.contract.bench import Case, PosBench
from tests.contract.goods import MENU, ORDER_ID, RICE, a_sale, ago
from tests.contract.test_pos_orders import ordered
from tests.support.device_sink import running, until

SIDES = {
    Case.STATUS: TellsStatus,
    Case.SNOOZE: SnoozesItems,
    Case.WEBHOOKS: TakesWebhooks,
    Case.OUTLETS: ListsOutlets,
}


def test_a_side_is_either_there_or_explained(bench: PosBench) -> None:
    device = bench.made()
    for case, role in SIDES.items():
        assert case in bench.not_applicable or isinstance(device, role), case
    assert all(sentence.endswith(".") for sentence in (*bench.not_applicable.values(), *bench.assumed.values()))


async def test_an_order_s_status_is_the_pos_s(bench: PosBench) -> None:
    bench.applies(Case.STATUS)
    order, device = await ordered(bench), bench.made()
    assert isinstance(device, TellsStatus)
    pos_id = await device.submit_order(order)
    assert bench.move is not None
    assert bench.moves
    for status in bench.moves:
        bench.move(ORDER_ID, status)
        said = await device.order_status(ORDER_ID, pos_id)
        assert said is not None
        assert said.status is status


async def test_an_order_that_the_pos_does_not_have_has_no_status(bench: PosBench) -> None:
    bench.applies(Case.STATUS)
    device = bench.made()
    assert isinstance(device, TellsStatus)
    assert await device.order_status("0b0c7c57-9d5e-4a53-8d7c-2a4e5cf2a009", "404404") is None


async def test_a_sale_is_seen_with_its_amount(bench: PosBench) -> None:
    bench.applies(Case.SALES)
    sale = a_sale("R-1", 1250)
    (receipt,), (seen,) = await _sold(bench, sale)
    assert (seen.receipt, seen.amount, seen.void) == (receipt, sale.amount, False)
    assert seen.occurred_at in (None, sale.occurred_at)


async def test_sales_are_read_to_the_last_page(bench: PosBench) -> None:
    bench.applies(Case.SALES_PAGING)
    count = 2 * bench.sales_page_size + 1
    receipts, seen = await _sold(bench, *(a_sale(f"R-{number}", 100 + number, ago_s=900 - number) for number in range(count)))
    assert sorted(sale.receipt for sale in seen) == sorted(receipts)


async def test_old_sales_are_not_asked_for(bench: PosBench) -> None:
    bench.applies(Case.SALES)
    device = bench.made()
    if not isinstance(device, TellsSales):
        pytest.skip("This POS reports its sales by itself, each once.")
    assert bench.sell is not None
    bench.sell(a_sale("OLD", ago_s=86_400))
    receipt = bench.sell(a_sale("NEW"))
    assert [sale.receipt for sale in await device.recent_sales(ago(3600))] == [receipt]


async def test_a_sale_that_is_taken_back_is_void(bench: PosBench) -> None:
    bench.applies(Case.VOIDS)
    device = bench.made()
    if bench.webhooks is not None and bench.webhooks.sale is not None:
        assert bench.webhooks.taken_back is not None
        (receipt,), _ = await _sold(bench, a_sale("R-1", 1250))
        (told,) = await _told(device, bench.webhooks.taken_back(receipt))
        assert (told.receipt, told.void) == (receipt, True)
        return
    assert bench.sell is not None
    assert bench.take_back is not None
    receipt = bench.sell(a_sale("R-1", 1250))
    if isinstance(device, TellsSales):
        bench.take_back(receipt)
        seen = list(await device.recent_sales(ago(3600)))
    else:
        async with running(device) as (sink, _):
            await until(lambda: sink.sales, "the sale")
            bench.take_back(receipt)
            await until(lambda: len(sink.sales) > 1, "its end")
        seen = sink.sales
    assert (seen[-1].receipt, seen[-1].void) == (receipt, True)


async def test_a_sold_out_item_is_sold_out_in_the_pos_and_comes_back(bench: PosBench) -> None:
    bench.applies(Case.SNOOZE)
    bench.sells(MENU)
    device = bench.made()
    assert isinstance(device, SnoozesItems)
    assert bench.sold_out is not None
    (code,) = [item.code for item in (await device.fetch_catalogue()).items if item.name == RICE.name]
    later = ago(-3600)
    for until_when, expected in ((later, [RICE.name]), (later, [RICE.name]), (None, []), (None, [])):
        await device.snooze(code, until_when)
        assert list(bench.sold_out()) == expected


async def test_an_item_that_the_pos_does_not_know_is_refused(bench: PosBench) -> None:
    bench.applies(Case.SNOOZE)
    bench.sells(MENU)
    device = bench.made()
    assert isinstance(device, SnoozesItems)
    with pytest.raises(Refused) as refused:
        await device.snooze("404404", ago(-3600))
    assert refused.value.message.endswith(".")


async def test_the_outlets_of_the_account_are_listed(bench: PosBench) -> None:
    bench.applies(Case.OUTLETS)
    device = bench.made()
    assert isinstance(device, ListsOutlets)
    assert list(await device.list_remote_outlets()) == list(bench.outlets)


async def test_a_genuine_call_is_read_and_a_forged_one_is_not(bench: PosBench) -> None:
    bench.applies(Case.WEBHOOKS)
    bench.stock()
    device = bench.made()
    assert isinstance(device, TakesWebhooks)
    assert bench.webhooks is not None
    assert bench.webhooks.calls
    for call_of in bench.webhooks.calls.values():
        call = call_of()
        reply = await device.receive(call)
        assert 200 <= reply.status < 300
        assert await device.receive(call) == reply
        for forged in (bench.webhooks.forged or _forged)(call):
            with pytest.raises(Refused) as refused:
                await device.receive(forged)
            assert refused.value.status == 401


def _forged(call: WebhookCall) -> tuple[WebhookCall, ...]:
    return replace(call, body=call.body + b" "), replace(call, headers={})


async def _told(device: Pos, *calls: WebhookCall) -> list[SaleSeen]:
    """The sales that calls of the POS carry."""
    assert isinstance(device, TakesWebhooks)
    return [sale for call in calls for sale in (await device.receive(call)).sales]


async def _sold(bench: PosBench, *sales: SaleSeen) -> tuple[list[str], list[SaleSeen]]:
    """Receipts of sales made at the POS, and the sales as the driver reports them, asked or by itself."""
    device = bench.made()
    if bench.webhooks is not None and bench.webhooks.sale is not None:
        told = await _told(device, *map(bench.webhooks.sale, sales))
        return [sale.receipt for sale in sales], told
    assert bench.sell is not None
    if isinstance(device, TellsSales):
        receipts = [bench.sell(sale) for sale in sales]
        return receipts, list(await device.recent_sales(ago(3600)))
    async with running(device) as (sink, _):
        receipts = [bench.sell(sale) for sale in sales]
        await until(lambda: len(sink.sales) >= len(sales), "the sales")
    return receipts, sink.sales
