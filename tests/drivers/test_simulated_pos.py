"""The practice POS: a menu of its own, sales from a file, trouble on request; and the practice printer without a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.core.device import DeviceState
from agent.core.errors import NotSaved, Unreachable
from agent.core.roles import Printer
from drivers.registry import build
from drivers.simulated import SimulatedPos, SimulatedPrinter, SimulatedScanner
from tests.support.device_sink import context, running, until
from tests.support.tickets import a_ticket


def a_pos(folder: Path) -> SimulatedPos:
    made = build("pos", "simulated-pos", {"folder": str(folder), "poll_s": 0.01}, context(folder))
    assert isinstance(made, SimulatedPos)
    return made


async def test_without_a_file_it_has_a_small_menu_in_the_outlets_currency(tmp_path: Path) -> None:
    catalogue = await a_pos(tmp_path).fetch_catalogue()
    assert len(catalogue.items) == 6
    assert {item.price.currency for item in catalogue.items} == {"SGD"}


async def test_every_line_of_the_sales_file_is_a_sale_once_and_others_are_left_out(tmp_path: Path) -> None:
    async with running(a_pos(tmp_path)) as (sink, _):
        (tmp_path / "sales.jsonl").write_text('{"receipt":"R-1","total":"5.00"}\n{broken\n7\n{"receipt":"R-2","total":6}\n')
        await until(lambda: len(sink.sales) == 2)
        (tmp_path / "sales.jsonl").write_text('{"receipt":"R-3","total":"1"}\n')
        await until(lambda: len(sink.sales) == 3)
    assert [sale.receipt for sale in sink.sales] == ["R-1", "R-2", "R-3"]


async def test_a_sale_that_could_not_be_saved_is_shown(tmp_path: Path) -> None:
    async with running(a_pos(tmp_path)) as (sink, _):
        sink.sale_errors = [NotSaved("not_saved", "The disk is full.")]
        (tmp_path / "sales.jsonl").write_text('{"receipt":"R-1","total":"5.00"}\n')
        await until(lambda: (DeviceState.ATTENTION, "The disk is full.") in sink.states)


async def test_switched_off_while_running_it_goes_away(tmp_path: Path) -> None:
    async with running(a_pos(tmp_path)) as (_, task):
        (tmp_path / "SWITCHED_OFF").touch()
        with pytest.raises(Unreachable):
            await task


async def test_a_printer_whose_folder_cannot_be_made_is_missing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    device = build("kitchen", "simulated-printer", {"folder": str(tmp_path / "file" / "x")}, context(tmp_path))
    assert isinstance(device, Printer)
    with pytest.raises(Unreachable):
        await device.print_ticket(a_ticket("x"))


async def test_a_control_object_is_fed_by_hand(tmp_path: Path) -> None:
    scanner = build("front", "simulated-scanner", {}, context(tmp_path))
    assert isinstance(scanner, SimulatedScanner)
    scanner.present("]Q1CODE-1")
    async with running(scanner) as (sink, _):
        await until(lambda: sink.codes)
    assert [(code.text, code.symbology) for code in sink.codes] == [("CODE-1", "qr")]
    assert isinstance(build("kitchen", "simulated-printer", {}, context(tmp_path)), SimulatedPrinter)
