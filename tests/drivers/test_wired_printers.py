"""Printers at a serial port and at a USB printer file: found, asked, and honest about what came out."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import serial

from agent.core.errors import InvalidInput, NeedsPerson, Unreachable
from agent.core.ticket import Emphasis, Ticket, TicketLine
from drivers.printer import escpos_usb
from drivers.registry import spec_of
from tests.contract.printer_benches import made
from tests.support.device_sink import until
from tests.support.peers.escpos_printer import WirePrinterPeer
from tests.support.tickets import a_ticket

HUGE = Ticket("o", tuple(TicketLine("鸡" * 8, Emphasis.HUGE) for _ in range(12)))
WIRED = [("escpos-serial", "port"), ("escpos-usb", "path")]


@pytest.fixture
async def peer() -> AsyncIterator[WirePrinterPeer]:
    printer = WirePrinterPeer()
    await printer.start()
    yield printer
    await printer.stop()


@pytest.mark.parametrize(("driver", "place"), WIRED)
async def test_it_says_what_is_wrong_before_it_prints(peer: WirePrinterPeer, tmp_path: Path, driver: str, place: str) -> None:
    device = made(driver, tmp_path, **{place: peer.path})
    peer.is_cover_open = True
    with pytest.raises(NeedsPerson) as refused:
        await device.print_ticket(a_ticket("x"))
    assert refused.value.reason == "cover_open"
    peer.is_cover_open = False
    peer.is_paper_low = True
    assert "nearly at its end" in await device.test()


@pytest.mark.parametrize(("driver", "place"), WIRED)
async def test_one_that_never_answers_still_prints(peer: WirePrinterPeer, tmp_path: Path, driver: str, place: str) -> None:
    peer.answers_status = peer.answers_in_order = False
    await made(driver, tmp_path, **{place: peer.path}).print_ticket(a_ticket("x"))
    await until(lambda: peer.paper.cuts)
    assert peer.paper.lines[:2] == ["A-17", "x"]


@pytest.mark.parametrize(("driver", "place"), WIRED)
async def test_a_stuck_one_costs_no_more_than_the_deadline(tmp_path: Path, driver: str, place: str) -> None:
    peer = WirePrinterPeer(is_stuck=True)
    await peer.start()
    try:
        with pytest.raises(Unreachable) as unsure:
            await made(driver, tmp_path, timeout_s=1.0, **{place: peer.path}).print_ticket(HUGE)
    finally:
        await peer.stop()
    assert (unsure.value.reason, unsure.value.maybe_applied) == ("printer_timeout", True)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("serial")]


@pytest.mark.parametrize(("driver", "place"), WIRED)
async def test_unplugged_in_the_ticket_it_may_have_printed(tmp_path: Path, driver: str, place: str) -> None:
    peer = WirePrinterPeer(hangs_up_after=300)
    await peer.start()
    with pytest.raises(Unreachable) as unsure:
        await made(driver, tmp_path, **{place: peer.path}).print_ticket(HUGE)
    await peer.stop()
    assert (unsure.value.reason, unsure.value.maybe_applied) == ("printer_gone", True)


async def test_a_port_that_another_program_holds_is_named(peer: WirePrinterPeer, tmp_path: Path) -> None:
    with serial.Serial(peer.path, exclusive=True), pytest.raises(Unreachable) as refused:
        await made("escpos-serial", tmp_path, port=peer.path).test()
    assert "in use by another program" in refused.value.message


def usb_printer(root: Path, number: int, *, vendor: str, product: str, number_on_it: str = "") -> None:
    """What sysfs says of a printer that is plugged in."""
    device = root / "devices" / f"1-{number}"
    (device / "interface").mkdir(parents=True)
    for name, text in (("idVendor", vendor), ("idProduct", product), ("serial", number_on_it)):
        if text:
            (device / name).write_text(text + "\n")
    folder = root / "usbmisc" / f"lp{number}"
    folder.mkdir(parents=True)
    (folder / "device").symlink_to(device / "interface")


@pytest.fixture
def usb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(escpos_usb, "SYSFS", tmp_path / "usbmisc")
    return tmp_path


def test_a_usb_printer_is_found_by_what_it_is(usb: Path) -> None:
    with pytest.raises(Unreachable) as missing:
        escpos_usb.find_printer("")
    assert missing.value.reason == "printer_missing"
    usb_printer(usb, 0, vendor="04b8", product="0202", number_on_it="A1")
    assert escpos_usb.find_printer("") == escpos_usb.find_printer("04b8:0202:a1") == "/dev/usb/lp0"
    usb_printer(usb, 1, vendor="0519", product="0001")
    assert escpos_usb.find_printer("0519:0001") == "/dev/usb/lp1"
    with pytest.raises(NeedsPerson) as several:
        escpos_usb.find_printer("")
    assert "/dev/usb/lp1 is 0519:0001" in several.value.message
    with pytest.raises(Unreachable):
        escpos_usb.find_printer("0519:000")


async def test_without_settings_the_only_usb_printer_is_used(
    peer: WirePrinterPeer, usb: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usb_printer(usb, 0, vendor="04b8", product="0202")
    (usb / "dev").mkdir()
    (usb / "dev" / "lp0").symlink_to(peer.path)
    monkeypatch.setattr(escpos_usb, "DEVICES", usb / "dev")
    await made("escpos-usb", usb).print_ticket(a_ticket("x"))
    assert "x" in peer.paper.lines


@pytest.mark.parametrize(
    ("number", "reason"), [(errno.EBUSY, "port_in_use"), (errno.EACCES, "port_not_permitted"), (errno.ENOENT, "printer_missing")]
)
async def test_why_a_printer_file_cannot_be_had_is_said(
    peer: WirePrinterPeer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, reason: str
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(number, "no")

    device = made("escpos-usb", tmp_path, path=peer.path)
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises((Unreachable, NeedsPerson)) as refused:
        await device.test()
    monkeypatch.undo()
    assert refused.value.reason == reason


def test_serial_settings_that_cannot_work_are_refused(tmp_path: Path) -> None:
    for options in ({}, {"match": "front"}):
        with pytest.raises(InvalidInput):
            made("escpos-serial", tmp_path, **options)


def test_usb_elsewhere_than_on_linux_says_what_to_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    assert "escpos-cups" in spec_of("escpos-usb").why_unavailable()
    monkeypatch.setattr("platform.system", lambda: "Windows")
    assert "escpos-windows" in spec_of("escpos-cups").why_unavailable()
