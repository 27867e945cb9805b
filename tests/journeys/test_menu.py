"""The menu: pushed whole when it changed and looks sane, and not otherwise."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.support.outlet import Shop, eventually, shop

CONFIG = """
[menu]
source = "pos"
{style}

[[devices]]
name = "pos"
driver = "pos-drop-folder"
folder = "{folder}"
poll_s = 0.05
"""
ROWS = [f"ITEM-{number},Dish {number},{number}.50,Rice" for number in range(1, 11)]


def write_menu(folder: Path, rows: list[str]) -> None:
    (folder / "catalogue").mkdir(parents=True, exist_ok=True)
    (folder / "catalogue" / "menu.csv").write_text("\n".join(["code,name,price,category", *rows]) + "\n")


@asynccontextmanager
async def restaurant(folder: Path, style: str = "") -> AsyncIterator[Shop]:
    pos = folder / "pos"
    write_menu(pos, ROWS)
    async with shop(folder, CONFIG.format(folder=pos, style=style)) as one:
        yield one


async def pushes(one: Shop, route: str = "products/sync") -> int:
    return sum(count for path, count in (await one.practice.control.requests()).items() if path.endswith(route))


async def pushed(one: Shop, count: int, route: str = "products/sync") -> None:
    async def look() -> bool:
        drained = (await one.till.get("/v1/status"))["outbox"]["pending"] == 0
        return drained and await pushes(one, route) == count

    await eventually(look)


async def products(one: Shop) -> dict[str, Any]:
    state = await one.practice.control.state()
    return {row["item_code"]: json.loads(row["raw"]) for row in state["products"] if not row["deleted"]}


async def test_an_unchanged_menu_costs_no_request(tmp_path: Path) -> None:
    async with restaurant(tmp_path) as one:
        await pushed(one, 1)
        for _ in range(3):
            answer = await one.till.post("/v1/menu/sync")
            assert (answer.status, answer.body["entry"]) == (200, None)
        assert await pushes(one) == 1
        assert len(await products(one)) == 10


async def test_an_unchanged_menu_is_not_pushed_after_a_restart(tmp_path: Path) -> None:
    async with restaurant(tmp_path) as one:
        await pushed(one, 1)
        await one.stop()
        await one.start()
        await one.online()
        await one.till.post("/v1/menu/sync")
        assert await pushes(one) == 1


async def test_a_change_is_told_in_sentences_and_pushed(tmp_path: Path) -> None:
    async with restaurant(tmp_path) as one:
        await pushed(one, 1)
        write_menu(tmp_path / "pos", ["ITEM-1,Dish 1,1.90,Rice", *ROWS[1:9], "ITEM-11,Teh,2.20,Drinks"])
        answer = await one.till.post("/v1/menu/sync")
        said = " ".join(answer.body["sentences"])
        assert "Dish 1" in said
        assert "Teh" in said
        await pushed(one, 2)
        found = await products(one)
        assert found["ITEM-1"]["basePrice"] == 1.9
        assert "ITEM-10" not in found


async def test_an_empty_or_shrunken_menu_is_refused_and_the_old_one_stands(tmp_path: Path) -> None:
    async with restaurant(tmp_path) as one:
        await pushed(one, 1)
        for rows, reason in ((ROWS[:5], "catalogue_shrunken"), ([], "catalogue_empty")):
            write_menu(tmp_path / "pos", rows)
            answer = await one.till.post("/v1/menu/sync")
            assert (answer.status, answer.reason) == (409, reason)
        assert await pushes(one) == 1
        assert len(await products(one)) == 10
        assert (await one.till.get("/v1/status"))["state"] == "attention"


async def test_a_bad_row_is_left_out_and_said(tmp_path: Path) -> None:
    async with restaurant(tmp_path) as one:
        await pushed(one, 1)
        write_menu(tmp_path / "pos", [*ROWS[:9], "ITEM-10,Dish 10,ten dollars,Rice"])
        answer = await one.till.post("/v1/menu/sync")
        assert any("line 11" in sentence and "not a number" in sentence for sentence in answer.body["sentences"])


async def test_the_whole_tree_is_pushed_where_v1_is_chosen(tmp_path: Path) -> None:
    async with restaurant(tmp_path, 'style = "v1"') as one:
        await pushed(one, 1, "/menu")
        assert await pushes(one) == 0


async def test_sold_out_reaches_the_cloud_and_comes_back(tmp_path: Path) -> None:
    async with restaurant(tmp_path) as one:
        await pushed(one, 1)
        entry = (await one.till.post("/v1/menu/items/ITEM-1/snooze", {"until": "2099-01-01T00:00:00Z"})).body
        assert (await one.till.ended(entry["id"]))["outcome"] == "confirmed"
        assert (await one.practice.control.state())["snoozed"]
        entry = (await one.till.post("/v1/menu/items/ITEM-1/snooze", {"until": None})).body
        assert (await one.till.ended(entry["id"]))["outcome"] == "confirmed"
        assert not (await one.practice.control.state())["snoozed"]


async def test_the_outlet_closes_opens_and_ends_busy_by_itself(tmp_path: Path) -> None:
    async with restaurant(tmp_path) as one:
        for path, body, key, wanted in (
            ("close", {}, "isOpen", False),
            ("open", {}, "isOpen", True),
            ("busy", {"minutes": 10}, "isBusy", True),
            ("busy", {"minutes": 0}, "isBusy", False),
        ):
            answer = await one.till.post(f"/v1/outlet/{path}", body)
            assert answer.status in {200, 201}, answer
            await one.till.ended(answer.body["id"])
            outlet = (await one.practice.control.state())["outlets"][0]
            assert outlet[key] is wanted
