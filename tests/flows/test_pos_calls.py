"""Calls of a POS: answered when durable, applied once, and a menu that changes is fetched when it has come to rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.core.backoff import Backoff
from agent.core.catalogue import Catalogue
from agent.core.errors import NotSaved, Refused, Unreachable
from agent.core.money import Money
from agent.core.order import HandoffTarget, PaidOrder
from agent.core.order_status import OrderStatus
from agent.core.pos import OrderMove, PosStatus, WebhookCall, WebhookReply
from agent.core.sale import SaleSeen
from agent.flows.orders.channels import Channels
from agent.flows.pos.calls import QUIET_S, PosCalls
from agent.flows.pos.moves import PosMoves
from tests.flows.test_tickets import counter
from tests.support.asked_pos import POS, AskedPos, Shelf
from tests.support.shop import ORDER, BookPos, Shop, eventually, open_shop, running

CALL = WebhookCall(method="POST", path="")
SALE = SaleSeen(receipt="R-1", amount=Money(1250, "SGD"))


@dataclass
class Switchboard:
    """Calls of one POS."""

    shop: Shop
    pos: AskedPos
    shelf: Shelf
    calls: PosCalls
    fetched: list[str] = field(default_factory=list)


class NoIntake:
    """This POS brings no orders."""

    async def take_from(self, device: str, paid: PaidOrder, body: bytes) -> None:
        raise AssertionError(device)


async def no_menu() -> Catalogue:
    raise AssertionError


def channels(shop: Shop, shelf: Shelf) -> Channels:
    backoff = Backoff(1.0, 60.0)
    return Channels(shelf, NoIntake(), menu_source=POS, fetch=no_menu, clock=shop.clock, ids=shop.ids, backoff=backoff)


@asynccontextmanager
async def switchboard(folder: Path, menu_source: str = POS) -> AsyncIterator[Switchboard]:
    async with open_shop(folder) as shop:
        pos, fetched = AskedPos(), list[str]()
        shelf = Shelf(pos, shop.clock)

        async def fetch() -> None:
            fetched.append("menu")

        moves = PosMoves(shop.orders, counter(shop), clock=shop.clock)
        calls = PosCalls(shelf, moves, channels(shop, shelf), clock=shop.clock, menu_source=menu_source, fetch_menu=fetch)
        yield Switchboard(shop, pos, shelf, calls, fetched)


async def test_what_a_call_carries_is_durable_when_it_is_answered_and_the_same_call_again_changes_nothing(
    tmp_path: Path,
) -> None:
    async with switchboard(tmp_path) as at:
        await at.shop.receive(devices=[(HandoffTarget.POS, POS)])
        move = OrderMove(order_id=ORDER, status=PosStatus(status=OrderStatus.ACCEPTED))
        at.pos.reply = WebhookReply(status=202, body=b"ok", sales=(SALE,), moves=(move,))
        for _ in range(2):
            assert (await at.calls.receive(POS, CALL)).status == 202
        assert at.shelf.sold == [SALE, SALE]
        assert [entry.payload["status"] for entry in await at.shop.entries()] == ["ACCEPTED"]


async def test_a_sale_that_is_refused_for_good_is_answered_and_one_that_cannot_be_saved_is_not(tmp_path: Path) -> None:
    async with switchboard(tmp_path) as at:
        at.pos.reply = WebhookReply(sales=(SALE,))
        at.shelf.sale_errors = [Refused("receipt_already_used", "Used."), NotSaved("disk_full", "Full.")]
        assert (await at.calls.receive(POS, CALL)).status == 200
        assert at.shelf.refusals.totals() == {"sale": {"receipt_already_used": 1}}
        with pytest.raises(NotSaved):
            await at.calls.receive(POS, CALL)


async def test_only_a_device_that_takes_calls_is_there(tmp_path: Path) -> None:
    async with switchboard(tmp_path) as at:
        with pytest.raises(Refused) as nobody:
            await at.calls.receive("someone-else", CALL)
        assert (nobody.value.reason, nobody.value.status) == ("not_found", 404)
        shop, mute = at.shop, Shelf(BookPos(), at.shop.clock)
        moves, others = PosMoves(shop.orders, counter(shop), clock=shop.clock), channels(shop, mute)
        calls = PosCalls(mute, moves, others, clock=shop.clock, menu_source=POS, fetch_menu=no_menu)
        with pytest.raises(Refused):
            await calls.receive(POS, CALL)


async def test_what_the_driver_refuses_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async with switchboard(tmp_path) as at:
        at.pos.reply = Refused("bad_signature", "Not from the POS.", status=401)
        with pytest.raises(Refused) as refused:
            await at.calls.receive(POS, CALL)
        assert refused.value.status == 401
        assert at.shelf.sold == []


async def test_a_driver_that_hangs_makes_the_pos_come_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.flows.pos.calls.DEADLINE_S", 0.01)
    async with switchboard(tmp_path) as at:
        at.pos.gate = asyncio.Event()
        with pytest.raises(Unreachable):
            await at.calls.receive(POS, CALL)


async def test_a_menu_that_changes_often_is_fetched_once_it_rests(tmp_path: Path) -> None:
    async with switchboard(tmp_path) as at, running(at.calls.run):
        at.pos.reply = WebhookReply(catalogue_changed=True)
        await at.calls.receive(POS, CALL)
        await asyncio.sleep(0.01)
        at.shop.clock.move(QUIET_S - 1)
        await at.calls.receive(POS, CALL)
        at.shop.clock.move(1)
        await asyncio.sleep(0.01)
        assert at.fetched == []
        at.shop.clock.move(QUIET_S)
        await eventually(lambda: at.fetched == ["menu"])


async def test_a_menu_that_is_not_pushed_is_not_fetched(tmp_path: Path) -> None:
    async with switchboard(tmp_path, menu_source="another") as at, running(at.calls.run):
        at.pos.reply = WebhookReply(catalogue_changed=True)
        await at.calls.receive(POS, CALL)
        await asyncio.sleep(0.01)
        at.shop.clock.move(QUIET_S)
        await asyncio.sleep(0.01)
        assert at.fetched == []
