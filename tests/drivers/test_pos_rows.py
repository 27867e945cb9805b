"""POS systems whose menu comes as plain rows: whatever the columns are called, exact prices, and a problem for each bad row."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from agent.core.money import Money
from agent.core.roles import Pos
from drivers.registry import build
from tests.support.device_sink import context
from tests.support.peers.pos_server import TOKEN, PosServer
from tests.support.tickets import an_order


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


@dataclass
class Shelf:
    """A POS and how its menu is written."""

    device: Pos
    write: Callable[[list[dict[str, Any]]], object]
    orders: Callable[[], list[str]]


@pytest.fixture(params=["pos-drop-folder", "pos-http", "simulated-pos"])
async def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shelf]:
    server, http = PosServer(), HttpxClient(SystemClock())
    await server.start()
    (tmp_path / "catalogue").mkdir()
    in_folder = {"folder": str(tmp_path)}
    options = {"pos-http": http_options(server)}.get(request.param, in_folder)
    device = build("pos", request.param, options, context(tmp_path, secret=TOKEN, http=http))
    assert isinstance(device, Pos)
    writers: dict[str, Callable[[list[dict[str, Any]]], object]] = {
        "pos-drop-folder": lambda rows: (tmp_path / "catalogue" / "menu.json").write_text(json.dumps({"items": rows})),
        "pos-http": lambda rows: setattr(server, "menu", rows),
        "simulated-pos": lambda rows: (tmp_path / "catalogue.json").write_text(json.dumps(rows)),
    }

    def orders() -> list[str]:
        return list(server.orders) or [json.loads(path.read_text())["id"] for path in (tmp_path / "orders").glob("*.json")]

    yield Shelf(device, writers[request.param], orders)
    await http.close()
    await server.stop()


async def test_prices_as_text_number_and_cents_are_the_same_and_unknown_fields_are_ignored(shelf: Shelf) -> None:
    shelf.write(
        [
            {"code": "A", "name": "As text", "price": "12.50", "colour": {"deep": [1]}},
            {"sku": "B", "title": "As number", "price": 12.5},
            {"itemCode": "C", "Name": "As cents", "price_minor": 1250},
            {"plu": 4, "name": "With sign", "price": "$12.50", "soldOut": True},
        ]
    )
    catalogue = await shelf.device.fetch_catalogue()
    assert catalogue.problems == ()
    assert [(item.code, item.price, item.available) for item in catalogue.items] == [
        (code, Money(1250, "SGD"), code != "4") for code in ("A", "B", "C", "4")
    ]


async def test_a_bad_row_is_a_problem_and_loses_nothing_beside_it(shelf: Shelf) -> None:
    shelf.write(
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
    catalogue = await shelf.device.fetch_catalogue()
    assert [item.code for item in catalogue.items] == ["A", "Z"]
    assert [problem.reason for problem in catalogue.problems].count("invalid_amount") == 4
    assert len(catalogue.problems) == 6
    assert all(problem.message.endswith(".") for problem in catalogue.problems)


async def test_a_choice_without_code_or_price_is_free_and_known_by_its_name(shelf: Shelf) -> None:
    options = [{"code": "E", "name": "Egg", "price": "0.50"}, {"name": "None"}]
    shelf.write([{"code": "A", "name": "Rice", "price": "4", "groups": [{"name": "Extra", "max": 2, "options": options}]}])
    (item,) = (await shelf.device.fetch_catalogue()).items
    assert [(one.code, one.price.minor) for one in item.groups[0].options] == [("E", 50), ("None", 0)]


async def test_an_order_id_of_any_characters_is_one_order(shelf: Shelf) -> None:
    assert await shelf.device.submit_order(an_order("ord/../1 ü")) == await shelf.device.submit_order(an_order("ord/../1 ü"))
    assert shelf.orders() == ["ord/../1 ü"]
