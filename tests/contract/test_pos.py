"""What every POS driver keeps: the menu whole, an order once, sales as they were made, and trouble by its name."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from agent.core.errors import InvalidInput, Unreachable
from agent.core.money import Money
from agent.core.roles import Pos
from agent.core.sale import SaleSeen
from drivers.registry import build
from drivers.simulated_pos import SimulatedPos
from tests.support.device_sink import context, running, until
from tests.support.peers.pos_server import TOKEN, PosServer
from tests.support.tickets import AT, an_order


@dataclass
class PosBench:
    """A POS and what can be seen and done at its own side."""

    device: Pos
    driver: str
    set_menu: Callable[[list[dict[str, Any]]], object]
    orders: Callable[[], list[str]]
    switch_off: Callable[[], object]
    rebuilt: Callable[[], Pos]
    bad_options: list[dict[str, object]]
    sell: Callable[[str, str], None] | None = None
    cleanup: list[Callable[[], Any]] = field(default_factory=list)


def made(driver: str, options: dict[str, object], folder: Path, http: HttpxClient | None = None) -> Pos:
    device = build("pos", driver, options, context(folder, secret=TOKEN, http=http))
    assert isinstance(device, Pos)
    return device


@asynccontextmanager
async def folder_bench(folder: Path) -> AsyncIterator[PosBench]:
    shared = folder / "shared"
    shared.mkdir()
    options: dict[str, object] = {"folder": str(shared), "poll_s": 0.02}
    device = made("pos-drop-folder", options, folder)
    (shared / "catalogue").mkdir()
    (shared / "sales").mkdir()

    def sell(receipt: str, amount: str) -> None:
        row = {"receipt": receipt, "total": amount, "occurred_at": AT.isoformat()}
        (shared / "sales" / f"{receipt}.json").write_text(json.dumps([row]))

    yield PosBench(
        device,
        "pos-drop-folder",
        lambda rows: (shared / "catalogue" / "menu.json").write_text(json.dumps({"items": rows})),
        lambda: [json.loads(path.read_text())["id"] for path in (shared / "orders").glob("*.json")],
        lambda: shared.rename(folder / "gone"),
        lambda: made("pos-drop-folder", options, folder),
        [
            {},
            {"folder": "x", "order_format": "pdf"},
            {"folder": "x", "encoding": "klingon"},
            {"folder": "x", "columns": {"x": "y"}},
        ],
        sell,
    )


@asynccontextmanager
async def http_bench(folder: Path) -> AsyncIterator[PosBench]:
    server = PosServer()
    await server.start()
    http = HttpxClient(SystemClock())
    options = http_options(server)
    yield PosBench(
        made("pos-http", options, folder, http),
        "pos-http",
        lambda rows: setattr(server, "menu", rows),
        lambda: list(server.orders),
        lambda: setattr(server, "status", 503),
        lambda: made("pos-http", options, folder, http),
        [{}, {"submit_url": "ftp://x"}, {"submit_url": "http://x/{who}"}, {"submit_url": "http://x", "signing": "md5"}],
    )
    await http.close()
    await server.stop()


def http_options(server: PosServer) -> dict[str, object]:
    return {
        "submit_url": f"{server.base}/orders",
        "submit_body": {"ref": "$/id", "lines": {"$each": "/lines", "$as": {"sku": "$/plu", "n": "$/quantity"}}, "by": "bridge"},
        "find_url": f"{server.base}/orders?ref={{order_id}}",
        "catalogue_url": f"{server.base}/menu",
        "catalogue_items": "/items",
        "check_url": f"{server.base}/check",
        "headers": {"Authorization": "Bearer {secret}"},
        "timeout_s": 5,
        "success_pointer": "/ok",
        "success_value": "true",
    }


@asynccontextmanager
async def simulated_bench(folder: Path) -> AsyncIterator[PosBench]:
    home = folder / "pos"
    home.mkdir()
    options: dict[str, object] = {"folder": str(home), "poll_s": 0.02}
    device = made("simulated-pos", options, folder)
    assert isinstance(device, SimulatedPos)
    yield PosBench(
        device,
        "simulated-pos",
        lambda rows: (home / "catalogue.json").write_text(json.dumps(rows)),
        lambda: [json.loads(path.read_text())["id"] for path in (home / "orders").glob("*.json")],
        lambda: (home / "SWITCHED_OFF").touch(),
        lambda: made("simulated-pos", options, folder),
        [{"poll_s": 0}],
        lambda receipt, amount: device.sell(SaleSeen(receipt=receipt, amount=Money.parse(amount, "SGD"), occurred_at=AT)),
    )


BENCHES = {"pos-drop-folder": folder_bench, "pos-http": http_bench, "simulated-pos": simulated_bench}


@pytest.fixture(params=list(BENCHES))
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PosBench]:
    async with BENCHES[request.param](tmp_path) as one:
        yield one


async def test_an_empty_catalogue_is_empty(bench: PosBench) -> None:
    bench.set_menu([])
    catalogue = await bench.device.fetch_catalogue()
    assert (catalogue.items, catalogue.problems) == ((), ())


async def test_prices_as_text_number_and_cents_are_the_same_and_unknown_fields_are_ignored(bench: PosBench) -> None:
    bench.set_menu(
        [
            {"code": "A", "name": "As text", "price": "12.50", "colour": {"deep": [1]}},
            {"sku": "B", "title": "As number", "price": 12.5},
            {"itemCode": "C", "Name": "As cents", "price_minor": 1250},
            {"plu": 4, "name": "With sign", "price": "$12.50", "soldOut": True},
        ]
    )
    catalogue = await bench.device.fetch_catalogue()
    assert catalogue.problems == ()
    assert [(item.code, item.price, item.available) for item in catalogue.items] == [
        (code, Money(1250, "SGD"), code != "4") for code in ("A", "B", "C", "4")
    ]


async def test_a_bad_row_is_a_problem_and_loses_nothing_beside_it(bench: PosBench) -> None:
    bench.set_menu(
        [
            {"code": "A", "name": "Good", "price": "1"},
            {"code": "B", "name": "No price"},
            {"code": "", "name": "No code", "price": "1"},
            {"code": "D", "name": "Fraction", "price": "1.005"},
            {"code": "A", "name": "Twice", "price": "2"},
            {"code": "F", "name": "True", "price": True},
            {"code": "G", "name": "Negative", "price": "-1"},
            {"code": "Z", "name": "Good too", "price": "2"},
        ]
    )
    catalogue = await bench.device.fetch_catalogue()
    assert [item.code for item in catalogue.items] == ["A", "Z"]
    assert [problem.reason for problem in catalogue.problems].count("invalid_amount") == 4
    assert len(catalogue.problems) == 6
    assert all(problem.message.endswith(".") for problem in catalogue.problems)


async def test_choices_come_with_their_items(bench: PosBench) -> None:
    options = [{"code": "E", "name": "Egg", "price": "0.50"}, {"name": "None"}]
    bench.set_menu([{"code": "A", "name": "Rice", "price": "4", "groups": [{"name": "Extra", "max": 2, "options": options}]}])
    (item,) = (await bench.device.fetch_catalogue()).items
    assert [(group.name, group.max_selection, len(group.options)) for group in item.groups] == [("Extra", 2, 2)]
    assert item.groups[0].options[0].price == Money(50, "SGD")


async def test_the_same_order_twice_is_one_order_even_after_a_restart(bench: PosBench) -> None:
    first = await bench.device.submit_order(an_order("ord/../1 ü"))
    again = await bench.device.submit_order(an_order("ord/../1 ü"))
    after = await bench.rebuilt().submit_order(an_order("ord/../1 ü"))
    assert first == again == after
    assert bench.orders() == ["ord/../1 ü"]


async def test_an_order_is_found_by_our_id_and_an_unknown_one_is_not(bench: PosBench) -> None:
    assert await bench.device.find_order("ord-1") is None
    pos_id = await bench.device.submit_order(an_order("ord-1"))
    assert await bench.rebuilt().find_order("ord-1") == pos_id
    assert await bench.device.find_order("ord-2") is None


async def test_switched_off_it_says_so_for_everything(bench: PosBench) -> None:
    bench.switch_off()
    for attempt in (
        bench.device.fetch_catalogue(),
        bench.device.submit_order(an_order()),
        bench.device.find_order("x"),
        bench.device.test(),
    ):
        with pytest.raises(Unreachable) as gone:
            await attempt
        assert gone.value.message.endswith(".")


async def test_sales_come_through_once(bench: PosBench) -> None:
    if bench.sell is None:
        pytest.skip("this POS reports its sales itself, over the till API")
    async with running(bench.device) as (sink, _):
        bench.sell("R-1", "12.50")
        await until(lambda: sink.sales)
    async with running(bench.rebuilt()) as (after, _):
        pass
    assert [(sale.receipt, sale.amount) for sale in sink.sales] == [("R-1", Money(1250, "SGD"))]
    assert after.sales == []


async def test_it_says_how_it_is(bench: PosBench) -> None:
    bench.set_menu([])
    assert (await bench.device.test()).endswith(".")
    async with running(bench.device):
        pass


async def test_bad_settings_are_refused(bench: PosBench, tmp_path: Path) -> None:
    for options in bench.bad_options:
        with pytest.raises(InvalidInput) as refused:
            build("pos", bench.driver, options, context(tmp_path))
        assert refused.value.message.endswith(".")
