"""A POS's database: only ever read, in pages, from where reading stopped, whatever its owner is doing to it meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agent.core.catalogue import CatalogueItem
from agent.core.device import DeviceState
from agent.core.errors import InvalidInput, NeedsPerson, NotSaved, Refused, Unreachable
from agent.core.money import Money
from agent.core.sale import SaleSeen
from drivers.pos.pos_sql import driver as module
from drivers.pos.pos_sql.driver import SqlPos as Device
from drivers.pos.pos_sql.marks import Mark, mark_of
from drivers.pos.pos_sql.sources import why_no_odbc
from drivers.pos.pos_sql.statements import checked, positional
from drivers.registry import build
from tests.contract.benches.pos_sql import options
from tests.drivers.simulators.sql_pos import SALES_BY_NUMBER, SqlPos
from tests.support.clock import START, FakeClock
from tests.support.device_sink import context, running, until
from tests.support.tickets import an_order

ODBC = "Driver=SQLite3;Database={path};Timeout=200"
NO_ODBC = why_no_odbc() or (
    "" if Path("/etc/odbcinst.ini").exists() and "SQLite3" in Path("/etc/odbcinst.ini").read_text() else "x"
)
"""Empty where ODBC can be tried: pyodbc, the ODBC manager and its SQLite driver are there."""


@pytest.fixture(params=["delete", "wal"])
def pos(tmp_path: Path, request: pytest.FixtureRequest) -> SqlPos:
    made = SqlPos(tmp_path / "pos data" / "till#1.db", request.param)
    made.path.parent.mkdir()
    made.create()
    return made


def device(pos: SqlPos, folder: Path, clock: FakeClock | None = None, **more: Any) -> Device:
    made = build("pos", "pos-sql", {**options(pos), **more}, context(folder, clock=clock))
    assert isinstance(made, Device)
    return made


def a_sale(receipt: str, minor: int = 1210, at: datetime | None = None) -> SaleSeen:
    return SaleSeen(receipt=receipt, amount=Money(minor, "SGD"), occurred_at=at or datetime.now(UTC).replace(microsecond=0))


def receipts(sales: list[SaleSeen]) -> list[str]:
    return [sale.receipt for sale in sales]


async def test_sales_are_read_in_pages_and_once_even_after_a_restart(
    pos: SqlPos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 3)
    for number in range(10):
        pos.sell(a_sale(f"R-{number}"))
    async with running(device(pos, tmp_path)) as (sink, _):
        await until(lambda: len(sink.sales) == 10)
        pos.sell(a_sale("R-10"))
        await until(lambda: len(sink.sales) == 11)
        rounds = len(sink.states)
        await until(lambda: len(sink.states) > rounds)
    async with running(device(pos, tmp_path)) as (after, _):
        pos.sell(a_sale("R-11"))
        await until(lambda: after.sales)
    assert receipts(sink.sales) == [f"R-{number}" for number in range(11)]
    assert receipts(after.sales) == ["R-11"]
    assert sink.sales[0].amount == Money(1210, "SGD")


async def test_a_sale_that_was_committed_late_is_found_in_the_overlap(pos: SqlPos, tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    async with running(device(pos, tmp_path)) as (sink, _):
        pos.sell(a_sale("R-2", at=now))
        await until(lambda: sink.sales)
        pos.sell(a_sale("R-1", at=now - timedelta(seconds=120)))
        await until(lambda: len(sink.sales) == 2)
    assert receipts(sink.sales) == ["R-2", "R-1"]


async def test_a_sale_dated_in_the_future_hides_no_other(pos: SqlPos, tmp_path: Path) -> None:
    pos.sell(a_sale("R-1", at=datetime.now(UTC) + timedelta(days=30)))
    async with running(device(pos, tmp_path, sales_overlap=0)) as (sink, _):
        await until(lambda: sink.sales)
        pos.sell(a_sale("R-2", at=datetime.now(UTC) + timedelta(seconds=5)))
        await until(lambda: len(sink.sales) == 2)


async def test_sales_by_number_begin_at_the_last_one(pos: SqlPos, tmp_path: Path) -> None:
    by_number: dict[str, Any] = {
        "sales_query": SALES_BY_NUMBER, "sales_mark": "ID", "sales_kind": "number",
        "sales_start_query": "SELECT MAX(id) FROM sales", "sales_overlap": 0,
    }  # fmt: skip
    empty = device(pos, tmp_path / "empty", **by_number)
    assert await empty.test() == "The database answers; tried with 0 item and 0 sale."
    pos.sell(a_sale("OLD"))
    async with running(device(pos, tmp_path, **by_number)) as (sink, _):
        pos.sell(a_sale("NEW", at=START))
        await until(lambda: sink.sales)
    assert (receipts(sink.sales), sink.sales[0].occurred_at) == (["NEW"], START)


async def test_a_row_that_is_no_sale_is_refused_once_and_loses_nothing_beside_it(pos: SqlPos, tmp_path: Path) -> None:
    async with running(device(pos, tmp_path)) as (sink, _):
        sink.sale_errors = [InvalidInput("card_number", "No.")]
        pos.sell(a_sale("4111111111111111"))
        pos.write("INSERT INTO sales (receipt, total, updated_at) VALUES ('R-2', 'much', datetime('now', '+8 hours'))")
        pos.sell(a_sale("R-3"))
        await until(lambda: sink.sales)
        pos.sell(a_sale("R-4"))
        await until(lambda: len(sink.sales) == 2)
    assert (receipts(sink.sales), sink.refused_sales) == (["R-3", "R-4"], ["invalid_amount"])


async def test_a_sale_that_cannot_be_saved_comes_again(pos: SqlPos, tmp_path: Path) -> None:
    async with running(device(pos, tmp_path)) as (sink, _):
        sink.sale_errors = [NotSaved("disk_full", "The disk is full."), Unreachable("odd", "Odd.", maybe_applied=False)]
        pos.sell(a_sale("R-1"))
        await until(lambda: sink.sales)
        await until(sink.is_ready)
    assert receipts(sink.sales) == ["R-1"]
    assert (DeviceState.ATTENTION, "The disk is full.") in sink.states


async def test_a_busy_database_is_left_alone_and_read_when_it_is_free(tmp_path: Path) -> None:
    pos = SqlPos(tmp_path / "pos.db")
    pos.create()
    clock = FakeClock()
    async with running(device(pos, tmp_path, clock, busy_s=0, poll_s=1.0)) as (sink, _):
        pos.sell(a_sale("R-1", at=clock.now()))
        holder = pos.hold()
        for wait_s in (1, 2, 4, 8):
            attention = len(sink.states)
            clock.move(wait_s)
            await until(lambda: len(sink.states) > attention)  # noqa: B023
            assert sink.states[-1][0] is DeviceState.ATTENTION
        holder.close()
        clock.move(32)
        await until(lambda: sink.sales)
        await until(sink.is_ready)


async def test_an_exact_menu_comes_in_pages(pos: SqlPos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 3)
    pos.sells([CatalogueItem(code=f"C{n}", name=f"Dish {n}", price=Money(1010 + n, "SGD"), available=n > 0) for n in range(10)])
    catalogue = await device(pos, tmp_path).fetch_catalogue()
    assert [(item.price.minor, item.available) for item in catalogue.items] == [(1010 + n, n > 0) for n in range(10)]
    whole = device(pos, tmp_path, catalogue_query="SELECT code AS plu, upper(name) AS title, price FROM items")
    assert (await whole.fetch_catalogue()).items[0].name == "DISH 0"


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT code FROM nowhere", "query_failed"),
        ("SELECT load_extension('x')", "query_failed"),
        ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS code FROM n", "query_slow"),
        ("SELECT name AS code, name, 1 AS price FROM pragma_table_info('items')", "query_failed"),
        ("WITH x AS (SELECT 1) INSERT INTO items SELECT 'Z', 'Z', 1, 1", "query_failed"),
    ],
)
async def test_what_cannot_or_may_not_be_asked_is_refused(pos: SqlPos, tmp_path: Path, sql: str, reason: str) -> None:
    before = pos.path.read_bytes()
    with pytest.raises(Refused) as refused:
        await device(pos, tmp_path, catalogue_query=sql, query_s=0.2, busy_s=0).fetch_catalogue()
    assert (refused.value.reason, pos.path.read_bytes() == before) == (reason, True)


async def test_what_is_no_database_says_so(pos: SqlPos, tmp_path: Path) -> None:
    pos.path.write_bytes(b"not a database, whatever its name says" * 100)
    with pytest.raises(Refused):
        await device(pos, tmp_path).fetch_catalogue()
    pos.path.unlink()
    with pytest.raises(Unreachable) as gone:
        await device(pos, tmp_path).test()
    assert gone.value.reason == "database_missing"


async def test_it_takes_no_orders_and_a_menu_only_where_one_is_asked_for(pos: SqlPos, tmp_path: Path) -> None:
    made = device(pos, tmp_path, catalogue_query="")
    for attempt, reason in ((made.fetch_catalogue(), "no_catalogue"), (made.submit_order(an_order()), "no_orders")):
        with pytest.raises(Refused) as refused:
            await attempt
        assert refused.value.reason == reason
    assert await made.find_order("x") is None
    only_menu = device(pos, tmp_path, sales_query="")
    async with running(only_menu) as (sink, _):
        assert sink.states[0][1] == "The database answers; tried with 0 item."


async def test_a_column_that_is_no_mark_is_named(pos: SqlPos, tmp_path: Path) -> None:
    pos.sell(a_sale("R-1"))
    with pytest.raises(InvalidInput) as wrong:
        async with running(device(pos, tmp_path, sales_mark="void2")) as (_, task):
            await task
    assert wrong.value.reason == "invalid_mark"


def test_marks_keep_the_shape_of_the_database() -> None:
    for text, earlier in (
        ("2026-11-22 13:05:00", "2026-11-22 13:04:00"),
        ("2026-11-22T13:05", "2026-11-22T13:04"),
        ("2026-11-22 13:05:00.1234", "2026-11-22 13:04:00.1234"),
        ("2026-11-22T13:05:00+08:00", "2026-11-22T13:04:00+08:00"),
    ):
        assert Mark(text, 7).earlier(60) == Mark(earlier, 0)
    assert Mark(100, "x").earlier(60) == Mark(40, "")
    at = datetime(2026, 11, 22, 13, 5)  # noqa: DTZ001
    assert Mark(at, 1).earlier(60).at == at - timedelta(minutes=1)
    for mark in (Mark(at, 1), Mark("2026-11-22 13:05", "x"), Mark(5, 0)):
        assert Mark.from_json(mark.to_json()) == mark
    assert mark_of(Decimal(7), 3) == Mark(7, 3)
    assert Mark(at, 1).moment(ZoneInfo("UTC")) == at.replace(tzinfo=UTC)
    for wrong in ('[{"value":null},{"value":1}]', "[]", "{"):
        with pytest.raises((ValueError, TypeError)):
            Mark.from_json(wrong)
    with pytest.raises(InvalidInput):
        mark_of(True, 1)


def test_values_are_bound_by_name_and_never_inside_text() -> None:
    sql = checked(
        "-- :mark\nSELECT ':mark', \"a;b\", x::text /* ? */ FROM t WHERE a > :mark AND b > :id AND c > :mark;", ("mark", "id")
    )
    statement, values = positional(sql, {"mark": 1, "id": 2})
    assert statement == "-- :mark\nSELECT ':mark', \"a;b\", x::text /* ? */ FROM t WHERE a > ? AND b > ? AND c > ?"
    assert values == [1, 2, 1]


@pytest.mark.skipif(bool(NO_ODBC), reason="pyodbc, the ODBC manager and its SQLite driver are not all on this computer")
class TestOverOdbc:
    """The same over a real ODBC driver."""

    @pytest.fixture
    def pos(self, tmp_path: Path) -> SqlPos:
        made = SqlPos(tmp_path / "pos.db")
        made.create()
        return made

    def made(self, pos: SqlPos, folder: Path, **more: Any) -> Device:
        wanted = {name: value for name, value in options(pos).items() if name != "database"}
        wanted["odbc"] = ODBC.format(path=pos.path)
        made = build("pos", "pos-sql", wanted | more, replace(context(folder), secret="p}w;x"))
        assert isinstance(made, Device)
        return made

    async def test_menu_and_sales_are_read(self, pos: SqlPos, tmp_path: Path) -> None:
        pos.sells([CatalogueItem(code="A", name="Dish", price=Money(1210, "SGD"))])
        made = self.made(pos, tmp_path, odbc=ODBC.format(path=pos.path) + ";PWD={secret}")
        assert [item.price.minor for item in (await made.fetch_catalogue()).items] == [1210]
        async with running(made) as (sink, _):
            pos.sell(a_sale("R-1"))
            await until(lambda: sink.sales)
        assert sink.sales[0].amount == Money(1210, "SGD")

    async def test_trouble_is_named(self, pos: SqlPos, tmp_path: Path) -> None:
        with pytest.raises(Refused) as failed:
            await self.made(pos, tmp_path, catalogue_query="SELECT code FROM nowhere").fetch_catalogue()
        assert failed.value.reason == "query_failed"
        with pytest.raises(NeedsPerson) as missing:
            await self.made(pos, tmp_path, odbc="Driver=Nobody;Database=x").fetch_catalogue()
        assert missing.value.reason == "driver_unavailable"


def test_without_odbc_one_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "why_no_odbc", lambda: "ODBC needs the component pyodbc.")
    with pytest.raises(NeedsPerson) as missing:
        build("pos", "pos-sql", {"odbc": "DSN=x", "catalogue_query": "SELECT 1"}, context(tmp_path))
    assert missing.value.reason == "driver_unavailable"
    monkeypatch.setattr(module, "why_no_odbc", lambda: "")
    with pytest.raises(NeedsPerson) as secret:
        build("pos", "pos-sql", {"odbc": "DSN=x;PWD={secret}", "catalogue_query": "SELECT 1"}, context(tmp_path))
    assert secret.value.reason == "secret_missing"
