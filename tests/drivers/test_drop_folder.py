"""The drop folder: files seen whole, each sale once, bad rows named, nothing deleted."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from agent.core.device import DeviceState
from agent.core.errors import InvalidInput, NotSaved, Refused, Unreachable
from agent.core.roles import Pos
from drivers.pos.ledger import Ledger
from drivers.pos.shelf import Watcher, safe_stem
from drivers.registry import build
from tests.support.device_sink import Recorded, context, running, until
from tests.support.tickets import AT, an_order

HEADER = "Receipt No;Total;Date Time;Phone\n"


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    for name in ("sales", "catalogue"):
        (tmp_path / "shared" / name).mkdir(parents=True)
    return tmp_path / "shared"


def device(shared: Path, **options: object) -> Pos:
    made = build("pos", "pos-drop-folder", {"folder": str(shared), "poll_s": 0.02, **options}, context(shared.parent))
    assert isinstance(made, Pos)
    return made


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def drop(shared: Path, name: str, text: str) -> None:
    (shared / "sales" / name).write_text(text)


async def test_a_file_of_sales_is_taken_in_and_kept_in_processed(shared: Path) -> None:
    drop(shared, "a.csv", HEADER + "R-1;12,50;2026-11-22 13:05:00;+6591234567\nR-2;1.250,00;2026-11-22T13:06:00+08:00;\n")
    async with running(device(shared)) as (sink, _):
        await until(lambda: names(shared / "sales" / "processed"))
    assert [(sale.receipt, sale.amount.minor) for sale in sink.sales] == [("R-1", 1250), ("R-2", 125000)]
    assert sink.sales[0].member is not None
    assert sink.sales[0].member.identifier == "+6591234567"
    assert sink.sales[0].occurred_at is not None
    assert sink.sales[0].occurred_at.isoformat() == "2026-11-22T13:05:00+08:00"
    assert names(shared / "sales") == ["processed"]


async def test_the_same_file_and_the_same_rows_again_are_no_new_sales(shared: Path) -> None:
    text = HEADER + "R-1;5.00;2026-11-22 13:05:00;\n"
    drop(shared, "a.csv", text)
    async with running(device(shared)) as (sink, _):
        await until(lambda: names(shared / "sales" / "processed"))
        drop(shared, "a.csv", text)
        drop(shared, "b.csv", text + "R-2;6.00;2026-11-22 13:07:00;\n")
        await until(lambda: len(names(shared / "sales" / "processed")) == 3)
    assert [sale.receipt for sale in sink.sales] == ["R-1", "R-2"]
    assert names(shared / "sales" / "processed") == ["a.csv", "a~2.csv", "b.csv"]


async def test_a_void_of_a_sale_is_news(shared: Path) -> None:
    drop(shared, "a.json", '{"sales":[{"receipt":"R-1","total":5.0},{"receipt":"R-1","total":5.0,"void":true}]}')
    async with running(device(shared)) as (sink, _):
        await until(lambda: len(sink.sales) == 2)
    assert [sale.void for sale in sink.sales] == [False, True]
    assert all(sale.occurred_at is not None for sale in sink.sales)


async def test_bad_rows_are_named_in_failed_and_the_good_ones_are_sales(shared: Path) -> None:
    drop(shared, "a.csv", HEADER + "R-1;5.00;;\nR-2;free;;\n;1.00;;\nR-4;1.00;yesterday;\nR-5;2.00;;\n")
    async with running(device(shared)) as (sink, _):
        await until(lambda: names(shared / "sales" / "failed"))
        await until(lambda: names(shared / "sales") == ["failed"])
    assert [sale.receipt for sale in sink.sales] == ["R-1", "R-5"]
    assert names(shared / "sales" / "failed") == ["a.csv", "a.csv.err.txt"]
    note = (shared / "sales" / "failed" / "a.csv.err.txt").read_text()
    assert "line 3: invalid_amount" in note
    assert "line 4: missing_field" in note
    assert "line 5: invalid_time" in note


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("broken.json", b"{"),
        ("number.json", b"7"),
        ("broken.xml", b"<sales><sale>"),
        ("bomb.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x><y>&a;</y></x>'),
        ("binary.csv", b"\x00\x01\x02"),
        ("headless.csv", b";;;\n1;2;3\n"),
        ("deep.json", b"[" * 100_000),
    ],
)
async def test_a_file_that_cannot_be_read_goes_to_failed_with_its_reason(shared: Path, name: str, data: bytes) -> None:
    (shared / "sales" / name).write_bytes(data)
    async with running(device(shared)) as (sink, _):
        await until(lambda: names(shared / "sales") == ["failed"])
    assert names(shared / "sales" / "failed") == [name, f"{name}.err.txt"]
    assert (shared / "sales" / "failed" / name).read_bytes() == data
    assert "unreadable_file" in (shared / "sales" / "failed" / f"{name}.err.txt").read_text()
    assert sink.sales == []


async def test_not_saved_is_shown_and_tried_again(shared: Path) -> None:
    sink = Recorded(sale_errors=[NotSaved("not_saved", "The disk is full.")])
    drop(shared, "a.csv", HEADER + "R-1;5.00;;\nR-2;6.00;;\n")
    task = asyncio.ensure_future(device(shared).run(sink))
    try:
        await until(lambda: len(sink.sales) == 2)
        await until(sink.is_ready)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert (DeviceState.ATTENTION, "The disk is full.") in sink.states
    assert [sale.receipt for sale in sink.sales] == ["R-1", "R-2"]


async def test_a_sale_that_is_refused_is_a_row_problem(shared: Path) -> None:
    sink = Recorded(sale_errors=[InvalidInput("receipt_already_used", "This receipt has another amount.")])
    drop(shared, "a.csv", HEADER + "R-1;5.00;;\nR-2;6.00;;\n")
    task = asyncio.ensure_future(device(shared).run(sink))
    try:
        await until(lambda: "a.csv" in names(shared / "sales" / "failed"))
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert [sale.receipt for sale in sink.sales] == ["R-2"]
    assert "receipt_already_used" in (shared / "sales" / "failed" / "a.csv.err.txt").read_text()


@pytest.mark.parametrize("ending", ["json", "xml", "csv"])
async def test_an_order_file_is_written_once_even_when_the_pos_has_taken_it(shared: Path, ending: str) -> None:
    pos = device(shared, order_format=ending)
    name = await pos.submit_order(an_order("ord-1", name="=2+5 鸡饭"))
    path = shared / "orders" / name
    text = path.read_text("utf-8-sig")
    assert "鸡饭" in text
    assert "A-17" in text
    assert ",=2" not in text
    path.unlink()
    again = device(shared, order_format=ending)
    assert await again.submit_order(an_order("ord-1")) == name
    assert await again.find_order("ord-1") == name
    assert names(shared / "orders") == []


async def test_a_catalogue_in_xml_and_one_in_an_old_encoding_are_read(shared: Path) -> None:
    xml = (
        '<?xml version="1.0"?><menu xmlns="urn:x"><item code="A"><name>Rice</name><price>4.50</price>'
        "<modifierGroups><group><name>Extra</name><options><option><name>Egg</name><price>0.5</price></option>"
        "<option><name>No</name></option></options></group></modifierGroups></item></menu>"
    )
    (shared / "catalogue" / "menu.xml").write_text(xml)
    (item,) = (await device(shared).fetch_catalogue()).items
    assert (item.code, item.price.minor, [option.name for option in item.groups[0].options]) == ("A", 450, ["Egg", "No"])
    newer = shared / "catalogue" / "menu.csv"
    newer.write_bytes("SKU\tArticle\tCents\nB\tCafé crème\t450\n".encode("cp1252"))
    os.utime(newer, (AT.timestamp() + 10**8, AT.timestamp() + 10**8))
    columns = {"name": "Article", "price": "Cents"}
    (item,) = (await device(shared, columns=columns, amounts_in_cents=True).fetch_catalogue()).items
    assert (item.name, item.price.minor) == ("Café crème", 450)


async def test_utf_16_and_a_told_encoding_are_read(shared: Path) -> None:
    menu = shared / "catalogue" / "menu.csv"
    menu.write_bytes("code,name,price\nA,ข้าว,1\n".encode("utf-16"))
    assert (await device(shared).fetch_catalogue()).items[0].name == "ข้าว"
    menu.write_bytes("code,name,price\nA,ข้าว,1\n".encode("cp874"))
    assert (await device(shared, encoding="cp874").fetch_catalogue()).items[0].name == "ข้าว"


async def test_no_catalogue_and_a_broken_one_are_told_apart(shared: Path) -> None:
    with pytest.raises(Unreachable) as none:
        await device(shared).fetch_catalogue()
    assert none.value.reason == "no_catalogue_file"
    (shared / "catalogue" / "menu.json").write_text("{")
    with pytest.raises(Refused) as broken:
        await device(shared).fetch_catalogue()
    assert broken.value.reason == "unreadable_file"
    assert "menu.json" in broken.value.message


def test_a_file_that_still_grows_is_left_alone_unless_it_is_marked_done(tmp_path: Path) -> None:
    watcher, path = Watcher(), tmp_path / "a.csv"
    path.write_text("1")
    (tmp_path / "b.csv.tmp").write_text("x")
    assert watcher.complete(tmp_path) == []
    path.write_text("12")
    assert watcher.complete(tmp_path) == []
    assert watcher.complete(tmp_path) == [path]
    path.write_text("123")
    (tmp_path / "a.csv.done").touch()
    assert watcher.complete(tmp_path) == [path]


async def test_the_done_marker_goes_along(shared: Path) -> None:
    drop(shared, "a.csv", HEADER + "R-1;5.00;;\n")
    (shared / "sales" / "a.csv.done").touch()
    async with running(device(shared)):
        await until(lambda: names(shared / "sales") == ["processed"])
    assert names(shared / "sales" / "processed") == ["a.csv", "a.csv.done"]


def test_order_ids_become_file_names_that_stay_apart() -> None:
    ids = ["ord-1", "ord/1", "ord_1", "../../etc/passwd", "x" * 300, "x" * 301, "", "ü", "CON.."]
    stems = [safe_stem(order_id) for order_id in ids]
    assert len(set(stems)) == len(ids)
    assert all("/" not in stem and len(stem) <= 80 for stem in stems)


def test_the_ledger_survives_a_torn_line_and_forgets_what_is_old(tmp_path: Path) -> None:
    path = tmp_path / "seen"
    path.write_text("2026-01-01 old\n2026-11-20 recent\n2026-11-2")
    ledger = Ledger(path)
    ledger.add("new", AT.date())
    ledger.add("new", AT.date())
    assert all(key in Ledger(path) for key in ("old", "recent", "new"))
    ledger.forget_old(AT.date())
    ledger.forget_old(AT.date())
    assert [key in Ledger(path) for key in ("old", "recent", "new")] == [False, True, True]
