"""Orders of other channels are made like the cloud's; who brought them hears of each step, and of the menu."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from agent.core.backoff import Backoff
from agent.core.catalogue import Catalogue
from agent.core.device import Role
from agent.core.entry import Draft, Entry, EntryKind
from agent.core.errors import Refused, Unreachable
from agent.core.order import HandoffTarget
from agent.core.order_status import OrderStatus
from agent.core.pos import OrderMove, PosStatus
from agent.core.ref_code import ref_code_for_entry
from agent.flows.orders.channels import Channels
from agent.flows.orders.tickets import Tickets
from agent.flows.pos.moves import PosMoves
from tests.flows.test_devices import Shelf, plugged
from tests.flows.test_intake import Door
from tests.support.shop import BookPos, Shop, eventually, item, menu_of, open_shop, order_json, read, running

MENU = menu_of(item("LAKSA"))


@dataclass
class Marketplace(BookPos):
    """A POS that stands for other channels."""

    told: list[tuple[str, OrderStatus, str]] = field(default_factory=list)
    menus: list[Catalogue] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)

    async def report_status(self, order_id: str, said: PosStatus) -> None:
        self.told.append((order_id, said.status, said.reason))

    async def publish_catalogue(self, catalogue: Catalogue) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.menus.append(catalogue)


@dataclass
class Market:
    """A shop with a marketplace plugged in beside its own POS."""

    shop: Shop
    door: Door
    place: Marketplace
    shelf: Shelf
    channels: Channels
    tickets: Tickets
    moves: PosMoves
    menu_errors: list[Exception] = field(default_factory=list)


@asynccontextmanager
async def market(folder: Path, *, menu_source: str = "till-pos") -> AsyncIterator[Market]:
    async with open_shop(folder) as shop:
        door, place = Door(shop), Marketplace()
        shelf = Shelf(plugged("market", place, Role.POS), plugged("till-pos", BookPos(), Role.POS), clock=shop.clock)
        tickets = Tickets(
            shop.orders,
            shop.audit,
            shop.recorder,
            shop.bus,
            printers=list,
            print_soon=lambda: None,
            clock=shop.clock,
            ids=shop.ids,
        )
        menu_errors: list[Exception] = []

        async def fetch() -> Catalogue:
            if menu_errors:
                raise menu_errors.pop(0)
            return MENU

        channels = Channels(
            shelf,
            door.intake,
            menu_source=menu_source,
            fetch=fetch,
            clock=shop.clock,
            ids=shop.ids,
            backoff=Backoff(base_s=1.0, cap_s=60.0),
        )
        moves = PosMoves(shop.orders, tickets, clock=shop.clock)
        yield Market(shop, door, place, shelf, channels, tickets, moves, menu_errors)


async def pushed(shop: Shop) -> Entry:
    """A menu that the cloud has taken."""
    draft = Draft(
        id="push",
        kind=EntryKind.MENU_PUSH,
        lane="menu",
        ref_code=ref_code_for_entry("push"),
        payload={"style": "v2", "menu": {}},
        created_at=shop.clock.now(),
    )
    return await shop.confirm((await shop.recorder.record(draft)).id)


async def taken(one: Market) -> str:
    """An order that the marketplace brought, twice."""
    raw = order_json(orderId="dlv-1")
    for _ in range(2):
        await one.channels.take("market", replace(read(raw), outlet_id=None), raw)
    return "dlv-1"


async def test_an_order_of_another_channel_is_made_here_once_and_not_handed_back(tmp_path: Path) -> None:
    async with market(tmp_path) as one:
        order_id = await taken(one)
        (order,) = await one.shop.orders.open()
        assert (order.id, order.paid.source, one.door.woken) == (order_id, "market", 1)
        assert [handoff.device for handoff in await one.shop.orders.due_handoffs()] == ["kitchen", "till-pos"]


async def test_an_order_is_not_put_into_the_pos_that_brought_it(tmp_path: Path) -> None:
    async with market(tmp_path) as one:
        raw = order_json(orderId="o-1")
        await one.channels.take("till-pos", read(raw), raw)
        targets = [handoff.target for handoff in await one.shop.orders.due_handoffs()]
        assert targets == [HandoffTarget.PRINTER]


async def test_each_step_is_told_to_who_brought_the_order_and_not_to_the_cloud(tmp_path: Path) -> None:
    async with market(tmp_path) as one:
        await one.tickets.move(await taken(one), OrderStatus.READY)
        for entry in await one.shop.entries():
            payload = dict(entry.payload)
            assert payload.pop("source") == "market"
            await one.channels.tell("market", entry.order_id or "", payload)
        assert one.place.told == [("dlv-1", step, "") for step in ("ACCEPTED", "IN_PROGRESS", "READY")]


async def test_a_device_that_is_gone_cannot_be_told(tmp_path: Path) -> None:
    async with market(tmp_path) as one:
        for device in ("till-pos", "gone"):
            with pytest.raises(Refused) as unknown:
                await one.channels.tell(device, "dlv-1", {"status": "READY", "timestamp": "2026-11-22T04:00:00Z"})
            assert unknown.value.reason == "device_unknown"


async def test_who_brought_an_order_may_call_it_off_and_nobody_else(tmp_path: Path) -> None:
    async with market(tmp_path) as one:
        order_id = await taken(one)
        off = OrderMove(order_id=order_id, status=PosStatus(status=OrderStatus.CANCELLED, reason="changed their mind"))
        assert await one.moves.apply("someone", off) is None
        moved = await one.moves.apply("market", off)
        assert moved is not None
        assert moved.status is OrderStatus.CANCELLED


async def test_a_menu_that_was_asked_for_is_given_and_tried_again_until_it_is_taken(tmp_path: Path) -> None:
    async with market(tmp_path) as one, running(one.channels.run):
        busy = Unreachable("pos_busy", "Busy.", maybe_applied=False, retry_after_s=30.0, line_down=False)
        one.menu_errors += [busy, KeyError("a slip of a driver")]
        one.place.errors += [busy, ValueError("another"), TimeoutError(), Refused("pos_refused", "No.")]
        one.channels.ask_for_menu()

        def are_spent() -> bool:
            one.shop.clock.move(30)
            return not one.menu_errors and not one.place.errors

        await eventually(are_spent)
        assert one.place.menus == []
        await one.channels.settled(await pushed(one.shop))
        await eventually(lambda: one.place.menus == [MENU])


async def test_a_menu_that_is_never_taken_is_given_up_after_a_while(tmp_path: Path) -> None:
    async with market(tmp_path) as one:
        one.place.errors.append(Refused("no_publishing", "Not set up for that."))
        one.channels.ask_for_menu()
        async with running(one.channels.run):
            await eventually(lambda: not one.place.errors)
        assert one.place.menus == []


async def test_a_device_is_never_given_its_own_menu(tmp_path: Path) -> None:
    async with market(tmp_path, menu_source="market") as one:
        one.menu_errors.append(Refused("never", "Nobody reads it."))
        one.channels.ask_for_menu()
        async with running(one.channels.run):
            for _ in range(20):
                await asyncio.sleep(0)
        assert (one.place.menus, len(one.menu_errors)) == ([], 1)
