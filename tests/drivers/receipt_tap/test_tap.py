"""Between POS and printer: every byte passes both ways, whatever becomes of the copy; receipts become sales."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
import tty
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.device import DeviceState
from agent.core.errors import InvalidInput, NotSaved, Refused, Unreachable
from agent.core.money import Money
from drivers.pos.receipt_tap.driver import ReceiptTap
from drivers.pos.receipt_tap.paper import Event, Paper
from drivers.registry import build
from tests.drivers.simulators.receipt_printer import ReceiptPrinter, send
from tests.support.clock import FakeClock
from tests.support.device_sink import Recorded, context, running, until
from tests.support.tickets import an_order

RECEIPT = b"\x1b@MY SHOP\nReceipt No: %s\nTea   2.50\nTOTAL %s\n\x1dVB\x00"
CHUNKS = st.lists(st.binary(min_size=1, max_size=3000), max_size=8)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tap(folder: Path, printer: ReceiptPrinter, listen: int, **options: Any) -> ReceiptTap:
    wire = {"listen": f"127.0.0.1:{listen}", "printer": f"127.0.0.1:{printer.port}", "idle_s": 0.05}
    made = build("tap", "receipt-tap", {**wire, **options}, context(folder))
    assert isinstance(made, ReceiptTap)
    return made


@pytest.fixture
async def printer() -> AsyncIterator[ReceiptPrinter]:
    made = ReceiptPrinter()
    await made.start()
    yield made
    await made.stop()


@asynccontextmanager
async def tapped(folder: Path, printer: ReceiptPrinter, **options: Any) -> AsyncIterator[tuple[int, Recorded, ReceiptTap]]:
    listen = free_port()
    device = tap(folder, printer, listen, **options)
    async with running(device) as (sink, _):
        yield listen, sink, device


async def passed_on(chunks: list[bytes], answers: list[bytes], last: bytes) -> None:
    printer = ReceiptPrinter(answers=tuple(answers), last_answer=last)
    await printer.start()
    with tempfile.TemporaryDirectory() as folder:
        async with tapped(Path(folder), printer) as (listen, _, _):
            back = await send(listen, *chunks)
            await until(lambda: printer.ended)
    await printer.stop()
    assert b"".join(printer.paper()) == b"".join(chunks)
    assert back == b"".join(answers) + last


@settings(max_examples=25, deadline=None)
@given(CHUNKS, CHUNKS, st.binary(max_size=2000))
def test_every_byte_passes_both_ways_and_so_does_the_end(chunks: list[bytes], answers: list[bytes], last: bytes) -> None:
    asyncio.run(passed_on(chunks, answers, last))


async def test_a_receipt_becomes_a_sale_and_what_is_none_does_not(printer: ReceiptPrinter, tmp_path: Path) -> None:
    async with tapped(tmp_path, printer) as (listen, sink, _):
        slips = [RECEIPT % (b"1", b"2.50"), b"KITCHEN\n1 x Tea\n\x1dV\x00", RECEIPT % (b"2", b"9.99"), RECEIPT % (b"3", b"2.50")]
        await send(listen, *slips)
        await until(lambda: len(sink.sales) == 2)
    assert [(sale.receipt, sale.amount) for sale in sink.sales] == [("1", Money(250, "SGD")), ("3", Money(250, "SGD"))]
    assert sink.refused_sales == ["receipt_unclear"]
    assert [state for state, _ in sink.states].count(DeviceState.ATTENTION) == 1
    assert printer.paper() == [b"".join(slips)]


@pytest.mark.parametrize("end", [b"\x1bp\x00\x19\xfa", b"", b"\x1dV\x01"])
async def test_a_slip_ends_with_a_cut_the_drawer_or_silence(printer: ReceiptPrinter, tmp_path: Path, end: bytes) -> None:
    async with tapped(tmp_path, printer) as (listen, sink, _):
        _, writer = await asyncio.open_connection("127.0.0.1", listen)
        writer.write(b"Bill 7\nTOTAL 2.50" + end)
        await until(lambda: sink.sales)
        writer.write(b"Bill 8\nTOTAL 3.50" + end)
        await until(lambda: len(sink.sales) == 2)
        writer.transport.abort()
    assert [sale.receipt for sale in sink.sales] == ["7", "8"]


class Crashing(Paper):
    """A reader with a bug."""

    def feed(self, data: bytes) -> Iterator[Event]:
        if b"BOOM" in data:
            raise IndexError("a bug")
        return super().feed(data)


async def test_a_reader_that_crashes_stops_no_byte_and_no_later_receipt(printer: ReceiptPrinter, tmp_path: Path) -> None:
    async with tapped(tmp_path, printer) as (listen, sink, device):
        device.make_paper = Crashing
        _, writer = await asyncio.open_connection("127.0.0.1", listen)
        sent = b""
        for piece in (b"Bill 6\n", b"BOOM", b"\nTOTAL 1.00\n\x1dV\x00", RECEIPT % (b"7", b"2.50")):
            writer.write(piece)
            sent += piece
            await until(lambda: printer.paper() and bytes(printer.received[-1]) == sent)  # noqa: B023
        await until(lambda: sink.sales)
        writer.transport.abort()
    assert sink.refused_sales == ["receipt_unreadable", "receipt_unclear"]
    assert [sale.receipt for sale in sink.sales] == ["7"]


async def test_without_its_printer_the_pos_is_refused_as_the_printer_would(printer: ReceiptPrinter, tmp_path: Path) -> None:
    listen = free_port()
    device = tap(tmp_path, printer, listen)
    async with running(device) as (sink, task):
        await printer.stop()
        reader, writer = await asyncio.open_connection("127.0.0.1", listen)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.transport.abort()
        with pytest.raises(Unreachable) as gone:
            await task
        assert gone.value.reason == "printer_missing"
        with pytest.raises(ConnectionRefusedError):
            await send(listen, b"x")
    assert sink.sales == []
    with pytest.raises(Unreachable):
        await device.test()
    await printer.start()
    async with running(device) as (sink, _):
        await send(listen, RECEIPT % (b"1", b"2.50"))
        await until(lambda: sink.sales)


async def test_a_busy_printer_is_busy_for_the_pos_too(printer: ReceiptPrinter, tmp_path: Path) -> None:
    printer.is_stuck = True
    async with tapped(tmp_path, printer) as (listen, _, _):
        pos = socket.create_connection(("127.0.0.1", listen))
        pos.setblocking(False)
        sent, quiet = 0, 0
        while quiet < 20:
            try:
                sent += pos.send(b"x" * 65536)
                quiet = 0
            except BlockingIOError:
                quiet += 1
                await asyncio.sleep(0.01)
            assert sent < 64 * 1024 * 1024
        printer.unstick()
        await until(lambda: len(printer.received[-1]) == sent)
        pos.close()


async def test_a_printer_that_breaks_off_breaks_off_for_the_pos(printer: ReceiptPrinter, tmp_path: Path) -> None:
    printer.resets_after = 10
    async with tapped(tmp_path, printer) as (listen, sink, _):
        with pytest.raises(OSError):
            await send(listen, RECEIPT % (b"1", b"2.50"))
    assert len(sink.sales) <= 1


async def test_a_printer_with_one_connection_keeps_the_one_it_has(printer: ReceiptPrinter, tmp_path: Path) -> None:
    async with tapped(tmp_path, printer) as (listen, sink, device):
        reader, writer = await asyncio.open_connection("127.0.0.1", listen)
        writer.write(b"Bill 7\n")
        await until(printer.paper)
        printer._server.close()  # type: ignore[union-attr]
        with pytest.raises(OSError):
            await send(listen, b"x")
        assert "answers" in await device.test()
        writer.write(b"TOTAL 1.00\n")
        writer.write_eof()
        assert await reader.read() == b""
        await until(lambda: sink.sales)
        writer.transport.abort()


async def test_a_sale_that_cannot_be_saved_waits_until_it_can(printer: ReceiptPrinter, tmp_path: Path) -> None:
    listen = free_port()
    clock = FakeClock()
    wire = {"listen": f"127.0.0.1:{listen}", "printer": f"127.0.0.1:{printer.port}"}
    device = build("tap", "receipt-tap", wire, context(tmp_path, clock=clock))
    async with running(device) as (sink, _):
        sink.sale_errors = [NotSaved("disk_full", "The disk is full."), InvalidInput("card_number", "No.")]
        await send(listen, RECEIPT % (b"1", b"2.50"), RECEIPT % (b"2", b"2.50"))
        await until(lambda: (DeviceState.ATTENTION, "The disk is full.") in sink.states)
        clock.move(5)
        await until(lambda: not sink.sale_errors)
        await until(sink.is_ready)
        await until(lambda: sink.sales)
    assert [sale.receipt for sale in sink.sales] == ["2"]


async def test_too_much_to_read_is_passed_on_and_said(
    printer: ReceiptPrinter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.pos.receipt_tap.capture.MOST_BYTES", 40)
    async with tapped(tmp_path, printer) as (listen, sink, _):
        data = b"Bill 7\n" + b"x" * 100 + b"\nTOTAL 1.00\n"
        await send(listen, data)
        await send(listen, b"Bill 8\n", b"TOTAL 1.00\n")
        await until(lambda: sink.sales)
    assert data in printer.paper()
    assert [sale.receipt for sale in sink.sales] == ["8"]


async def test_two_serial_ports_are_one_wire(tmp_path: Path) -> None:
    (pos, pos_port), (paper, printer_port) = os.openpty(), os.openpty()
    for end in (pos, pos_port, paper, printer_port):
        tty.setraw(end)
        os.set_blocking(end, False)
    device = build(
        "tap", "receipt-tap", {"pos_port": os.ttyname(pos_port), "printer_port": os.ttyname(printer_port)}, context(tmp_path)
    )
    everything = bytes(range(256)) + RECEIPT % (b"1", b"2.50")
    got, back = bytearray(), bytearray()
    try:
        async with running(device) as (sink, _):
            os.write(pos, everything)
            await until(lambda: drained(paper, got) == everything)
            os.write(paper, bytes(range(256)))
            await until(lambda: drained(pos, back) == bytes(range(256)))
            os.write(pos, RECEIPT % (b"2", b"2.50"))
            await until(lambda: [sale.receipt for sale in sink.sales][-1:] == ["2"])
            assert "slips seen" in await device.test()
    finally:
        for end in (pos, pos_port, paper, printer_port):
            os.close(end)


def drained(end: int, into: bytearray) -> bytes:
    with suppress(BlockingIOError):
        into += os.read(end, 4096)
    return bytes(into)


async def test_it_takes_no_orders_and_has_no_menu(printer: ReceiptPrinter, tmp_path: Path) -> None:
    device = tap(tmp_path, printer, free_port())
    for attempt, reason in ((device.fetch_catalogue(), "no_catalogue"), (device.submit_order(an_order()), "no_orders")):
        with pytest.raises(Refused) as refused:
            await attempt
        assert refused.value.reason == reason
    assert await device.find_order("x") is None
    async with running(device):
        with pytest.raises(Unreachable) as taken:
            await tap(tmp_path, printer, _host_port_of(device)).run(Recorded())
        assert taken.value.reason == "cannot_listen"


def _host_port_of(device: ReceiptTap) -> int:
    return int(device.settings.listen.rpartition(":")[2])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"printer": "x", "pos_port": "COM1", "printer_port": "COM2"},
        {"pos_port": "COM1"},
        {"printer": "host:port"},
        {"printer": "x", "listen": "x:0"},
        {"printer": "x", "encoding": "klingon"},
    ],
)
def test_settings_that_make_no_wire_are_refused(tmp_path: Path, options: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        build("tap", "receipt-tap", options, context(tmp_path))
    assert refused.value.message.endswith(".")
